"""At the counter: the rest, discounts, closing the visit. No halala is lost on the way."""

from __future__ import annotations

import uuid

import pytest

from salon.bookings.errors import IllegalMove, StaleState
from salon.bookings.models import ActorKind, Booking
from salon.bookings.states import Status
from salon.flows import booking as visits
from salon.flows.tests.desk import CASH, DEPOSIT, MACHINE, PRICE, REST, clean, close, fresh, left, less, take
from salon.flows.tests.till import hold, paid
from salon.payments import ledger
from salon.payments.counter import TooMuch
from salon.payments.models import (
    Checkout,
    Discount,
    EntryKind,
    Invoice,
    LedgerEntry,
    MethodKind,
    Payment,
    PaymentState,
    RefundState,
)
from salon.payments.simulator import cards

pytestmark = pytest.mark.django_db(transaction=True)


class TestTakingMoney:
    def test_the_rest_is_written_down_with_its_document(self, came, hind):
        payment = take(came)
        assert (payment.state, payment.checkout, payment.gateway) == (PaymentState.PAID, Checkout.COUNTER, "counter")
        assert (payment.method_kind, payment.recorded_by, payment.next_sync_at) == (CASH, hind, None)
        entry = LedgerEntry.objects.get(payment=payment)
        assert (entry.kind, entry.amount, entry.ref) == (EntryKind.CAPTURE, REST, f"counter:{payment.pk}")
        assert Invoice.objects.get(entry=entry).gross == REST
        assert left(came) == 0
        assert ledger.balance(came.booking) == PRICE
        clean(came)

    def test_pressed_twice_it_is_one_payment(self, came):
        key = uuid.uuid4()
        assert take(came, key=key) == take(came, key=key)
        assert Payment.objects.filter(checkout=Checkout.COUNTER).count() == 1

    def test_in_parts_by_different_methods(self, came):
        take(came, 10000)
        take(came, 3500, seen=3500, kind=MACHINE)
        assert left(came) == 0
        clean(came)

    @pytest.mark.parametrize("amount", [REST + 1, 10**9])
    def test_more_than_is_left(self, came, amount):
        with pytest.raises(TooMuch) as problem:
            take(came, amount)
        assert problem.value.left == REST
        assert left(came) == REST

    @pytest.mark.parametrize("amount", [0, -1])
    def test_nothing_is_no_payment(self, came, amount):
        with pytest.raises(ValueError, match="above zero"):
            take(came, amount)

    def test_another_desk_was_faster(self, came):
        take(came, 5000)
        with pytest.raises(StaleState):
            take(came, 5000)
        with pytest.raises(StaleState):
            less(came, 100)

    @pytest.mark.parametrize("kind", [MethodKind.MADA, MethodKind.CREDIT, "", "gold"])
    def test_only_by_what_a_counter_takes(self, came, kind):
        with pytest.raises(ValueError, match="counter"):
            take(came, kind=kind)

    def test_the_key_of_another_visits_form_is_another_press(self, came):
        key = uuid.uuid4()
        take(came, key=key)
        other = hold(came.shop, None, came.clock, days=4)
        other = visits.place(
            booking=other, customer=came.lama, name="", note="", choice="deposit", now=came.clock()
        ).booking
        Booking.objects.filter(pk=other.pk).update(status=Status.CONFIRMED)
        take(came, 100, seen=PRICE, key=key, booking=other)
        assert Payment.objects.filter(checkout=Checkout.COUNTER).count() == 2

    def test_a_visit_that_is_over_without_having_been_takes_nothing(self, came, hind):
        visits.no_show(booking=came.booking, actor=hind, now=came.clock())
        with pytest.raises(IllegalMove):
            take(came)

    def test_a_hold_takes_nothing(self, visit):
        with pytest.raises(IllegalMove):
            take(visit, seen=PRICE)

    def test_what_is_reserved_on_the_card_is_not_asked_for_again(self, came):
        Payment.objects.create(
            booking=came.booking,
            amount=2000,
            state=PaymentState.AUTHORIZED,
            checkout=Checkout.FORM,
            hold=True,
            gateway="simulator",
            expires_at=came.clock(),
            created_at=came.clock(),
        )
        assert left(came) == REST - 2000
        Payment.objects.filter(hold=True).update(wish="capture", wish_amount=500)
        assert left(came) == REST - 500
        Payment.objects.filter(hold=True).update(wish="void", wish_amount=None)
        assert left(came) == REST

    def test_a_late_online_payment_of_a_visit_paid_at_the_counter_goes_back(self, visit):
        paid(visit)
        take(visit)
        visit.gateway.tamper_invoice(visit.invoice_id(), status="initiated")
        visit.pay(card=cards.VISA)
        visit.settle()
        assert visit.refunds() == [(DEPOSIT, RefundState.DONE)]
        assert ledger.balance(visit.booking) == PRICE
        clean(visit)


class TestDiscounts:
    def test_it_leaves_less_to_pay(self, came, hind):
        given = less(came, 3000)
        assert (given.amount, given.reason, given.granted_by) == (3000, "A long wait", hind)
        assert left(came) == REST - 3000
        take(came, REST - 3000, seen=REST - 3000)
        paper = Invoice.objects.latest("pk")
        assert (paper.gross, paper.visit_price, sum(line["gross"] for line in paper.lines)) == (10500, 15000, 10500)
        clean(came)

    def test_pressed_twice_it_is_one(self, came):
        key = uuid.uuid4()
        assert less(came, 3000, key=key) == less(came, 3000, key=key)
        assert Discount.objects.count() == 1

    def test_all_that_is_left_may_be_given_and_no_more(self, came):
        with pytest.raises(TooMuch):
            less(came, REST + 1)
        less(came, REST)
        assert left(came) == 0
        close(came, seen=0)
        clean(came)

    @pytest.mark.parametrize("reason", ["", "  ", "\u200b"])
    def test_it_wants_a_reason(self, came, reason):
        with pytest.raises(ValueError, match="reason"):
            less(came, 100, reason=reason)

    def test_not_for_a_visit_that_was_called_off(self, came, hind):
        visits.cancel(booking=came.booking, actor=hind, by=ActorKind.SALON, now=came.clock())
        with pytest.raises(IllegalMove):
            less(came, 100, seen=PRICE)


class TestClosing:
    def test_the_rest_and_the_end_together(self, came):
        key = uuid.uuid4()
        assert close(came, key=key).status == Status.COMPLETED
        assert close(came, key=key).status == Status.COMPLETED
        payment = Payment.objects.get(checkout=Checkout.COUNTER)
        assert (payment.amount, payment.method_kind) == (REST, MACHINE)
        clean(came)

    def test_with_nothing_left_it_only_ends(self, came):
        take(came)
        assert close(came, seen=0).status == Status.COMPLETED
        assert Payment.objects.filter(checkout=Checkout.COUNTER).count() == 1
        with pytest.raises(IllegalMove):
            close(came, seen=0)

    def test_neither_when_the_sum_is_not_what_was_seen(self, came):
        less(came, 1000)
        with pytest.raises(StaleState):
            close(came)
        assert fresh(came).status == Status.CONFIRMED
        assert not Payment.objects.filter(checkout=Checkout.COUNTER).exists()

    def test_neither_when_the_method_is_none(self, came):
        with pytest.raises(ValueError, match="counter"):
            close(came, kind="")
        assert fresh(came).status == Status.CONFIRMED

    def test_not_before_it_began(self, visit):
        paid(visit)
        with pytest.raises(IllegalMove):
            close(visit)
        assert not Payment.objects.filter(checkout=Checkout.COUNTER).exists()
