"""Which times are open: the two fixed reads, put together into what the engine is asked.

The page (`queries`) and the re-check under lock (`reserve`) both build their question here, from the same rules:
what is offered is what can be had.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from salon.bookings import availability
from salon.bookings.availability import Busy, Work
from salon.bookings.hot_reads import OfferRow, SalonHours
from salon.bookings.legs import Visit
from salon.bookings.offers import Offer
from salon.core import clock
from salon.core.clock import Minute
from salon.core.money import Halalas
from salon.salons.hours import working_intervals
from salon.salons.models import Salon

LATEST_END = 1440 + 720  # a business day ends by noon of the next date


class Slot(NamedTuple):
    """An open start. `minutes` is the shortest that anybody needs for the visit, buffers not counted.

    `staff_ids` could take the whole visit, in the salon's order; where nobody can, it is empty and `chain` names one
    person for each service.
    """

    start_minute: Minute
    minutes: int
    staff_ids: tuple[int, ...]
    chain: tuple[int, ...] | None = None

    @property
    def starts_at(self) -> datetime:
        """Aware, UTC. Made when asked for: a month of slots needs none of them."""
        return clock.from_minute(self.start_minute)

    @property
    def ends_at(self) -> datetime:
        """`minutes` after the start."""
        return clock.from_minute(self.start_minute + self.minutes)


class TeamMember(NamedTuple):
    """Somebody who can take the whole visit, and what it then costs and takes."""

    pk: int
    name_ar: str
    name_en: str
    hue: int
    title_ar: str
    title_en: str
    price: Halalas
    minutes: int


@dataclass(frozen=True, slots=True)
class Board:
    """A slot page. `open_days` are days on which the salon works at all, full or not.

    `price` and `minutes` are the least anybody asks and needs; `price_from` says that somebody asks more. With a
    staff member chosen they are that person's.
    """

    slots_by_day: dict[date, list[Slot]]
    open_days: set[date]
    team: list[TeamMember]
    price: Halalas
    price_from: bool
    minutes: int


@dataclass(frozen=True, slots=True)
class Window:
    """Business days that a question is about, and the UTC minutes they can reach."""

    days: tuple[date, ...]
    from_minute: Minute
    to_minute: Minute

    @property
    def first_day(self) -> date:
        return self.days[0]

    @property
    def last_day(self) -> date:
        return self.days[-1]


def window(salon: Salon, first_day: date, days: int, now: datetime) -> Window | None:
    """The bookable ones among `days` business days from `first_day`; None when there is none.

    Yesterday counts as bookable: its night shift may still have starts ahead, and none that passed are offered.
    """
    zone = clock.zone(salon.zone)
    today = clock.local_day(now, zone)
    first = max(first_day, today - timedelta(days=1))
    last = min(first_day + timedelta(days=days - 1), today + timedelta(days=salon.horizon_days))
    if first > last:
        return None
    span = tuple(first + timedelta(days=number) for number in range((last - first).days + 1))
    return Window(span, clock.day_start_minute(first, zone), clock.wall_minute(last, LATEST_END, zone))


def working(salon: Salon, hours: SalonHours, staff_ids: Sequence[int], days: Sequence[date]) -> Work:
    """When each of `staff_ids` works; key 0 is the salon itself. Those without hours of their own share one answer."""
    zone = clock.zone(salon.zone)

    def intervals(own: Any) -> dict[date, list[tuple[int, int]]]:
        return working_intervals(
            days=days,
            zone=zone,
            salon_shifts=hours.shifts,
            staff_shifts=own,
            seasons=hours.seasons,
            closures=hours.closures,
        )

    everybody = intervals(None)
    work = dict.fromkeys((0, *staff_ids), everybody)
    for staff_id in staff_ids:
        if staff_id in hours.own_shifts:
            work[staff_id] = intervals(hours.own_shifts[staff_id])
    return work


def question(
    *, salon: Salon, people: Sequence[Offer], work: Work, busy: Busy, days: Sequence[date], now: datetime
) -> dict[str, Any]:
    """The engine's arguments: `availability.open_starts_by_day(**question)` and `slot_at(start, **question)`.

    A start is offered when it is not before `now` plus the salon's notice, seconds counted.
    """
    zone = clock.zone(salon.zone)
    visit: Visit = {offer.staff_id: offer.legs for offer in people}
    return {
        "visit": visit,
        "work": work,
        "busy": busy,
        "day_starts": {day: clock.day_start_minute(day, zone) for day in days},
        "step": salon.slot_step,
        "earliest": clock.minute_ceil(now) + salon.lead_minutes,
    }


def open_slots(
    *, salon: Salon, people: Sequence[Offer], work: Work, busy: Busy, days: Sequence[date], now: datetime
) -> dict[date, list[Slot]]:
    """The engine's answer to `question`, as slots of a page."""
    asked = question(salon=salon, people=people, work=work, busy=busy, days=days, now=now)
    return slots(people, availability.open_starts_by_day(**asked))


def slots(people: Sequence[Offer], offered: Mapping[date, Sequence[availability.Slot]]) -> dict[date, list[Slot]]:
    """The engine's slots with the minutes the visit takes."""
    minutes = {offer.staff_id: offer.minutes for offer in people if offer.does_all}
    legs = {offer.staff_id: offer.legs for offer in people}
    alike = len(set(minutes.values())) == 1
    same = next(iter(minutes.values())) if alike else 0

    def shortest(slot: availability.Slot) -> int:
        if slot.chain:
            return sum(legs[staff_id][index].minutes for index, staff_id in enumerate(slot.chain))
        return same if alike else min(minutes[staff_id] for staff_id in slot.staff_ids)

    return {
        day: [Slot(each.start, shortest(each), each.staff_ids, each.chain or None) for each in starts]
        for day, starts in offered.items()
    }


def team(people: Sequence[Offer]) -> list[TeamMember]:
    """Those who can take the whole visit."""
    return [
        TeamMember(
            offer.staff_id,
            offer.name_ar,
            offer.name_en,
            offer.hue,
            offer.title_ar,
            offer.title_en,
            offer.price,
            offer.minutes,
        )
        for offer in people
        if offer.does_all
    ]


def price_range(people: Sequence[Offer]) -> tuple[Halalas, Halalas, int]:
    """The least and the most the visit may cost, and the least minutes it may take.

    Where nobody does all of it, the cheapest, dearest and quickest of each service are added up.
    """
    whole = [offer for offer in people if offer.does_all]
    if whole:
        prices = [offer.price for offer in whole]
        return min(prices), max(prices), min(offer.minutes for offer in whole)
    low = high = minutes = 0
    for index in range(len(people[0].legs) if people else 0):
        prices = [offer.prices[index] for offer in people if offer.prices[index] is not None]
        low += min(prices, default=0)
        high += max(prices, default=0)
        minutes += min((offer.legs[index].minutes for offer in people if offer.legs[index]), default=0)
    return low, high, minutes


def by_salon(rows: Sequence[OfferRow]) -> dict[int, list[OfferRow]]:
    """Offers sorted out by salon, for reads that ask for many at once."""
    found: dict[int, list[OfferRow]] = {}
    for row in rows:
        found.setdefault(row.salon_id, []).append(row)
    return found
