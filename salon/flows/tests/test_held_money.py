"""A deposit that is only reserved on the card: taken at the visit, let go when it is called off in time."""

from __future__ import annotations

import datetime as dt

import pytest

from salon.bookings.models import ActorKind
from salon.flows import booking as visits
from salon.flows import payment as paying
from salon.flows.tests.held import CAPTURED, DEPOSIT, at_bank, authorised, cancel, is_healthy, keeps, row, to_the_visit
from salon.flows.tests.till import about_to_pay, event, hold, knock
from salon.payments import domain as till
from salon.payments import holds
from salon.payments.models import Invoice, PaymentState, Wish

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def form(settings):
    settings.MOYASAR_CHECKOUT = "form"


@pytest.fixture
def visit(db, clock, gateway):
    return about_to_pay(clock, gateway, prepayment="hold")


# --- reserved -------------------------------------------------------------------------------------------------


def test_reserved_and_booked(visit):
    assert (visit.payment.hold, visit.payment.amount) == (True, DEPOSIT)
    began = visit.clock()
    authorised(visit)
    assert visit.ledger() == []
    assert not Invoice.objects.exists(), "it is still the guest's money"
    assert (till.balance(visit.booking), holds.reserved(visit.booking)) == (0, DEPOSIT)
    assert visit.payment.hold_ends_at == began + dt.timedelta(days=7)
    assert visit.payment.method_kind == "mada"
    assert visit.letters() == ["booked", "owner_new"]
    assert visit.start().endswith("/return/")
    is_healthy(visit)


def test_asked_by_everyone_it_happens_once(visit):
    authorised(visit)
    charge = visit.gateway.payment(str(visit.payment.pk))
    for _ in range(3):
        visit.settle()
        assert knock(event(charge, kind="payment_authorized")) == 200
        paying.reconcile(now=visit.clock.pass_(hours=3))
    assert visit.letters() == ["booked", "owner_new"]
    assert at_bank(visit) == ("authorized", 0)
    assert visit.posts("capture", "void") == []


def test_a_request_is_sent_and_declined(db, clock, gateway):
    visit = about_to_pay(clock, gateway, prepayment="hold", manual_approval=True)
    visit.start()
    visit.pay_in_form()
    visit.settle()
    assert visit.status() == "requested"
    visits.decline(booking=visit.booking, actor=visit.shop.owner, now=visit.clock())
    assert (row(visit).state, at_bank(visit), visit.ledger()) == (PaymentState.CANCELLED, ("voided", 0), [])
    assert visit.refunds() == []
    is_healthy(visit)


def test_a_request_nobody_answers_is_let_go(db, clock, gateway):
    visit = about_to_pay(clock, gateway, prepayment="hold", manual_approval=True, approval_minutes=60)
    visit.start()
    visit.pay_in_form()
    visit.settle()
    visits.expire_due(now=clock.pass_(minutes=61))
    assert (visit.status(), row(visit).state, at_bank(visit)) == ("expired", PaymentState.CANCELLED, ("voided", 0))
    is_healthy(visit)


def test_what_was_paid_though_it_was_to_be_reserved_is_money(visit):
    """A wallet that cannot hold takes it at once."""
    visit.start()
    visit.pay_in_form(manual=False)
    visit.settle()
    assert (visit.payment.state, visit.status(), visit.ledger()) == (PaymentState.PAID, "confirmed", CAPTURED)
    cancel(visit)
    assert visit.sent_back() == [DEPOSIT]
    is_healthy(visit)


@pytest.mark.parametrize("fields", [{"amount": DEPOSIT - 1}, {"currency": "USD"}, {"metadata": None}])
def test_what_does_not_match_never_confirms(visit, fields):
    visit.start()
    charge = visit.pay_in_form()
    visit.gateway.tamper_payment(charge["id"], **fields)
    visit.settle()
    assert (visit.payment.state, visit.status()) == (PaymentState.MISMATCH, "held")
    visit.gateway.tamper_payment(charge["id"], **{name: charge[name] for name in fields})
    visit.settle()
    assert (visit.payment.state, visit.payment.problem, visit.status()) == (PaymentState.AUTHORIZED, "", "confirmed")


def test_a_spoiled_answer_does_not_end_a_hold(visit):
    authorised(visit)
    for kind in ("wrong_amount", "wrong_currency", "wrong_metadata", "unknown_status", "unmoved"):
        visit.gateway.fault("fetch", kind)
        visit.settle()
        assert row(visit).state == PaymentState.AUTHORIZED
    visit.settle()
    assert row(visit).problem == ""


def test_let_go_before_we_looked_it_books_nothing(visit):
    visit.start()
    visit.pay_in_form()
    visit.gateway.void_in_dashboard(str(visit.payment.pk))
    visit.settle()
    assert (visit.payment.state, visit.status(), visit.ledger()) == (PaymentState.CANCELLED, "held", [])
    assert visit.place("deposit") != visit.payment


