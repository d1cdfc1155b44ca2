from __future__ import annotations

import ast
from datetime import date
from pathlib import Path

import pytest

from salon.bookings import availability, chains, legs
from salon.bookings.availability import Leg, Slot, assign, open_starts, open_starts_by_day, runs, slot_at

SUNDAY, MONDAY = date(2027, 2, 14), date(2027, 2, 15)
MIDNIGHT = 1000 * 1440  # any multiple of a day serves: the engine only counts
NOURA, REEM, LAMA, HIND = 1, 2, 3, 4


def at(hour: int, minute: int = 0) -> int:
    """That time on Sunday, counted from its midnight: 25 is one in the night."""
    return MIDNIGHT + hour * 60 + minute


def starts(slots: list[Slot]) -> list[str]:
    """Slots as "9:00"."""
    return [f"{(slot.start - MIDNIGHT) // 60}:{slot.start % 60:02}" for slot in slots]


def ask(visit, work, busy=None, *, step=30, earliest=0, latest=None) -> list[Slot]:
    """The open slots of one Sunday."""
    return open_starts_by_day(
        visit=visit,
        work={staff_id: {SUNDAY: intervals} for staff_id, intervals in work.items()},
        busy=busy or {},
        day_starts={SUNDAY: MIDNIGHT},
        step=step,
        earliest=earliest,
        latest=latest,
    )[SUNDAY]


def test_the_last_visit_ends_when_the_shift_ends():
    assert starts(ask({NOURA: (Leg(60),)}, {NOURA: [(at(9), at(11))]})) == ["9:00", "9:30", "10:00"]


def test_starts_sit_on_the_grid_of_local_midnight_not_of_the_gap():
    assert starts(ask({NOURA: (Leg(30),)}, {NOURA: [(at(9, 10), at(10, 40))]})) == ["9:30", "10:00"]


def test_outer_buffers_stay_inside_the_shift_and_clear_of_others():
    visit = {NOURA: (Leg(30, buffer_before=10, buffer_after=20),)}
    found = ask(visit, {NOURA: [(at(9), at(13))]}, {NOURA: [(at(11), at(11, 30))]})
    assert starts(found) == ["9:30", "10:00", "12:00"]


def test_a_start_is_not_before_the_lead_time_nor_after_the_latest():
    found = ask({NOURA: (Leg(30),)}, {NOURA: [(at(9), at(13))]}, earliest=at(10, 1), latest=at(12))
    assert starts(found) == ["10:30", "11:00", "11:30", "12:00"]


def test_a_ramadan_night_runs_past_midnight():
    found = ask({NOURA: (Leg(60),)}, {NOURA: [(at(23), at(26))]}, {NOURA: [(at(23, 30), at(24, 30))]})
    assert starts(found) == ["24:30", "25:00"]


def test_busy_time_may_come_unsorted_overlapping_and_in_lanes():
    busy = {NOURA: [(at(12), at(12, 30)), (at(9), at(11)), (at(9, 30), at(10)), (at(12), at(12, 30))]}
    assert starts(ask({NOURA: (Leg(30),)}, {NOURA: [(at(9), at(13))]}, busy)) == ["11:00", "11:30", "12:30"]


def test_time_off_over_both_shifts_closes_both():
    work = {NOURA: [(at(9), at(12)), (at(13), at(17))]}
    assert starts(ask({NOURA: (Leg(60),)}, work, {NOURA: [(at(10), at(16))]})) == ["9:00", "16:00"]


def test_a_long_night_and_the_next_opening_may_overlap():
    work = {NOURA: {SUNDAY: [(at(22), at(26))], MONDAY: [(at(24), at(27))]}}
    busy = {NOURA: [(at(24, 30), at(25)), (at(25, 30), at(26))]}
    found = open_starts_by_day(
        visit={NOURA: (Leg(30),)},
        work=work,
        busy=busy,
        day_starts={SUNDAY: MIDNIGHT, MONDAY: at(24)},
        step=30,
        earliest=at(23, 30),
    )
    assert starts(found[SUNDAY]) == ["23:30", "24:00", "25:00"]
    assert starts(found[MONDAY]) == ["24:00", "25:00", "26:00", "26:30"]


def test_every_day_asked_for_is_answered():
    days = {SUNDAY: MIDNIGHT, MONDAY: at(24)}
    question = {"work": {}, "busy": {}, "day_starts": days, "step": 15, "earliest": 0}
    assert open_starts_by_day(visit={NOURA: (Leg(30),)}, **question) == {SUNDAY: [], MONDAY: []}
    assert open_starts_by_day(visit={}, **question) == {SUNDAY: [], MONDAY: []}


