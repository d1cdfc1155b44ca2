"""Who would take a visit at one start, when each service of it would be, and what it would cost and promise. No writes.

Asks the same engine as the page. Under the lock of the staff rows the answer holds until the transaction ends.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from salon.bookings import availability, board, holding, hot_reads, offers
from salon.bookings.availability import Work
from salon.bookings.errors import SlotTaken
from salon.bookings.hot_reads import TakenRow
from salon.bookings.models import Booking, BookingItem
from salon.bookings.offers import Offer, Pick, service_of, variant_of
from salon.bookings.policy import Part, Terms, promise
from salon.bookings.spans import Span
from salon.core import clock
from salon.core.clock import Minute
from salon.core.money import Halalas
from salon.salons.models import Salon, Staff


class Seat(NamedTuple):
    """A visit at one start. `times` and `prices` are a service's each: (minute, minutes) and halalas.

    `staff_ids` does each service, `spans` is what it occupies, buffers included. `terms` are the salon's for that day
    as they are at this moment. `in_the_way` are bookings whose holds ran out and still lie there.
    """

    services: tuple[Pick, ...]
    day: date
    staff_ids: tuple[int, ...]
    times: tuple[tuple[Minute, int], ...]
    spans: tuple[Span, ...]
    prices: tuple[Halalas, ...]
    terms: Terms
    in_the_way: frozenset[int]

    @property
    def starts_at(self) -> datetime:
        return clock.from_minute(self.times[0][0])

    @property
    def ends_at(self) -> datetime:
        start, minutes = self.times[-1]
        return clock.from_minute(start + minutes)

    @property
    def price(self) -> Halalas:
        return sum(self.prices)

    def items(self, booking: Booking) -> list[BookingItem]:
        """Its services as rows of `booking`, not saved."""
        return [
            BookingItem(
                booking=booking,
                position=position,
                service=service_of(pick),
                variant=variant_of(pick),
                staff_id=who,
                starts_at=clock.from_minute(at),
                minutes=minutes,
                price=price,
            )
            for position, (pick, who, (at, minutes), price) in enumerate(
                zip(self.services, self.staff_ids, self.times, self.prices, strict=True)
            )
        ]


def people(*, salon: Salon, services: Sequence[Pick], staff: Staff | int | None, lock: bool) -> list[Offer]:
    """Who may take part, with `lock` their staff rows locked in the order of their keys. One query.

    Raises NotOffered for a service or person the salon does not offer.
    """
    staff_id = staff.pk if isinstance(staff, Staff) else staff
    rows = hot_reads.offer_rows([salon.pk], {service_of(each).pk for each in services}, staff_id=staff_id, lock=lock)
    return offers.chosen(offers.offers(rows, services), staff_id)


def find(
    *,
    salon: Salon,
    services: Sequence[Pick],
    people: Sequence[Offer],
    start_minute: Minute,
    apart_from: Collection[int] = (),
    now: datetime,
) -> Seat:
    """The seat at this start, or SlotTaken. One query. Busy time of the bookings `apart_from` is not in the way.

    Among several it goes to whoever has the fewest booked minutes on that business day.
    """
    start_day = clock.local_day(clock.from_minute(start_minute), clock.zone(salon.zone))
    window = board.window(salon, start_day - timedelta(days=1), 2, now)
    if window is None:
        raise SlotTaken("beyond the days that can be booked")
    staff_ids = [offer.staff_id for offer in people]
    hours, rows = hot_reads.hours_and_taken(
        salon_id=salon.pk,
        staff_ids=staff_ids,
        first_day=window.first_day,
        last_day=window.last_day,
        from_minute=window.from_minute,
        to_minute=window.to_minute,
        now=now,
    )
    taken = [row for row in rows if row.booking_id not in apart_from] if apart_from else rows
    busy: dict[int, list[tuple[int, int]]] = {}
    for row in taken:
        if not row.ran_out:
            busy.setdefault(row.staff_id, []).append((row.start_minute, row.end_minute))
    work = board.working(salon, hours, staff_ids, window.days)
    asked = board.question(salon=salon, people=people, work=work, busy=busy, days=window.days, now=now)
    found = availability.slot_at(start_minute, **asked)
    if found is None:
        raise SlotTaken(f"{clock.from_minute(start_minute)} is not open")
    day, slot = found

    assignment = availability.assign(visit=asked["visit"], slot=slot, load=_load(taken, work, day))
    spans, times = availability.runs(assignment, start_minute)
    prices = _prices(people, [who for who, _ in assignment])
    ends_at = clock.from_minute(times[-1][0] + times[-1][1])
    return Seat(
        services=tuple(services),
        day=day,
        staff_ids=tuple(who for who, _ in assignment),
        times=tuple(times),
        spans=tuple(spans),
        prices=tuple(prices),
        terms=promise(
            salon,
            sum(prices),
            parts=[Part(service_of(pick), price) for pick, price in zip(services, prices, strict=True)],
            seasons=[season for season in hours.terms if season.first_day <= day <= season.last_day],
            can_hold=holding.can_hold(ends_at, now=now),
        ),
        in_the_way=frozenset(_ran_out(taken, spans)),
    )


def _load(taken: Sequence[TakenRow], work: Work, day: date) -> dict[int, int]:
    """Minutes booked on the business day `day`, for each staff id: visits and live holds, not breaks or time off."""
    load: dict[int, int] = {}
    for row in taken:
        shifts = work[row.staff_id][day]
        if row.booking_id and not row.ran_out and shifts and shifts[0][0] <= row.start_minute < shifts[-1][1]:
            load[row.staff_id] = load.get(row.staff_id, 0) + row.end_minute - row.start_minute
    return load


def _ran_out(taken: Sequence[TakenRow], spans: Sequence[Span]) -> set[int]:
    """The bookings whose holds ran out and lie in the way of `spans`."""
    return {
        row.booking_id
        for row in taken
        for who, start, end in spans
        if row.ran_out and row.staff_id == who and row.start_minute < end and row.end_minute > start
    }


def _prices(people: Sequence[Offer], assigned: Sequence[int]) -> list[Halalas]:
    """What each service costs with the person who does it."""
    prices = {offer.staff_id: offer.prices for offer in people}
    return [prices[who][index] or 0 for index, who in enumerate(assigned)]
