"""What comes in by the webhook's door, byte by byte: sizes, spellings, secrets, and two computers in trouble."""

from __future__ import annotations

import io
import json

import pytest
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import OperationalError, close_old_connections, connection
from django.db.utils import InterfaceError
from django.test import Client

from salon.api import webhooks
from salon.flows.tests.till import SECRET, event, knock
from salon.payments.models import Payment, WebhookEvent

pytestmark = pytest.mark.django_db

KINDS = [
    "payment_paid",
    "payment_failed",
    "payment_faild",
    "payment_authorized",
    "payment_captured",
    "payment_refunded",
    "payment_voided",
    "payment_verified",
    "payment_abandoned",
    "payment_expired",
    "payment_canceled",
    "something_of_next_year",
    "",
    "س" * 60,
]


@pytest.fixture
def charge(visit):
    visit.start()
    return visit.pay()


def padded(body: dict, length: int) -> bytes:
    """A true event of exactly so many bytes: JSON may end in blanks."""
    raw = json.dumps(body).encode()
    return raw + b" " * (length - len(raw))


def send(body: bytes, **environ) -> int:
    """Past Django's test client, which is always honest about the length. The test's connection is left open."""
    statuses: list[str] = []
    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    try:
        answer = get_wsgi_application()(
            {
                "REQUEST_METHOD": "POST",
                "PATH_INFO": "/webhooks/moyasar/",
                "SERVER_NAME": "testserver",
                "SERVER_PORT": "80",
                "wsgi.url_scheme": "http",
                "wsgi.input": io.BytesIO(body),
                "wsgi.errors": io.StringIO(),
                "CONTENT_TYPE": "application/json",
                **environ,
            },
            lambda status, headers: statuses.append(status),
        )
        b"".join(answer)
        answer.close()
    finally:
        signals.request_started.connect(close_old_connections)
        signals.request_finished.connect(close_old_connections)
    return int(statuses[0][:3])


# --- size ---------------------------------------------------------------------------------------------------


def test_sixty_four_kibibytes_and_not_one_more(visit, charge):
    assert knock(padded(event(charge), webhooks.MAX_BODY + 1)) == 413
    assert visit.status() == "held"
    assert knock(padded(event(charge), webhooks.MAX_BODY)) == 200
    assert visit.status() == "confirmed"
    assert len(WebhookEvent.objects.get().body) > webhooks.MAX_BODY - 100


@pytest.mark.parametrize("claimed", ["10", "0", "", "-5", "-1048576", "x", "1e3", "٦٥", "9" * 5000, "65537", "1048576"])
def test_a_mebibyte_whatever_it_claims_to_be(db, claimed):
    body = io.BytesIO(b"[" * 1024 * 1024)
    assert send(b"", **{"CONTENT_LENGTH": claimed, "wsgi.input": body}) in (400, 413)
    assert body.tell() <= webhooks.MAX_BODY + 1, "and no more of it was read"
    assert not WebhookEvent.objects.exists()


def test_a_body_shorter_than_it_claims(visit, charge):
    raw = json.dumps(event(charge)).encode()
    assert send(raw[:-10], CONTENT_LENGTH=str(len(raw))) == 400
    assert send(raw, CONTENT_LENGTH=str(len(raw))) == 200
    assert visit.status() == "confirmed"


def test_a_sender_that_hangs_up(db):
    class Broken(io.BytesIO):
        def read(self, *_args) -> bytes:
            raise OSError("gone")

    assert send(b"", **{"CONTENT_LENGTH": "100", "wsgi.input": Broken()}) == 400


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json; charset=utf-8",
        "text/plain",
        "",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "application/json; charset=no-such-thing",
        "\x00",
    ],
)
def test_whatever_it_is_called(visit, charge, content_type):
    """Their header is not documented: the bytes count."""
    raw = json.dumps(event(charge)).encode()
    assert send(raw, CONTENT_LENGTH=str(len(raw)), CONTENT_TYPE=content_type) == 200
    assert visit.status() == "confirmed"


