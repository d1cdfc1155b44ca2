"""Builders for tests that book: holds and bookings made by the real flows, and the truths that must hold after them."""

from __future__ import annotations

import datetime as dt
import uuid
from types import SimpleNamespace
from typing import Any

from django.db import connection

from salon.accounts.models import User
from salon.bookings.models import Booking
from salon.bookings.states import MOVABLE, OCCUPYING, Status, may_move
from salon.core.clock import to_minute
from salon.flows import booking as flow
from salon.tests.people import at

DAY = "2026-11-24"
NOW = at(DAY, "09:00")


def hold(shop: SimpleNamespace, start: str = "16:00", *, day: str = DAY, **extra: Any) -> Booking:
    """Somebody keeps a chair of `rose()` for a cut, with anyone, at nine in the morning."""
    asked = {
        "salon": shop.salon,
        "services": [shop.cut],
        "staff": None,
        "start_minute": to_minute(at(day, start)),
        "key": uuid.uuid4(),
        "customer": None,
        "held_from": "",
        "replaces": None,
        "now": NOW,
    }
    return flow.hold(**(asked | extra))


def place(booking: Booking, customer: User, *, now: dt.datetime = NOW, choice: str = "none", **extra: Any) -> Booking:
    """The guest confirms it."""
    asked = {"name": customer.name, "note": ""}
    return flow.place(booking=booking, customer=customer, choice=choice, now=now, **(asked | extra)).booking


def booked(shop: SimpleNamespace, customer: User, start: str = "16:00", **extra: Any) -> Booking:
    """A booking as a guest makes it, without prepayment."""
    return place(hold(shop, start, **extra), customer)


def overlaps() -> int:
    """Pairs of busy times of one person in one lane that share a minute."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM bookings_busytime a JOIN bookings_busytime b ON a.staff_id = b.staff_id "
            "AND a.lane = b.lane AND a.id < b.id AND a.start_minute < b.end_minute AND b.start_minute < a.end_minute"
        )
        return cursor.fetchone()[0]


def assert_sound() -> None:
    """What is true after anything that happened: no overlap, busy time as the statuses say, legal histories."""
    assert overlaps() == 0
    for booking in Booking.objects.prefetch_related("items", "busy_times", "events"):
        rows = list(booking.busy_times.all())
        if booking.status in OCCUPYING:
            kept = {row.staff_id for row in rows}
            assert kept == {item.staff_id for item in booking.items.all()}, booking.status
            assert min(row.start_minute for row in rows) <= to_minute(booking.starts_at)
            assert max(row.end_minute for row in rows) >= to_minute(booking.ends_at)
        else:
            assert rows == [], booking.status
        held = booking.status == Status.HELD
        assert all((row.held_until == booking.expires_at) if held else row.held_until is None for row in rows)
        told = sorted(booking.events.all(), key=lambda event: event.pk)
        moved = [event for event in told if event.moved_to]
        assert all(event.new_status in MOVABLE for event in moved)
        assert not moved or moved[-1].moved_to == booking.starts_at
        assert [event.old_status for event in told] == ["", *[event.new_status for event in told[:-1]]]
        assert all(event.moved_to or may_move(event.old_status, event.new_status) for event in told[1:])
        assert told[-1].new_status == booking.status
        assert booking.version == len(told) - 1
