"""Paying against a real HTTP gateway on loopback, transactions truly committed where commits matter."""

from __future__ import annotations

import pytest

from salon.bookings.models import ActorKind
from salon.flows import booking as visits
from salon.flows import money_in
from salon.flows import payment as paying
from salon.flows.tests.till import about_to_pay, four_at_once, hold, paid
from salon.notifications.models import Notification, NotificationState
from salon.payments import domain as till
from salon.payments.gateways.base import GatewayError, Unavailable
from salon.payments.models import Payment, PaymentState
from salon.payments.simulator import cards

pytestmark = pytest.mark.django_db(transaction=True)

DEPOSIT = 4500


# --- the money ------------------------------------------------------------------------------------------


def test_paid_and_booked(visit):
    paid(visit)
    assert visit.payment.state == PaymentState.PAID
    assert visit.payment.method == "mada 1010"
    assert visit.ledger() == [("capture", DEPOSIT)]
    assert till.balance(visit.booking) == DEPOSIT
    assert visit.letters() == ["booked", "owner_new"]
    assert set(Notification.objects.values_list("state", flat=True)) == {NotificationState.SENT}


def test_a_salon_that_confirms_by_hand_is_asked(db, clock, gateway):
    visit = about_to_pay(clock, gateway, manual_approval=True)
    visit.start()
    visit.pay()
    visit.settle()
    assert visit.status() == "requested"
    assert visit.letters() == ["owner_new", "requested"]


def test_a_declined_card_keeps_the_chair_and_the_page(visit):
    url = visit.start()
    visit.pay(card=cards.MADA_NO_FUNDS)
    visit.settle()
    assert (visit.payment.state, visit.payment.problem) == (PaymentState.INITIATED, "INSUFFICIENT FUNDS")
    assert visit.status() == "held"
    assert visit.place("deposit") == visit.payment
    assert visit.start() == url
    visit.pay()
    visit.settle()
    assert (visit.payment.problem, visit.status()) == ("", "confirmed")


def test_asked_ten_times_by_everyone_it_happens_once(visit):
    visit.start()
    visit.pay()
    for _ in range(10):
        visit.settle()
        paying.reconcile(now=visit.clock.pass_(minutes=2))
    assert visit.ledger() == [("capture", DEPOSIT)]
    assert visit.letters() == ["booked", "owner_new"]


def test_settled_from_four_sides_at_once(visit):
    visit.start()
    visit.pay()
    four_at_once(lambda: paying.settle(payment=visit.payment, now=visit.clock()))
    assert visit.ledger() == [("capture", DEPOSIT)]
    assert visit.letters() == ["booked", "owner_new"]


def test_an_old_answer_changes_nothing(visit, monkeypatch):
    visit.start()
    old = till.gateway().fetch_invoice(visit.invoice_id())
    visit.pay()
    visit.settle()
    monkeypatch.setattr(paying, "_ask", lambda *args: old)
    visit.settle()
    assert (visit.payment.state, visit.payment.raw_status, visit.status()) == ("paid", "paid", "confirmed")


def test_late_money_takes_the_chair_again_when_it_is_free(visit):
    visit.start()
    charge = visit.gateway.begin(visit.invoice_id())
    visit.expire()
    assert visit.status() == "expired"
    visit.gateway.finish(charge["id"])
    visit.settle()
    assert visit.status() == "confirmed"
    assert visit.letters() == ["booked", "expired", "owner_new"]
    assert visit.refunds() == []


def test_late_money_goes_back_when_the_chair_has_gone(visit):
    visit.start()
    charge = visit.gateway.begin(visit.invoice_id())
    visit.expire()
    rival = hold(visit.shop, None, visit.clock)
    visit.gateway.finish(charge["id"])
    visit.settle()
    assert visit.status() == "expired"
    assert visit.refunds() == [(DEPOSIT, "done")]
    assert visit.ledger() == [("capture", DEPOSIT), ("refund", -DEPOSIT)]
    assert visit.sent_back() == [DEPOSIT]
    assert visit.gateway.payment(charge["id"])["status"] == "voided", "minutes old: it costs no fee"
    assert visit.letters() == ["expired", "late_payment"]
    rival.refresh_from_db()
    assert rival.status == "held"


