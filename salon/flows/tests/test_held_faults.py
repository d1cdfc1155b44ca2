"""Every fault of the gateway while reserved money is taken or let go: a table.

While it lasts no entry is written that is not true and nobody sees an error. Once it ends the wish is fulfilled, once.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

import pytest

from salon.bookings.models import ActorKind, Booking
from salon.flows import booking as visits
from salon.flows import payment as paying
from salon.flows.tests.till import Visit, about_to_pay
from salon.jobs.audit import audit
from salon.payments import holds
from salon.payments.gateways.base import GatewayError
from salon.payments.models import Payment, PaymentState, Wish

pytestmark = pytest.mark.django_db(transaction=True)

DEPOSIT = 4500

ANSWERS = (
    *("timeout", "reset", "reset_mid_body", "drip", "truncated", "empty", "huge", "nan", "array"),
    *("400", "401", "html403", "403", "404", "405", "409", "429", "500", "503", "used_given_id"),
    *("wrong_amount", "wrong_currency", "wrong_id", "no_status", "no_amount", "unknown_status", "unmoved"),
)
LOST = [kind for kind in ANSWERS if kind[0].isalpha() and kind != "used_given_id"] + ["500", "503", "429"]
"""The same when it was done all the same."""


@pytest.fixture
def visit(settings, db, clock, gateway):
    settings.MOYASAR_CHECKOUT = "form"
    visit = about_to_pay(clock, gateway, prepayment="hold")
    visit.start()
    visit.pay_in_form()
    visit.settle()
    assert visit.payment.state == PaymentState.AUTHORIZED
    return visit


def begin(visit: Visit) -> None:
    visit.clock.now = Booking.objects.get(pk=visit.booking.pk).starts_at
    visits.arrive(booking=visit.booking, actor=visit.shop.owner, now=visit.clock())


def call_off(visit: Visit) -> None:
    visits.cancel(booking=visit.booking, actor=visit.lama, by=ActorKind.GUEST, now=visit.clock())


def tick(visit: Visit, times: int = 4) -> None:
    for _ in range(times):
        now = visit.clock.pass_(minutes=16)
        paying.reconcile(now=now)
        paying.send_due_refunds(now=now)


def row(visit: Visit) -> Payment:
    return Payment.objects.get(pk=visit.payment.pk)


def is_taken(visit: Visit) -> None:
    charge = visit.gateway.payment(str(visit.payment.pk))
    assert (charge["status"], charge["captured"], charge["refunded"]) == ("captured", DEPOSIT, 0)
    assert (row(visit).state, visit.ledger()) == (PaymentState.PAID, [("capture", DEPOSIT)])
    is_healthy(visit)


def is_let_go(visit: Visit) -> None:
    charge = visit.gateway.payment(str(visit.payment.pk))
    assert (charge["status"], charge["captured"]) == ("voided", 0)
    assert (row(visit).state, visit.ledger(), visit.refunds()) == (PaymentState.CANCELLED, [], [])
    is_healthy(visit)


def is_healthy(visit: Visit) -> None:
    assert [(found.name, found.broken) for found in audit(now=visit.clock()) if found.broken] == []


ENDS = {"capture": (begin, is_taken), "void": (call_off, is_let_go)}


@pytest.mark.parametrize("kind", ANSWERS)
@pytest.mark.parametrize("verb", ["capture", "void"])
def test_a_fault_of_the_call_itself(visit, verb, kind) -> None:
    end, is_right = ENDS[verb]
    visit.gateway.fault(verb, kind, seconds=0.2)
    end(visit)
    visit.gateway.clear_faults()
    done = visit.gateway.payment(str(visit.payment.pk))["status"] != "authorized"
    assert done or visit.ledger() == []
    tick(visit)
    is_right(visit)
    assert len(visit.posts(verb)) == (1 if done else 2)


@pytest.mark.parametrize("kind", ANSWERS)
@pytest.mark.parametrize("verb", ["capture", "void"])
def test_a_fault_of_the_look_before(visit, verb, kind) -> None:
    end, is_right = ENDS[verb]
    visit.gateway.fault("fetch", kind, seconds=0.2)
    end(visit)
    visit.gateway.clear_faults()
    tick(visit)
    is_right(visit)
    assert visit.posts("capture", "void") == [verb]


@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize("verb", ["capture", "void"])
def test_it_was_done_and_neither_the_answer_nor_the_look_got_through(visit, verb, kind) -> None:
    """What is written is what the gateway says next, and nothing is posted again."""
    end, is_right = ENDS[verb]
    visit.gateway.fault(verb, kind, applied=True, seconds=0.2)
    end(visit)
    visit.gateway.clear_faults()
    with suppress(GatewayError):
        visit.settle()
    tick(visit)
    is_right(visit)
    assert visit.posts("capture", "void") == [verb]


@pytest.mark.parametrize("verb", ["capture", "void"])
def test_nothing_is_posted_while_an_earlier_call_may_still_arrive(visit, verb) -> None:
    end, is_right = ENDS[verb]
    visit.gateway.fault(verb, "timeout", applied=False, seconds=0.2)
    end(visit)
    visit.gateway.clear_faults()
    for _ in range(3):
        visit.clock.pass_(minutes=4)
        visit.settle()
    assert visit.posts(verb) == [verb]
    visit.clock.pass_(minutes=4)
    visit.settle()
    is_right(visit)


@pytest.mark.parametrize("verb", ["capture", "void"])
def test_killed_after_the_commit_the_clock_does_it(visit, verb, monkeypatch) -> None:
    end, is_right = ENDS[verb]
    with monkeypatch.context() as patch:
        patch.setattr(holds, "gateway", lambda: 1 / 0)
        end(visit)
    assert visit.gateway.payment(str(visit.payment.pk))["status"] == "authorized"
    assert row(visit).wish == verb
    tick(visit)
    is_right(visit)


@pytest.mark.parametrize("verb", ["capture", "void"])
def test_killed_between_the_answer_and_the_note(visit, verb, monkeypatch) -> None:
    end, is_right = ENDS[verb]
    real, written = paying.write_down, []

    def write_down(*args, **kwargs):
        written.append(1)
        return real(*args, **kwargs) if len(written) == 1 else 1 / 0

    with monkeypatch.context() as patch:
        patch.setattr(paying, "write_down", write_down)
        end(visit)
    assert visit.gateway.payment(str(visit.payment.pk))["status"] != "authorized"
    assert (row(visit).state, visit.ledger()) == (PaymentState.AUTHORIZED, [])
    tick(visit)
    is_right(visit)
    assert visit.posts("capture", "void") == [verb]


@pytest.mark.parametrize("verb", ["capture", "void"])
def test_killed_between_the_claim_and_the_call(visit, verb, monkeypatch) -> None:
    end, is_right = ENDS[verb]
    with monkeypatch.context() as patch:
        patch.setattr(holds, "_post", lambda *args: 1 / 0)
        end(visit)
    assert row(visit).wish_sent_at is not None
    visit.settle()
    assert visit.posts("capture", "void") == [], "it may have been sent"
    tick(visit)
    is_right(visit)


@pytest.mark.parametrize("verb", ["capture", "void"])
def test_nobody_there(visit, verb) -> None:
    end, is_right = ENDS[verb]
    visit.gateway.fault("any", "hang_up", times=6)
    end(visit)
    tick(visit)
    visit.gateway.clear_faults()
    tick(visit)
    is_right(visit)


def test_a_card_that_cannot_be_taken_any_more_is_shown_and_let_go_at_the_end(visit) -> None:
    """The bank let go of it early: the gateway refuses for good and goes on saying “authorized”."""
    visit.gateway.fault("capture", "400", times=999)
    begin(visit)
    assert (row(visit).state, row(visit).wish) == (PaymentState.AUTHORIZED, Wish.CAPTURE)
    assert "refused to capture" in row(visit).problem
    assert {found.name for found in audit(now=visit.clock()) if found.broken} == {"money that needs a person's look"}
    visit.clock.now = row(visit).hold_ends_at + dt.timedelta(minutes=1)
    tick(visit)
    assert row(visit).state == PaymentState.EXPIRED
    assert "refused to capture" in row(visit).problem
    assert visit.ledger() == []
    is_healthy(visit)


def test_what_cannot_even_be_let_go_is_over_a_day_after_its_end(visit) -> None:
    visit.gateway.fault("void", "400", times=999)
    call_off(visit)
    tick(visit)
    assert row(visit).state == PaymentState.AUTHORIZED
    visit.clock.now = row(visit).hold_ends_at + dt.timedelta(hours=1)
    tick(visit)
    assert row(visit).state == PaymentState.AUTHORIZED, "perhaps it was a passing mood"
    visit.clock.pass_(days=1)
    tick(visit)
    assert (row(visit).state, visit.ledger()) == (PaymentState.EXPIRED, [])
    assert "refused to void" in row(visit).problem
    is_healthy(visit)
    visit.settle()
    assert row(visit).state == PaymentState.EXPIRED


def test_a_wrong_key_waits_for_a_person_however_long_it_takes(visit) -> None:
    visit.gateway.fault("capture", "401", times=5)
    begin(visit)
    tick(visit, times=8)
    is_taken(visit)


def test_somebody_was_quicker_by_hand(visit, monkeypatch) -> None:
    """Between the look and our call: ours is refused, and what was done counts."""
    real = holds.gateway

    def late():
        monkeypatch.setattr(holds, "gateway", real)
        visit.gateway.void_in_dashboard(str(visit.payment.pk))
        return real()

    monkeypatch.setattr(holds, "gateway", late)
    begin(visit)
    assert (row(visit).state, visit.ledger()) == (PaymentState.CANCELLED, [])
    assert "released" in row(visit).problem


@pytest.mark.parametrize("taken", [DEPOSIT, 3000])
def test_a_part_was_wished_and_more_was_taken_by_hand(visit, monkeypatch, taken) -> None:
    booking = Booking.objects.get(pk=visit.booking.pk)
    Booking.objects.filter(pk=booking.pk).update(policy=booking.policy | {"deposit": 1500})
    visit.clock.now = booking.starts_at - dt.timedelta(minutes=5)
    with monkeypatch.context() as patch:
        patch.setattr(paying, "settle", lambda **_: None)
        call_off(visit)
    assert (row(visit).wish, row(visit).wish_amount) == (Wish.CAPTURE, 1500)
    visit.gateway.bank.capture(str(visit.payment.pk), {"amount": taken})
    visit.settle()
    assert visit.ledger() == [("capture", taken), ("refund", 1500 - taken)]
    is_healthy(visit)


def test_less_than_was_wished_was_taken_by_hand(visit, monkeypatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(paying, "settle", lambda **_: None)
        begin(visit)
    visit.gateway.bank.capture(str(visit.payment.pk), {"amount": 1000})
    visit.settle()
    assert (row(visit).state, visit.ledger()) == (PaymentState.PAID, [("capture", 1000)])
    is_healthy(visit)