# --- spelling -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"id": []},
        {"id": {}},
        {"id": ["x"]},
        {"id": 5},
        {"id": True},
        {"id": None},
        {"id": ""},
        {"id": "x" * 65},
        {"type": []},
        {"type": {}},
        {"type": 1},
        {"type": None},
        {"created_at": "\0"},
        {"account_name": "\ud800"},
        {"data": {"metadata": {"\udfff": 1}}},
        {"data": {"amount": float("nan")}},
        {"data": {"amount": float("inf")}},
    ],
    ids=str,
)
def test_a_broken_event_is_400_even_with_our_secret(visit, charge, fields):
    raw = json.dumps(
        event(charge, **{"event_id": "e", **fields}) if "id" not in fields else {**event(charge), **fields}
    )
    assert knock(raw.encode()) == 400
    assert not WebhookEvent.objects.exists()
    assert visit.status() == "held"


@pytest.mark.parametrize("number", [b"1e400", b"-1e400", b"NaN", b"-Infinity", b"9" * 5000])
def test_numbers_that_are_none(db, number):
    assert (
        knock(b'{"secret_token": "%s", "id": "x", "type": "x", "data": {"amount": %s}}' % (SECRET.encode(), number))
        == 400
    )


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
def test_ten_thousand_levels(db, opening):
    closing = opening.replace(b'"a":', b"").translate(bytes.maketrans(b"[{", b"]}"))[::-1]
    deep = opening * 10_000 + b"1" + closing * 10_000
    head = b'{"secret_token": "%s", "id": "x", "type": "x", "data": ' % SECRET.encode()
    assert knock(head[: webhooks.MAX_BODY - len(deep)] + deep + b"}") in (400, 413)
    assert not WebhookEvent.objects.exists()


@pytest.mark.parametrize("live", [[], {}, "false", "true", 1, "", 0.5, [False]])
def test_a_mode_that_is_no_mode_is_the_other_one(visit, charge, live):
    assert knock(event(charge, live=live)) == 200
    assert WebhookEvent.objects.get().outcome == "of the other mode"
    assert visit.status() == "held"


@pytest.mark.parametrize("event_id", ["x" * 64, "م" * 64, "../..", "'; DROP TABLE", "\u202e", " "])
def test_any_text_may_be_an_id(visit, charge, event_id):
    assert knock(event(charge, event_id=event_id)) == 200
    assert WebhookEvent.objects.get().event_id == event_id


def test_the_last_of_two_equal_keys_counts_and_both_are_kept(visit, charge):
    true = json.dumps(event(charge)).encode()
    forged = b'{"secret_token": "%s", ' % SECRET.encode() + true[1:].replace(SECRET.encode(), b"wrong")
    assert knock(forged) == 403
    doubled = b'{"secret_token": "wrong", "live": true, ' + true[1:]
    assert knock(doubled) == 200
    assert visit.status() == "confirmed"
    assert b'"secret_token": "wrong", "live": true' in bytes(WebhookEvent.objects.get().body)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_only_causes_a_question(visit, charge, kind):
    """Misspelt, unknown or about a hold: the payment it names is settled, by what the gateway says of it."""
    assert knock(event(charge, kind=kind)) == 200
    row = WebhookEvent.objects.get()
    assert (row.kind, row.outcome, row.payment) == (kind[:40], "settled: paid", visit.payment)
    assert visit.status() == "confirmed"


def test_bytes_are_kept_as_they_came(visit, charge):
    raw = b"\n " + json.dumps(event(charge, note="صالون & <b>"), ensure_ascii=False, indent=3).encode() + b"\r\n"
    assert knock(raw) == 200
    assert bytes(WebhookEvent.objects.get().body) == raw.replace(SECRET.encode(), b"*")


# --- secrets ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "secret", ['a"b\\c/d', "<script>&'", "سرّ الصالون", "tab\there", "\U0001f511 key", "back\\slash"], ids=ascii
)
@pytest.mark.parametrize("spelt", ["plain", "escaped", "slashes"])
def test_our_secret_is_not_kept_however_it_is_spelt(visit, charge, settings, secret, spelt):
    settings.MOYASAR_WEBHOOK_SECRET = ["another", secret]
    raw = json.dumps(event(charge, secret_token=secret, echo=[{secret: f"({secret})"}]), ensure_ascii=spelt != "plain")
    if spelt == "escaped":
        raw = raw.replace("<", "\\u003c").replace("&", "\\u0026").replace(">", "\\u003E").replace("k", "\\u006b")
    elif spelt == "slashes":
        raw = raw.replace("/", "\\/")
    assert knock(raw.encode()) == 200
    kept = bytes(WebhookEvent.objects.get().body)
    assert secret not in json.dumps(json.loads(kept), ensure_ascii=False)
    assert secret not in str(json.loads(kept))
    assert json.loads(kept)["secret_token"] == "*"
    assert json.loads(kept)["data"]["id"] == charge["id"]