def test_money_for_a_visit_that_was_given_up_goes_back(visit):
    visit.start()
    charge = visit.gateway.begin(visit.invoice_id())
    visits.cancel(booking=visit.booking, actor=visit.lama, by=ActorKind.GUEST, now=visit.clock())
    assert visit.gateway.invoice(visit.invoice_id())["status"] == "canceled"
    visit.gateway.finish(charge["id"])
    visit.settle()
    assert visit.status() == "cancelled"
    assert visit.refunds() == [(DEPOSIT, "done")]


def test_another_choice_closes_the_page_of_the_first(visit):
    visit.start()
    first = visit.invoice_id()
    second = visit.place("full")
    assert second != visit.payment
    assert second.amount == 18000
    paying.cancel_open(booking=visit.booking, now=visit.clock())
    assert visit.gateway.invoice(first)["status"] == "canceled"
    assert Payment.objects.get(pk=visit.payment.pk).state == PaymentState.CANCELLED
    assert Payment.objects.get(pk=second.pk).state == PaymentState.CREATED


def test_paid_twice_in_two_tabs_the_second_goes_back(visit):
    visit.start()
    late = visit.gateway.begin(visit.invoice_id())
    deposit = visit.payment
    visit.payment = visit.place("full")
    visit.start()
    visit.pay()
    visit.settle()
    visit.gateway.finish(late["id"])
    paying.settle(payment=deposit, now=visit.clock())
    assert visit.status() == "confirmed"
    assert visit.ledger() == [("capture", 18000), ("capture", DEPOSIT), ("refund", -DEPOSIT)]
    assert visit.letters() == ["booked", "late_payment", "owner_new"]


def test_the_first_page_paid_after_all_is_what_counts(visit):
    visit.start()
    deposit, late = visit.payment, visit.gateway.begin(visit.invoice_id())
    visit.payment = visit.place("full")
    visit.start()
    visit.gateway.finish(late["id"])
    paying.settle(payment=deposit, now=visit.clock())
    visit.booking.refresh_from_db()
    assert (visit.booking.status, visit.booking.due_now) == ("confirmed", DEPOSIT)
    paying.reconcile(now=visit.clock.pass_(minutes=2))
    assert visit.gateway.invoice(visit.invoice_id())["status"] == "canceled"
    assert visit.refunds() == []


def test_two_charges_on_one_page(visit):
    visit.start()
    first = visit.pay()
    visit.settle()
    visit.gateway.tamper_invoice(visit.invoice_id(), status="initiated")
    second = visit.pay(card=cards.VISA)
    assert second["status"] == "paid"
    visit.settle()
    visit.settle()
    assert visit.ledger() == [("capture", DEPOSIT), ("capture", DEPOSIT), ("refund", -DEPOSIT)]
    assert visit.gateway.payment(first["id"])["status"] == "paid"
    assert visit.sent_back() == [DEPOSIT, 0]
    extra = Payment.objects.get(charge_id=second["id"])
    assert paying.settle(payment=extra, now=visit.clock()).state == PaymentState.PAID


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("on", "fields"),
    [
        ("invoice", {"amount": 100}),
        ("invoice", {"currency": "USD"}),
        ("invoice", {"metadata": {"payment_id": "00000000-0000-4000-8000-000000000000"}}),
        ("invoice", {"metadata": None}),
        ("payment", {"amount": 4499}),
        ("payment", {"currency": "USD"}),
        ("payment", {"metadata": {"payment_id": "someone else's"}}),
    ],
)
def test_what_does_not_match_never_confirms(visit, on, fields):
    visit.start()
    charge = visit.pay()
    if on == "invoice":
        visit.gateway.tamper_invoice(visit.invoice_id(), **fields)
    else:
        visit.gateway.tamper_payment(charge["id"], **fields)
    visit.settle()
    assert visit.payment.state == PaymentState.MISMATCH
    assert visit.payment.problem
    assert visit.status() == "held"
    assert visit.ledger() == []
    assert visit.payment.next_sync_at is not None


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["wrong_amount", "wrong_currency", "wrong_metadata"])
def test_a_spoiled_answer_heals_with_the_next(visit, kind):
    visit.start()
    visit.pay()
    visit.gateway.fault("fetch_invoice", kind)
    visit.settle()
    assert visit.status() == "held"
    visit.settle()
    assert (visit.payment.state, visit.status()) == (PaymentState.PAID, "confirmed")


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["unknown_status", "float_amount", "wrong_id", "no_status", "500", "reset", "deep"])
def test_an_answer_that_says_nothing_is_not_paid(visit, kind):
    visit.start()
    visit.pay()
    visit.gateway.fault("fetch_invoice", kind)
    try:
        visit.settle()
    except GatewayError:
        assert visit.status() == "held"
    paying.reconcile(now=visit.clock.pass_(minutes=3))
    assert visit.status() == "confirmed"


