"""Where things stand on the calendar: a column a person, a row a quarter of an hour. Pure: no queries, no clock.

All minutes are UTC minutes since the epoch; `top` is the first minute drawn.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from salon.bookings.models import Booking, BookingItem, BusyTime
from salon.bookings.states import Status
from salon.core import clock, intervals
from salon.core.clock import Minute
from salon.core.intervals import Interval
from salon.salons.models import Staff

ROW_MINUTES = 15
IDLE = (9 * 60, 21 * 60)
"""What an empty closed day shows, in minutes from its midnight."""


@dataclass(slots=True)
class Event:
    """One person's part of one visit. `row` counts from the top of the calendar, `rows` is its height."""

    booking: Booking
    items: list[BookingItem]
    starts_at: dt.datetime
    ends_at: dt.datetime
    row: int = 0
    rows: int = 1

    @property
    def label(self) -> str:
        return str(Status(self.booking.status).label)

    @property
    def staff(self) -> Staff:
        return self.items[0].staff

    @property
    def minutes(self) -> int:
        return (self.ends_at - self.starts_at) // dt.timedelta(minutes=1)


@dataclass(slots=True)
class Block:
    """Time somebody does not work ("off"), or keeps free ("busy") for a reason."""

    kind: str
    reason: str
    row: int
    rows: int


@dataclass(slots=True)
class Column:
    """A person's day; `number` counts from 1."""

    number: int
    staff: Staff
    events: list[Event] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Span:
    """The minutes drawn, on whole hours of the salon's day."""

    top: Minute
    bottom: Minute

    @property
    def rows(self) -> int:
        return (self.bottom - self.top) // ROW_MINUTES

    def place(self, start: Minute, end: Minute) -> tuple[int, int]:
        """First row and number of rows of [start, end), cut to what is drawn; never less than one row."""
        first = (max(start, self.top) - self.top) // ROW_MINUTES
        last = -(-(min(end, self.bottom) - self.top) // ROW_MINUTES)
        return first, max(1, last - first)

    def shows(self, start: Minute, end: Minute) -> bool:
        return end > self.top and start < self.bottom


def events_of(visit: Booking) -> list[Event]:
    """One event for each run of items by the same person. The items are loaded, with their staff, in order."""
    runs: list[Event] = []
    for item in visit.items.all():
        ends_at = item.starts_at + dt.timedelta(minutes=item.minutes)
        if runs and runs[-1].items[-1].staff_id == item.staff_id:
            runs[-1].items.append(item)
            runs[-1].ends_at = ends_at
        else:
            runs.append(Event(visit, [item], item.starts_at, ends_at))
    return runs


def span_of(opening: Sequence[Interval], events: Sequence[Event], midnight: Minute) -> Span:
    """Opening hours and whatever lies outside them, widened to whole hours."""
    starts = [start for start, _ in opening] + [clock.to_minute(each.starts_at) for each in events]
    ends = [end for _, end in opening] + [clock.to_minute(each.ends_at) for each in events]
    first = min(starts, default=midnight + IDLE[0]) - midnight
    last = max(ends, default=midnight + IDLE[1]) - midnight
    return Span(midnight + first // 60 * 60, midnight - (-last // 60 * 60))


def columns_of(
    team: Sequence[Staff],
    *,
    events: Sequence[Event],
    busy: Iterable[BusyTime],
    work: dict[int, list[Interval]],
    span: Span,
) -> list[Column]:
    """A column for each of `team`: their events, the hours they do not work, and the time they keep free."""
    columns = {each.pk: Column(number, each) for number, each in enumerate(team, start=1)}
    for event in events:
        event.row, event.rows = span.place(clock.to_minute(event.starts_at), clock.to_minute(event.ends_at))
        columns[event.staff.pk].events.append(event)
    for staff_id, column in columns.items():
        for start, end in intervals.subtract([(span.top, span.bottom)], work.get(staff_id, [])):
            column.blocks.append(Block("off", "", *span.place(start, end)))
    for row in busy:
        if row.staff_id in columns and span.shows(row.start_minute, row.end_minute):
            columns[row.staff_id].blocks.append(
                Block("busy", row.reason, *span.place(row.start_minute, row.end_minute))
            )
    return list(columns.values())
