"""Reserved money that somebody takes or lets go by hand, that moves to another time, or that several settle at once."""

from __future__ import annotations

import datetime as dt

import pytest

from salon.bookings.models import Booking
from salon.flows import booking as visits
from salon.flows import data_rights, moving
from salon.flows import payment as paying
from salon.flows.tests.held import CAPTURED, DEPOSIT, at_bank, authorised, cancel, is_healthy, row, to_the_visit
from salon.flows.tests.till import Visit, about_to_pay, four_at_once, hold, tomorrow
from salon.payments import holds
from salon.payments.models import Payment, PaymentState, Wish
from salon.payments.simulator import cards

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def form(settings):
    settings.MOYASAR_CHECKOUT = "form"


@pytest.fixture
def visit(db, clock, gateway):
    return about_to_pay(clock, gateway, prepayment="hold")


# --- by hand at the gateway -----------------------------------------------------------------------------------


@pytest.mark.parametrize("amount", [DEPOSIT, 1200])
def test_taken_in_the_dashboard_it_is_money_that_came_in(visit, amount):
    authorised(visit)
    visit.gateway.bank.capture(str(visit.payment.pk), {"amount": amount})
    visit.settle()
    assert (visit.payment.state, visit.ledger()) == (PaymentState.PAID, [("capture", amount)])
    is_healthy(visit)
    to_the_visit(visit)
    visits.arrive(booking=visit.booking, actor=None, now=visit.clock())
    assert visit.posts("capture", "void") == []
    is_healthy(visit)


def test_taken_in_the_dashboard_though_it_was_called_off_goes_back(visit, monkeypatch):
    authorised(visit)
    with monkeypatch.context() as patch:
        patch.setattr(paying, "settle", lambda **_: None)
        cancel(visit)
    visit.gateway.bank.capture(str(visit.payment.pk), {})
    visit.settle()
    assert visit.ledger() == [*CAPTURED, ("refund", -DEPOSIT)]
    assert visit.sent_back() == [DEPOSIT]
    is_healthy(visit)


def test_a_second_one_taken_in_the_dashboard_goes_back(visit, monkeypatch):
    first = visit.payment
    visit.start()
    visit.type_card()
    visit.settle()
    visit.payment = visit.place("deposit")
    authorised(visit)
    visit.gateway.finish(str(first.pk))
    with monkeypatch.context() as patch:
        patch.setattr(holds, "carry_out", lambda *args, **kwargs: None)
        paying.settle(payment=first, now=visit.clock())
    visit.gateway.bank.capture(str(first.pk), {})
    paying.settle(payment=first, now=visit.clock())
    assert visit.ledger() == [*CAPTURED, ("refund", -DEPOSIT)]
    assert holds.reserved(visit.booking) == DEPOSIT
    is_healthy(visit)


def test_taken_in_the_dashboard_after_its_end_it_pays_for_the_visit_to_come(visit, monkeypatch):
    authorised(visit)
    Payment.objects.update(hold_ends_at=visit.clock())
    with monkeypatch.context() as patch:
        patch.setattr(holds, "carry_out", lambda *args, **kwargs: None)
        visit.settle()
    assert row(visit).wish == Wish.VOID
    visit.gateway.bank.capture(str(visit.payment.pk), {})
    visit.settle()
    assert (visit.status(), visit.ledger(), visit.refunds()) == ("confirmed", CAPTURED, [])
    is_healthy(visit)


def test_let_go_in_the_dashboard_it_is_shown(visit):
    authorised(visit)
    visit.gateway.void_in_dashboard(str(visit.payment.pk))
    visit.settle()
    assert (visit.payment.state, visit.status()) == (PaymentState.CANCELLED, "confirmed")
    assert "released" in visit.payment.problem
    to_the_visit(visit)
    visits.arrive(booking=visit.booking, actor=None, now=visit.clock())
    is_healthy(visit)


def test_who_wants_to_leave_waits_until_it_is_taken_or_let_go(visit):
    authorised(visit)
    after = Booking.objects.get(pk=visit.booking.pk).ends_at + dt.timedelta(hours=1)
    assert [found.kind for found in data_rights.obstacles(user=visit.lama, now=after)] == [data_rights.Kind.PAYMENT]
    cancel(visit)
    assert data_rights.obstacles(user=visit.lama, now=after) == []