# --- nobody wants it any more ---------------------------------------------------------------------------------


def test_too_late_for_the_chair_it_is_let_go(visit):
    visit.start()
    visit.type_card()
    visit.expire()
    hold(visit.shop, None, visit.clock)
    visit.gateway.finish(str(visit.payment.pk))
    visit.settle()
    assert (visit.payment.state, at_bank(visit), visit.status()) == (PaymentState.CANCELLED, ("voided", 0), "expired")
    assert (visit.ledger(), visit.refunds()) == ([], [])
    assert visit.letters() == ["expired", "late_payment"]
    is_healthy(visit)


def test_late_it_takes_the_chair_again_when_it_is_free(visit):
    visit.start()
    visit.type_card()
    visit.expire()
    visit.gateway.finish(str(visit.payment.pk))
    visit.settle()
    assert (visit.payment.state, visit.status()) == (PaymentState.AUTHORIZED, "confirmed")
    is_healthy(visit)


def test_reserved_twice_the_second_is_let_go(visit):
    first = visit.payment
    visit.start()
    visit.type_card()
    visit.settle()
    visit.payment = visit.place("deposit")
    authorised(visit)
    visit.gateway.finish(str(first.pk))
    paying.settle(payment=first, now=visit.clock())
    assert at_bank(visit) == ("authorized", 0)
    assert visit.gateway.payment(str(first.pk))["status"] == "voided"
    assert holds.reserved(visit.booking) == DEPOSIT
    is_healthy(visit)


def test_paid_though_it_is_reserved_already_goes_back(visit):
    first = visit.payment
    visit.start()
    visit.type_card(manual=False)
    visit.settle()
    visit.payment = visit.place("deposit")
    authorised(visit)
    visit.gateway.finish(str(first.pk))
    paying.settle(payment=first, now=visit.clock())
    assert visit.sent_back() == [0, DEPOSIT]
    assert holds.reserved(visit.booking) == DEPOSIT
    is_healthy(visit)


# --- the visit ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", [visits.arrive, visits.complete])
def test_it_is_taken_at_the_visit(visit, verb):
    authorised(visit)
    to_the_visit(visit)
    verb(booking=visit.booking, actor=visit.shop.owner, now=visit.clock())
    assert (row(visit).state, row(visit).wish, at_bank(visit)) == (
        PaymentState.PAID,
        Wish.CAPTURE,
        ("captured", DEPOSIT),
    )
    assert (visit.ledger(), Invoice.objects.count()) == (CAPTURED, 1)
    if verb is visits.arrive:
        visits.complete(booking=visit.booking, actor=visit.shop.owner, now=visit.clock())
    for _ in range(3):
        visit.settle()
    assert (visit.posts("capture", "void"), visit.ledger()) == (["capture"], CAPTURED)
    is_healthy(visit)


@pytest.mark.parametrize(
    ("terms", "kept"),
    [
        ({"no_show_keeps": "deposit"}, DEPOSIT),
        ({"policy": "strict", "deposit_percent": 25}, DEPOSIT),
        ({"late_keeps": "deposit", "no_show_keeps": "all"}, DEPOSIT),
    ],
)
def test_a_guest_who_does_not_come(db, clock, gateway, terms, kept):
    visit = authorised(about_to_pay(clock, gateway, prepayment="hold", **terms))
    to_the_visit(visit, minutes=30)
    visits.no_show(booking=visit.booking, actor=visit.shop.owner, now=clock())
    assert (at_bank(visit), visit.ledger()) == (("captured", kept), [("capture", kept)])
    is_healthy(visit)


@pytest.mark.parametrize("kept", [1, 2000, DEPOSIT - 1])
def test_a_part_is_taken_and_the_rest_let_go(visit, kept):
    authorised(visit)
    keeps(visit, kept)
    to_the_visit(visit, minutes=30)
    visits.no_show(booking=visit.booking, actor=visit.shop.owner, now=visit.clock())
    assert (row(visit).state, at_bank(visit)) == (PaymentState.PAID, ("captured", kept))
    assert (visit.ledger(), till.balance(visit.booking)) == ([("capture", kept)], kept)
    assert Invoice.objects.get().gross == kept
    visit.settle()
    assert visit.ledger() == [("capture", kept)]
    is_healthy(visit)


def test_nothing_is_kept_of_a_no_show(visit):
    authorised(visit)
    keeps(visit, 0)
    to_the_visit(visit, minutes=30)
    visits.no_show(booking=visit.booking, actor=visit.shop.owner, now=visit.clock())
    assert (row(visit).state, at_bank(visit), visit.ledger()) == (PaymentState.CANCELLED, ("voided", 0), [])
    is_healthy(visit)


