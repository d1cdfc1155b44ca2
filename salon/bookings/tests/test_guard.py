"""What the database refuses by itself: no flow, no model method and no lock in these tests, only rows."""

from __future__ import annotations

import itertools
import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from salon.bookings import guard
from salon.bookings.models import LONGEST_BUSY_MINUTES, Booking, BookingEvent, BusyTime
from salon.bookings.states import MOVES, Status, may_move
from salon.core.clock import to_minute
from salon.tests.chairs import NOW, hold
from salon.tests.people import person, rose

pytestmark = pytest.mark.django_db
BASE = to_minute(NOW)


@pytest.fixture
def shop():
    return rose()


def busy(staff, start: int, end: int, lane: int = 0) -> BusyTime:
    return BusyTime(staff=staff, start_minute=BASE + start, end_minute=BASE + end, lane=lane)


def refused(rows, how: guard.Refusal = guard.Refusal.OVERLAP) -> bool:
    """Whether the database takes these rows, and if not, that it says why."""
    try:
        with transaction.atomic():
            BusyTime.objects.bulk_create(rows)
    except IntegrityError as error:
        said = guard.refusal(error)
    else:
        return False
    assert said == how
    return True


def test_every_guard_stands_after_all_migrations():
    wanted = {"sqlite": set(guard.SQLITE_TRIGGERS), "postgresql": {guard.OVERLAP, *guard.POSTGRES_TRIGGERS}}
    assert guard.present(connection) == wanted[connection.vendor]


def test_the_look_back_is_that_of_the_model():
    assert guard.LOOK_BACK == LONGEST_BUSY_MINUTES


def test_it_can_be_taken_away_and_put_back(shop):
    before = guard.present(connection)
    guard.remove(connection)
    assert guard.present(connection) == set()
    assert not refused([busy(shop.noura, 0, 60), busy(shop.noura, 30, 90)])
    BusyTime.objects.all().delete()
    connection.check_constraints()  # PostgreSQL changes no table that has checks of foreign keys waiting
    guard.install(connection)
    assert guard.present(connection) == before
    assert refused([busy(shop.noura, 0, 60), busy(shop.noura, 30, 90)])


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, 60), (30, 90), (-30, 1), (59, 61), (10, 50), (-10, 70), (-1380, 60), (59, 59 + 1440), (-1439, 1)],
)
def test_an_overlap_is_refused(shop, start, end):
    busy(shop.noura, 0, 60).save()
    assert refused([busy(shop.noura, start, end)])


@pytest.mark.parametrize(("start", "end"), [(60, 120), (-60, 0), (-1440, 0), (60, 1500)])
def test_half_open_neighbours_are_not(shop, start, end):
    busy(shop.noura, 0, 60).save()
    assert not refused([busy(shop.noura, start, end)])


def test_other_people_and_other_lanes_are_free(shop):
    busy(shop.noura, 0, 60).save()
    assert not refused([busy(shop.reem, 0, 60), busy(shop.noura, 0, 60, lane=1)])
    assert refused([busy(shop.noura, 30, 40, lane=1)])


def test_within_one_statement_too(shop):
    assert refused([busy(shop.noura, 0, 60), busy(shop.noura, 59, 70)])


def test_a_row_moved_onto_another_is_refused(shop):
    busy(shop.noura, 0, 60).save()
    other = busy(shop.noura, 60, 120)
    other.save()
    other.end_minute += 10
    other.save()  # over its own old place
    for change in ({"start_minute": BASE + 59}, {"end_minute": BASE + 5, "start_minute": BASE + 1}):
        with pytest.raises(IntegrityError) as error, transaction.atomic():
            BusyTime.objects.filter(pk=other.pk).update(**change)
        assert guard.refusal(error.value) == guard.Refusal.OVERLAP
    elsewhere = busy(shop.reem, 0, 60)
    elsewhere.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        BusyTime.objects.filter(pk=elsewhere.pk).update(staff=shop.noura)


def test_longer_than_a_day_or_nothing_is_refused_by_the_checks(shop):
    assert refused([busy(shop.noura, 0, 1441)], guard.Refusal.OTHER)
    assert refused([busy(shop.noura, 60, 60)], guard.Refusal.OTHER)


def test_only_legal_moves_pass(shop):
    lama, first = person(), hold(shop)
    for number, (old, new) in enumerate(itertools.product(Status, Status)):
        twin = Booking.objects.get(pk=first.pk)
        twin.pk, twin.key, twin.reference, twin.customer, twin.status = None, uuid.uuid4(), f"{number:06}", lama, old
        twin.save(force_insert=True)  # a new row may begin anywhere
        change = Booking.objects.filter(pk=twin.pk)
        if old == new or may_move(old, new):
            change.update(status=new)
        else:
            with pytest.raises(IntegrityError, match=guard.ILLEGAL_MOVE), transaction.atomic():
                change.update(status=new)
    assert set(MOVES) == set(Status)


def test_a_plain_save_passes(shop):
    booking = hold(shop)
    booking.note = "Hello"
    booking.save()


def test_what_happened_is_not_rewritten(shop):
    lama = person()
    booking = hold(shop, customer=lama)
    events = BookingEvent.objects.filter(booking=booking)
    for change in ({"reason": "never"}, {"new_status": "confirmed"}, {"at": NOW}, {"actor": shop.owner}):
        with pytest.raises(IntegrityError, match=guard.EVENT_IS_FINAL), transaction.atomic():
            events.update(**change)
    with pytest.raises(IntegrityError, match=guard.EVENT_IS_FINAL), transaction.atomic():
        events.delete()
    assert events.get().actor == lama


def test_a_person_can_still_be_erased(shop):
    lama = person()
    booking = hold(shop, customer=lama)
    Booking.objects.filter(pk=booking.pk).update(customer=None)
    lama.delete()
    assert BookingEvent.objects.get(booking=booking).actor is None


def test_the_same_key_and_the_same_reference_are_told_apart(shop):
    first = hold(shop)
    for column, why in (("key", guard.Refusal.SAME_KEY), ("reference", guard.Refusal.SAME_REFERENCE)):
        twin = Booking.objects.get(pk=first.pk)
        twin.pk, twin.key, twin.reference = None, "5a10a000-0000-4000-8000-000000000001", "TWIN22"
        setattr(twin, column, getattr(first, column))
        with pytest.raises(IntegrityError) as error, transaction.atomic():
            twin.save(force_insert=True)
        assert guard.refusal(error.value) == why