# --- moved ----------------------------------------------------------------------------------------------------


def moved(visit: Visit, *, days: int = 3) -> Payment | None:
    """To another day, where the salon asks for 90 riyals: the difference is reserved too."""
    visit.shop.salon.deposit_amount = 9000
    visit.shop.salon.save()
    booking = Booking.objects.select_related("salon").get(pk=visit.booking.pk)
    where = {"start_minute": tomorrow(visit.clock, 16, days=days), "staff": visit.shop.noura.pk}
    asked = moving.propose(booking=booking, now=visit.clock(), **where)
    assert (asked.paid, asked.reserved, asked.due, asked.due_held) == (DEPOSIT, DEPOSIT, DEPOSIT, True)
    return moving.move(booking=booking, agreed=asked.mark, actor=visit.lama, now=visit.clock(), **where).payment


def both_reserved(visit: Visit) -> Visit:
    """Moved, and its difference reserved beside the first deposit."""
    authorised(visit)
    visit.payment = moved(visit)
    assert (visit.payment.hold, visit.payment.amount) == (True, DEPOSIT)
    visit.start()
    visit.pay_in_form()
    assert visit.settle().state == PaymentState.AUTHORIZED
    assert holds.reserved(visit.booking) == 2 * DEPOSIT
    assert "moved" in visit.letters()
    is_healthy(visit)
    return visit


def test_moved_and_taken(visit):
    both_reserved(visit)
    to_the_visit(visit)
    visits.arrive(booking=visit.booking, actor=None, now=visit.clock())
    assert visit.ledger() == [*CAPTURED, *CAPTURED]
    is_healthy(visit)


@pytest.mark.parametrize("late", [False, True])
def test_moved_and_called_off(visit, late):
    both_reserved(visit)
    if late:
        to_the_visit(visit, minutes=-5)
    cancel(visit)
    assert visit.ledger() == ([*CAPTURED, *CAPTURED] if late else [])
    assert visit.posts("capture", "void", "refund") == (["capture"] * 2 if late else ["void"] * 2)
    is_healthy(visit)


def test_the_new_time_was_given_up_before_it_was_reserved(visit):
    authorised(visit)
    first, visit.payment = visit.payment, moved(visit)
    visit.start()
    visit.type_card()
    visit.expire()
    hold(visit.shop, None, visit.clock, days=3)
    visit.gateway.finish(str(visit.payment.pk))
    assert visit.settle().state == PaymentState.CANCELLED
    assert at_bank(visit) == ("voided", 0)
    assert "not_moved" in visit.letters()
    assert holds.reserved(visit.booking) == DEPOSIT
    assert Payment.objects.get(pk=first.pk).state == PaymentState.AUTHORIZED
    is_healthy(visit)


def test_never_more_is_taken_than_the_visit_costs(visit):
    """Moved to something cheaper than its deposit: what is reserved beyond the price is let go."""
    authorised(visit)
    Booking.objects.filter(pk=visit.booking.pk).update(price=3000)
    to_the_visit(visit)
    visits.arrive(booking=visit.booking, actor=None, now=visit.clock())
    assert (at_bank(visit), visit.ledger()) == (("captured", 3000), [("capture", 3000)])
    is_healthy(visit)


# --- several at once ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["arrive", "cancel"])
def test_four_workers_carry_out_one_wish(visit, monkeypatch, ending):
    authorised(visit)
    with monkeypatch.context() as patch:
        patch.setattr(paying, "settle", lambda **_: None)
        if ending == "arrive":
            to_the_visit(visit)
            visits.arrive(booking=visit.booking, actor=None, now=visit.clock())
        else:
            cancel(visit)
    assert at_bank(visit) == ("authorized", 0)
    four_at_once(lambda: paying.settle(payment=visit.payment, now=visit.clock()))
    assert visit.posts("capture", "void") == ["capture" if ending == "arrive" else "void"]
    visit.settle()
    assert visit.ledger() == (CAPTURED if ending == "arrive" else [])
    is_healthy(visit)


def test_another_card_after_a_declined_one(visit):
    visit.start()
    visit.pay_in_form(card=cards.MADA_NO_FUNDS)
    assert visit.settle().state == PaymentState.FAILED
    visit.payment = visit.place("deposit")
    assert visit.payment.hold
    authorised(visit)
    is_healthy(visit)
