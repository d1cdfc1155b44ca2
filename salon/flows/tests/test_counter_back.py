"""At the counter: giving back, and salon credit. No halala is lost on the way."""

from __future__ import annotations

import uuid

import pytest
from django.db import transaction

from salon.bookings.errors import StaleState
from salon.bookings.models import ActorKind, Booking
from salon.flows import booking as visits
from salon.flows import counter as desk
from salon.flows import payment as paying
from salon.flows.tests.desk import DEPOSIT, PRICE, REST, back, clean, fresh, take
from salon.flows.tests.till import hold, paid
from salon.jobs.audit import audit
from salon.payments import counter, credit, ledger
from salon.payments.counter import TooMuch
from salon.payments.models import (
    Checkout,
    Credit,
    EntryKind,
    Invoice,
    LedgerEntry,
    MethodKind,
    Payment,
    PaymentState,
    Refund,
    RefundState,
)

pytestmark = pytest.mark.django_db(transaction=True)


class TestGivingBack:
    def test_by_hand_it_is_done_at_once(self, came, hind):
        cash = take(came)
        (done,) = back(came, 2000, seen=PRICE)
        assert (done.payment, done.state, done.requested_by, done.reason) == (cash, "done", hind, "Not happy")
        assert LedgerEntry.objects.get(kind=EntryKind.REFUND).amount == -2000
        note = Invoice.objects.get(kind="credit_note")
        assert (note.gross, note.reason, note.original.entry.payment) == (2000, "Not happy", cash)
        clean(came)

    def test_both_ways_for_one_amount(self, came):
        take(came)
        hand, online = back(came, PRICE - 500, seen=PRICE)
        assert (hand.amount, online.amount) == (REST, DEPOSIT - 500)
        online.refresh_from_db()
        assert online.state == RefundState.DONE  # sent after the commit
        assert ledger.balance(came.booking) == 500
        clean(came)

    def test_from_one_payment_only(self, came):
        take(came)
        (online,) = back(came, 1000, seen=PRICE, only=came.payment.pk)
        assert online.payment == came.payment
        with pytest.raises(TooMuch) as problem:
            back(came, DEPOSIT, seen=PRICE - 1000, only=came.payment.pk)
        assert problem.value.left == DEPOSIT - 1000

    def test_two_people_press_at_once_and_the_second_is_told(self, came):
        take(came)
        back(came, 3000, seen=PRICE)
        with pytest.raises(StaleState):
            back(came, 3000, seen=PRICE)
        assert Refund.objects.count() == 1

    def test_the_same_form_twice_is_one_refund(self, came):
        take(came)
        key = uuid.uuid4()
        assert back(came, 15000, seen=PRICE, key=key) == back(came, 15000, seen=PRICE, key=key)
        assert sum(Refund.objects.values_list("amount", flat=True)) == 15000

    def test_one_that_waits_for_the_gateway_grows(self, came):
        came.gateway.fault("any", "500", times=9)
        first = back(came, 1000, seen=DEPOSIT)
        second = back(came, 500, seen=DEPOSIT - 1000)
        assert [each.pk for each in first] == [each.pk for each in second]
        assert came.refunds() == [(1500, RefundState.WANTED)]

    def test_a_cancellation_sends_what_a_gateway_can_send(self, came, hind):
        take(came)
        visits.cancel(booking=came.booking, actor=hind, by=ActorKind.SALON, now=came.clock())
        assert came.refunds() == [(DEPOSIT, RefundState.DONE)]
        assert ledger.balance(came.booking) == REST  # handed back by a person
        assert counter.owed_by_hand(fresh(came), online=0, at_counter=REST) == REST
        clean(came)
        back(came, REST, seen=REST)
        assert ledger.balance(came.booking) == 0
        clean(came)

    def test_a_late_cancellation_keeps_the_deposit_and_owes_the_rest_by_hand(self, visit, hind):
        paid(visit)
        take(visit)
        visit.clock.pass_(days=2)
        visits.cancel(booking=visit.booking, actor=visit.lama, by=ActorKind.GUEST, now=visit.clock())
        assert visit.refunds() == []
        assert counter.owed_by_hand(fresh(visit), online=DEPOSIT, at_counter=REST) == REST
        clean(visit)


