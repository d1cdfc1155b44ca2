"""The data every measurement stands on, from a fixed seed: one busy salon, and others around it for the search.

The busy salon has 10 staff who all do its 8 services (15 to 90 minutes), is open 09-13 and 13:30-18, offers starts
every 15 minutes and has about 5,000 bookings in the 60 days from tomorrow: its days are three quarters full.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from typing import Any

from django.db import connection, transaction

from salon.accounts.models import User
from salon.bookings import guard
from salon.bookings.models import Booking, BookingItem, BusyTime
from salon.bookings.policy import promise
from salon.bookings.states import Status
from salon.core import clock
from salon.reviews.models import Review
from salon.salons.domain import refresh_search_text
from salon.salons.models import (
    Audience,
    Category,
    City,
    District,
    Salon,
    SalonStatus,
    Service,
    Staff,
    StaffService,
    WeeklyHours,
)

SLUG = "bench"
DAYS = 60
MINUTES = (15, 30, 30, 45, 45, 60, 75, 90)
SHIFTS = ((9 * 60, 13 * 60), (13 * 60 + 30, 18 * 60))
FULL = 0.75
NEIGHBOURS = 23
REVIEWS = 60


def fill(today: dt.date) -> None:
    """Write all of it into an empty, migrated database."""
    draw = random.Random(42)
    city = City.objects.create(slug="riyadh", name_ar="الرياض", name_en="Riyadh")
    district = District.objects.create(city=city, slug="malqa", name_ar="الملقا", name_en="Al Malqa")
    category, _ = Category.objects.get_or_create(
        slug="hair", defaults={"name_ar": "الشعر", "name_en": "Hair", "art": "hair"}
    )
    guests = User.objects.bulk_create(User(phone=f"+96650{number:07}", name="Lama") for number in range(200))
    with transaction.atomic():
        busy = _salon(SLUG, city, district, category, staff=10, minutes=MINUTES)
        _book(busy, draw, guests, today, DAYS)
        _review(busy, draw, today)
        for number in range(NEIGHBOURS):
            other = _salon(f"salon-{number}", city, district, category, staff=3, minutes=MINUTES[:5])
            _book(other, draw, guests, today, 8)


def grow(rows: int, today: dt.date) -> int:
    """Put busy time of the past behind the busy salon's staff until the table holds `rows`; answers how many there are.

    Half hours without a gap, as many years back as it takes: what matters is that the index has to hold them.
    """
    staff = list(Staff.objects.filter(salon__slug=SLUG).values_list("pk", flat=True))
    missing = max(0, rows - BusyTime.objects.count())
    each = -(-missing // len(staff))
    ends = clock.day_start_minute(today, clock.zone("Asia/Riyadh")) - 2 * clock.DAY_MINUTES
    numbers = (
        "generate_series(1, %s) AS n(n)"
        if connection.vendor == "postgresql"
        else "(WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < %s) SELECT n FROM n)"
    )
    sql = (
        "INSERT INTO bookings_busytime (staff_id, lane, start_minute, end_minute, reason) "  # noqa: S608 - no value
        f"SELECT %s, 0, %s - n * 30, %s - n * 30 + 30, '' FROM {numbers}"
    )
    guard.remove(connection)  # they cannot overlap; checking each would take minutes
    with transaction.atomic(), connection.cursor() as cursor:
        for staff_id in staff if missing else ():
            cursor.execute(sql, [staff_id, ends, ends, each])
    guard.install(connection)
    settle()
    return BusyTime.objects.count()


def forget_holds() -> None:
    """Make the chairs free again that a round of holds took."""
    held = Booking.objects.filter(status=Status.HELD)
    BusyTime.objects.filter(booking__in=held).delete()
    held.update(status=Status.EXPIRED)
    settle()


def settle() -> None:
    """Let the database count and tidy up now, not in the middle of a round."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
        if connection.vendor != "postgresql":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _salon(
    slug: str, city: City, district: District, category: Category, *, staff: int, minutes: tuple[int, ...]
) -> dict[str, Any]:
    salon = Salon.objects.create(
        slug=slug,
        name_ar=f"لمسة {slug}",
        name_en=f"Touch of {slug}",
        audience=Audience.WOMEN,
        city=city,
        district=district,
        status=SalonStatus.PUBLISHED,
        phone="+966112345678",
        lead_minutes=0,
        horizon_days=DAYS + 1,
    )
    WeeklyHours.objects.bulk_create(
        WeeklyHours(salon=salon, weekday=weekday, start_minute=start, end_minute=end)
        for weekday in range(7)
        for start, end in SHIFTS
    )
    services = Service.objects.bulk_create(
        Service(
            salon=salon,
            category=category,
            name_ar=f"خدمة {length}",
            name_en=f"Service {number}",
            price=100 * length,
            minutes=length,
            position=number,
        )
        for number, length in enumerate(minutes)
    )
    team = Staff.objects.bulk_create(
        Staff(
            salon=salon,
            name_ar=f"نورة {number}",
            name_en=f"Noura {number}",
            title_ar="مصففة",
            title_en="Stylist",
            hue=number % 6 + 1,
            position=number,
        )
        for number in range(staff)
    )
    StaffService.objects.bulk_create(
        StaffService(staff=person, service=service) for person in team for service in services
    )
    refresh_search_text(salon)
    return {"salon": salon, "services": services, "team": team}


