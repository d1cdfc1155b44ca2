"""The demo: complete, consistent, the same for everybody, and harmless to run twice."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from io import StringIO
from itertools import pairwise

import pytest
import time_machine
from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from django.db.models import F

from salon.accounts.models import User
from salon.bookings.models import Booking, BookingEvent, BookingItem, BusyTime
from salon.bookings.states import OCCUPYING, Status, may_move
from salon.core.phones import parse_mobile
from salon.jobs.demo import people
from salon.jobs.demo.build import SHEETS
from salon.jobs.demo.offers import OFFERS
from salon.reviews.models import Review
from salon.salons.models import City, Membership, Salon, Season, Service, Staff, StaffService, WeeklyHours

NOON = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)  # a Tuesday, 12:00 in Riyadh

# Each test alone must find a test database too: it is only made for tests that say so.
pytestmark = pytest.mark.django_db

ROOMS = ("accounts", "salons", "bookings", "reviews", "payments")


def run() -> str:
    told = StringIO()
    call_command("demo", stdout=told)
    return told.getvalue()


def rows() -> dict[str, int]:
    return {
        model._meta.label: model.objects.count() for room in ROOMS for model in apps.get_app_config(room).get_models()
    }


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """The demo written once for the whole file, in a transaction that is thrown away."""
    with django_db_blocker.unblock(), transaction.atomic(), time_machine.travel(NOON, tick=False):
        yield run()
        transaction.set_rollback(True)


def test_every_offered_service_has_somebody_who_does_it():
    for sheet in SHEETS:
        for key in sheet.offers:
            assert any(key in one.does or f"@{OFFERS[key].category}" in one.does for one in sheet.team), (
                sheet.slug,
                key,
            )
        for one in sheet.team:
            for word in one.does:
                kinds = {OFFERS[key].category for key in sheet.offers}
                assert word in sheet.offers or word.removeprefix("@") in kinds, (sheet.slug, one.en, word)


def test_the_demo_is_large_enough_and_varied(demo):
    assert Salon.objects.count() >= 12
    assert City.objects.filter(salons__isnull=False).distinct().count() >= 4
    assert Service.objects.count() >= 60
    assert Staff.objects.count() >= 45
    assert set(Salon.objects.values_list("audience", flat=True)) == {"women", "men", "both", "kids"}
    assert set(Salon.objects.values_list("prepayment", flat=True)) == {"none", "deposit", "full", "hold"}
    assert set(Salon.objects.values_list("policy", flat=True)) == {"flexible", "standard", "strict"}
    assert Salon.objects.filter(manual_approval=True).exists()
    assert Salon.objects.filter(deposit_amount__isnull=False).exists()
    assert Service.objects.filter(prepayment="deposit", salon__prepayment="none").exists()
    assert Season.objects.filter(deposit_percent__isnull=False, hours__isnull=False).exists()
    assert WeeklyHours.objects.filter(end_minute__gt=1440).exists()
    assert StaffService.objects.filter(price__isnull=False).exists()
    assert not Salon.objects.filter(search_text="").exists()


def test_its_people_can_sign_in(demo):
    for number, *_ in (people.GUEST, people.OWNER, people.OPERATOR, people.STYLIST):
        assert parse_mobile(number) == number
        assert number in demo
    owner = User.objects.get(phone=people.OWNER[0])
    assert Membership.objects.get(user=owner).salon.slug == SHEETS[0].slug
    assert User.objects.get(phone=people.OPERATOR[0]).is_superuser
    assert not User.objects.get(phone=people.GUEST[0]).has_usable_password()
    for salon in Salon.objects.all():
        assert Membership.objects.filter(salon=salon, role="owner").count() == 1
    lama = Booking.objects.filter(customer__phone=people.GUEST[0])
    assert lama.filter(starts_at__gt=NOON).exists()
    assert lama.filter(starts_at__lt=NOON).exists()


def test_today_is_alive(demo):
    states = set(Booking.objects.filter(business_day=NOON.date()).values_list("status", flat=True))
    assert {Status.ARRIVED, Status.CONFIRMED, Status.REQUESTED, Status.COMPLETED} <= states
    for salon in Salon.objects.all():
        assert Booking.objects.filter(salon=salon, business_day=NOON.date()).exists(), salon.slug
    assert {Status.CANCELLED, Status.NO_SHOW, Status.COMPLETED} <= set(
        Booking.objects.filter(ends_at__lt=NOON).values_list("status", flat=True)
    )
    assert not Booking.objects.filter(status__in=[Status.CONFIRMED, Status.REQUESTED], ends_at__lte=NOON).exists()
    assert not Booking.objects.filter(status__in=[Status.COMPLETED, Status.NO_SHOW], starts_at__gt=NOON).exists()
    assert not Booking.objects.filter(status=Status.REQUESTED, expires_at__lte=NOON).exists()


def test_busy_time_agrees_with_bookings(demo):
    occupying = set(Booking.objects.filter(status__in=OCCUPYING).values_list("pk", flat=True))
    assert occupying == set(BusyTime.objects.values_list("booking_id", flat=True))
    assert not BookingItem.objects.exclude(staff__salon=F("booking__salon")).exists()
    assert not BookingItem.objects.exclude(service__salon=F("booking__salon")).exists()
    last: dict[int, int] = {}
    for staff_id, start, end in BusyTime.objects.order_by("staff", "start_minute").values_list(
        "staff_id", "start_minute", "end_minute"
    ):
        assert last.get(staff_id, 0) <= start
        last[staff_id] = end


def test_every_booking_has_a_legal_past(demo):
    chains: dict[int, list[BookingEvent]] = {}
    for event in BookingEvent.objects.order_by("booking_id", "pk"):
        chains.setdefault(event.booking_id, []).append(event)
    for booking in Booking.objects.all():
        chain = chains[booking.pk]
        assert chain[0].old_status == ""
        assert chain[0].new_status == Status.HELD
        assert chain[-1].new_status == booking.status
        assert booking.version == len(chain) - 1
        for before, after in pairwise(chain):
            assert after.old_status == before.new_status
            assert may_move(after.old_status, after.new_status)
            assert before.at <= after.at <= NOON


def test_a_visit_adds_up(demo):
    priced, timed = Counter(), Counter()
    for item in BookingItem.objects.all():
        priced[item.booking_id] += item.price
        timed[item.booking_id] += item.minutes
    for booking in Booking.objects.all():
        assert booking.price == priced[booking.pk]
        assert booking.ends_at - booking.starts_at == dt.timedelta(minutes=timed[booking.pk])


def test_ratings_are_those_of_the_reviews(demo):
    assert Review.objects.count() > 100
    assert not Review.objects.exclude(booking__status=Status.COMPLETED).exists()
    for salon in Salon.objects.all():
        stars = list(Review.objects.filter(salon=salon).values_list("rating", flat=True))
        assert (salon.rating_sum, salon.rating_count) == (sum(stars), len(stars))


def test_again_writes_nothing_and_the_next_day_only_adds(demo):
    before = rows()
    assert "0 new bookings" in run()
    assert rows() == before

    kept = set(Booking.objects.values_list("key", "status", "starts_at"))
    with time_machine.travel(NOON + dt.timedelta(days=1), tick=False):
        run()
    assert kept <= set(Booking.objects.values_list("key", "status", "starts_at"))
    assert Booking.objects.count() > len(kept)
    assert Salon.objects.count() == before["salons.Salon"]
