"""Any order of presses, by anybody, at any time: whatever hypothesis tries, the truths of `assert_sound` hold."""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from salon.bookings import queries
from salon.bookings.errors import BookingError, SlotTaken
from salon.bookings.models import ActorKind, Booking
from salon.bookings.states import MOVABLE, OCCUPYING, Status
from salon.core.clock import from_minute, to_minute
from salon.flows import booking as flow
from salon.flows import moving, moving_paid
from salon.payments.models import Payment
from salon.salons.models import Salon
from salon.tests.chairs import DAY, assert_sound
from salon.tests.people import at, open_daily, person, rose, service, staff

MINUTES = st.sampled_from([1, 4, 9, 10, 11, 60, 125, 24 * 60])


class Visits(RuleBasedStateMachine):
    """A salon with three people and a buffer, two guests, and a clock that only goes forward."""

    bookings = Bundle("bookings")

    @initialize(manual=st.booleans(), prepayment=st.sampled_from(["none", "deposit", "full"]))
    def open_the_salon(self, manual, prepayment):
        """All in a transaction that teardown takes back."""
        self.undo = transaction.atomic()
        self.undo.__enter__()
        transaction.get_connection().atomic_blocks[-1]._from_testcase = True  # so that the flows' own may begin
        self.now = at(DAY, "09:00")
        self.shop = rose(manual_approval=manual, prepayment=prepayment, lead_minutes=15)
        open_daily(self.shop.salon, "14:00", 1500, staff=self.shop.reem)
        self.wash = service(self.shop.salon, "Wash", minutes=30, buffer_before=10, buffer_after=15, position=2)
        staff(self.shop.salon, "Sara", does=(self.wash, self.shop.cut), position=4)
        self.guests = [person("Lama"), person("Reem")]
        self.choice = prepayment

    def teardown(self):
        if hasattr(self, "undo"):
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    @rule(
        target=bookings,
        picks=st.sampled_from([(0,), (2,), (0, 1), (1, 2), (2, 0, 1)]),
        index=st.integers(0, 5),
        who=st.sampled_from([None, 0, 1]),
        named=st.booleans(),
        later=st.integers(0, 1),
    )
    def hold_what_is_offered(self, picks, index, who, named, later):
        """What the page shows can be had, and is what was shown."""
        services = [(self.shop.cut, self.shop.nails, self.wash)[pick] for pick in picks]
        day = self.now.date() + dt.timedelta(days=later)
        offered = queries.open_slots(salon=self.shop.salon, services=services, first_day=day, days=1, now=self.now)[day]
        if not offered:
            return multiple()
        slot = offered[index * len(offered) // 6]
        chosen = slot.staff_ids[-1] if named and slot.staff_ids else None
        try:
            return self.hold(services, chosen, slot.start_minute, who)
        except SlotTaken as error:
            raise AssertionError("it was offered") from error
        except BookingError:
            return multiple()

    @rule(target=bookings, minutes=st.integers(-60, 1500), who=st.sampled_from([None, 0, 1]))
    def hold_anything(self, minutes, who):
        """A start that no page showed is only taken when it could have been."""
        start = to_minute(self.now) + minutes
        try:
            return self.hold([self.shop.cut], None, start, who)
        except BookingError:
            return multiple()

    def hold(self, services, chosen, start, who):
        booking = flow.hold(
            salon=self.shop.salon,
            services=services,
            staff=chosen,
            start_minute=start,
            key=uuid.uuid4(),
            customer=None if who is None else self.guests[who],
            held_from="",
            replaces=None,
            now=self.now,
        )
        assert booking.starts_at == from_minute(start) >= self.now + dt.timedelta(minutes=15)
        assert chosen is None or {item.staff_id for item in booking.items.all()} == {chosen}
        return booking.pk

    @rule(target=bookings, old=consumes(bookings), index=st.integers(0, 20))
    def choose_again(self, old, index):
        offered = queries.open_slots(
            salon=self.shop.salon, services=[self.shop.cut], first_day=self.now.date(), days=1, now=self.now
        )[self.now.date()]
        if not offered:
            return old
        try:
            return flow.hold(
                salon=self.shop.salon,
                services=[self.shop.cut],
                staff=None,
                start_minute=offered[index % len(offered)].start_minute,
                key=uuid.uuid4(),
                customer=None,
                held_from="",
                replaces=Booking.objects.get(pk=old),
                now=self.now,
            ).pk
        except BookingError:
            return old

    @rule(pk=bookings, who=st.integers(0, 1))
    def place(self, pk, who):
        before = Booking.objects.get(pk=pk)
        try:
            flow.place(booking=before, customer=self.guests[who], name="", note="", choice=self.choice, now=self.now)
        except BookingError:
            assert Booking.objects.get(pk=pk).status == before.status
        else:
            assert before.status != Status.HELD or before.expires_at > self.now

    @rule(pk=bookings)
    def money_comes(self, pk):
        """As `settle` does it: a hold or an expired one takes its chair, or does not."""
        booking = Booking.objects.get(pk=pk)
        if booking.customer_id is None or not booking.due_now:
            return
        try:
            with transaction.atomic():
                flow.domain.promise_chair(flow.domain.lock(booking), now=self.now)
        except BookingError:
            assert Booking.objects.get(pk=pk).status == booking.status

    @rule(which=st.integers(0, 5), index=st.integers(0, 20), named=st.booleans(), later=st.integers(0, 1))
    def change_the_time(self, which, index, named, later):
        """What is offered to a visit can be had by it. With something to pay it stays until that is there."""
        placed = Booking.objects.select_related("salon", "customer").filter(status__in=MOVABLE).order_by("pk")
        coming = list(placed) or self.somebody_books()
        if not coming:
            return
        booking = coming[which % len(coming)]
        before, count = booking.starts_at, booking.events.count()
        day = self.now.date() + dt.timedelta(days=later)
        services = [item.variant or item.service for item in booking.items.select_related("service", "variant")]
        board = queries.load_board(
            salon=self.shop.salon, services=services, first_day=day, days=1, now=self.now,
            apart_from=moving.own_chairs(booking),
        )  # fmt: skip
        slots = board.slots_by_day[day]
        if not slots:
            return
        slot = slots[index % len(slots)]
        asked = {"start_minute": slot.start_minute, "now": self.now}
        asked["staff"] = slot.staff_ids[-1] if named and slot.staff_ids else None
        try:
            mark = moving.propose(booking=booking, **asked).mark
            moved = moving.move(booking=booking, agreed=mark, actor=booking.customer, **asked)
        except SlotTaken as error:
            raise AssertionError("it was offered") from error
        except BookingError:
            assert (Booking.objects.get(pk=booking.pk).starts_at, booking.events.count()) == (before, count)
        else:
            assert before > self.now
            assert moved.booking.starts_at == (before if moved.payment else from_minute(slot.start_minute))

    @rule(which=st.integers(0, 5))
    def money_for_a_move_comes(self, which):
        """As `settle` does it, for the newest payment or one given up before: in time, late, or for nothing."""
        asked = list(Payment.objects.filter(moves_to__isnull=False).exclude(state="paid").order_by("-created_at", "pk"))
        if not asked:
            return
        payment = asked[which % len(asked)]
        with transaction.atomic():
            booking = flow.domain.lock(payment.booking, other=payment.moves_to_id)
            before = booking.starts_at
            moved = moving_paid.buys(booking, payment, now=self.now)
            Payment.objects.filter(pk=payment.pk).update(state="paid")
        assert booking.starts_at == (payment.moves_to.starts_at if moved else before)

    def somebody_books(self):
        """A visit that a guest has placed and, where something is prepaid, paid; none when nothing is free."""
        cut, day = self.shop.cut, self.now.date() + dt.timedelta(days=1)
        offered = queries.open_slots(salon=self.shop.salon, services=[cut], first_day=day, days=1, now=self.now)[day]
        if not offered:
            return []
        booking = Booking.objects.get(pk=self.hold([cut], None, offered[len(offered) // 2].start_minute, None))
        guest = person("Noura")
        flow.place(booking=booking, customer=guest, name="", note="", choice=self.choice, now=self.now)
        if self.choice != "none":
            with transaction.atomic():
                flow.domain.promise_chair(flow.domain.lock(booking), now=self.now)
        return [Booking.objects.select_related("salon", "customer").get(pk=booking.pk)]

    @rule(pk=bookings, verb=st.sampled_from(["confirm", "decline", "arrive", "complete", "no_show"]))
    def the_salon_presses(self, pk, verb):
        with contextlib.suppress(BookingError):
            getattr(flow, verb)(booking=Booking.objects.get(pk=pk), actor=self.shop.owner, now=self.now)

    @rule(pk=bookings, by=st.sampled_from([ActorKind.GUEST, ActorKind.SALON]))
    def cancel(self, pk, by):
        booking = Booking.objects.get(pk=pk)
        try:
            flow.cancel(booking=booking, actor=self.shop.owner, by=by, now=self.now)
        except BookingError:
            assert Booking.objects.get(pk=pk).status == booking.status
        else:
            assert by != ActorKind.GUEST or self.now < booking.starts_at

    @rule(pk=bookings)
    def release(self, pk):
        flow.release(booking=Booking.objects.get(pk=pk), now=self.now)

    @rule(minutes=MINUTES)
    def time_passes(self, minutes):
        self.now += dt.timedelta(minutes=minutes)

    @rule()
    def sweep(self):
        flow.expire_due(now=self.now)
        due = Booking.objects.filter(status__in=[Status.HELD, Status.REQUESTED], expires_at__lte=self.now)
        assert not due.exists()

    @invariant()
    def all_is_sound(self):
        if hasattr(self, "undo"):
            assert_sound()
            assert not Booking.objects.filter(status__in=OCCUPYING - {Status.HELD}, customer=None).exists()


@pytest.fixture
def _salon_rules(db, monkeypatch):
    monkeypatch.setattr(flow.paying, "cancel_open", lambda **_: None)  # the gateway is another story


@pytest.mark.usefixtures("_salon_rules")
def test_any_order_of_presses():
    run_state_machine_as_test(Visits, settings=settings(max_examples=15, stateful_step_count=30))
    assert not Salon.objects.exists()
