"""What can be read about visits. Each function says how many queries it takes, whatever it is asked for."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, Q, QuerySet

from salon.accounts.models import User
from salon.bookings import board, hot_reads, offers
from salon.bookings.board import Board, Slot, TeamMember
from salon.bookings.errors import NotOffered
from salon.bookings.models import LONGEST_BUSY_MINUTES, Booking, BookingItem, BusyTime
from salon.bookings.offers import Pick, service_of
from salon.bookings.states import CALLED_OFF, OCCUPYING, OPEN, Status
from salon.core import clock
from salon.core.money import Halalas
from salon.salons.models import Salon, Service, Staff, Variant

__all__ = [
    "Board",
    "DaySheet",
    "NextTimes",
    "Slot",
    "Tab",
    "TeamMember",
    "Visit",
    "day_sheet",
    "load_board",
    "load_visit",
    "next_slots",
    "open_slots",
    "picks_of",
    "visit_of",
    "visits_after",
    "visits_of",
]

MOST_PICKS = 6
"""Services in one visit."""

SEARCH_DAYS = 8
"""How far `next_slots` looks: last night's shift, today and the six days after."""

NEAR_DAYS = 3
"""How many of them are worked out at first: last night's shift, today and tomorrow."""

_PICK = re.compile(r"([1-9][0-9]{0,11})(?:-([1-9][0-9]{0,11}))?", re.ASCII)


class Visit(NamedTuple):
    """A published salon and what a guest asks it for, in the guest's order."""

    salon: Salon
    services: list[Pick]


@dataclass(frozen=True, slots=True)
class NextTimes:
    """The first open times of one of a salon's services. `pick` is how a URL names it, `days` their business days.

    `price` is the least anybody there asks for it; `price_from` says that somebody asks more.
    """

    service: Service
    pick: str
    slots: list[Slot]
    days: list[dt.date]
    price: Halalas
    price_from: bool


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
    return load_board(salon=salon, services=services, staff=staff, first_day=first_day, days=days, now=now).slots_by_day


def load_board(
    *,
    salon: Salon,
    services: Sequence[Pick],
    staff: Staff | int | None = None,
    first_day: dt.date,
    days: int,
    now: dt.datetime,
    apart_from: Collection[int] = (),
) -> Board:
    """`open_slots` with what a page shows around them: open days, the team, price and minutes. Two queries.

    A third one with `apart_from`, the keys of bookings whose busy time is free: a visit that moves is in no way of its
    own.
    """
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
        for who, start, end in _chairs_of(apart_from) if apart_from else ():
            if (start, end) in busy[who]:
                busy[who].remove((start, end))
        work = board.working(salon, hours[salon.pk], staff_ids, window.days)
        by_day |= board.open_slots(salon=salon, people=people, work=work, busy=busy, days=window.days, now=now)
        open_days = {day for day, intervals in work[0].items() if intervals}
    return Board(
        slots_by_day=by_day,
        open_days=open_days,
        team=board.team(everyone),
        price=low,
        price_from=high > low,
        minutes=minutes,
    )


def _chairs_of(bookings: Collection[int]) -> list[tuple[int, clock.Minute, clock.Minute]]:
    """Staff id, first minute and first minute after of what these bookings keep. One query."""
    rows = BusyTime.objects.filter(booking__in=bookings).values_list("staff_id", "start_minute", "end_minute")
    return list(rows)


def next_slots(
    *,
    salons: Sequence[Salon],
    per_salon: int,
    now: dt.datetime,
    picks: Mapping[int, Pick] | None = None,
    day: dt.date | None = None,
) -> dict[int, NextTimes]:
    """The first `per_salon` open times of each salon, within a week or on the business day `day`.

    `picks` names the service to ask each salon for by its key; without it each is asked for its first service by
    position. Three queries for any number of salons, two with `picks`. A salon that offers nothing, or whose service
    nobody does, has no entry; one that is full has no slots.
    """
    shops = {salon.pk: salon for salon in salons}
    asked = _first_picks(shops) if picks is None else {pk: pick for pk, pick in picks.items() if pk in shops}
    windows = {
        salon_id: board.window(
            shops[salon_id], *((day, 1) if day else (_last_night(shops[salon_id], now), SEARCH_DAYS)), now
        )
        for salon_id in asked
    }
    windows = {salon_id: window for salon_id, window in windows.items() if window}
    if not windows:
        return {}
    services = [service_of(asked[salon_id]).pk for salon_id in windows]
    rows = board.by_salon(hot_reads.offer_rows(list(windows), services))
    teams = {salon_id: offers.offers(rows.get(salon_id, ()), [asked[salon_id]]) for salon_id in windows}
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
        salon, days, pick = shops[salon_id], windows[salon_id].days, asked[salon_id]
        work = board.working(salon, hours[salon_id], [offer.staff_id for offer in people], days)
        offered = partial(board.open_slots, salon=salon, people=people, work=work, busy=busy, now=now)
        first_ones = _first_starts(offered, days, clock.zone(salon.zone), per_salon)
        low, high, _ = board.price_range(people)
        found[salon_id] = NextTimes(
            service=service_of(pick),
            pick=picks_of([pick])[0],
            slots=[slot for _, slot in first_ones],
            days=[business_day for business_day, _ in first_ones],
            price=low,
            price_from=high > low,
        )
    return found


