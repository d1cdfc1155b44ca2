from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salon.core.clock import (
    day_start_minute,
    from_minute,
    local_day,
    minute_ceil,
    to_minute,
    wall_minute,
    weekday_of,
    zone,
)

RIYADH = zone("Asia/Riyadh")
CAIRO = zone("Africa/Cairo")  # summer time begins at midnight: the day has no 00:00
moments = st.datetimes(
    min_value=datetime(1950, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001 - the same
    timezones=st.sampled_from([UTC, RIYADH, CAIRO]),
)


@given(moments)
def test_a_moment_lies_in_its_minute(moment):
    begin = from_minute(to_minute(moment))
    assert begin <= moment < begin + timedelta(minutes=1)
    ceiling = from_minute(minute_ceil(moment))
    assert ceiling - timedelta(minutes=1) < moment <= ceiling


@given(st.integers(-10_000_000, 100_000_000))
def test_minutes_survive_the_way_there_and_back(minute):
    assert to_minute(from_minute(minute)) == minute == minute_ceil(from_minute(minute))
    assert from_minute(minute).tzinfo is UTC


def test_the_epoch_is_zero_and_seconds_fall_away():
    assert to_minute(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    assert to_minute(datetime(1970, 1, 1, 0, 1, 59, 999_999, tzinfo=UTC)) == 1
    assert to_minute(datetime(1969, 12, 31, 23, 59, 30, tzinfo=UTC)) == -1
    assert minute_ceil(datetime(1970, 1, 1, 0, 1, 0, 1, tzinfo=UTC)) == 2


@pytest.mark.parametrize("ask", [to_minute, minute_ceil, lambda moment: local_day(moment, RIYADH)])
def test_a_naive_datetime_is_refused(ask):
    with pytest.raises(ValueError, match="naive"):
        ask(datetime(2027, 1, 1))  # noqa: DTZ001 - naive on purpose


def test_local_midnight_in_riyadh_is_nine_in_the_evening_utc():
    assert from_minute(day_start_minute(date(2027, 2, 14), RIYADH)) == datetime(2027, 2, 13, 21, tzinfo=UTC)


def test_wall_minutes_run_past_midnight():
    sunday = date(2027, 2, 14)
    assert wall_minute(sunday, 26 * 60, RIYADH) == wall_minute(date(2027, 2, 15), 120, RIYADH)


def test_wall_clock_holds_when_summer_time_begins_at_midnight():
    friday = date(2026, 4, 24)
    assert from_minute(day_start_minute(friday, CAIRO)) == datetime(2026, 4, 23, 22, tzinfo=UTC)
    assert from_minute(wall_minute(friday, 9 * 60, CAIRO)) == datetime(2026, 4, 24, 6, tzinfo=UTC)


def test_the_week_begins_on_sunday():
    sunday = date(2027, 2, 14)
    assert [weekday_of(sunday + timedelta(days=n)) for n in range(8)] == [0, 1, 2, 3, 4, 5, 6, 0]


def test_the_local_day_changes_at_local_midnight():
    assert local_day(datetime(2027, 2, 13, 20, 59, tzinfo=UTC), RIYADH) == date(2027, 2, 13)
    assert local_day(datetime(2027, 2, 13, 21, 0, tzinfo=UTC), RIYADH) == date(2027, 2, 14)


def test_zones_are_one_object_and_unknown_ones_an_error():
    assert zone("Asia/Riyadh") is RIYADH
    with pytest.raises(ZoneInfoNotFoundError):
        zone("Asia/Nowhere")
