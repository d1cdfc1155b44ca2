"""From a booked visit to the busy time it occupies. Pure but for building rows; nothing is written here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from salon.bookings import availability
from salon.bookings.legs import Leg
from salon.bookings.models import Booking, BookingItem, BusyTime
from salon.core import clock
from salon.core.clock import Minute

Span = tuple[int, Minute, Minute]
"""Staff id, first minute, first minute after: one run of one person with its outer buffers."""


def spans_of(items: Sequence[BookingItem]) -> list[Span]:
    """What these items, in order and with their services loaded, occupy: the same runs as when they were offered."""
    assignment = [
        (item.staff_id, Leg(item.minutes, item.service.buffer_before, item.service.buffer_after)) for item in items
    ]
    return availability.runs(assignment, clock.to_minute(items[0].starts_at))[0]


def busy_rows(booking: Booking, spans: Iterable[Span], *, held_until: datetime | None) -> list[BusyTime]:
    """The rows of `spans`, not saved."""
    return [
        BusyTime(booking=booking, staff_id=staff_id, start_minute=start, end_minute=end, held_until=held_until)
        for staff_id, start, end in spans
    ]