@pytest.mark.parametrize("given", [SECRET, "the old one", "wrong", "", None, 5, ["x"], "سر", "x" * 60_000])
def test_every_secret_is_compared_whatever_was_given(visit, charge, settings, monkeypatch, given):
    """The time taken must not tell which one fits, nor whether any does, nor that there was no text at all."""
    settings.MOYASAR_WEBHOOK_SECRET = [SECRET, "", "the old one"]
    compared = []

    class Watched:
        @staticmethod
        def compare_digest(one, other):
            compared.append(other)
            return one == other

    monkeypatch.setattr(webhooks, "hmac", Watched)
    assert knock(event(charge, secret_token=given)) == (200 if given in (SECRET, "the old one") else 403)
    assert compared == [SECRET.encode(), b"the old one"]


def test_no_secret_at_all(visit, charge, settings):
    settings.MOYASAR_WEBHOOK_SECRET = []
    for given in ("", None, "x", SECRET):
        assert knock(event(charge, secret_token=given)) == 403
    assert not WebhookEvent.objects.exists()


# --- their code for us --------------------------------------------------------------------------------------


def verification(**data) -> dict:
    """As https://docs.moyasar.com/api/other/webhooks/verify-webhook shows it: there is no `live` in it."""
    body = event({"webhook_id": "c4bc247d-5288-4673-9b40-39c082ac7fbb", "verification_code": "482913", **data})
    del body["live"]
    return {**body, "type": "webhook_verification"}


def test_a_webhook_to_be_verified_shows_its_code(gateway):
    assert knock(verification()) == 200
    row = WebhookEvent.objects.get()
    assert row.kind == "webhook_verification"
    assert row.outcome == "code 482913 for webhook c4bc247d-5288-4673-9b40-39c082ac7fbb"
    assert gateway.seen == [], "it is about no payment"


@pytest.mark.parametrize("code", [None, 482913, "", "<b>1</b>", "٤٨٢٩١٣", "4" * 300, ["482913"]])
def test_a_code_that_is_none(gateway, code):
    assert knock(verification(verification_code=code)) == 200
    assert WebhookEvent.objects.get().outcome == "code ? for webhook c4bc247d-5288-4673-9b40-39c082ac7fbb"
    assert knock(verification(webhook_id={"a": code})) == 200
    assert WebhookEvent.objects.first().outcome.endswith("for webhook ?")


def test_a_verification_without_our_secret_is_nobodys(gateway):
    assert knock({**verification(), "secret_token": "x"}) == 403
    assert not WebhookEvent.objects.exists()


# --- two computers in trouble -------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_no_database_at_all(visit, charge, monkeypatch, error):
    """Nothing can be asked of it, not even whether the event is known: the same event is worked on later."""

    def gone(*args, **kwargs):
        raise error("server closed the connection unexpectedly")

    body = event(charge)
    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", gone)
        patch.setattr(connection, "set_autocommit", gone)
        answer = Client(raise_request_exception=False).post(
            "/webhooks/moyasar/", json.dumps(body), content_type="application/json"
        )
        assert (answer.status_code, answer.content) == (503, b"send it again\n")
    assert not WebhookEvent.objects.exists()
    assert knock(body) == 200
    assert visit.status() == "confirmed"


@pytest.mark.parametrize("kind", ["500", "503", "429", "html403", "hang_up", "truncated", "empty", "nan", "401"])
def test_the_gateway_is_in_trouble(visit, charge, kind):
    visit.gateway.fault("any", kind)
    body = event(charge)
    assert knock(body) == 503
    assert WebhookEvent.objects.get().outcome == webhooks.PENDING
    assert (visit.status(), visit.ledger()) == ("held", [])
    assert knock(body) == 200
    assert knock(body) == 200
    assert (visit.status(), visit.ledger()) == ("confirmed", [("capture", 4500)])
    assert WebhookEvent.objects.count() == 1


def test_a_payment_of_another_gateway_is_not_asked_about(visit, charge):
    Payment.objects.update(gateway="elsewhere")
    asked = len(visit.gateway.seen)
    assert knock(event(charge, data={"invoice_id": visit.invoice_id()})) == 200
    assert len(visit.gateway.seen) == asked
    assert visit.status() == "held"
