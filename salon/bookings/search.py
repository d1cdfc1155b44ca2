"""The search for salons as far as it needs their calendars: the page and the API ask the same functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final, NamedTuple

from django.db.models import QuerySet

from salon.bookings.offers import Pick
from salon.bookings.queries import NextTimes, next_slots
from salon.salons.models import Salon
from salon.salons.queries import Wish, asked_services

MOST_ASKED: Final = 240
"""Salons whose calendars one search opens; beyond that a city or a district narrows it."""


class Asked(NamedTuple):
    """By salon: the service that a search means there, and its next times."""

    services: dict[int, Pick]
    times: dict[int, NextTimes]

    def has_times(self, salon: Salon) -> bool:
        return salon.pk in self.times and bool(self.times[salon.pk].slots)


class Free(NamedTuple):
    """Those of the first MOST_ASKED salons that have a time. `last` is where the look ended, None at the end of all."""

    salons: list[Salon]
    asked: Asked
    last: Salon | None


def ask(salons: Sequence[Salon], wish: Wish, *, per_salon: int, now: dt.datetime, day: dt.date | None = None) -> Asked:
    """The service that `wish` means at each salon, and its next times, on `day` if there is one. Four queries."""
    services = asked_services(salons, words=wish.words, category=wish.category)
    return Asked(services, next_slots(salons=salons, per_salon=per_salon, now=now, picks=services, day=day))


def free_on(rows: QuerySet[Salon], wish: Wish, *, day: dt.date, per_salon: int, now: dt.datetime) -> Free:
    """The salons among `rows` that have a free time on `day`, in their order. Five queries."""
    looked = list(rows[:MOST_ASKED])
    asked = ask(looked, wish, per_salon=per_salon, now=now, day=day)
    last = looked[-1] if len(looked) == MOST_ASKED else None
    return Free([each for each in looked if asked.has_times(each)], asked, last)
