"""Keeping a chair: what it costs in queries, what a repeated or changed press does, and what is too much."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from salon.bookings import hot_reads
from salon.bookings.errors import SlotTaken, TooManyHolds
from salon.bookings.models import Booking, BookingEvent
from salon.bookings.states import Status
from salon.flows import booking as flow
from salon.notifications.models import Notification
from salon.payments.models import Payment, PaymentState
from salon.salons.models import Salon
from salon.tests.chairs import NOW, assert_sound, booked, hold, place
from salon.tests.people import person, rose, staff

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
TEN = 10 * MINUTE


@pytest.fixture
def shop():
    return rose()


@pytest.fixture(autouse=True)
def _sound_afterwards(db):
    yield
    assert_sound()


def story(booking: Booking) -> list[tuple[str, str]]:
    """Who moved it where."""
    events = BookingEvent.objects.filter(booking=booking).order_by("pk")
    return list(events.values_list("actor_kind", "new_status"))


# --- hold -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("people", [1, 30])
def test_a_hold_is_eight_queries(shop, people):
    lama = person()
    for number in range(people):
        staff(shop.salon, f"Staff {number}", does=(shop.cut,))
    with CaptureQueriesContext(connection) as asked:
        hold(shop, held_from="somewhere", customer=lama)
    sql = [query["sql"] for query in asked if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(sql) == 8, sql
    assert sum(each.startswith("INSERT") for each in sql) == 4


def test_replacing_a_hold_is_twelve_queries(shop):
    old = hold(shop, held_from="somewhere")
    with CaptureQueriesContext(connection) as asked:
        hold(shop, "18:00", held_from="somewhere", replaces=old)
    sql = [query["sql"] for query in asked if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(sql) == 12, sql


def test_a_hold_lasts_ten_minutes(shop):
    booking = hold(shop)
    assert (booking.status, booking.expires_at) == (Status.HELD, NOW + TEN)
    assert story(booking) == [("guest", "held")]
    assert not Notification.objects.exists()


def test_the_loser_hears_that_the_slot_is_taken(shop):
    hold(shop, staff=shop.noura)
    with pytest.raises(SlotTaken):
        hold(shop, staff=shop.noura)
    assert Booking.objects.count() == 1


def test_the_guard_says_the_same_when_the_lock_and_the_check_do_not(shop, monkeypatch):
    """A rival whose row the check did not see: the guard's refusal is a taken slot, not an error."""
    hold(shop, staff=shop.noura)
    blind = hot_reads.hours_and_taken
    monkeypatch.setattr(hot_reads, "hours_and_taken", lambda **asked: (blind(**asked)[0], []))
    with pytest.raises(SlotTaken):
        hold(shop, staff=shop.noura)
    assert Booking.objects.count() == 1


def test_a_reference_in_use_is_drawn_again(shop, monkeypatch):
    first = hold(shop)
    drawn = iter([first.reference, first.reference, "FRESH2"])
    monkeypatch.setattr("salon.bookings.reserve.new_reference", lambda: next(drawn))
    assert hold(shop, "18:00").reference == "FRESH2"


def test_the_same_form_is_the_same_booking(shop):
    key = uuid.uuid4()
    first = hold(shop, key=key, staff=shop.noura)
    assert hold(shop, key=key, staff=shop.noura) == first
    assert hold(shop, key=key, staff=shop.noura, replaces=first) == first
    lama = person()
    place(first, lama)
    assert hold(shop, key=key, staff=shop.noura) == first
    assert (first.key, Booking.objects.count()) == (key, 1)


def test_a_key_that_was_just_written_by_a_rival_process_is_found(shop, monkeypatch):
    """Both looked, neither saw the other; the second meets the unique key and finds the first."""
    key = uuid.uuid4()
    real, blind_once = flow._by_key, iter([True])

    def by_key(*asked):
        return (None, key) if next(blind_once, False) else real(*asked)

    first = hold(shop, key=key)
    monkeypatch.setattr(flow, "_by_key", by_key)
    assert hold(shop, key=key) == first


def test_a_key_whose_chair_is_its_own_is_found(shop, monkeypatch):
    key = uuid.uuid4()
    real, blind_once = flow._by_key, iter([True])
    first = hold(shop, key=key, staff=shop.noura)
    monkeypatch.setattr(flow, "_by_key", lambda *asked: (None, key) if next(blind_once, False) else real(*asked))
    assert hold(shop, key=key, staff=shop.noura) == first


