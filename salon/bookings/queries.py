"""What can be read about visits. Each function says how many queries it takes, whatever it is asked for."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from salon.bookings import availability, board, hot_reads, offers
from salon.bookings.board import Board, Slot, TeamMember
from salon.bookings.errors import NotOffered
from salon.bookings.offers import Pick, service_of
from salon.core import clock
from salon.salons.models import Salon, Service, Staff, Variant

__all__ = [
    "Board",
    "NextTimes",
    "Slot",
    "TeamMember",
    "Visit",
    "load_board",
    "load_visit",
    "next_slots",
    "open_slots",
    "picks_of",
]

MOST_PICKS = 6
"""Services in one visit."""

SEARCH_DAYS = 8
"""How far `next_slots` looks: last night's shift, today and the six days after."""

_PICK = re.compile(r"([1-9][0-9]{0,11})(?:-([1-9][0-9]{0,11}))?", re.ASCII)


class Visit(NamedTuple):
    """A published salon and what a guest asks it for, in the guest's order."""

    salon: Salon
    services: list[Pick]


@dataclass(frozen=True, slots=True)
class NextTimes:
    """The first open times of a salon's first service. `pick` is how a URL names it."""

    service: Service
    pick: str
    slots: list[Slot]


def picks_of(services: Sequence[Pick]) -> list[str]:
    """How a URL names these: "12" for a service, "12-34" for a variant."""
    return [f"{each.service_id}-{each.pk}" if isinstance(each, Variant) else str(each.pk) for each in services]


def load_visit(*, slug: str, picks: Sequence[str]) -> Visit:
    """The salon and the services a URL asks for ("12" or "12-34", order kept). ONE query.

    Raises Salon.DoesNotExist for a salon that is not published or not there, NotOffered for picks it does not have:
    none or too many, the same one twice, a service not offered now, a variant missing or of another service.
    """
    wanted = [_parse(pick) for pick in picks]
    if len(wanted) > MOST_PICKS:
        raise NotOffered(f"more than {MOST_PICKS} services in one visit")
    salon, rows = hot_reads.shop_rows(slug, {service_id for service_id, _ in wanted} or {0})
    if salon is None:
        raise Salon.DoesNotExist(slug)
    if not wanted:
        raise NotOffered("no service chosen")
    if len(set(wanted)) < len(wanted):
        raise NotOffered("the same service twice")
    # A service that has variants is only offered as one of them: both keys come out of the same rows.
    offered: dict[tuple[int, int | None], Pick] = {
        (service.pk, variant and variant.pk): variant or service for service, variant in rows
    }
    try:
        return Visit(salon, [offered[pick] for pick in wanted])
    except KeyError as missing:
        raise NotOffered(f"not offered: {missing}") from None


def open_slots(
    *,
    salon: Salon,
    services: Sequence[Pick],
    staff: Staff | int | None = None,
    first_day: dt.date,
    days: int,
    now: dt.datetime,
) -> dict[dt.date, list[Slot]]:
    """The open slots of each of `days` business days from `first_day`; days without any are empty lists. Two queries.

    `staff` None is anyone. Raises NotOffered when nobody at the salon, or not that person, does all that is asked.
    """
    return load_board(
        salon=salon, services=services, staff=staff, first_day=first_day, days=days, now=now
    ).slots_by_day