def _book(shop: dict[str, Any], draw: random.Random, guests: list[User], today: dt.date, days: int) -> None:
    """Visits on the salon's grid until each shift of each person is about three quarters full."""
    salon: Salon = shop["salon"]
    zone = clock.zone(salon.zone)
    bookings: list[Booking] = []
    parts: list[tuple[Service, Staff]] = []
    for offset in range(1, days + 1):
        day = today + dt.timedelta(days=offset)
        midnight = clock.day_start_minute(day, zone)
        for person in shop["team"]:
            for opens, closes in SHIFTS:
                cursor = opens
                while True:
                    service = draw.choice(shop["services"])
                    if draw.random() > FULL:
                        cursor += draw.choice((15, 30, 45, 60))
                    if cursor + service.minutes > closes:
                        break
                    start = midnight + cursor
                    bookings.append(_booking(draw, draw.choice(guests), service, day=day, start=start))
                    parts.append((service, person))
                    cursor += service.minutes
    Booking.objects.bulk_create(bookings, batch_size=500)
    pairs = list(zip(bookings, parts, strict=True))
    BookingItem.objects.bulk_create(
        (
            BookingItem(
                booking=booking,
                service=service,
                staff=person,
                starts_at=booking.starts_at,
                minutes=service.minutes,
                price=service.price,
            )
            for booking, (service, person) in pairs
        ),
        batch_size=500,
    )
    BusyTime.objects.bulk_create(
        (
            BusyTime(
                booking=booking,
                staff=person,
                start_minute=clock.to_minute(booking.starts_at),
                end_minute=clock.to_minute(booking.ends_at),
            )
            for booking, (_, person) in pairs
        ),
        batch_size=500,
    )


def _booking(draw: random.Random, guest: User, service: Service, *, day: dt.date, start: int) -> Booking:
    moment = clock.from_minute(start)
    return Booking(
        key=uuid.UUID(int=draw.getrandbits(128), version=4),
        reference=f"{draw.getrandbits(50):010X}"[-10:],
        customer=guest,
        salon=service.salon,
        status=Status.CONFIRMED,
        starts_at=moment,
        ends_at=moment + dt.timedelta(minutes=service.minutes),
        business_day=day,
        price=service.price,
        policy=promise(service.salon, service.price),
        created_at=moment - dt.timedelta(days=7),
    )


def _review(shop: dict[str, Any], draw: random.Random, today: dt.date) -> None:
    salon: Salon = shop["salon"]
    when = dt.datetime.combine(today, dt.time(12), dt.UTC) - dt.timedelta(days=3)
    reviews = Review.objects.bulk_create(
        Review(booking=booking, salon=salon, rating=draw.choice((3, 4, 5, 5)), text="عمل متقن", created_at=when)
        for booking in Booking.objects.filter(salon=salon).order_by("pk")[:REVIEWS]
    )
    salon.rating_sum, salon.rating_count = sum(each.rating for each in reviews), len(reviews)
    salon.save(update_fields=["rating_sum", "rating_count"])
