"""A visit done by several people in turn, without a gap, where nobody can take it alone. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from salon.bookings.legs import Visit, count_services
from salon.core.clock import Minute
from salon.core.intervals import Interval

_FOREVER = 1 << 62


class _Run(NamedTuple):
    """Services up to `until` (not included) done by one person, ending at `end`, occupying [busy_from, busy_to)."""

    staff_id: int
    until: int
    end: Minute
    busy_from: Minute
    busy_to: Minute


class ChainSearch:
    """Chains of runs over one business day, remembering what is possible from each (service, minute)."""

    def __init__(self, visit: Visit, free: Mapping[int, Sequence[Interval]]) -> None:
        """Take the people of the day, in order, and their gaps."""
        self.visit = visit
        self.free = free
        self.services = count_services(visit)
        self.known_runs: dict[tuple[int, Minute], list[_Run]] = {}
        self.known_fewest: dict[tuple[int, Minute], int] = {}

    def best(self, start: Minute) -> tuple[int, ...]:
        """The chain with the fewest runs from `start`, or () when there is none."""
        fewest = self.fewest(0, start)
        # More runs than the fewest are needed only if somebody's own two runs would overlap by their buffers.
        for allowed in range(fewest, self.services + 1):
            chain = self._chain(0, start, allowed, ())
            if chain is not None:
                return chain
        return ()

    def fewest(self, index: int, at: Minute) -> int:
        """A lower bound: how few runs finish the visit from service `index` at minute `at`; huge when none do."""
        if index == self.services:
            return 0
        key = (index, at)
        if key not in self.known_fewest:
            rest = (self.fewest(run.until, run.end) for run in self.runs_from(index, at))
            self.known_fewest[key] = 1 + min(rest, default=_FOREVER)
        return self.known_fewest[key]

    def runs_from(self, index: int, at: Minute) -> list[_Run]:
        """Every run that can begin with service `index` at `at`: people in order, the longest run of each first."""
        key = (index, at)
        if key in self.known_runs:
            return self.known_runs[key]
        found: list[_Run] = []
        for staff_id, legs in self.visit.items():
            first = legs[index]
            gap = bisect_right(self.free[staff_id], (at, _FOREVER)) - 1
            if first is None or gap < 0:
                continue
            gap_start, gap_end = self.free[staff_id][gap]
            busy_from, end = at - first.buffer_before, at
            if busy_from < gap_start:
                continue
            own: list[_Run] = []
            for until, leg in enumerate(legs[index:], index + 1):
                if leg is None or end + leg.minutes > gap_end:
                    break
                end += leg.minutes
                if end + leg.buffer_after <= gap_end:
                    own.append(_Run(staff_id, until, end, busy_from, end + leg.buffer_after))
            found.extend(reversed(own))
        self.known_runs[key] = found
        return found

    def _chain(self, index: int, at: Minute, allowed: int, before: tuple[_Run, ...]) -> tuple[int, ...] | None:
        """The first chain of at most `allowed` more runs that finishes the visit after the runs `before`, or None."""
        if index == self.services:
            return ()
        for run in self.runs_from(index, at):
            if 1 + self.fewest(run.until, run.end) > allowed:
                continue
            if any(run.staff_id == own.staff_id and run.busy_from < own.busy_to for own in before):
                continue  # back to somebody who is still tidying up
            rest = self._chain(run.until, run.end, allowed - 1, (*before, run))
            if rest is not None:
                return (run.staff_id,) * (run.until - index) + rest
        return None
