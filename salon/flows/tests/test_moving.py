"""A guest changes the time: the chair is never given twice, the money moves along, and nobody escapes a deadline."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils.translation import override

from salon.bookings import queries
from salon.bookings.errors import IllegalMove, NotOffered, SlotTaken, StaleState
from salon.bookings.models import ActorKind, Booking, BookingEvent, BusyTime
from salon.bookings.states import Status
from salon.core.clock import from_minute, to_minute
from salon.flows import booking as visits
from salon.flows.tests.moves import NEXT_DAY, ask, broken, busy, go
from salon.notifications.models import Letter, Notification, NotificationState
from salon.salons.models import Season, SeasonHours, StaffService, Variant
from salon.tests.chairs import DAY, NOW, assert_sound, booked, hold, overlaps, place
from salon.tests.people import at, person, rose, service, staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def in_english():
    """What a refusal says is compared in English."""
    with override("en"):
        yield


@pytest.fixture
def shop():
    return rose()


@pytest.fixture
def lama():
    return person("Lama")


# --- the chair ----------------------------------------------------------------------------------------------


def test_a_visit_goes_to_another_time(shop, lama):
    booking = booked(shop, lama, staff=shop.noura)
    Notification.objects.all().delete()
    moved = go(booking, "11:15", staff=shop.reem)
    assert moved.payment is None
    fresh = Booking.objects.get()
    assert (fresh.starts_at, fresh.ends_at) == (at(NEXT_DAY, "11:15"), at(NEXT_DAY, "12:15"))
    assert (fresh.status, fresh.business_day.isoformat(), fresh.version) == ("confirmed", NEXT_DAY, booking.version + 1)
    assert busy(fresh) == [("Reem", 0, 60)]
    item = fresh.items.get()
    assert (item.staff, item.starts_at) == (shop.reem, at(NEXT_DAY, "11:15"))
    event = fresh.events.last()
    assert (event.old_status, event.new_status) == ("confirmed", "confirmed")
    assert (event.moved_from, event.moved_to) == (at(DAY, "16:00"), at(NEXT_DAY, "11:15"))
    assert (event.actor, event.actor_kind) == (lama, ActorKind.GUEST)
    letters = Notification.objects.values_list("letter", "recipient")
    assert sorted(letters) == [("moved", lama.pk), ("owner_moved", shop.owner.pk)]
    assert_sound()
    assert broken() == []
    booked(shop, person("Reem"), staff=shop.noura)  # the old chair is free again


def test_its_own_chair_is_free_for_itself(shop, lama):
    booking = booked(shop, lama, "16:00", staff=shop.noura)
    board = queries.load_board(
        salon=shop.salon, services=[shop.cut], staff=shop.noura, first_day=booking.business_day, days=1, now=NOW,
        apart_from=[booking.pk],
    )  # fmt: skip
    starts = [slot.start_minute for slot in board.slots_by_day[booking.business_day]]
    assert to_minute(at(DAY, "16:15")) in starts
    go(booking, "16:15", day=DAY, staff=shop.noura)
    assert busy(Booking.objects.get()) == [("Noura", 0, 60)]
    assert_sound()


def test_others_chairs_are_not(shop, lama):
    booking = booked(shop, lama, "16:00", staff=shop.noura)
    booked(shop, person("Reem"), "17:00", staff=shop.noura)
    with pytest.raises(SlotTaken):
        ask(booking, "16:15", day=DAY, staff=shop.noura)
    mark = ask(booking, "15:30", day=DAY, staff=shop.noura).mark
    booked(shop, person("Hind"), "15:00", staff=shop.noura)
    with pytest.raises(SlotTaken):
        go(booking, "15:30", day=DAY, staff=shop.noura, agreed=mark)
    assert Booking.objects.get(pk=booking.pk).starts_at == at(DAY, "16:00")
    assert_sound()


def test_a_hold_that_ran_out_is_not_in_the_way(shop, lama):
    booking = booked(shop, lama, staff=shop.noura)
    stale = hold(shop, "12:00", day=NEXT_DAY, staff=shop.noura)
    with pytest.raises(SlotTaken):
        ask(booking, "12:00", staff=shop.noura)
    later = NOW + dt.timedelta(minutes=10)
    go(booking, "12:00", staff=shop.noura, now=later)
    assert Booking.objects.get(pk=stale.pk).status == Status.EXPIRED
    assert_sound()


def test_the_same_press_twice_is_one_move(shop, lama):
    booking = booked(shop, lama, staff=shop.noura)
    mark = ask(booking, "12:00", staff=shop.noura).mark
    for _ in range(2):
        assert go(booking, "12:00", staff=shop.noura, agreed=mark).booking.starts_at == at(NEXT_DAY, "12:00")
    assert BookingEvent.objects.filter(moved_to__isnull=False).count() == 1


def test_what_has_changed_since_is_asked_again(shop, lama):
    booking = booked(shop, lama, staff=shop.noura)
    first, second = (ask(booking, clock, staff=shop.noura).mark for clock in ("12:00", "13:00"))
    go(booking, "12:00", staff=shop.noura, agreed=first)
    with pytest.raises(StaleState):  # another tab
        go(booking, "13:00", staff=shop.noura, agreed=second)
    mark = ask(booking, "14:00", staff=shop.noura).mark
    StaffService.objects.filter(staff=shop.noura).update(price=20000)
    with pytest.raises(StaleState):
        go(booking, "14:00", staff=shop.noura, agreed=mark)
    assert Booking.objects.get().starts_at == at(NEXT_DAY, "12:00")


def test_variants_and_own_prices_come_along(shop, lama):
    long = Variant.objects.create(service=shop.cut, name_ar="طويل", name_en="Long", price=22000, minutes=75)
    booking = place(hold(shop, services=[long], staff=shop.noura), lama)
    StaffService.objects.create(staff=shop.reem, service=shop.cut, variant=long, price=25000, minutes=90)
    proposal = ask(booking, "12:00", staff=shop.reem)
    assert (proposal.seat.price, proposal.due, proposal.back) == (25000, 0, 0)
    go(booking, "12:00", staff=shop.reem)
    fresh = Booking.objects.get()
    item = fresh.items.get()
    assert (fresh.price, item.price, item.minutes, item.variant) == (25000, 25000, 90, long)
    assert busy(fresh) == [("Reem", 0, 90)]


def test_a_chain_moves_as_a_chain(lama):
    shop = rose()
    wash = service(shop.salon, "Wash", minutes=30, buffer_before=10, buffer_after=15, position=2)
    staff(shop.salon, "Sara", does=(wash,), position=4)
    booking = place(hold(shop, services=[shop.cut, wash]), lama)
    go(booking, "12:00")
    fresh = Booking.objects.get()
    assert [(item.staff.name_en, item.starts_at) for item in fresh.items.order_by("position")] == [
        ("Noura", at(NEXT_DAY, "12:00")),
        ("Sara", at(NEXT_DAY, "13:00")),
    ]
    assert busy(fresh) == [("Noura", 0, 60), ("Sara", 50, 105)]
    assert_sound()


def test_a_ramadan_night(lama):
    shop = rose()
    season = Season.objects.create(
        salon=shop.salon, name_ar="رمضان", name_en="Ramadan", first_day=NEXT_DAY, last_day="2026-12-20"
    )
    SeasonHours.objects.bulk_create(
        SeasonHours(season=season, weekday=day, start_minute=1260, end_minute=1620) for day in range(7)
    )
    booking = booked(shop, lama, staff=shop.noura)
    with pytest.raises(SlotTaken):
        ask(booking, "12:00", staff=shop.noura)
    go(booking, "01:30", day="2026-11-26", staff=shop.noura)
    fresh = Booking.objects.get()
    assert (fresh.starts_at, fresh.business_day.isoformat()) == (at("2026-11-26", "01:30"), NEXT_DAY)
    assert_sound()
    with pytest.raises(SlotTaken):  # it would end after closing
        ask(booking, "02:15", day="2026-11-26", staff=shop.noura)


# --- who may, and until when --------------------------------------------------------------------------------


def test_three_times_and_then_by_phone(shop, lama, settings):
    booking = booked(shop, lama, staff=shop.noura)
    for clock in ("12:00", "13:00", "14:00"):
        go(booking, clock, staff=shop.noura)
    with pytest.raises(IllegalMove, match="3 times"):
        ask(booking, "15:00")
    settings.MOVES_PER_BOOKING = 4
    go(booking, "15:00", staff=shop.noura)


def test_only_what_is_still_to_come(shop, lama):
    booking = booked(shop, lama, staff=shop.noura)
    mark = ask(booking, "12:00", staff=shop.noura).mark
    with pytest.raises(IllegalMove, match="until its start"):
        go(booking, "12:00", now=booking.starts_at, staff=shop.noura, agreed=mark)
    visits.cancel(booking=booking, actor=lama, by=ActorKind.GUEST, now=NOW)
    with pytest.raises(IllegalMove):
        go(booking, "12:00", staff=shop.noura, agreed=mark)
    assert not BusyTime.objects.exists()


def test_only_what_is_still_offered(shop, lama):
    booking = booked(shop, lama, staff=shop.noura)
    with pytest.raises(NotOffered):
        ask(booking, "12:00", staff=shop.maya)
    shop.cut.is_active = False
    shop.cut.save()
    with pytest.raises(NotOffered):
        ask(booking, "12:00")
    shop.salon.status = "suspended"
    shop.salon.save()
    with pytest.raises(IllegalMove, match="takes no bookings"):
        ask(booking, "12:00")


def test_a_request_stays_a_request_and_has_its_time_anew(lama):
    shop = rose(manual_approval=True, approval_minutes=120)
    booking = booked(shop, lama, staff=shop.noura)
    later = NOW + dt.timedelta(minutes=90)
    go(booking, "12:00", staff=shop.noura, now=later)
    fresh = Booking.objects.get()
    assert (fresh.status, fresh.expires_at) == ("requested", later + dt.timedelta(minutes=120))
    go(booking, "11:00", day=DAY, staff=shop.noura, now=later)
    assert Booking.objects.get().expires_at == at(DAY, "11:00")  # not later than the visit itself
    with pytest.raises(IllegalMove):
        ask(booking, "15:00", now=at(DAY, "11:00"))


def test_what_the_salon_confirmed_stays_confirmed(lama):
    shop = rose(manual_approval=True)
    booking = booked(shop, lama, staff=shop.noura)
    visits.confirm(booking=booking, actor=shop.owner, now=NOW)
    go(booking, "12:00", staff=shop.noura)
    assert Booking.objects.get().status == "confirmed"


# --- letters ------------------------------------------------------------------------------------------------


def test_letters_that_wait_are_overtaken(shop, lama):
    booking = booked(shop, lama, staff=shop.noura)
    Notification.objects.filter(letter=Letter.BOOKED).update(state=NotificationState.QUEUED)
    go(booking, "12:00", staff=shop.noura)
    assert Notification.objects.get(letter=Letter.BOOKED).state == NotificationState.SUPERSEDED
    go(booking, "13:00", staff=shop.noura)
    assert Notification.objects.filter(letter=Letter.MOVED).count() == 2
    assert from_minute(to_minute(at(NEXT_DAY, "13:00"))) == Booking.objects.get().starts_at


def test_the_database_knows_what_a_move_is(shop, lama):
    booking = booked(shop, lama, staff=shop.noura)
    go(booking, "12:00", staff=shop.noura)
    event = BookingEvent.objects.get(moved_to__isnull=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        BookingEvent.objects.filter(pk=event.pk).update(moved_to=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        BookingEvent.objects.create(
            booking=booking, at=NOW, actor_kind="guest", old_status="confirmed", new_status="confirmed"
        )
    assert overlaps() == 0


def test_the_audit_sees_a_time_that_no_move_led_to(shop, lama):
    booking = booked(shop, lama, staff=shop.noura)
    go(booking, "12:00", staff=shop.noura)
    Booking.objects.update(starts_at=at(NEXT_DAY, "11:45"))
    assert "a time that no move led to" in broken()
