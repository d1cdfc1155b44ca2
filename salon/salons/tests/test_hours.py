from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from salon.core.clock import from_minute, zone
from salon.salons.hours import Closure, Season, Shift, working_intervals

RIYADH = zone("Asia/Riyadh")
SUNDAY = date(2027, 2, 14)
WEEK = [SUNDAY + timedelta(days=n) for n in range(7)]
NINE_TO_FIVE = [Shift(weekday, 540, 1020) for weekday in range(5)]


def midnight(day: date) -> int:
    """Local midnight in Riyadh: always three hours ahead of UTC."""
    return (day - date(1970, 1, 1)).days * 1440 - 180


def ask(days=WEEK, *, salon=NINE_TO_FIVE, staff=None, seasons=(), closures=(), at=RIYADH) -> dict:
    """Working hours per day, counted from each day's own midnight in Riyadh."""
    work = working_intervals(
        days=days, zone=at, salon_shifts=salon, staff_shifts=staff, seasons=seasons, closures=closures
    )
    return {day: [(s - midnight(day), e - midnight(day)) for s, e in spans] for day, spans in work.items()}


def test_without_hours_of_ones_own_the_salon_counts():
    hours = ask()
    assert list(hours) == WEEK
    assert hours[SUNDAY] == [(540, 1020)]
    assert hours[WEEK[5]] == hours[WEEK[6]] == []  # Friday and Saturday


def test_the_first_minute_is_nine_on_the_wall_of_riyadh():
    work = working_intervals(days=[SUNDAY], zone=RIYADH, salon_shifts=NINE_TO_FIVE, staff_shifts=None)
    assert from_minute(work[SUNDAY][0][0]) == datetime(2027, 2, 14, 6, tzinfo=UTC)


def test_own_hours_count_only_while_the_salon_is_open():
    reem = [Shift(0, 480, 720), Shift(0, 780, 1260), Shift(5, 540, 1020)]
    hours = ask(staff=reem)
    assert hours[SUNDAY] == [(540, 720), (780, 1020)]
    assert hours[WEEK[1]] == []  # a day she has no hours
    assert hours[WEEK[5]] == []  # a day the salon is closed


def test_somebody_with_no_hours_at_all_never_works():
    assert not any(ask(staff=[]).values())


def test_a_night_shift_belongs_to_the_day_it_opens():
    night = [Shift(0, 1200, 1560)]
    assert ask(salon=night)[SUNDAY] == [(1200, 1560)]
    assert ask(salon=night)[WEEK[1]] == []


def test_own_night_hours_meet_the_salons_on_the_same_business_day():
    # Hind's Monday 00:30-02:00 is a different business day from the salon's Sunday night.
    hind = [Shift(0, 1320, 1500), Shift(1, 30, 120)]
    hours = ask(salon=[Shift(0, 1200, 1560)], staff=hind)
    assert hours[SUNDAY] == [(1320, 1500)]
    assert hours[WEEK[1]] == []


def test_overlapping_and_touching_shifts_become_one():
    assert ask(salon=[Shift(0, 720, 1020), Shift(0, 540, 720), Shift(0, 600, 660)])[SUNDAY] == [(540, 1020)]


RAMADAN = Season(SUNDAY, SUNDAY + timedelta(days=3), tuple(Shift(weekday, 1200, 1560) for weekday in range(7)))
EID = Season(WEEK[2], WEEK[2], (Shift(2, 960, 1320),))


def test_a_season_replaces_everybodys_hours_on_its_days_only():
    for staff in (None, [Shift(weekday, 540, 720) for weekday in range(7)]):
        hours = ask(staff=staff, seasons=[RAMADAN])
        assert [hours[day] for day in WEEK[:4]] == [[(1200, 1560)]] * 4
    assert ask(seasons=[RAMADAN])[WEEK[4]] == [(540, 1020)]


def test_a_weekly_day_off_stays_off_in_a_season():
    hours = ask(staff=[Shift(0, 540, 720)], seasons=[RAMADAN])
    assert [hours[day] for day in WEEK[:4]] == [[(1200, 1560)], [], [], []]


