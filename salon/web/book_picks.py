"""What a guest asked for on the URL of the time step, read leniently: nonsense is dropped and named, never a crash."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final
from urllib.parse import urlencode

from django.http import QueryDict

from salon.core.clock import Minute
from salon.core.digits import to_ascii_digits

_NUMBER: Final = re.compile(r"[0-9]{1,9}")


class Ignored(Enum):
    """A part of the URL that made no sense and was left out."""

    STAFF = "staff"
    DAY = "day"
    START = "start"


@dataclass(frozen=True, slots=True)
class Picks:
    """Services in the guest's order, and what else the URL names. `start` is a UTC minute."""

    services: tuple[str, ...] = ()
    staff: int | None = None
    day: dt.date | None = None
    first_day: dt.date | None = None
    start: Minute | None = None
    ignored: frozenset[Ignored] = field(default_factory=frozenset)

    def without(self, part: Ignored) -> Picks:
        """The same picks with one part dropped, and remembered as dropped."""
        return replace(self, **{part.value: None}, ignored=self.ignored | {part})

    @property
    def query(self) -> str:
        """The picks as a query string that leads back to the same choice, without the time."""
        pairs: list[tuple[str, str]] = [("service", pick) for pick in self.services]
        if self.staff is not None:
            pairs.append(("staff", str(self.staff)))
        if self.day is not None:
            pairs.append(("day", self.day.isoformat()))
        return urlencode(pairs)


def read_picks(data: QueryDict, *, start: str = "start") -> Picks:
    """The picks in a query string or a posted form; `start` names the field of the time.

    Service picks of the wrong shape are kept for `load_visit` to refuse: silently booking less than was asked would
    be worse than an error.
    """
    ignored: set[Ignored] = set()
    staff = _number(data.get("staff", ""))
    if staff is None and data.get("staff"):
        ignored.add(Ignored.STAFF)
    day = _day(data.get("day", ""))
    if day is None and data.get("day"):
        ignored.add(Ignored.DAY)
    minute = _number(data.get(start, ""))
    if minute is None and data.get(start):
        ignored.add(Ignored.START)
    return Picks(
        services=tuple(pick.strip() for pick in data.getlist("service")),
        staff=staff,
        day=day,
        first_day=_day(data.get("from", "")),
        start=minute,
        ignored=frozenset(ignored),
    )


def _number(text: str) -> int | None:
    text = to_ascii_digits(text.strip())
    return int(text) if _NUMBER.fullmatch(text) else None


def _day(text: str) -> dt.date | None:
    text = to_ascii_digits(text.strip())
    try:
        return dt.date.fromisoformat(text) if len(text) == len("2026-11-26") else None
    except ValueError:
        return None
