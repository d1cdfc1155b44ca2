"""One business day of a salon as the office sees it: calendar, list and figures.

Reads are constant, whatever the day holds.
"""

from __future__ import annotations

import datetime as dt
import zlib
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery, Sum

from salon.bookings import board, hot_reads
from salon.bookings.domain import was_placed
from salon.bookings.models import Booking, BookingItem
from salon.bookings.queries import DaySheet, day_sheet
from salon.bookings.states import Status
from salon.core import clock
from salon.core.templatetags.salon import clock_time
from salon.owner.grid import ROW_MINUTES, Column, Event, columns_of, events_of, span_of
from salon.payments.models import Checkout, Discount, LedgerEntry
from salon.salons.models import Salon, Staff

AHEAD = {Status.REQUESTED, Status.CONFIRMED}
REACH = dt.timedelta(days=730)
"""How far from today a day can be asked for."""


@dataclass(frozen=True, slots=True)
class Hour:
    """A label of the time column: "10" and "AM"."""

    row: int
    number: int
    half: str


@dataclass(frozen=True, slots=True)
class Day:
    """All of it. Money in halalas.

    `asked` says that somebody asked for this day and not just for today; `now_row` is None when the moment is not on
    its calendar. `visits` are also the holds that wait for their money; the figures leave those and no-shows out.
    `busy_percent` is None when nobody works.
    """

    date: dt.date
    asked: bool
    is_today: bool
    is_open: bool
    zone: ZoneInfo
    now: dt.datetime
    columns: list[Column]
    events: list[Event]
    rows: int
    hours: list[Hour]
    now_row: int | None
    now_offset: float
    count: int
    remaining: int
    expected: int
    prepaid: int
    busy_percent: int | None
    stamp: str

    @property
    def before(self) -> dt.date:
        return self.date - dt.timedelta(days=1)

    @property
    def after(self) -> dt.date:
        return self.date + dt.timedelta(days=1)


def load_day(*, salon: Salon, asked: dt.date | None, now: dt.datetime) -> Day:
    """The business day that was asked for, or the one the salon is living. Six queries.

    The salon lives last night until its shift ends, whatever the date on the wall. A day out of reach is not asked.
    """
    zone = clock.zone(salon.zone)
    today = clock.local_day(now, zone)
    if asked is not None and abs(asked - today) > REACH:
        asked = None
    yesterday = today - dt.timedelta(days=1)
    shifts = _hours(salon, min(asked or yesterday, yesterday), max(asked or today, today))
    current = _living(salon, shifts, yesterday, today, clock.to_minute(now))
    day = asked or current

    sheet = day_sheet(salon=salon, day=day, now=now)
    visits = [each for each in sheet.bookings if was_placed(each)]
    team = _team(sheet, visits)
    work = {pk: days[day] for pk, days in board.working(salon, shifts, [each.pk for each in team], [day]).items()}
    events = sorted((event for visit in visits for event in events_of(visit)), key=lambda each: each.starts_at)
    span = span_of(work[0], events, clock.day_start_minute(day, zone))
    columns = columns_of(team, events=events, busy=sheet.blocks, work=work, span=span)

    minute = clock.to_minute(now)
    here = span.top <= minute < span.bottom
    counted = [each for each in visits if each.status not in {Status.HELD, Status.NO_SHOW}]
    worked = sum(end - start for each in sheet.team for start, end in work[each.pk])
    booked = sum(item.minutes for visit in counted for item in visit.items.all())
    expected, prepaid = _expected(counted)
    return Day(
        date=day,
        asked=asked is not None,
        is_today=day == current,
        is_open=bool(work[0]),
        zone=zone,
        now=now,
        columns=columns,
        events=events,
        rows=span.rows,
        hours=[_hour(span.top, at, zone) for at in range(span.top, span.bottom, 60)],
        now_row=(minute - span.top) // ROW_MINUTES if here else None,
        now_offset=round((minute - span.top) % ROW_MINUTES / ROW_MINUTES, 2),
        count=len(counted),
        remaining=sum(each.status in AHEAD for each in counted),
        expected=expected,
        prepaid=prepaid,
        busy_percent=min(100, round(100 * booked / worked)) if worked else None,
        stamp=stamp(
            [(each.pk, each.version) for each in visits],
            [(each.pk, each.start_minute, each.end_minute) for each in sheet.blocks],
            *(day, span, worked, expected, prepaid),
        ),
    )


def requests_of(*, salon: Salon, now: dt.datetime) -> list[Booking]:
    """Bookings of any day that wait for the salon's yes and can still get it, the most pressing first. Two queries."""
    yesterday = clock.local_day(now, clock.zone(salon.zone)) - dt.timedelta(days=1)
    items = BookingItem.objects.select_related("service", "variant", "staff").order_by("position")
    return list(
        Booking.objects.filter(
            salon=salon, business_day__gte=yesterday, status=Status.REQUESTED, starts_at__gt=now
        )  # the day only leads to the index
        .select_related("customer")
        .prefetch_related(Prefetch("items", items))
        .order_by("expires_at", "starts_at", "pk")
    )


def stamp(*facts: object) -> str:
    """Short text that changes when what is on the page does."""
    return format(zlib.crc32(repr(facts).encode()), "x")


def _hours(salon: Salon, first: dt.date, last: dt.date) -> hot_reads.SalonHours:
    hours, _ = hot_reads.hours_and_busy(
        salon_ids=[salon.pk],
        staff_ids=[],
        first_day=first,
        last_day=last,
        from_minute=0,
        to_minute=0,
        now=clock.from_minute(0),  # for busy time, which is not asked for
    )
    return hours[salon.pk]


def _living(
    salon: Salon, shifts: hot_reads.SalonHours, yesterday: dt.date, today: dt.date, minute: clock.Minute
) -> dt.date:
    late = board.working(salon, shifts, [], [yesterday])[0][yesterday]
    return yesterday if any(start <= minute < end for start, end in late) else today


def _team(sheet: DaySheet, visits: list[Booking]) -> list[Staff]:
    """Who takes bookings, and whoever has left but still has a visit on this day."""
    team = {each.pk: each for each in sheet.team}
    for visit in visits:
        for item in visit.items.all():
            team.setdefault(item.staff_id, item.staff)
    return list(team.values())


def _hour(top: clock.Minute, at: clock.Minute, zone: ZoneInfo) -> Hour:
    moment = clock.from_minute(at)
    half = clock_time(moment, zone).rpartition(" ")[2]
    return Hour((at - top) // ROW_MINUTES, moment.astimezone(zone).hour % 12 or 12, half)


def _expected(visits: list[Booking]) -> tuple[int, int]:
    """What these visits cost after their discounts, and what was prepaid: not taken at the salon. One query."""
    entries = LedgerEntry.objects.filter(payment__booking=OuterRef("pk")).exclude(payment__checkout=Checkout.COUNTER)
    discounts = Discount.objects.filter(booking=OuterRef("pk"))
    sums = Booking.objects.filter(pk__in=[each.pk for each in visits]).aggregate(
        prepaid=Sum(_sum_of(entries, "payment__booking")), less=Sum(_sum_of(discounts, "booking"))
    )
    return sum(each.price for each in visits) - (sums["less"] or 0), sums["prepaid"] or 0


def _sum_of(rows: QuerySet, group: str) -> Subquery:
    return Subquery(rows.order_by().values(group).annotate(sum=Sum("amount")).values("sum"))
