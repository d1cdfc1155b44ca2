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


def booked(
    shop: SimpleNamespace, guest: User, *, days: int = 2, clock: str = "16:30", services: tuple[Any, ...] = ()
) -> Booking:
    """A booking without prepayment, `days` from today in Riyadh."""
    now = timezone.now()
    day = local_day(now, RIYADH) + dt.timedelta(days=days)
    held = flow.hold(
        salon=shop.salon,
        services=services or (shop.cut,),
        staff=None,
        start_minute=to_minute(at(day.isoformat(), clock)),
        key=uuid.uuid4(),
        customer=None,
        held_from="",
        replaces=None,
        now=now,
    )
    name = guest.name or "Lama"
    return flow.place(booking=held, customer=guest, name=name, note="by the window", choice="none", now=now).booking
