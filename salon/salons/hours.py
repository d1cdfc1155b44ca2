"""From weekly hours, seasons and closures to the minutes somebody works. Pure: no models, no clock.

A *business day* is named by the date on which it opens and may end after midnight: a shift 20:00-26:00 of Sunday
ends on Monday at 02:00 and still belongs to Sunday. Shift times are wall-clock minutes from local midnight;
what comes out is absolute UTC minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from salon.core.clock import wall_minute, weekday_of
from salon.core.intervals import Interval, intersect, merge


@dataclass(frozen=True, slots=True)
class Shift:
    """One stretch of opening on a weekday (0 = Sunday … 6 = Saturday), in minutes from local midnight."""

    weekday: int
    start_minute: int
    end_minute: int
    """May pass 1440: the shift then ends on the next calendar date."""


@dataclass(frozen=True, slots=True)
class Season:
    """Dates, both included, on which `shifts` replace everybody's weekly hours: Ramadan, Eid, a school holiday."""

    first_day: date
    last_day: date
    shifts: tuple[Shift, ...]


@dataclass(frozen=True, slots=True)
class Closure:
    """Business days, both included, on which nobody works. The night before may still run past midnight into them."""

    first_day: date
    last_day: date


def working_intervals(
    *,
    days: Sequence[date],
    zone: ZoneInfo,
    salon_shifts: Iterable[Shift],
    staff_shifts: Iterable[Shift] | None,
    seasons: Iterable[Season] = (),
    closures: Iterable[Closure] = (),
) -> dict[date, list[Interval]]:
    """When one staff member works, as sorted disjoint UTC minutes for each business day in `days`.

    `staff_shifts` None means no hours of one's own: the salon's count. Otherwise one works where one's own hours
    and the salon's meet; an empty sequence is somebody who has hours and never works. A season replaces the hours of
    both, but whoever is off on a weekday stays off; of seasons that overlap the one that starts later wins (then the
    shorter: Eid inside Ramadan). Every day asked for is a key; a day off is an empty list.
    """
    salon_week = _week(salon_shifts)
    staff_week = None if staff_shifts is None else _week(staff_shifts)
    latest_first = [
        (season.first_day, season.last_day, _week(season.shifts))
        for season in sorted(seasons, key=lambda season: (-season.first_day.toordinal(), season.last_day))
    ]
    closed = [(closure.first_day, closure.last_day) for closure in closures]

    work: dict[date, list[Interval]] = {}
    for day in days:
        if any(first <= day <= last for first, last in closed):
            work[day] = []
            continue
        weekday = weekday_of(day)
        season_week = next((week for first, last, week in latest_first if first <= day <= last), None)
        off = staff_week is not None and not staff_week[weekday]
        if season_week is not None:
            minutes = [] if off else season_week[weekday]
        elif staff_week is not None:
            minutes = intersect(salon_week[weekday], staff_week[weekday])
        else:
            minutes = salon_week[weekday]
        work[day] = _absolute(day, minutes, zone)
    return work


def _week(shifts: Iterable[Shift]) -> list[list[Interval]]:
    """The merged wall-clock intervals of each weekday."""
    week: list[list[Interval]] = [[] for _ in range(7)]
    for shift in shifts:
        week[shift.weekday].append((shift.start_minute, shift.end_minute))
    return [merge(intervals) for intervals in week]


def _absolute(day: date, minutes: list[Interval], zone: ZoneInfo) -> list[Interval]:
    """Wall-clock intervals of a business day on the UTC scale."""
    spans = [(wall_minute(day, start, zone), wall_minute(day, end, zone)) for start, end in minutes]
    # Merged again: an hour that summer time skips can turn an interval over or make two of them meet.
    return merge(spans) if len(spans) > 1 else [span for span in spans if span[0] < span[1]]