class TestCredit:
    @pytest.fixture
    def missed(self, visit):
        """Lama's paid visit that she missed, at a salon that gives credit for it."""
        visit.shop.salon.no_show_credit = True
        visit.shop.salon.save()
        policy = {**visit.booking.policy, "no_show_credit": True}
        Booking.objects.filter(pk=visit.booking.pk).update(policy=policy)
        visit.booking.refresh_from_db()
        paid(visit)
        visit.clock.pass_(days=2, hours=6)
        visits.no_show(booking=visit.booking, actor=visit.shop.owner, now=visit.clock())
        return visit

    @pytest.fixture
    def again(self, missed):
        """Her next one there."""
        kept = hold(missed.shop, None, missed.clock, days=2)
        placed = visits.place(
            booking=kept, customer=missed.lama, name="", note="", choice="deposit", now=missed.clock()
        )
        paying.start(payment=placed.payment, language="ar", now=missed.clock())
        missed.gateway.pay(Payment.objects.get(pk=placed.payment.pk).invoice_id)
        paying.settle(payment=placed.payment, now=missed.clock())
        return placed.booking

    def use(self, missed, booking, amount, *, seen=REST, key=None):
        return desk.use_credit(
            booking=booking,
            amount=amount,
            seen=seen,
            key=key or uuid.uuid4(),
            actor=missed.shop.owner,
            now=missed.clock(),
        )

    def test_what_a_no_show_leaves_is_credit(self, missed):
        kept = Credit.objects.get()
        assert (kept.customer, kept.salon, kept.amount, kept.used) == (missed.lama, missed.shop.salon, DEPOSIT, 0)
        assert kept.payment == missed.payment
        clean(missed)

    def test_without_the_promise_there_is_none(self, came, hind):
        visits.no_show(booking=came.booking, actor=hind, now=came.clock())
        assert not Credit.objects.exists()

    def test_what_was_only_reserved_is_credit_when_it_is_taken(self, missed):
        """`flows.money_held` asks again once the gateway has taken it."""
        held = Payment.objects.create(
            booking=missed.booking,
            amount=2000,
            state=PaymentState.AUTHORIZED,
            checkout=Checkout.FORM,
            hold=True,
            gateway="simulator",
            expires_at=missed.clock(),
            created_at=missed.clock(),
        )
        with transaction.atomic():
            credit.keep(booking=fresh(missed), now=missed.clock())
        assert Credit.objects.count() == 1
        with transaction.atomic():
            Payment.objects.filter(pk=held.pk).update(state=PaymentState.PAID)
            ledger.enter(held, EntryKind.CAPTURE, ref="held", amount=2000, now=missed.clock())
            credit.keep(booking=fresh(missed), now=missed.clock())
            credit.keep(booking=fresh(missed), now=missed.clock())
        assert sorted(Credit.objects.values_list("amount", flat=True)) == [2000, DEPOSIT]

    def test_it_moves_to_the_next_visit(self, missed, again):
        (used,) = self.use(missed, again, 3000)
        assert (used.amount, used.method_kind, used.checkout) == (3000, MethodKind.CREDIT, Checkout.COUNTER)
        out = LedgerEntry.objects.get(kind=EntryKind.TRANSFER)
        assert (out.payment, out.amount) == (missed.payment, -3000)
        note, paper = Invoice.objects.filter(entry__in=[out, used.entries.get()]).order_by("kind")
        assert (note.gross, note.original.entry.payment, paper.gross, paper.booking) == (
            3000,
            missed.payment,
            3000,
            again,
        )
        assert Credit.objects.get().used == 3000
        assert counter.left_to_pay(again) == REST - 3000
        assert ledger.balance(again) + ledger.balance(missed.booking) == 2 * DEPOSIT
        clean(missed)

    def test_pressed_twice_it_is_used_once(self, missed, again):
        key = uuid.uuid4()
        assert self.use(missed, again, 3000, key=key) == self.use(missed, again, 3000, key=key)
        assert Credit.objects.get().used == 3000

    def test_never_more_than_there_is(self, missed, again):
        with pytest.raises(TooMuch) as problem:
            self.use(missed, again, DEPOSIT + 1)
        assert problem.value.left == DEPOSIT
        self.use(missed, again, DEPOSIT)
        with pytest.raises(StaleState):
            self.use(missed, again, 1)
        with pytest.raises(TooMuch):
            self.use(missed, again, 1, seen=REST - DEPOSIT)

    def test_what_was_given_back_instead_is_no_credit_any_more(self, missed, again):
        back(missed, 4000, seen=DEPOSIT)
        with pytest.raises(TooMuch) as problem:
            self.use(missed, again, 501)
        assert problem.value.left == 500
        clean(missed)

    def test_a_corrected_no_show_takes_its_money_back(self, missed, again):
        visits.arrive(booking=missed.booking, actor=missed.shop.owner, now=missed.clock())
        with pytest.raises(TooMuch):
            self.use(missed, again, 1)
        assert credit.available(credit.of_guest(again)) == 0
        clean(missed)

    def test_nobody_elses_and_nowhere_else(self, missed, again):
        stranger = Booking.objects.get(pk=again.pk)
        stranger.customer = missed.shop.owner
        assert not credit.of_guest(stranger).exists()

    def test_a_visit_paid_with_it_that_the_salon_calls_off_gives_it_back_as_credit(self, missed, again):
        self.use(missed, again, 3000)
        visits.cancel(booking=again, actor=missed.shop.owner, by=ActorKind.SALON, now=missed.clock())
        assert sorted(Credit.objects.values_list("amount", "used")) == [(3000, 0), (DEPOSIT, 3000)]
        third = Booking(pk=0, customer=missed.lama, salon=missed.shop.salon)
        assert credit.available(credit.of_guest(third)) == DEPOSIT
        clean(missed)

    def test_the_gateway_gave_moved_money_back(self, missed, again):
        """Somebody did it in the dashboard: the ledger has it, and a person is called."""
        self.use(missed, again, DEPOSIT)
        missed.gateway.refund_in_dashboard(Payment.objects.get(pk=missed.payment.pk).charge_id, 1000)
        missed.settle()
        assert ("external_refund", -1000) in missed.ledger()
        broken = {finding.name for finding in audit(now=missed.clock()) if finding.broken}
        assert {"more money out than in, or in twice", "money that moved without its document"} <= broken
