"""Which starts are open, who could take them, and what a booking then occupies. Pure: no models, no clock.

Everything is whole UTC minutes as int and half-open. The page, the API and the re-check under lock ask the same
functions, so what is offered is what can be had.

The rules
- Starts sit on multiples of `step` minutes from local midnight of the business day, within [earliest, latest].
- A *run* is what one person does of a visit without a pause. It occupies [start - buffer before the first service,
  end + buffer after the last); buffers between its services are absorbed: it is the same guest in the same chair.
- The occupied span lies wholly inside one working interval and touches no busy time.
- One person takes the whole visit where anybody can. Only where nobody can, a *chain* of people without gaps: the
  fewest changes of person, then people as they were given, each keeping the guest as long as possible.

How: per person one sweep over sorted busy time gives gaps, working intervals cut them, `range` gives the starts.
A plain sweep over ints beat bitsets, bisection per slot and numpy when measured; `bench/bench_engine.py` watches it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from salon.bookings.chains import ChainSearch
from salon.bookings.legs import Leg, Visit, count_services
from salon.core.clock import Minute
from salon.core.intervals import Interval

_FOREVER = 1 << 62


Work = Mapping[int, Mapping[date, Sequence[Interval]]]
"""For each staff id the working intervals of each business day, sorted and disjoint (`salons.hours`)."""

Busy = Mapping[int, Sequence[Interval]]
"""For each staff id the non-empty busy intervals of every lane, in any order, overlapping or not."""

Assignment = Sequence[tuple[int, Leg]]
"""Who does each service, in order, and how."""


class Slot(NamedTuple):
    """An open start: who could take the whole visit, or, where nobody can, the chain (a staff id per service)."""

    start: Minute
    staff_ids: tuple[int, ...]
    chain: tuple[int, ...] = ()


def open_starts(
    free: Iterable[Interval],
    *,
    before: int,
    minutes: int,
    after: int,
    day_start: Minute,
    step: int,
    earliest: Minute,
    latest: Minute = _FOREVER,
) -> list[Minute]:
    """Grid starts in [earliest, latest] whose run, with its outer buffers, fits into one of the `free` intervals."""
    starts: list[Minute] = []
    for gap_start, gap_end in free:
        first = gap_start + before
        if first < earliest:  # noqa: PLR1730 - the innermost loop: a comparison is cheaper than max()
            first = earliest
        last = gap_end - minutes - after
        if last > latest:  # noqa: PLR1730 - the same
            last = latest
        first += (day_start - first) % step
        if first <= last:
            starts += range(first, last + 1, step)
    return starts


def open_starts_by_day(
    *,
    visit: Visit,
    work: Work,
    busy: Busy,
    day_starts: Mapping[date, Minute],
    step: int,
    earliest: Minute,
    latest: Minute | None = None,
) -> dict[date, list[Slot]]:
    """The open slots of every business day in `day_starts` (day -> its local midnight), each list sorted by start.

    `earliest` is now plus lead time, `latest` (included) is the last start wanted. A person missing from `work` never
    works. Raises ValueError when `step` is not positive or people disagree on the number of services.
    """
    services = count_services(visit)
    if step <= 0:
        raise ValueError("the slot step is a positive number of minutes")
    last = _FOREVER if latest is None else latest
    takers: dict[date, dict[Minute, list[int]]] = {day: {} for day in day_starts}
    for staff_id, legs in visit.items():
        if None in legs:
            continue
        before, minutes, after = legs[0].buffer_before, sum(leg.minutes for leg in legs), legs[-1].buffer_after
        shortest = before + minutes + after
        free = _free_by_day(work.get(staff_id, {}), _gaps(busy.get(staff_id, ()), shortest), day_starts, shortest)
        for day, gaps in free.items():
            by_start = takers[day]
            for start in open_starts(
                gaps,
                before=before,
                minutes=minutes,
                after=after,
                day_start=day_starts[day],
                step=step,
                earliest=earliest,
                latest=last,
            ):
                if start in by_start:
                    by_start[start].append(staff_id)
                else:
                    by_start[start] = [staff_id]
    slots = {
        day: [Slot(start, tuple(staff_ids)) for start, staff_ids in sorted(by_start.items())]
        for day, by_start in takers.items()
    }
    if services > 1 and len(visit) > 1:
        _add_chains(
            slots,
            visit=visit,
            work=work,
            busy=busy,
            day_starts=day_starts,
            step=step,
            earliest=earliest,
            latest=last,
        )
    return slots


def slot_at(
    start: Minute,
    *,
    visit: Visit,
    work: Work,
    busy: Busy,
    day_starts: Mapping[date, Minute],
    step: int,
    earliest: Minute,
) -> tuple[date, Slot] | None:
    """The slot at `start` and its business day, or None when it is not open: the re-check before a booking is written.

    After midnight a start may belong to the day before, so give both days; the first one that offers it wins.
    """
    offered = open_starts_by_day(
        visit=visit,
        work=work,
        busy=busy,
        day_starts=day_starts,
        step=step,
        earliest=max(earliest, start),
        latest=start,
    )
    return next(((day, slots[0]) for day, slots in offered.items() if slots), None)


def assign(*, visit: Visit, slot: Slot, load: Mapping[int, int]) -> list[tuple[int, Leg]]:
    """Who does each service of `visit` at `slot`: the chain, or the one with the least `load` (ties: the order given).

    `load` is minutes already booked on that business day per staff id; a person missing from it has none.
    """
    if slot.chain:
        chain = slot.chain
    else:
        calmest = min(slot.staff_ids, key=lambda staff_id: load.get(staff_id, 0))
        chain = (calmest,) * len(visit[calmest])
    return [(staff_id, visit[staff_id][index]) for index, staff_id in enumerate(chain)]


def runs(assignment: Assignment, start: Minute) -> tuple[list[tuple[int, Minute, Minute]], list[tuple[Minute, int]]]:
    """What a visit writes: occupied spans (staff id, from, to) one per run, and items (start, minutes) one per service.

    Spans carry the outer buffers and become busy time; items are what the guest is told.
    """
    spans: list[tuple[int, Minute, Minute]] = []
    items: list[tuple[Minute, int]] = []
    at, previous = start, None
    for staff_id, leg in assignment:
        begins = spans.pop()[1] if staff_id == previous else at - leg.buffer_before
        items.append((at, leg.minutes))
        at += leg.minutes
        spans.append((staff_id, begins, at + leg.buffer_after))
        previous = staff_id
    return spans, items


def _gaps(busy: Iterable[Interval], shortest: int) -> list[Interval]:
    """The times of at least `shortest` minutes that no busy interval touches, from ever to ever."""
    gaps: list[Interval] = []
    cursor = -_FOREVER
    for start, end in sorted(busy):
        if start - cursor >= shortest:
            gaps.append((cursor, start))
        if end > cursor:  # noqa: PLR1730 - a comparison is cheaper than max() in the innermost loop
            cursor = end
    gaps.append((cursor, _FOREVER))
    return gaps


def _free_by_day(  # noqa: C901 - one sweep in one place: cut up it is slower and no clearer
    work: Mapping[date, Sequence[Interval]],
    gaps: Sequence[Interval],
    days: Iterable[date],
    shortest: int,
) -> dict[date, list[Interval]]:
    """`gaps` cut to one person's working intervals, day by day: no pieces under `shortest`, no empty days."""
    free: dict[date, list[Interval]] = {}
    position = swept = 0
    for day in days:
        pieces: list[Interval] = []
        for begins, ends in work.get(day, ()):
            if begins < swept:
                position = 0  # last night runs into this day's opening: look again from the first gap
            swept = ends
            while True:  # ends with the last gap at the latest, which never ends
                start, end = gaps[position]
                if start >= ends:
                    break
                if start < begins:  # noqa: PLR1730 - the innermost loop again
                    start = begins
                if end > ends:
                    if ends - start >= shortest:
                        pieces.append((start, ends))
                    break
                if end - start >= shortest:
                    pieces.append((start, end))
                position += 1
        if pieces:
            free[day] = pieces
    return free