def _first_starts(
    offered: Callable[..., dict[dt.date, list[Slot]]], days: Sequence[dt.date], zone: ZoneInfo, most: int
) -> list[tuple[dt.date, Slot]]:
    """The first `most` open starts with their business days; days further off are only asked for when needed."""
    # Last night's late shift and today's opening may offer the same start: it is one time to a guest.
    starts: dict[int, tuple[dt.date, Slot]] = {}
    for part in (days[:NEAR_DAYS], days[NEAR_DAYS:]):
        # A night may run on into the first day of the next part: only what lies before that day is settled.
        if not part or sum(start < clock.day_start_minute(part[0], zone) for start in starts) >= most:
            continue
        for business_day, slots in offered(days=part).items():
            for slot in slots:
                starts.setdefault(slot.start_minute, (business_day, slot))
    return [starts[start] for start in sorted(starts)[:most]]


def _first_picks(shops: dict[int, Salon]) -> dict[int, Pick]:
    """Each salon's first service by position, as its first variant if it has variants. One query."""
    firsts: dict[int, Pick] = {}
    for service, variant in hot_reads.first_service_rows(list(shops)) if shops else ():
        firsts.setdefault(service.salon_id, variant or service)
    return firsts


def _last_night(salon: Salon, now: dt.datetime) -> dt.date:
    return clock.local_day(now, clock.zone(salon.zone)) - dt.timedelta(days=1)


def _parse(pick: str) -> tuple[int, int | None]:
    """A pick as keys: "12" or "12-34". Raises NotOffered for anything else."""
    match = _PICK.fullmatch(pick)
    if match is None:
        raise NotOffered(f"not a service: {pick[:40]!r}")
    service, variant = match.groups()
    return int(service), int(variant) if variant else None


# --- visits that exist ----------------------------------------------------------------------------------


Tab = Literal["upcoming", "past", "cancelled"]


def visits_of(customer: User, *, tab: Literal["upcoming", "past"], now: dt.datetime) -> list[Booking]:
    """A guest's visits: those ahead, the next one first, or those behind, the latest first. Two queries.

    Ahead are promises and requests that have not ended, and holds that wait for their money. A hold that was never
    placed is in neither: it forgot its guest.
    """
    mine = _with_details(Booking.objects.filter(customer=customer))
    if tab == "upcoming":
        return list(mine.filter(_ahead(now)).order_by("starts_at", "pk"))
    return list(mine.exclude(_ahead(now)).exclude(status=Status.HELD, due_now=0).order_by("-starts_at", "-pk"))


def visits_after(
    customer: User, *, tab: Tab, after: tuple[dt.datetime, int] | None, limit: int, now: dt.datetime
) -> list[Booking]:
    """At most `limit` of `visits_of`, past ones without those that were called off, which are a tab of their own.

    `after` is start and key of the last one that was told. Two queries.
    """
    mine = _with_details(Booking.objects.filter(customer=customer))
    if tab == "upcoming":
        rest = Q(starts_at__gt=after[0]) | Q(starts_at=after[0], pk__gt=after[1]) if after else Q()
        return list(mine.filter(_ahead(now), rest).order_by("starts_at", "pk")[:limit])
    rest = Q(starts_at__lt=after[0]) | Q(starts_at=after[0], pk__lt=after[1]) if after else Q()
    over = Q(status__in=CALLED_OFF) if tab == "cancelled" else ~Q(status__in=CALLED_OFF)
    behind = mine.filter(over, rest).exclude(_ahead(now)).exclude(status=Status.HELD, due_now=0)
    return list(behind.order_by("-starts_at", "-pk")[:limit])


def _ahead(now: dt.datetime) -> Q:
    return Q(status__in=OPEN, ends_at__gt=now) | Q(status=Status.HELD, due_now__gt=0, expires_at__gt=now)


def visit_of(customer: User, reference: str) -> Booking:
    """One visit of this guest. Raises Booking.DoesNotExist for anybody else's, as if it were not there. Two queries."""
    return _with_details(Booking.objects.filter(customer=customer)).get(reference=reference)


@dataclass(frozen=True, slots=True)
class DaySheet:
    """One business day of a salon. `bookings` still keep their chair, by start; `blocks` are breaks and time off."""

    team: list[Staff]
    bookings: list[Booking]
    blocks: list[BusyTime]


def day_sheet(*, salon: Salon, day: dt.date, now: dt.datetime | None = None) -> DaySheet:
    """What a salon's day looks like. Four queries.

    Holds are on it only while they last (`now` given) and never without it: they are nobody's visit yet.
    """
    shown = Q(status__in=OCCUPYING - {Status.HELD})
    if now is not None:
        shown |= Q(status=Status.HELD, expires_at__gt=now)
    zone = clock.zone(salon.zone)
    from_minute, to_minute = clock.day_start_minute(day, zone), clock.wall_minute(day, board.LATEST_END, zone)
    return DaySheet(
        team=list(Staff.objects.filter(salon=salon, is_active=True)),
        bookings=list(
            _with_details(Booking.objects.filter(shown, salon=salon, business_day=day)).order_by("starts_at", "pk")
        ),
        blocks=list(
            BusyTime.objects.filter(
                staff__salon=salon,
                booking__isnull=True,
                start_minute__gt=from_minute - LONGEST_BUSY_MINUTES,
                start_minute__lt=to_minute,
                end_minute__gt=from_minute,
            ).order_by("start_minute")
        ),
    )


def _with_details(visits: QuerySet[Booking]) -> QuerySet[Booking]:
    """With everything a page says about a visit: salon and place, guest, services and who does them. Two queries."""
    items = BookingItem.objects.select_related("service", "variant", "staff").order_by("position")
    return visits.select_related("salon__city", "salon__district", "customer").prefetch_related(
        Prefetch("items", queryset=items)
    )
