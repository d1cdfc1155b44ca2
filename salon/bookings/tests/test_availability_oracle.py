"""The engine against an oracle that knows nothing but sets of single minutes and tries everything.

The oracle shares no code with the engine: days are sets of minutes, chains are every possible choice of people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise, product

from hypothesis import event, given
from hypothesis import strategies as st

from salon.bookings.availability import Leg, Slot, assign, open_starts_by_day, runs, slot_at
from salon.core.clock import zone
from salon.salons.hours import Shift, working_intervals

SUNDAY = date(2027, 2, 14)
RIYADH = zone("Asia/Riyadh")
DAYS = [SUNDAY + timedelta(days=n) for n in range(3)]


def midnight(day: date) -> int:
    """Local midnight in Riyadh, which has been three hours ahead of UTC since before computers."""
    return (day - date(1970, 1, 1)).days * 1440 - 180


@dataclass
class Case:
    """A salon, its people and a question."""

    shifts: dict[int, list[Shift]]
    busy: dict[int, list[tuple[int, int]]]
    visit: dict[int, tuple[Leg | None, ...]]
    step: int
    earliest: int
    latest: int | None

    @property
    def question(self) -> dict:
        work = {
            staff_id: working_intervals(days=DAYS, zone=RIYADH, salon_shifts=shifts, staff_shifts=None)
            for staff_id, shifts in self.shifts.items()
        }
        return {
            "visit": self.visit,
            "work": work,
            "busy": self.busy,
            "day_starts": {day: midnight(day) for day in DAYS},
            "step": self.step,
            "earliest": self.earliest,
        }

    def free_minutes(self, staff_id: int, day: date) -> set[int]:
        weekday = (day - SUNDAY).days % 7
        minutes: set[int] = set()
        for shift in self.shifts[staff_id]:
            if shift.weekday == weekday:
                minutes.update(midnight(day) + minute for minute in range(shift.start_minute, shift.end_minute))
        for start, end in self.busy[staff_id]:
            minutes.difference_update(range(start, end))
        return minutes

    def expected(self) -> dict[date, list[Slot]]:
        answer: dict[date, list[Slot]] = {}
        services = len(next(iter(self.visit.values())))
        for day in DAYS:
            free = {staff_id: self.free_minutes(staff_id, day) for staff_id in self.visit}
            choices = [
                choice
                for choice in product(self.visit, repeat=services)
                if all(self.visit[staff_id][index] is not None for index, staff_id in enumerate(choice))
            ]
            answer[day] = []
            for minute in range(0, 2880 + self.step, self.step):
                start = midnight(day) + minute
                if start < self.earliest or (self.latest is not None and start > self.latest):
                    continue
                possible = [choice for choice in choices if self.fits(choice, start, free)]
                alone = tuple(choice[0] for choice in possible if len(set(choice)) == 1)
                if alone:
                    answer[day].append(Slot(start, alone))
                elif possible:
                    answer[day].append(Slot(start, (), min(possible, key=self.rank)))
        return answer

    def fits(self, choice: tuple[int, ...], start: int, free: dict[int, set[int]]) -> bool:
        taken: set[tuple[int, int]] = set()
        at = start
        for staff_id, group in groupby(enumerate(choice), key=lambda pair: pair[1]):
            legs = [self.visit[staff_id][index] for index, _ in group]
            end = at + sum(leg.minutes for leg in legs)
            span = range(at - legs[0].buffer_before, end + legs[-1].buffer_after)
            if not free[staff_id].issuperset(span) or any((staff_id, minute) in taken for minute in span):
                return False
            taken.update((staff_id, minute) for minute in span)
            at = end
        return True

    def rank(self, choice: tuple[int, ...]) -> tuple:
        order = list(self.visit)
        lengths = [(order.index(staff_id), -len(list(group))) for staff_id, group in groupby(choice)]
        return len(lengths), lengths


@st.composite
def shifts_of_one(draw: st.DrawFn) -> list[Shift]:
    """Mornings, evenings and nights over midnight as in Ramadan; some days off, some shifts overlapping."""
    shifts = []
    for weekday in range(3):
        for start in draw(st.sampled_from(OPENINGS)):
            length = draw(st.sampled_from([240, 300, 360, 520, 180, 95, 60, 30]))
            shifts.append(Shift(weekday, start, start + length))
    return shifts


OPENINGS = [(540,), (540, 960), (1200,), (780, 1200), (550, 720), (0,), (1350, 60), ()]

legs = st.builds(
    Leg,
    minutes=st.sampled_from([30, 45, 60, 20, 50, 15, 90, 5]),
    buffer_before=st.sampled_from([0, 5, 10, 0, 30]),
    buffer_after=st.sampled_from([0, 5, 15, 0, 40]),
)
# Knowing all services is common, knowing only some is what makes chains.
maybe_legs = st.sampled_from([True, True, False]).flatmap(lambda knows: legs if knows else st.none())


@st.composite
def cases(draw: st.DrawFn, services: st.SearchStrategy[int], least_people: int = 1) -> Case:
    people = draw(st.permutations([7, 3, 9]))[: draw(st.sampled_from([3, 2, 1][: 4 - least_people]))]
    together = draw(shifts_of_one())
    shifts = {staff_id: together if draw(st.booleans()) else draw(shifts_of_one()) for staff_id in people}
    busy: dict[int, list[tuple[int, int]]] = {staff_id: [] for staff_id in people}
    for staff_id in people:
        # Aimed at working hours, where it matters; in any order, and lanes may overlap.
        for shift in draw(st.lists(st.sampled_from(shifts[staff_id] or [Shift(0, 540, 600)]), max_size=6)):
            start = midnight(DAYS[shift.weekday]) + shift.start_minute + draw(st.integers(-12, 100)) * 5
            busy[staff_id].append((start, start + draw(st.sampled_from([30, 60, 45, 10, 120, 1, 600]))))
    count = draw(services)
    # People who know every other service hand the guest back and forth, and meet their own buffers again.
    in_turn = draw(st.booleans())
    visit = {
        staff_id: tuple(
            draw(maybe_legs if not in_turn else legs if (index + order) % 2 == 0 else st.none())
            for index in range(count)
        )
        for order, staff_id in enumerate(people)
    }
    earliest = midnight(SUNDAY) + draw(st.sampled_from([0, 0, 600, 625, 1441, 2001]))
    latest = earliest + draw(st.sampled_from([0, 30, 700, 1440])) if draw(st.integers(0, 4)) == 4 else None
    step = draw(st.sampled_from([15, 30, 60, 10, 45, 20, 7, 5]))
    return Case(shifts, busy, visit, step, earliest, latest)


any_case = cases(st.sampled_from([1, 2, 3]))
shared_case = cases(st.sampled_from([2, 3, 3, 4]), least_people=2)


@given(any_case)
def test_the_engine_offers_exactly_what_the_oracle_finds(case: Case):
    check(case)


@given(shared_case)
def test_chains_are_exactly_those_of_the_oracle(case: Case):
    check(case)


def check(case: Case) -> None:
    offered = open_starts_by_day(**case.question, latest=case.latest)
    assert offered == case.expected()
    slots = [slot for day in offered.values() for slot in day]
    event("chains" if any(slot.chain for slot in slots) else "slots" if slots else "nothing open")


@given(any_case | shared_case, st.data())
def test_what_is_offered_can_be_had_and_then_is_gone(case: Case, data: st.DataObject):
    offered = [(day, slot) for day, slots in open_starts_by_day(**case.question).items() for slot in slots]
    if not offered:
        return
    day, slot = data.draw(st.sampled_from(offered))

    # The same start may open on two business days when last night runs late: ask for the one on the page.
    question = {**case.question, "day_starts": {day: midnight(day)}}
    assert slot_at(slot.start, **question) == (day, slot)

    load = {staff_id: data.draw(st.integers(0, 3)) for staff_id in case.visit}
    assignment = assign(visit=case.visit, slot=slot, load=load)
    spans, items = runs(assignment, slot.start)

    assert [minutes for _, minutes in items] == [leg.minutes for _, leg in assignment]
    assert items[0][0] == slot.start
    assert all(at + minutes == following for (at, minutes), (following, _) in pairwise(items))
    for staff_id, start, end in spans:
        assert case.free_minutes(staff_id, day).issuperset(range(start, end))
        case.busy[staff_id].append((start, end))
    again = slot_at(slot.start, **question)
    people = {staff_id for staff_id, _, _ in spans}
    if again is not None and not slot.chain:
        assert not people & set(again[1].staff_ids)
    if again is not None:
        assert again[1].chain != tuple(staff_id for staff_id, _ in assignment)