def test_a_status_nobody_knows_is_waited_on(visit):
    visit.start()
    charge = visit.gateway.begin(visit.invoice_id())
    visit.gateway.tamper_payment(charge["id"], status="paid_perhaps")
    visit.settle()
    assert (visit.payment.state, visit.status()) == (PaymentState.INITIATED, "held")


def test_a_page_that_ran_out_ends_the_payment(visit):
    visit.start()
    visit.clock.pass_(minutes=11)
    visit.settle()
    assert visit.payment.state == PaymentState.EXPIRED


def test_a_payment_nobody_went_to_pay_ends_without_a_question(visit):
    visit.expire()
    paying.reconcile(now=visit.clock())
    assert Payment.objects.get(pk=visit.payment.pk).state == PaymentState.EXPIRED
    assert visit.gateway.seen == []


# --- the guest who closed the browser, the gateway that was down --------------------------------------------


def test_the_clock_finds_a_payment_that_nobody_told_of(visit):
    visit.start()
    visit.pay()
    assert paying.reconcile(now=visit.clock.pass_(seconds=61)) == 1
    assert visit.status() == "confirmed"


def test_a_gateway_that_is_down_is_asked_again(visit):
    visit.start()
    visit.pay()
    visit.gateway.fault("any", "503", times=3)
    with pytest.raises(Unavailable):
        visit.settle()
    for _ in range(2):
        assert paying.reconcile(now=visit.clock.pass_(minutes=2)) == 0
    assert paying.reconcile(now=visit.clock.pass_(minutes=2)) == 1
    assert visit.status() == "confirmed"


def test_a_crash_while_writing_leaves_nothing_half_done(visit, monkeypatch):
    visit.start()
    visit.pay()
    for place in ("tell_customer", "tell_salon"):
        with monkeypatch.context() as patch:
            patch.setattr(money_in, place, lambda *args, **kwargs: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                visit.settle()
        assert (visit.status(), visit.ledger(), visit.letters()) == ("held", [], [])
    paying.reconcile(now=visit.clock.pass_(minutes=2))
    assert (visit.status(), visit.letters()) == ("confirmed", ["booked", "owner_new"])


def test_one_bad_payment_does_not_stop_the_others(visit, monkeypatch):
    visit.start()
    visit.pay()
    bad = till.Payment.objects.create(
        booking=hold(visit.shop, visit.lama, visit.clock, hour=18),
        amount=500,
        gateway="simulator",
        expires_at=visit.clock(),
        created_at=visit.clock(),
        next_sync_at=visit.clock(),
    )
    real = paying.settle
    monkeypatch.setattr(
        paying, "settle", lambda *, payment, now: 1 / 0 if payment == bad else real(payment=payment, now=now)
    )
    assert paying.reconcile(now=visit.clock.pass_(minutes=2)) == 1
    assert visit.status() == "confirmed"