def load_board(
    *,
    salon: Salon,
    services: Sequence[Pick],
    staff: Staff | int | None = None,
    first_day: dt.date,
    days: int,
    now: dt.datetime,
) -> Board:
    """`open_slots` with what a page shows around them: open days, the team, price and minutes. Two queries."""
    rows = hot_reads.offer_rows([salon.pk], {service_of(each).pk for each in services})
    everyone = offers.offers(rows, services)
    people = offers.chosen(everyone, staff.pk if isinstance(staff, Staff) else staff)
    low, high, minutes = board.price_range(people)

    by_day: dict[dt.date, list[Slot]] = {first_day + dt.timedelta(days=number): [] for number in range(days)}
    open_days: set[dt.date] = set()
    if window := board.window(salon, first_day, days, now):
        staff_ids = [offer.staff_id for offer in people]
        hours, busy = hot_reads.hours_and_busy(
            salon_ids=[salon.pk],
            staff_ids=staff_ids,
            first_day=window.first_day,
            last_day=window.last_day,
            from_minute=window.from_minute,
            to_minute=window.to_minute,
            now=now,
        )
        work = board.working(salon, hours[salon.pk], staff_ids, window.days)
        asked = board.question(salon, people, work, busy, window.days, now)
        by_day |= board.slots(people, availability.open_starts_by_day(**asked))
        open_days = {day for day, intervals in work[0].items() if intervals}
    return Board(
        slots_by_day=by_day,
        open_days=open_days,
        team=board.team(everyone),
        price=low,
        price_from=high > low,
        minutes=minutes,
    )


def next_slots(*, salons: Sequence[Salon], per_salon: int, now: dt.datetime) -> dict[int, NextTimes]:
    """The first `per_salon` open times of each salon's first service, within a week. Three queries for any number.

    A salon that offers nothing, or whose first service nobody does, has no entry; one that is full has no slots.
    """
    shops = {salon.pk: salon for salon in salons}
    firsts = _first_picks(shops)
    if not firsts:
        return {}
    services = {salon_id: service_of(pick).pk for salon_id, pick in firsts.items()}
    rows = board.by_salon(hot_reads.offer_rows(list(shops), list(services.values())))
    teams = {salon_id: offers.offers(rows.get(salon_id, ()), [pick]) for salon_id, pick in firsts.items()}
    windows = {
        salon_id: board.window(shops[salon_id], _last_night(shops[salon_id], now), SEARCH_DAYS, now)
        for salon_id in teams
    }
    hours, busy = hot_reads.hours_and_busy(
        salon_ids=list(teams),
        staff_ids=[offer.staff_id for people in teams.values() for offer in people],
        first_day=min(each.first_day for each in windows.values()),
        last_day=max(each.last_day for each in windows.values()),
        from_minute=min(each.from_minute for each in windows.values()),
        to_minute=max(each.to_minute for each in windows.values()),
        now=now,
    )
    found: dict[int, NextTimes] = {}
    for salon_id, people in teams.items():
        if not people:
            continue
        salon, days = shops[salon_id], windows[salon_id].days
        work = board.working(salon, hours[salon_id], [offer.staff_id for offer in people], days)
        offered = availability.open_starts_by_day(**board.question(salon, people, work, busy, days, now))
        # Last night's late shift and today's opening may offer the same start: it is one time to a guest.
        starts = {slot.start_minute: slot for day in board.slots(people, offered).values() for slot in day}
        first_ones = [starts[start] for start in sorted(starts)[:per_salon]]
        found[salon_id] = NextTimes(service_of(firsts[salon_id]), picks_of([firsts[salon_id]])[0], first_ones)
    return found


def _first_picks(shops: dict[int, Salon]) -> dict[int, Pick]:
    """Each salon's first service by position, as its first variant if it has variants. One query."""
    firsts: dict[int, Pick] = {}
    for service, variant in hot_reads.first_service_rows(list(shops)) if shops else ():
        firsts.setdefault(service.salon_id, variant or service)
    return firsts


def _last_night(salon: Salon, now: dt.datetime) -> dt.date:
    return clock.local_day(now, clock.zone(salon.zone)) - dt.timedelta(days=1)


def _parse(pick: str) -> tuple[int, int | None]:
    """ "12" or "12-34" as keys. Raises NotOffered for anything else."""
    match = _PICK.fullmatch(pick)
    if match is None:
        raise NotOffered(f"not a service: {pick[:40]!r}")
    service, variant = match.groups()
    return int(service), int(variant) if variant else None