def test_the_season_that_starts_later_wins():
    for seasons in ([RAMADAN, EID], [EID, RAMADAN]):
        hours = ask(seasons=seasons)
        assert hours[WEEK[1]] == [(1200, 1560)]
        assert hours[WEEK[2]] == [(960, 1320)]


def test_of_seasons_that_start_together_the_shorter_wins():
    eid = Season(SUNDAY, SUNDAY, ())
    for seasons in ([RAMADAN, eid], [eid, RAMADAN]):
        assert ask(seasons=seasons)[SUNDAY] == []
        assert ask(seasons=seasons)[WEEK[1]] == [(1200, 1560)]


def test_a_closure_empties_its_business_days_and_leaves_last_night():
    night = [Shift(weekday, 1200, 1560) for weekday in range(7)]
    hours = ask(salon=night, seasons=[RAMADAN], closures=[Closure(WEEK[1], WEEK[2])])
    assert hours[SUNDAY] == [(1200, 1560)]
    assert hours[WEEK[1]] == hours[WEEK[2]] == []
    assert hours[WEEK[3]] == [(1200, 1560)]


def test_the_wall_clock_holds_through_summer_time():
    cairo = zone("Africa/Cairo")
    thursday, friday = date(2026, 4, 23), date(2026, 4, 24)  # summer time begins on Friday at 00:00
    shifts = [Shift(4, 1320, 1560), Shift(5, 540, 1020)]
    work = working_intervals(days=[thursday, friday], zone=cairo, salon_shifts=shifts, staff_shifts=None)
    [(night_start, night_end)], [(start, end)] = work[thursday], work[friday]
    assert from_minute(start).astimezone(cairo).hour == 9
    assert end - start == 480
    assert from_minute(night_end).astimezone(cairo).hour == 2
    assert night_end - night_start == 180  # 22:00 to 02:00 with one hour skipped


def test_hours_inside_a_skipped_hour_vanish():
    cairo = zone("Africa/Cairo")
    friday = date(2026, 4, 24)
    work = working_intervals(days=[friday], zone=cairo, salon_shifts=[Shift(5, 30, 60)], staff_shifts=None)
    assert all(start < end for start, end in work[friday])


shifts = st.lists(
    st.builds(
        lambda weekday, start, length: Shift(weekday, start, start + length),
        st.integers(0, 6),
        st.integers(0, 1439),
        st.integers(1, 720),
    ),
    max_size=10,
)
days = st.integers(0, 8).map(lambda n: SUNDAY + timedelta(days=n))
seasons = st.lists(
    st.builds(
        lambda first, length, some: Season(first, first + timedelta(days=length), tuple(some)),
        days,
        st.integers(0, 4),
        shifts,
    ),
    max_size=3,
    unique_by=lambda season: season.first_day,
)
closures = st.lists(
    st.builds(lambda first, length: Closure(first, first + timedelta(days=length)), days, st.integers(0, 2)),
    max_size=2,
)


@given(shifts, st.none() | shifts, seasons, closures)
def test_hours_minute_by_minute(salon, staff, some_seasons, some_closures):
    hours = ask(salon=salon, staff=staff, seasons=some_seasons, closures=some_closures)
    for number, day in enumerate(WEEK):

        def minutes(some, weekday=number) -> set[int]:
            return {
                m for shift in some if shift.weekday == weekday for m in range(shift.start_minute, shift.end_minute)
            }

        covering = [season for season in some_seasons if season.first_day <= day <= season.last_day]
        if any(closure.first_day <= day <= closure.last_day for closure in some_closures):
            expected = set()
        elif covering:
            expected = minutes(max(covering, key=lambda season: season.first_day).shifts)
            if staff is not None and not minutes(staff):
                expected = set()
        else:
            expected = minutes(salon) & (minutes(salon) if staff is None else minutes(staff))
        found = [m for start, end in hours[day] for m in range(start, end)]
        assert found == sorted(expected)
