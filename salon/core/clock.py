"""One scale for time: whole UTC minutes since the Unix epoch, as int.

Rules, busy time and the availability engine count in these minutes; datetimes appear only at the edges.
No function here asks what time it is: the surface reads the clock once and hands it down.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

Minute = int
"""Whole UTC minutes since 1970-01-01T00:00Z."""

DAY_MINUTES = 1440
"""Minutes of an ordinary day."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)


def to_minute(moment: datetime) -> Minute:
    """The minute that `moment` lies in (seconds are dropped downwards).

    Raises ValueError for a naive datetime: without a zone it names no minute.
    """
    if moment.utcoffset() is None:
        message = "a naive datetime has no UTC minute"
        raise ValueError(message)
    return (moment - _EPOCH) // _MINUTE


def minute_ceil(moment: datetime) -> Minute:
    """The first whole minute that is not before `moment`. Raises ValueError for a naive datetime."""
    minute = to_minute(moment)
    return minute if from_minute(minute) == moment else minute + 1


def from_minute(minute: Minute) -> datetime:
    """The aware UTC datetime at which `minute` begins."""
    return _EPOCH + minute * _MINUTE


@cache
def zone(name: str) -> ZoneInfo:
    """The IANA zone called `name`; one object per name, so that it is a cheap cache key.

    Raises zoneinfo.ZoneInfoNotFoundError (a KeyError) for an unknown name.
    """
    return ZoneInfo(name)


@lru_cache(maxsize=8192)
def wall_minute(day: date, minute: int, zone: ZoneInfo) -> Minute:
    """The UTC minute at which the wall clock of `zone` shows `minute` minutes after the midnight opening `day`.

    `minute` may reach past 1440: 1500 on Sunday is 01:00 on Monday. A clock reading skipped by a change of
    summer time is read with the old offset, a repeated one is its first appearance.
    """
    days, rest = divmod(minute, DAY_MINUTES)
    later = day + timedelta(days=days)
    return to_minute(datetime(later.year, later.month, later.day, rest // 60, rest % 60, tzinfo=zone))


def day_start_minute(day: date, zone: ZoneInfo) -> Minute:
    """Local midnight opening `day` in `zone`, as a UTC minute. Slot grids are counted from here."""
    return wall_minute(day, 0, zone)


def weekday_of(day: date) -> int:
    """0 = Sunday … 6 = Saturday, the week as Saudi Arabia counts it. The only weekday converter of the product."""
    return day.isoweekday() % 7


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """The calendar date on the wall of `zone` at `moment`. Raises ValueError for a naive datetime."""
    if moment.utcoffset() is None:
        message = "a naive datetime has no local day"
        raise ValueError(message)
    return moment.astimezone(zone).date()
