"""Fills the chairs of one salon for one business day: who sits where and when. Pure but for its seeded dice.

Every visit is placed by the rules of availability: on the salon's grid, with its buffers, inside working hours and
beside whatever is busy already.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from salon.bookings.availability import runs
from salon.bookings.legs import Leg
from salon.core.clock import Minute, day_start_minute, weekday_of, zone
from salon.core.intervals import Interval, subtract
from salon.salons.models import Salon, Service, Staff, Variant

THURSDAY = 4
WEEKEND_RUSH = {THURSDAY: 20, 5: 15, 6: 10}  # percent on top of an ordinary day


class Part(NamedTuple):
    """One service of a visit as one member of staff does it. Money in halalas."""

    service: Service
    variant: Variant | None
    minutes: int
    price: int


@dataclass(frozen=True, slots=True)
class Chair:
    """A member of staff on one day: working intervals, what is taken already, and all they can do."""

    staff: Staff
    work: Sequence[Interval]
    taken: Sequence[Interval]
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Plan:
    """A visit to be written. `spans` is the busy time with its buffers, `starts` where each part begins."""

    staff: Staff
    start: Minute
    parts: tuple[Part, ...]
    starts: tuple[Minute, ...]
    spans: tuple[Interval, ...]

    @property
    def end(self) -> Minute:
        return self.start + sum(part.minutes for part in self.parts)

    @property
    def price(self) -> int:
        return sum(part.price for part in self.parts)


def fill(*, salon: Salon, day: date, chairs: Sequence[Chair], busy: int, dice: random.Random) -> list[Plan]:
    """The day's visits in the order of their start. `busy` is the share of time that is taken, in percent."""
    share = min(90, busy + WEEKEND_RUSH.get(weekday_of(day), 0))
    zero = day_start_minute(day, zone(salon.zone))
    plans: list[Plan] = []
    for chair in chairs:
        if not chair.parts:
            continue
        for start, end in subtract(chair.work, chair.taken):
            plans += _fill_gap(chair, start, end, zero=zero, step=salon.slot_step, share=share, dice=dice)
    return sorted(plans, key=lambda plan: (plan.start, plan.staff.pk))


def parts_of(
    services: Sequence[Service],
    offers: Mapping[tuple[int, int | None], tuple[int | None, int | None]],
) -> list[Part]:
    """What somebody can do. `offers` maps (service pk, variant pk or None) to their own (price, minutes)."""
    found: list[Part] = []
    for service in services:
        if (service.pk, None) not in offers:
            continue
        choices: list[Variant | None] = list(service.variants.all()) or [None]
        for variant in choices:
            usual = variant or service
            price, minutes = offers.get((service.pk, variant.pk if variant else None), (None, None))
            found.append(
                Part(
                    service,
                    variant,
                    usual.minutes if minutes is None else minutes,
                    usual.price if price is None else price,
                )
            )
    return found


def _fill_gap(
    chair: Chair, start: Minute, end: Minute, *, zero: Minute, step: int, share: int, dice: random.Random
) -> list[Plan]:
    plans: list[Plan] = []
    cursor = start
    while cursor < end - 15:
        if dice.randrange(100) >= share:
            cursor += dice.choice((45, 60, 90, 120))
            continue
        plan = _place(chair, cursor, end, zero=zero, step=step, dice=dice)
        if plan is None:
            cursor += 30
            continue
        plans.append(plan)
        cursor = plan.spans[-1][1]
    return plans


def _place(chair: Chair, cursor: Minute, end: Minute, *, zero: Minute, step: int, dice: random.Random) -> Plan | None:
    """A visit of one or two services that begins at or after `cursor` and is over by `end`; None if none fits."""
    for wanted in (2, 1) if dice.random() < 0.25 else (1,):
        services = list(dict.fromkeys(part.service.pk for part in chair.parts))
        chosen = dice.sample(services, min(wanted, len(services)))
        parts = tuple(dice.choice([part for part in chair.parts if part.service.pk == pk]) for pk in chosen)
        legs = [
            (chair.staff.pk, Leg(part.minutes, part.service.buffer_before, part.service.buffer_after)) for part in parts
        ]
        start = cursor + parts[0].service.buffer_before
        start += (zero - start) % step
        spans, items = runs(legs, start)
        if spans[-1][2] <= end:
            return Plan(
                staff=chair.staff,
                start=start,
                parts=parts,
                starts=tuple(begins for begins, _ in items),
                spans=tuple((begins, ends) for _, begins, ends in spans),
            )
    return None
