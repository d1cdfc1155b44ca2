"""The verbs of the chair, each inside a transaction of its caller's."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from salon.bookings import domain
from salon.bookings.errors import IllegalMove, NotOffered, SlotTaken, StaleState
from salon.bookings.models import ActorKind, Booking, BookingEvent, BusyTime
from salon.bookings.states import OCCUPYING, Status
from salon.core.clock import to_minute
from salon.salons.models import Salon, StaffService, Variant
from salon.tests.chairs import DAY, NOW, assert_sound, hold
from salon.tests.people import at, make_salon, open_daily, person, rose, service, staff

pytestmark = pytest.mark.django_db
ENDS = NOW + dt.timedelta(minutes=10)


@pytest.fixture
def shop():
    return rose()


def reserve(shop, start: str = "16:00", services=None, **extra) -> Booking:
    asked = {
        "salon": shop.salon,
        "services": services or [shop.cut],
        "staff": None,
        "start_minute": to_minute(at(DAY, start)),
        "key": uuid.uuid4(),
        "customer": None,
        "held_from": "",
        "replaces": None,
        "expires_at": ENDS,
        "now": NOW,
    }
    return domain.reserve(**(asked | extra))


def spans(booking: Booking) -> list[tuple[int, str, str]]:
    rows = BusyTime.objects.filter(booking=booking).order_by("start_minute")
    riyadh = dt.timedelta(hours=3)
    return [(row.staff_id, f"{row.starts_at + riyadh:%H:%M}", f"{row.ends_at + riyadh:%H:%M}") for row in rows]


# --- reserve --------------------------------------------------------------------------------------------


def test_what_is_written(shop):
    lama = person()
    booking = reserve(shop, customer=lama, held_from="abc")
    booking.refresh_from_db()
    assert (booking.status, booking.version, booking.customer, booking.held_from) == ("held", 0, lama, "abc")
    assert (booking.starts_at, booking.ends_at) == (at(DAY, "16:00"), at(DAY, "17:00"))
    assert (booking.business_day, booking.expires_at, booking.created_at) == (dt.date(2026, 11, 24), ENDS, NOW)
    assert (booking.price, booking.due_now) == (18000, 0)
    assert booking.policy["preset"] == "standard"
    [item] = booking.items.all()
    assert (item.service, item.staff, item.starts_at, item.minutes, item.price) == (
        shop.cut,
        shop.noura,
        booking.starts_at,
        60,
        18000,
    )
    assert BusyTime.objects.get().held_until == ENDS
    assert_sound()


def test_it_refuses_to_run_outside_a_transaction(shop, monkeypatch):
    monkeypatch.setattr(connections["default"], "in_atomic_block", False)
    for verb in (
        lambda: reserve(shop),
        lambda: domain.lock(Booking(pk=1)),
        lambda: domain.promise_chair(Booking(status=Status.HELD), now=NOW),
        lambda: domain.transition(Booking(), Status.EXPIRED, actor_kind=ActorKind.SYSTEM, now=NOW),
    ):
        with pytest.raises(transaction.TransactionManagementError):
            verb()


def test_the_price_is_that_of_who_does_it_and_stays(shop):
    StaffService.objects.filter(staff=shop.reem, service=shop.cut).update(price=25000, minutes=75)
    booking = reserve(shop, staff=shop.reem)
    assert (booking.price, booking.ends_at, booking.items.get().minutes) == (25000, at(DAY, "17:15"), 75)
    StaffService.objects.update(price=1)
    Salon.objects.update(policy="strict")
    booking.refresh_from_db()
    assert (booking.price, booking.policy["preset"]) == (25000, "standard")


def test_a_variant_is_written_beside_its_service(shop):
    long = Variant.objects.create(service=shop.cut, name_ar="طويل", name_en="Long", price=26000, minutes=90)
    item = reserve(shop, services=[long]).items.get()
    assert (item.service, item.variant, item.price, item.minutes) == (shop.cut, long, 26000, 90)


def test_anyone_is_whoever_has_least_to_do_that_day(shop):
    first = reserve(shop, "10:00")
    assert first.items.get().staff == shop.noura  # nobody has anything: the salon's order
    assert reserve(shop, "12:00").items.get().staff == shop.reem
    reserve(shop, "14:00", services=[shop.nails], staff=shop.reem)
    assert reserve(shop, "18:00").items.get().staff == shop.noura
    # Tomorrow nobody has anything yet.
    tomorrow = to_minute(at("2026-11-25", "18:00"))
    assert reserve(shop, start_minute=tomorrow).items.get().staff == shop.noura


def test_breaks_and_holds_that_ran_out_are_no_work(shop):
    start = to_minute(at(DAY, "20:00"))
    BusyTime.objects.create(staff=shop.noura, start_minute=start, end_minute=start + 120, reason="prayer and tea")
    reserve(shop, "10:00", staff=shop.noura, expires_at=NOW)
    reserve(shop, "12:00", staff=shop.reem)
    assert reserve(shop, "16:00").items.get().staff == shop.noura


def test_buffers_lie_outside_a_run_and_inner_ones_are_absorbed(shop):
    wash = service(shop.salon, "Wash", minutes=30, buffer_before=10, buffer_after=15)
    dry = service(shop.salon, "Dry", minutes=20, buffer_before=5, buffer_after=5)
    sara = staff(shop.salon, "Sara", does=(wash, dry))
    booking = reserve(shop, "16:00", [wash, dry])
    assert spans(booking) == [(sara.pk, "15:50", "16:55")]
    assert (booking.starts_at, booking.ends_at) == (at(DAY, "16:00"), at(DAY, "16:50"))
    assert [item.starts_at for item in booking.items.order_by("position")] == [at(DAY, "16:00"), at(DAY, "16:30")]
    with pytest.raises(SlotTaken):
        reserve(shop, "15:15", [wash])  # its clean-up would reach into the other's preparation
    assert spans(reserve(shop, "15:00", [wash])) == [(sara.pk, "14:50", "15:45")]
    assert_sound()


def test_a_chain_where_nobody_is_free_for_all_of_it(shop):
    reserve(shop, "16:00", staff=shop.reem)
    reserve(shop, "17:00", staff=shop.reem)
    booking = reserve(shop, "16:00", [shop.cut, shop.nails])
    assert [item.staff for item in booking.items.order_by("position")] == [shop.noura, shop.maya]
    assert spans(booking) == [(shop.noura.pk, "16:00", "17:00"), (shop.maya.pk, "17:00", "17:45")]
    assert (booking.price, booking.ends_at) == (32000, at(DAY, "17:45"))
    assert_sound()


@pytest.mark.parametrize("start", ["09:45", "21:15", "16:05", "08:00", "23:30"])
def test_what_the_page_would_not_offer_cannot_be_had(shop, start):
    with pytest.raises(SlotTaken):
        reserve(shop, start)


def test_nor_what_has_passed_or_is_too_far(shop):
    for clock in (at("2026-11-23", "16:00"), at("2027-11-23", "16:00")):
        with pytest.raises(SlotTaken):
            reserve(shop, start_minute=to_minute(clock))
    shop.salon.lead_minutes = 600
    with pytest.raises(SlotTaken):
        reserve(shop, "18:45")
    assert reserve(shop, "19:00")


def test_a_taken_chair_is_taken(shop):
    reserve(shop, staff=shop.noura)
    for start in ("15:15", "16:00", "16:45"):
        with pytest.raises(SlotTaken):
            reserve(shop, start, staff=shop.noura)
    assert reserve(shop, "17:00", staff=shop.noura)
    assert reserve(shop).items.get().staff == shop.reem
    with pytest.raises(SlotTaken):
        reserve(shop)


def test_who_does_not_do_it_is_not_offered(shop):
    with pytest.raises(NotOffered):
        reserve(shop, staff=shop.maya)
    with pytest.raises(NotOffered):
        reserve(shop, services=[service(make_salon("other"))])


def test_after_midnight_it_belongs_to_the_day_that_opened(shop):
    night = make_salon("night")
    open_daily(night, "20:00", 1560)
    cut = service(night)
    staff(night, does=(cut,))
    booking = reserve(shop, salon=night, services=[cut], start_minute=to_minute(at("2026-11-25", "00:30")))
    assert booking.business_day == dt.date(2026, 11, 24)


def test_a_hold_that_ran_out_makes_room_and_is_closed(shop):
    lama = person()
    old = reserve(shop, staff=shop.noura, customer=lama)
    new = reserve(shop, "16:30", staff=shop.noura, now=ENDS, expires_at=ENDS + dt.timedelta(minutes=10))
    old.refresh_from_db()
    assert (old.status, old.customer, spans(old)) == (Status.EXPIRED, None, [])
    assert spans(new) == [(shop.noura.pk, "16:30", "17:30")]
    assert_sound()


def test_a_request_whose_time_is_over_still_keeps_its_chair(shop):
    """Its letter and its refund are owed first: `expire_due` frees it, not a passer-by."""
    lama = person()
    Salon.objects.update(manual_approval=True, approval_minutes=5)
    booking = domain.lock(reserve(shop, staff=shop.noura))
    domain.promise_chair(booking, now=NOW, customer=lama)
    with pytest.raises(SlotTaken):
        reserve(shop, staff=shop.noura, now=NOW + dt.timedelta(hours=1))


def test_a_hold_it_replaces_is_given_up_even_on_the_same_chair(shop):
    lama = person()
    old = reserve(shop, staff=shop.noura, customer=lama)
    new = reserve(shop, "16:30", staff=shop.noura, replaces=old, customer=lama)
    old.refresh_from_db()
    assert (old.status, old.customer, spans(old)) == (Status.CANCELLED, None, [])
    assert new.status == Status.HELD
    assert_sound()


def test_what_is_not_a_hold_any_more_is_not_given_up(shop):
    old = domain.promise_chair(domain.lock(reserve(shop, staff=shop.noura)), now=NOW, customer=person())
    reserve(shop, "18:00", staff=shop.noura, replaces=old)
    with pytest.raises(SlotTaken):
        reserve(shop, "16:30", staff=shop.noura, replaces=old)
    old.refresh_from_db()
    assert old.status == Status.CONFIRMED


# --- lock, transition, promise --------------------------------------------------------------------------


def test_lock_takes_the_chairs_in_order_and_then_the_booking(shop):
    reserve(shop, "16:00", staff=shop.reem)
    reserve(shop, "17:00", staff=shop.reem)
    booking = reserve(shop, "16:00", [shop.cut, shop.nails])
    with CaptureQueriesContext(connection) as asked:
        fresh = domain.lock(booking)
        assert (fresh.salon, fresh.customer) == (shop.salon, None)
    staff_sql, booking_sql = [query["sql"] for query in asked]
    assert "ORDER BY 1 ASC" in staff_sql  # the key is its only column
    if connection.vendor == "postgresql":
        assert staff_sql.endswith("FOR NO KEY UPDATE")
        assert booking_sql.endswith('FOR NO KEY UPDATE OF "bookings_booking"')


def test_a_move_is_written_once_with_its_event(shop, django_assert_num_queries):
    booking = domain.lock(reserve(shop))
    with django_assert_num_queries(3):
        domain.transition(booking, Status.EXPIRED, actor_kind=ActorKind.SYSTEM, reason="x" * 300, now=ENDS, note="Bye")
    assert (booking.status, booking.version, booking.note) == (Status.EXPIRED, 1, "Bye")
    stored = Booking.objects.get(pk=booking.pk)
    assert (stored.status, stored.version, stored.note) == (Status.EXPIRED, 1, "Bye")
    event = BookingEvent.objects.filter(booking=booking).last()
    assert (event.old_status, event.new_status, event.at) == ("held", "expired", ENDS)
    assert (event.actor_kind, event.actor, event.reason) == ("system", None, "x" * 200)
    assert_sound()


def test_who_read_it_before_somebody_moved_it_must_look_again(shop):
    booking = hold(shop)
    mine, theirs = Booking.objects.get(pk=booking.pk), Booking.objects.get(pk=booking.pk)
    domain.transition(theirs, Status.CANCELLED, actor_kind=ActorKind.GUEST, now=NOW)
    with pytest.raises(StaleState):
        domain.transition(mine, Status.EXPIRED, actor_kind=ActorKind.SYSTEM, now=NOW)
    assert BookingEvent.objects.filter(booking=booking).count() == 2


def test_illegal_moves_change_nothing(shop):
    booking = hold(shop)
    for to in set(Status) - {Status.REQUESTED, Status.CONFIRMED, Status.EXPIRED, Status.CANCELLED}:
        with pytest.raises(IllegalMove) as error:
            domain.transition(booking, to, actor_kind=ActorKind.SALON, now=NOW)
        assert str(error.value)
    assert BookingEvent.objects.filter(booking=booking).count() == 1
    assert_sound()


@pytest.mark.parametrize("to", sorted(Status))
def test_a_status_keeps_its_chair_or_does_not(shop, to):
    booking = domain.promise_chair(domain.lock(reserve(shop)), now=NOW, customer=person())
    route = {"declined": None, "held": None, "requested": None, "expired": None, "confirmed": []}
    steps = route.get(to, [to])
    if steps is None:
        return
    for step in steps:
        domain.transition(booking, step, actor_kind=ActorKind.SALON, now=NOW)
    assert bool(spans(booking)) == (to in OCCUPYING)
    assert_sound()


def test_a_promise_where_the_salon_answers_by_hand(shop):
    Salon.objects.update(manual_approval=True, approval_minutes=120)
    booking = domain.promise_chair(domain.lock(reserve(shop)), now=NOW, customer=person())
    assert (booking.status, booking.expires_at) == (Status.REQUESTED, NOW + dt.timedelta(hours=2))
    assert BusyTime.objects.get().held_until is None
    late = at(DAY, "15:00")
    booking = domain.promise_chair(
        domain.lock(reserve(shop, now=late, expires_at=late + dt.timedelta(minutes=10))), now=late, customer=person()
    )
    assert booking.expires_at == booking.starts_at, "there is nothing to answer once it should have begun"


def test_late_money_takes_a_free_chair_again(shop):
    wash = service(shop.salon, "Wash", minutes=30, buffer_before=10, buffer_after=15)
    sara = staff(shop.salon, "Sara", does=(wash,))
    lama = person()
    booking = domain.extend_hold(domain.lock(reserve(shop, services=[wash])), expires_at=ENDS, customer=lama, due_now=1)
    domain.transition(booking, Status.EXPIRED, actor_kind=ActorKind.SYSTEM, now=ENDS)
    # A hold that ran out stands in the way and steps aside.
    other = reserve(shop, "16:15", [wash], staff=sara, now=ENDS, expires_at=ENDS)
    domain.promise_chair(domain.lock(booking), now=ENDS)
    other.refresh_from_db()
    assert (spans(booking), other.status) == ([(sara.pk, "15:50", "16:45")], Status.EXPIRED)
    assert_sound()


def test_late_money_does_not_take_a_chair_that_is_gone(shop):
    lama = person()
    booking = domain.extend_hold(
        domain.lock(reserve(shop, staff=shop.noura)), expires_at=ENDS, customer=lama, due_now=1
    )
    domain.transition(booking, Status.EXPIRED, actor_kind=ActorKind.SYSTEM, now=ENDS)
    reserve(shop, "16:45", staff=shop.noura, expires_at=ENDS + dt.timedelta(seconds=1))
    with pytest.raises(SlotTaken):
        domain.promise_chair(domain.lock(booking), now=ENDS)
    with pytest.raises(SlotTaken):
        domain.promise_chair(domain.lock(booking), now=booking.starts_at)
    assert_sound()


def test_only_a_hold_is_promised(shop):
    booking = domain.promise_chair(domain.lock(reserve(shop)), now=NOW, customer=person())
    with pytest.raises(IllegalMove):
        domain.promise_chair(booking, now=NOW)


def test_a_hold_is_lengthened_once(shop):
    booking = domain.lock(reserve(shop))
    for minutes, note in ((15, "first"), (30, "second")):
        domain.extend_hold(booking, expires_at=NOW + dt.timedelta(minutes=minutes), note=note)
    booking.refresh_from_db()
    assert (booking.expires_at, booking.note) == (NOW + dt.timedelta(minutes=15), "second")
    assert_sound()
