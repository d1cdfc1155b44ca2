"""What a guest asks for, as each member of staff would do it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leg:
    """One service as one person does it, in minutes. Raises ValueError unless minutes > 0 and buffers >= 0."""

    minutes: int
    buffer_before: int = 0
    buffer_after: int = 0

    def __post_init__(self) -> None:
        """Refuse lengths that would let two guests share a minute."""
        if self.minutes <= 0 or self.buffer_before < 0 or self.buffer_after < 0:
            raise ValueError("a leg needs positive minutes and buffers that are not negative")


Visit = Mapping[int, Sequence[Leg | None]]
"""For each staff id, in the order of preference, a leg per service in the guest's order; None: cannot do it."""


def count_services(visit: Visit) -> int:
    """How many services everybody was asked about; 0 when nobody was."""
    counts = {len(legs) for legs in visit.values()}
    if len(counts) > 1 or 0 in counts:
        raise ValueError("every member of staff needs one entry per service, and a visit at least one service")
    return counts.pop() if counts else 0
