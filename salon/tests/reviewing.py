"""What guests said in tests: a visit that is over, and its review."""

from __future__ import annotations

import datetime as dt
from typing import Any

from salon.bookings.models import Booking
from salon.reviews.models import Review
from salon.salons.models import Salon
from salon.tests.people import person


def reviewed(salon: Salon, rating: int = 5, *, at: dt.datetime, guest: str = "Lama", **extra: Any) -> Review:
    """A guest of their own was there at `at` and wrote a review then. The salon's rating is not refreshed."""
    booking = Booking.objects.create(
        reference=f"R{Booking.objects.count()}",
        customer=person(guest),
        salon=salon,
        status="completed",
        starts_at=at,
        ends_at=at + dt.timedelta(hours=1),
        business_day=at.date(),
        price=100,
        created_at=at,
    )
    return Review.objects.create(booking=booking, salon=salon, rating=rating, **({"created_at": at} | extra))
