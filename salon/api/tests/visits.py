"""Bookings for tests of the API, made by the flows alone."""

from __future__ import annotations

import datetime as dt
import uuid
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from salon.accounts.models import User
from salon.bookings.models import Booking
from salon.core.clock import local_day, to_minute
from salon.flows import booking as flow
from salon.tests.people import RIYADH, at


def held(
    shop: SimpleNamespace, guest: User, *, days: int = 2, clock: str = "16:30", services: tuple[Any, ...] = ()
) -> Booking:
    """A time kept for somebody signed in, `days` from today in Riyadh."""
    now = timezone.now()
    day = local_day(now, RIYADH) + dt.timedelta(days=days)
    return flow.hold(
        salon=shop.salon,
        services=services or (shop.cut,),
        staff=None,
        start_minute=to_minute(at(day.isoformat(), clock)),
        key=uuid.uuid4(),
        customer=guest,
        held_from="",
        replaces=None,
        now=now,
    )


def booked(shop: SimpleNamespace, guest: User, **kept: Any) -> Booking:
    """A booking without prepayment."""
    return flow.place(
        booking=held(shop, guest, **kept),
        customer=guest,
        name=guest.name or "Lama",
        note="by the window",
        choice="none",
        now=timezone.now(),
    ).booking
