"""Every fault of the gateway at every call the money makes, through the database: a table.

While it lasts nothing is confirmed that should not be, and nothing but `GatewayError` is raised. Once it ends all comes
right: one capture, or one refund, or a closed page.
"""

from __future__ import annotations

import socket
from contextlib import suppress

import pytest

from salon.bookings.models import ActorKind
from salon.flows import booking as visits
from salon.flows import payment as paying
from salon.flows.tests.till import paid
from salon.payments import refunds
from salon.payments.gateways.base import GatewayError
from salon.payments.models import Payment, Refund, RefundState

pytestmark = pytest.mark.django_db(transaction=True)

DEPOSIT = 4500
CAPTURED = [("capture", DEPOSIT)]
RETURNED = [("capture", DEPOSIT), ("refund", -DEPOSIT)]

ANSWERS = (
    *("timeout", "reset", "reset_mid_body", "drip", "truncated", "empty", "huge", "nan", "array"),
    *("400", "401", "html403", "403", "404", "405", "409", "429", "500", "503"),
    *("wrong_amount", "wrong_currency", "wrong_id", "no_status", "no_amount", "unknown_status"),
)
"""What was asked is done or not as `simulator.faults` has it: a 503 stops it, a broken answer comes after it."""


@pytest.fixture
def nobody(settings):
    """The gateway is gone, until the returned function is called."""
    there = settings.MOYASAR_API_URL
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    def back():
        settings.MOYASAR_API_URL = there

    def gone():
        settings.MOYASAR_API_URL = f"http://127.0.0.1:{port}/v1"
        return back

    return gone


def tick(visit, times: int = 3) -> None:
    """What the clock does: it never raises."""
    for _ in range(times):
        now = visit.clock.pass_(minutes=20)
        visits.expire_due(now=now)
        paying.reconcile(now=now)
        paying.send_due_refunds(now=now)


def fault(visit, operation: str, kind: str, times: int = 1) -> None:
    visit.gateway.fault(operation, kind, times=times, seconds=0.2)


@pytest.mark.parametrize("kind", ANSWERS)
def test_opening_the_page(visit, kind) -> None:
    fault(visit, "create_invoice", kind)
    with suppress(GatewayError):
        visit.start()
    visit.gateway.clear_faults()
    assert (visit.status(), visit.ledger()) == ("held", [])
    assert visit.start()
    visit.pay()
    visit.settle()
    assert (visit.status(), visit.ledger()) == ("confirmed", CAPTURED)


@pytest.mark.parametrize("kind", ANSWERS)
def test_looking_whether_it_was_paid(visit, kind) -> None:
    visit.start()
    fault(visit, "fetch_invoice", kind)
    with suppress(GatewayError):
        visit.settle()
    visit.gateway.clear_faults()
    assert (visit.status(), visit.ledger()) == ("held", []), "nobody has paid yet"
    visit.pay()
    fault(visit, "fetch_invoice", kind)
    with suppress(GatewayError):
        visit.settle()
    visit.gateway.clear_faults()
    # An invoice whose own word is unknown is paid all the same if its charge says so; nothing else may confirm.
    sure = kind == "unknown_status"
    assert (visit.status(), visit.ledger()) == (("confirmed", CAPTURED) if sure else ("held", []))
    visit.settle()
    assert (visit.status(), visit.ledger()) == ("confirmed", CAPTURED)


@pytest.mark.parametrize("kind", ANSWERS)
def test_looking_by_the_clock(visit, kind) -> None:
    """The same through `reconcile`, with nobody to see an error."""
    visit.start()
    visit.pay()
    fault(visit, "fetch_invoice", kind)
    paying.reconcile(now=visit.clock.pass_(minutes=2))
    visit.gateway.clear_faults()
    paying.reconcile(now=visit.clock.pass_(minutes=16))
    assert (visit.status(), visit.ledger()) == ("confirmed", CAPTURED)


@pytest.mark.parametrize("kind", ANSWERS)
def test_closing_the_page_of_a_hold_that_ended(visit, kind) -> None:
    visit.start()
    fault(visit, "cancel_invoice", kind)
    visits.release(booking=visit.booking, now=visit.clock())
    paying.cancel_open(booking=visit.booking, now=visit.clock())
    visit.gateway.clear_faults()
    quick = visit.gateway.invoice(visit.invoice_id())["status"] == "initiated"
    if quick:  # a guest who kept the page open is quicker than the clock
        visit.pay()
    tick(visit)
    assert visit.gateway.invoice(visit.invoice_id())["status"] == ("voided" if quick else "canceled")
    assert visit.status() not in ("held", "confirmed")
    assert visit.ledger() == (RETURNED if quick else [])


@pytest.mark.parametrize("kind", ANSWERS)
@pytest.mark.parametrize("call", ["refund", "fetch"])
def test_giving_money_back(visit, call, kind) -> None:
    """`fetch` is the look before it. A definite no stops it for a person, who lets it go on."""
    paid(visit, hours=3)
    fault(visit, call, kind)
    visits.cancel(booking=visit.booking, actor=visit.lama, by=ActorKind.GUEST, now=visit.clock())
    visit.gateway.clear_faults()
    assert visit.status() == "cancelled"
    tick(visit)
    stopped = Refund.objects.filter(state=RefundState.STOPPED).first()
    assert bool(stopped) is ((call, kind) in {("refund", "400"), ("refund", "404"), ("fetch", "404")})
    if stopped:
        assert visit.ledger() == CAPTURED
        assert refunds.reopen(stopped, now=visit.clock())
        tick(visit)
    assert (visit.refunds(), visit.ledger()) == ([(DEPOSIT, "done")], RETURNED)
    assert visit.gateway.payments()[0]["refunded"] == DEPOSIT


@pytest.mark.parametrize("kind", [kind for kind in ANSWERS if kind[0].isalpha()])
def test_the_refund_was_made_though_its_answer_is_worthless(visit, kind) -> None:
    paid(visit, hours=3)
    visit.gateway.fault("refund", kind, applied=True, seconds=0.2)
    visits.cancel(booking=visit.booking, actor=visit.lama, by=ActorKind.GUEST, now=visit.clock())
    visit.gateway.clear_faults()
    tick(visit)
    assert (visit.refunds(), visit.ledger()) == ([(DEPOSIT, "done")], RETURNED)
    assert visit.gateway.payments()[0]["refunded"] == DEPOSIT
    assert len([path for _, path, _ in visit.gateway.seen if path.endswith("/refund")]) == 1


def test_nobody_there_at_any_step(visit, nobody) -> None:
    back = nobody()
    with pytest.raises(GatewayError):
        visit.start()
    assert paying.reconcile(now=visit.clock()) == 0
    back()
    visit.start()
    visit.pay()
    back = nobody()
    with pytest.raises(GatewayError):
        visit.settle()
    assert visit.status() == "held"
    back()
    visit.settle()
    assert (visit.status(), visit.ledger()) == ("confirmed", CAPTURED)
    back = nobody()
    visits.cancel(booking=visit.booking, actor=visit.lama, by=ActorKind.GUEST, now=visit.clock())
    assert visit.refunds()[0][1] == "wanted"
    back()
    tick(visit)
    assert (visit.refunds(), visit.ledger()) == ([(DEPOSIT, "done")], RETURNED)
    assert Payment.objects.get().state == "paid"
