"""The Moyasar client against a gateway on the loopback that knows nothing of it: verbs, states, strange answers."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from salon.payments.gateways.base import (
    Charge,
    GatewayError,
    InvoiceStatus,
    NotFound,
    Refused,
    Status,
    Unavailable,
    Uncertain,
)
from salon.payments.gateways.moyasar import Moyasar
from salon.payments.simulator import Simulator
from salon.payments.tests.shop import HOUR_AHEAD, open_invoice


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def gateway(sim) -> Moyasar:
    return Moyasar(api_url=sim.api_url, secret_key=sim.secret_key)


# --- every verb, when all is well ---


def test_open_and_read_an_invoice(gateway) -> None:
    invoice = open_invoice(gateway)
    assert invoice.status is InvoiceStatus.INITIATED
    assert invoice.status.is_open
    assert (invoice.amount, invoice.currency, invoice.metadata) == (15000, "SAR", {"payment": "p-1"})
    assert invoice.expired_at == HOUR_AHEAD
    assert invoice.charges == ()
    assert gateway.fetch_invoice(invoice.id) == invoice


def test_the_page_opens_in_the_guests_language(gateway) -> None:
    invoice = open_invoice(gateway)
    assert gateway.page_url(invoice, language="ar").endswith(f"/invoices/{invoice.id}?lang=ar")


def test_a_paid_invoice_shows_its_charge(gateway, sim) -> None:
    invoice = open_invoice(gateway)
    sim.pay(invoice.id, approve=False)
    sim.pay(invoice.id)
    invoice = gateway.fetch_invoice(invoice.id)
    assert invoice.status is InvoiceStatus.PAID
    assert [charge.status for charge in invoice.charges] == [Status.PAID, Status.FAILED]
    charge = gateway.fetch(invoice.charges[0].id)
    assert charge == invoice.charges[0]
    assert charge.status.is_paid
    assert (charge.amount, charge.refunded, charge.captured, charge.voided) == (15000, 0, 0, False)
    assert (charge.source_type, charge.company, charge.masked_number) == ("creditcard", "mada", "XXXX-XXXX-XXXX-1010")
    assert charge.invoice_id == invoice.id
    assert charge.message == "APPROVED"
    assert charge.created_at is not None
    assert charge.created_at.tzinfo is UTC


def test_find_an_invoice_by_what_we_attached(gateway) -> None:
    assert gateway.find_invoice(key="payment", value="p-1") is None
    invoice = open_invoice(gateway)
    open_invoice(gateway, payment="p-2")
    assert gateway.find_invoice(key="payment", value="p-1") == invoice


def test_two_invoices_for_one_payment_are_not_guessed_between(gateway) -> None:
    open_invoice(gateway)
    open_invoice(gateway)
    with pytest.raises(Uncertain, match="ambiguous"):
        gateway.find_invoice(key="payment", value="p-1")


def test_cancel_an_invoice(gateway) -> None:
    invoice = gateway.cancel_invoice(open_invoice(gateway).id)
    assert invoice.status is InvoiceStatus.CANCELED
    assert not invoice.status.is_open
    with pytest.raises(Refused) as caught:
        gateway.cancel_invoice(invoice.id)
    assert caught.value.status == 400
    assert not caught.value.needs_operator


def test_list_charges_of_a_window_over_pages(gateway, sim) -> None:
    ids = [sim.pay(open_invoice(gateway).id)["id"] for _ in range(45)]
    now = datetime.now(UTC)
    minute = timedelta(minutes=1)
    charges = gateway.find_charges(created_after=now - minute, created_before=now + minute)
    assert [charge.id for charge in charges] == ids[::-1]
    assert gateway.find_charges(created_after=now + minute, created_before=now + 2 * minute) == []


def test_refund_in_parts(gateway, sim) -> None:
    charge_id = sim.pay(open_invoice(gateway).id)["id"]
    assert gateway.refund(charge_id, 5000).refunded == 5000
    charge = gateway.refund(charge_id, 10000)
    assert (charge.refunded, charge.status) == (15000, Status.REFUNDED)
    with pytest.raises(Refused):
        gateway.refund(charge_id, 1)


def test_void(gateway, sim) -> None:
    charge = gateway.void(sim.pay(open_invoice(gateway).id)["id"])
    assert (charge.status, charge.voided) == (Status.VOIDED, True)


def test_capture_part_of_a_hold(gateway, sim) -> None:
    held = sim.pay(open_invoice(gateway).id, manual=True)
    assert gateway.fetch(held["id"]).status is Status.AUTHORIZED
    charge = gateway.capture(held["id"], 9000)
    assert (charge.status, charge.captured, charge.amount) == (Status.CAPTURED, 9000, 15000)


# --- a definite no ---


def test_what_does_not_exist(gateway) -> None:
    for ask in (gateway.fetch, gateway.fetch_invoice, gateway.void, gateway.cancel_invoice):
        with pytest.raises(NotFound):
            ask("0b6d6c1e-0000-4000-8000-000000000000")


@pytest.mark.parametrize("charge_id", ["", "../invoices", "a/b", "a?b=c", "a#b", "a%2fb", "x" * 65, "\u0661", "a\n"])
def test_an_id_from_a_browser_cannot_leave_its_place(gateway, sim, charge_id) -> None:
    with pytest.raises(NotFound, match="bad_id"):
        gateway.fetch(charge_id)
    assert sim.seen == []


def test_a_wrong_amount_is_refused_with_their_words(gateway) -> None:
    with pytest.raises(Refused) as caught:
        open_invoice(gateway, amount=99)
    assert caught.value.status == 400
    assert caught.value.vendor_message == "Validation Failed - amount: must be greater than or equal to 100"


@pytest.mark.parametrize("kind", ["401", "403", "405"])
def test_a_key_that_does_not_open_needs_a_person(gateway, sim, kind, caplog) -> None:
    sim.fault("create_invoice", kind)
    with pytest.raises(Refused) as caught:
        open_invoice(gateway)
    assert caught.value.needs_operator
    assert [record.levelname for record in caplog.records if record.name == "salon.payments.moyasar"] == ["ERROR"]


# --- states ---


def test_an_unknown_status_is_waited_on_and_never_paid(gateway, sim) -> None:
    charge_id = sim.pay(open_invoice(gateway).id)["id"]
    sim.fault("fetch", "unknown_status")
    status = gateway.fetch(charge_id).status
    assert status is Status.UNKNOWN
    assert status.is_pending
    assert not status.is_paid
    assert status.rank == 0
    invoice_id = sim.payment(charge_id)["invoice_id"]
    sim.fault("fetch_invoice", "unknown_status")
    assert gateway.fetch_invoice(invoice_id).status is InvoiceStatus.UNKNOWN


def test_only_two_states_are_money() -> None:
    assert [status for status in Status if status.is_paid] == [Status.PAID, Status.CAPTURED]
    assert [status for status in Status if status.is_pending] == [Status.UNKNOWN, Status.INITIATED]


def test_rank_never_lets_a_late_answer_undo_a_later_one() -> None:
    order = [Status.UNKNOWN, Status.INITIATED, Status.FAILED, Status.AUTHORIZED, Status.PAID, Status.REFUNDED]
    ranks = [status.rank for status in order]
    assert ranks == sorted(set(ranks))


# --- what a stranger could write into the answer ---


class Canned:
    """A server that answers every request with one body, and remembers the heads it was sent."""

    def __init__(self) -> None:
        canned = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                canned.heads.append(dict(self.headers.items()))
                self.send_response(canned.status)
                self.send_header("Content-Length", str(len(canned.body)))
                self.end_headers()
                self.wfile.write(canned.body)

            def log_message(self, *_args: object) -> None:
                pass

        self.status, self.body = 200, b"{}"
        self.heads: list[dict[str, str]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def gateway(self, key: str = "sk_test_1") -> Moyasar:
        return Moyasar(api_url=f"http://127.0.0.1:{self.server.server_address[1]}/v1/", secret_key=key)


@pytest.fixture
def canned() -> Iterator[Canned]:
    server = Canned()
    yield server
    server.server.shutdown()
    server.server.server_close()


CHARGE = b'{"id":"c1","status":"paid","amount":15000,"currency":"SAR"%s}'


@pytest.mark.parametrize(
    "extra",
    [
        *(b"", b',"refunded":null,"captured":null,"source":null,"metadata":null,"invoice_id":null,"created_at":null'),
        *(b',"metadata":[]', b',"metadata":{"n":5}', b',"created_at":"2026-09-01T12:00:00.123Z"', b',"new_field":[1]'),
    ],
)
def test_a_charge_with_little_in_it_is_still_a_charge(canned, extra) -> None:
    canned.body = CHARGE % extra
    charge = canned.gateway().fetch("c1")
    assert isinstance(charge, Charge)
    assert (charge.status, charge.amount, charge.refunded) == (Status.PAID, 15000, 0)


@pytest.mark.parametrize(
    "extra",
    [
        *(b',"amount":"15000"', b',"amount":true', b',"amount":15000.0', b',"amount":-1', b',"amount":null'),
        *(b',"amount":1000000000000', b',"refunded":"0"', b',"refunded":-1', b',"captured":false', b',"currency":1'),
        *(b',"status":1', b',"status":null', b',"id":5', b',"id":null', b',"id":"../x"', b',"invoice_id":7'),
        *(b',"metadata":"x"', b',"metadata":[1]', b',"source":[]', b',"source":{"message":5}', b',"created_at":5'),
        *(
            b',"created_at":"yesterday"',
            b',"created_at":"2026-09-01T12:00:00"',
            b',"voided_at":"0001-01-01T00:00+03:00"',
        ),
        *(b',"currency":"S\\u0000R"', b',"currency":"\\ud800"'),
    ],
)
def test_a_field_of_the_wrong_kind_spoils_the_answer(canned, extra) -> None:
    canned.body = CHARGE % extra  # of two equal names the last one counts
    with pytest.raises(Unavailable):
        canned.gateway().fetch("c1")
    with pytest.raises(Uncertain):
        canned_post(canned).void("c1")


def canned_post(canned: Canned) -> Moyasar:
    handler = canned.server.RequestHandlerClass
    handler.do_POST = handler.do_PUT = handler.do_GET
    return canned.gateway()


@pytest.mark.parametrize("url", ["http://evil.test/", "javascript:alert(1)", "//evil.test", "ftp://x/", ""])
def test_a_browser_is_sent_only_to_a_safe_address(canned, url) -> None:
    canned.body = b'{"id":"i1","status":"initiated","amount":15000,"currency":"SAR","url":"%s"}' % url.encode()
    with pytest.raises(Unavailable):
        canned.gateway().fetch_invoice("i1")


@pytest.mark.parametrize(
    "meta", [b"null", b'{"next_page":1}', b'{"next_page":"2"}', b'{"next_page":7}', b'{"next_page":true}']
)
def test_paging_that_goes_round_in_circles_ends(canned, meta) -> None:
    canned.body = b'{"payments":[],"meta":%s}' % meta
    with pytest.raises(Unavailable):
        canned.gateway().find_charges(created_after=HOUR_AHEAD, created_before=HOUR_AHEAD)
    assert len(canned.heads) <= 2


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"message":"No"}', "No"),
        (b'{"message":"No","errors":"why"}', "No - why"),
        (b'{"message":"No","errors":{"a":["x","y"],"b":"z"}}', "No - a: x, y; b: z"),
        (b'{"message":5,"errors":[1]}', ""),
        (b'{"message":"card 4201 3201 1111 1010 and 4201320111111010"}', "card [number] and [number]"),
        (b'{"message":"a\\u202eb\\nc"}', "a b c"),
        (b'{"message":"' + b"x" * 5000 + b'"}', "x" * 300),
    ],
)
def test_their_words_are_cleaned(canned, body, words) -> None:
    canned.status, canned.body = 400, body
    with pytest.raises(Refused) as caught:
        canned.gateway().fetch("c1")
    assert caught.value.vendor_message == words


def test_a_whole_card_number_does_not_get_in(canned) -> None:
    source = b',"source":{"number":"4201320111111010","message":"bad 4201320111111010"}'
    canned.body = CHARGE % source
    charge = canned.gateway().fetch("c1")
    assert charge.masked_number == "XXXX-XXXX-XXXX-1010"
    assert charge.message == "bad [number]"


def test_the_key_is_sent_and_never_shown(canned, caplog) -> None:
    caplog.set_level("DEBUG")
    canned.body = CHARGE % b""
    gateway = canned.gateway("sk_test_hush")
    gateway.fetch("c1")
    canned.status = 500
    with pytest.raises(GatewayError):
        gateway.fetch("c1")
    assert base64.b64decode(canned.heads[0]["Authorization"].removeprefix("Basic ")) == b"sk_test_hush:"
    assert canned.heads[0]["User-Agent"] == "Salon/1.0"
    assert "hush" not in caplog.text + repr(gateway)
    assert base64.b64encode(b"sk_test_hush:").decode() not in caplog.text