def test_the_guest_came_after_all(visit):
    """What was taken for staying away pays for the visit; nothing is taken a second time."""
    authorised(visit)
    keeps(visit, 2000)
    to_the_visit(visit, minutes=30)
    visits.no_show(booking=visit.booking, actor=visit.shop.owner, now=visit.clock())
    visits.arrive(booking=visit.booking, actor=visit.shop.owner, now=visit.clock())
    visits.complete(booking=visit.booking, actor=visit.shop.owner, now=visit.clock())
    assert (visit.posts("capture", "void"), visit.ledger()) == (["capture"], [("capture", 2000)])
    is_healthy(visit)


def test_what_was_taken_can_be_given_back_like_any_money(visit):
    authorised(visit)
    to_the_visit(visit)
    visits.arrive(booking=visit.booking, actor=visit.shop.owner, now=visit.clock())
    visit.clock.pass_(hours=3)
    cancel(visit, ActorKind.SALON)
    assert (visit.ledger(), visit.refunds()) == ([*CAPTURED, ("refund", -DEPOSIT)], [(DEPOSIT, "done")])
    assert visit.posts("capture", "void", "refund") == ["capture", "refund"]
    is_healthy(visit)


def test_a_part_that_was_taken_goes_back_within_two_hours_as_a_void(visit):
    authorised(visit)
    keeps(visit, 2000)
    to_the_visit(visit, minutes=30)
    visits.no_show(booking=visit.booking, actor=visit.shop.owner, now=visit.clock())
    visits.arrive(booking=visit.booking, actor=visit.shop.owner, now=visit.clock())
    cancel(visit, ActorKind.SALON)
    assert (visit.ledger(), visit.sent_back()) == ([("capture", 2000), ("refund", -2000)], [2000])
    assert visit.posts("capture", "void", "refund") == ["capture", "void"]
    visit.settle()
    assert till.balance(visit.booking) == 0
    is_healthy(visit)


# --- called off -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("by", "late"), [("guest", False), ("salon", False), ("salon", True)])
def test_called_off_it_is_let_go(visit, by, late):
    authorised(visit)
    if late:
        to_the_visit(visit, minutes=-5)
    cancel(visit, ActorKind(by))
    assert (row(visit).state, at_bank(visit)) == (PaymentState.CANCELLED, ("voided", 0))
    assert (visit.ledger(), visit.refunds()) == ([], [])
    for _ in range(3):
        visit.settle()
        paying.reconcile(now=visit.clock.pass_(minutes=20))
    assert visit.posts("capture", "void") == ["void"]
    is_healthy(visit)


def test_called_off_too_late_the_deposit_is_taken(visit):
    authorised(visit)
    to_the_visit(visit, minutes=-5)
    cancel(visit)
    assert (row(visit).state, at_bank(visit), visit.ledger()) == (PaymentState.PAID, ("captured", DEPOSIT), CAPTURED)
    is_healthy(visit)


def test_called_off_too_late_only_what_is_kept_is_taken(visit):
    authorised(visit)
    keeps(visit, 1500)
    to_the_visit(visit, minutes=-5)
    cancel(visit)
    assert (at_bank(visit), visit.ledger()) == (("captured", 1500), [("capture", 1500)])
    is_healthy(visit)


# --- by our own clock -----------------------------------------------------------------------------------------


def test_at_its_end_it_is_let_go(visit, settings):
    """The gateway calls it authorized for ever, and the bank has long let go of it."""
    settings.MOYASAR_HOLD_DAYS = 3
    visit = authorised(visit)
    visit.clock.pass_(days=2, hours=23)
    paying.reconcile(now=visit.clock())
    assert row(visit).state == PaymentState.AUTHORIZED
    assert row(visit).next_sync_at == row(visit).hold_ends_at
    paying.reconcile(now=visit.clock.pass_(hours=1))
    assert (row(visit).state, at_bank(visit)) == (PaymentState.EXPIRED, ("voided", 0))
    assert "nobody took it" in row(visit).problem
    assert visit.status() == "confirmed", "the visit stays as it is"
    is_healthy(visit)
    visits.complete(booking=visit.booking, actor=visit.shop.owner, now=visit.clock())
    cancelled = visit.posts("capture", "void")
    assert cancelled == ["void"]
    is_healthy(visit)


def test_an_old_answer_does_not_bring_it_back(visit, monkeypatch):
    authorised(visit)
    old = till.gateway().fetch(str(visit.payment.pk))
    cancel(visit)
    monkeypatch.setattr(paying, "_ask", lambda *args: old)
    visit.settle()
    assert (visit.payment.state, visit.payment.raw_status) == (PaymentState.CANCELLED, "voided")
    assert visit.posts("capture", "void") == ["void"]


def test_an_old_answer_does_not_undo_a_capture(visit, monkeypatch):
    authorised(visit)
    old = till.gateway().fetch(str(visit.payment.pk))
    to_the_visit(visit)
    visits.arrive(booking=visit.booking, actor=None, now=visit.clock())
    monkeypatch.setattr(paying, "_ask", lambda *args: old)
    visit.settle()
    assert (visit.payment.state, visit.payment.raw_status, visit.ledger()) == ("paid", "captured", CAPTURED)