def test_a_slot_lists_everybody_who_could_take_it_in_the_order_given():
    work = {NOURA: [(at(9), at(10))], REEM: [(at(9), at(11))], LAMA: [(at(9), at(11))]}
    found = ask({REEM: (Leg(60),), NOURA: (Leg(60),), LAMA: (None,)}, work, step=60)
    assert found == [Slot(at(9), (REEM, NOURA)), Slot(at(10), (REEM,))]


def test_each_takes_her_own_minutes():
    work = {NOURA: [(at(9), at(10))], REEM: [(at(9), at(10))]}
    assert ask({NOURA: (Leg(30),), REEM: (Leg(60),)}, work) == [Slot(at(9), (NOURA, REEM)), Slot(at(9, 30), (NOURA,))]


def test_buffers_between_services_of_one_person_are_absorbed():
    visit = {NOURA: (Leg(30, 5, 15), Leg(30, 15, 5))}
    assert starts(ask(visit, {NOURA: [(at(8, 55), at(10, 5))]})) == ["9:00"]


def test_a_chain_only_where_nobody_can_take_it_all():
    visit = {NOURA: (Leg(30), Leg(30)), REEM: (None, Leg(30))}
    work = {NOURA: [(at(9), at(10, 30))], REEM: [(at(9), at(12))]}
    found = ask(visit, work)
    assert found == [
        Slot(at(9), (NOURA,)),
        Slot(at(9, 30), (NOURA,)),
        Slot(at(10), (), (NOURA, REEM)),
    ]


def test_in_a_chain_each_run_has_its_own_buffers():
    visit = {NOURA: (Leg(30, 5, 10), None), REEM: (None, Leg(30, 15, 5))}
    exact = {NOURA: [(at(8, 55), at(9, 40))], REEM: [(at(9, 15), at(10, 5))]}
    assert ask(visit, exact) == [Slot(at(9), (), (NOURA, REEM))]
    for staff_id, (start, end) in ((s, intervals[0]) for s, intervals in exact.items()):
        assert ask(visit, {**exact, staff_id: [(start + 1, end)]}) == []
        assert ask(visit, {**exact, staff_id: [(start, end - 1)]}) == []


def test_a_chain_follows_the_minutes_of_each_person():
    visit = {NOURA: (Leg(20), None), REEM: (Leg(60), None), LAMA: (None, Leg(30))}
    work = {REEM: [(at(9), at(10))], NOURA: [(at(9), at(10))], LAMA: [(at(10), at(10, 30))]}
    assert ask(visit, work) == [Slot(at(9), (), (REEM, LAMA))]


def test_the_fewest_changes_of_person_then_the_order_given():
    everything = Leg(30)
    visit = {
        NOURA: (everything, None, everything),
        REEM: (None, everything, everything),
        LAMA: (everything, None, None),
    }
    work = dict.fromkeys((NOURA, REEM, LAMA), ((at(9), at(10, 30)),))
    assert ask(visit, work) == [Slot(at(9), (), (NOURA, REEM, REEM))]
    assert ask(dict(reversed(visit.items())), work) == [Slot(at(9), (), (LAMA, REEM, REEM))]


def test_back_to_the_first_person_only_when_her_buffers_leave_room():
    work = dict.fromkeys((NOURA, REEM), ((at(8), at(12)),))
    tight = {NOURA: (Leg(30, 0, 15), None, Leg(30, 15, 0)), REEM: (None, Leg(30), None)}
    assert Slot(at(9), (), (NOURA, REEM, NOURA)) in ask(tight, work)
    too_tight = {NOURA: (Leg(30, 0, 15), None, Leg(30, 16, 0)), REEM: (None, Leg(30), None)}
    assert ask(too_tight, work) == []


def test_one_more_change_of_person_when_the_shortest_chain_meets_its_own_buffers():
    visit = {
        NOURA: (Leg(30), None, None, Leg(30, 100, 0)),
        REEM: (None, Leg(30), Leg(30), None),
        LAMA: (None, None, Leg(45), None),
        HIND: (None, None, None, Leg(30)),
    }
    work = {
        NOURA: [(at(7), at(12))],
        REEM: [(at(9, 30), at(10, 30))],
        LAMA: [(at(10), at(10, 45))],
        HIND: [(at(10, 45), at(11, 15))],
    }
    assert ask(visit, work) == [Slot(at(9), (), (NOURA, REEM, LAMA, HIND))]