def _add_chains(
    slots: dict[date, list[Slot]],
    *,
    visit: Visit,
    work: Work,
    busy: Busy,
    day_starts: Mapping[date, Minute],
    step: int,
    earliest: Minute,
    latest: Minute,
) -> None:
    """Add to `slots` the starts that nobody can take alone and several people can take in turn."""
    shortest = min((leg.minutes for legs in visit.values() for leg in legs if leg), default=1)
    everyone = {
        staff_id: _free_by_day(work.get(staff_id, {}), _gaps(busy.get(staff_id, ()), shortest), day_starts, shortest)
        for staff_id in visit
    }
    for day, day_start in day_starts.items():
        free = {staff_id: by_day[day] for staff_id, by_day in everyone.items() if day in by_day}
        candidates: set[Minute] = set()
        for staff_id, gaps in free.items():
            if first := visit[staff_id][0]:
                candidates.update(
                    open_starts(
                        gaps,
                        before=first.buffer_before,
                        minutes=first.minutes,
                        after=0,  # the buffer after is only needed where a run ends
                        day_start=day_start,
                        step=step,
                        earliest=earliest,
                        latest=latest,
                    ),
                )
        search = ChainSearch({staff_id: visit[staff_id] for staff_id in visit if staff_id in free}, free)
        found = [Slot(start, (), search.best(start)) for start in candidates.difference(s.start for s in slots[day])]
        slots[day] = sorted(slots[day] + [slot for slot in found if slot.chain])