def test_going_back_and_choosing_again_with_the_same_form(shop):
    key = uuid.uuid4()
    four = hold(shop, "16:00", key=key, staff=shop.noura)
    five = hold(shop, "17:00", key=key, staff=shop.noura, replaces=four)
    assert hold(shop, "17:00", key=key, staff=shop.noura, replaces=five) == five
    again = hold(shop, "16:00", key=key, staff=shop.noura, replaces=five)
    assert len({four.pk, five.pk, again.pk}) == 3
    for _ in range(6):
        last, again = again, hold(shop, "16:00", key=key, staff=shop.noura, replaces=None, now=again.expires_at)
        assert last != again
    alive = Booking.objects.filter(status=Status.HELD)
    assert list(alive) == [again]


def test_one_hold_a_browser(shop):
    lama = person()
    first = hold(shop, "16:00", staff=shop.noura, customer=lama)
    second = hold(shop, "16:30", staff=shop.noura, customer=lama, replaces=first)
    first.refresh_from_db()
    assert (first.status, first.customer, second.status) == (Status.CANCELLED, None, Status.HELD)
    assert story(first) == [("guest", "held"), ("guest", "cancelled")]


def test_the_old_hold_stays_when_the_new_one_cannot_be_had(shop):
    first = hold(shop, "16:00", staff=shop.noura)
    hold(shop, "18:00", staff=shop.noura)
    with pytest.raises(SlotTaken):
        hold(shop, "17:30", staff=shop.noura, replaces=first)
    first.refresh_from_db()
    assert first.status == Status.HELD


def test_choosing_another_time_closes_the_payment_of_the_first(shop, monkeypatch):
    told = []
    monkeypatch.setattr(flow.paying, "cancel_open", lambda *, booking, now: told.append(booking))
    Salon.objects.update(prepayment="deposit")
    shop.salon.refresh_from_db()
    lama = person()
    first = hold(shop, customer=lama)
    placed = flow.place(booking=first, customer=lama, name="Lama", note="", choice="deposit", now=NOW)
    hold(shop, "18:00", customer=lama, replaces=placed.booking)
    first.refresh_from_db()
    assert (first.status, first.customer) == (Status.CANCELLED, lama)
    assert Payment.objects.get().state == PaymentState.CANCELLED
    assert told == [first]


# --- limits ---------------------------------------------------------------------------------------------


def test_an_address_keeps_only_so_many_chairs(shop, settings):
    settings.HOLDS_PER_ADDRESS = 2
    for clock in ("10:00", "12:00"):
        hold(shop, clock, held_from="crowd", now=NOW + MINUTE if clock == "12:00" else NOW)
    with pytest.raises(TooManyHolds) as error:
        hold(shop, "14:00", held_from="crowd", now=NOW + 2 * MINUTE)
    assert error.value.retry_after == 8 * 60
    assert hold(shop, "14:00", held_from="somebody else")
    assert hold(shop, "16:00")  # an address that is not known limits nobody
    assert hold(shop, "18:00", held_from="crowd", now=NOW + TEN)
    assert Booking.objects.count() == 5


def test_whoever_proved_a_phone_is_not_counted_by_address(shop, settings):
    lama = person()
    settings.HOLDS_PER_ADDRESS = 1
    hold(shop, "10:00", held_from="crowd")
    assert hold(shop, "12:00", held_from="crowd", customer=lama)
    with pytest.raises(TooManyHolds):
        hold(shop, "14:00", held_from="crowd")


def test_changing_ones_mind_at_the_limit_is_allowed(shop, settings):
    settings.HOLDS_PER_ADDRESS = 1
    first = hold(shop, "10:00", held_from="crowd")
    assert hold(shop, "12:00", held_from="crowd", replaces=first)


def test_who_loses_the_chair_hears_that_and_not_the_limit(shop, settings):
    settings.HOLDS_PER_ADDRESS = 1
    hold(shop, "10:00", staff=shop.noura, held_from="crowd")
    with pytest.raises(SlotTaken):
        hold(shop, "10:00", staff=shop.noura, held_from="crowd")


def test_a_phone_keeps_only_so_many_chairs(shop, settings):
    settings.HOLDS_PER_PHONE = 1
    lama, reem = person("Lama"), person("Reem")
    hold(shop, "10:00", customer=lama)
    with pytest.raises(TooManyHolds):
        hold(shop, "12:00", customer=lama)
    anonymous = hold(shop, "12:00")
    with pytest.raises(TooManyHolds):
        place(anonymous, lama)
    assert place(anonymous, reem).status == Status.CONFIRMED
    booked(shop, person("Hind"), "14:00")
    assert Booking.objects.filter(customer=lama).count() == 1