def test_a_wide_team_with_one_missing_skill_answers_at_once():
    # 30 people and 6 services nobody can finish: without memory this would be 30 to the power of 5 chains a start.
    visit = {person: tuple([Leg(30)] * 5 + [None]) for person in range(30)}
    assert ask(visit, dict.fromkeys(visit, ((at(9), at(21)),)), step=5) == []


def test_the_least_busy_takes_it_and_the_order_breaks_ties():
    visit = {REEM: (Leg(60),), NOURA: (Leg(45),), LAMA: (Leg(30),)}
    slot = Slot(at(9), (REEM, NOURA, LAMA))
    assert assign(visit=visit, slot=slot, load={REEM: 90, NOURA: 30, LAMA: 30}) == [(NOURA, Leg(45))]
    assert assign(visit=visit, slot=slot, load={}) == [(REEM, Leg(60))]


def test_a_chain_is_assigned_as_found():
    visit = {NOURA: (Leg(30), None), REEM: (None, Leg(45))}
    slot = Slot(at(9), (), (NOURA, REEM))
    assert assign(visit=visit, slot=slot, load={NOURA: 600}) == [(NOURA, Leg(30)), (REEM, Leg(45))]


def test_runs_write_one_span_per_run_and_one_item_per_service():
    assignment = [(NOURA, Leg(30, 5, 10)), (NOURA, Leg(20, 15, 25)), (REEM, Leg(60, 10, 5)), (NOURA, Leg(15, 0, 5))]
    spans, items = runs(assignment, at(9))
    assert spans == [
        (NOURA, at(8, 55), at(10, 15)),
        (REEM, at(9, 40), at(10, 55)),
        (NOURA, at(10, 50), at(11, 10)),
    ]
    assert items == [(at(9), 30), (at(9, 30), 20), (at(9, 50), 60), (at(10, 50), 15)]


def test_the_recheck_finds_the_slot_and_its_business_day():
    question = {
        "visit": {NOURA: (Leg(60),)},
        "work": {NOURA: {SUNDAY: [(at(20), at(26))], MONDAY: [(at(44), at(50))]}},
        "day_starts": {SUNDAY: MIDNIGHT, MONDAY: at(24)},
        "step": 30,
        "earliest": at(12),
    }
    assert slot_at(at(24, 30), busy={}, **question) == (SUNDAY, Slot(at(24, 30), (NOURA,)))
    assert slot_at(at(44), busy={}, **question) == (MONDAY, Slot(at(44), (NOURA,)))
    assert slot_at(at(24, 40), busy={}, **question) is None  # off the grid
    assert slot_at(at(25, 30), busy={}, **question) is None  # past the end
    assert slot_at(at(24, 30), busy={NOURA: [(at(25), at(25, 1))]}, **question) is None
    assert slot_at(at(24, 30), busy={}, **{**question, "earliest": at(25)}) is None


@pytest.mark.parametrize("wrong", [{"minutes": 0}, {"buffer_before": -1}, {"buffer_after": -1}])
def test_a_leg_must_be_possible(wrong):
    with pytest.raises(ValueError, match="positive minutes"):
        Leg(**{"minutes": 30, **wrong})


@pytest.mark.parametrize("visit", [{NOURA: ()}, {NOURA: (Leg(30),), REEM: (Leg(30), Leg(30))}])
def test_people_must_be_asked_about_the_same_services(visit):
    with pytest.raises(ValueError, match="one entry per service"):
        ask(visit, {})


@pytest.mark.parametrize("step", [0, -15])
def test_a_step_must_lead_forward(step):
    with pytest.raises(ValueError, match="step"):
        ask({NOURA: (Leg(30),)}, {}, step=step)


def test_open_starts_of_one_gap():
    found = open_starts([(at(9), at(10))], before=5, minutes=20, after=5, day_start=MIDNIGHT, step=10, earliest=0)
    assert found == [at(9, 10), at(9, 20), at(9, 30)]


def test_the_engine_is_pure():
    allowed = ("salon.core.clock", "salon.core.intervals", "salon.bookings.chains", "salon.bookings.legs")
    for module in (availability, chains, legs):
        for node in ast.walk(ast.parse(Path(module.__file__).read_text(encoding="utf-8"))):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert name in allowed or name.split(".")[0] not in {"salon", "django"}, (module.__name__, name)
