"""Taking a chair. The staff rows are the lock, the availability engine is the judge, the guard is the net."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from salon.accounts.models import User
from salon.bookings import availability, board, hot_reads, offers
from salon.bookings.availability import Work
from salon.bookings.errors import SlotTaken
from salon.bookings.hot_reads import TakenRow
from salon.bookings.models import ActorKind, Booking, BookingItem, BusyTime, Source
from salon.bookings.moves import drop_hold, record
from salon.bookings.offers import Offer, Pick, service_of, variant_of
from salon.bookings.policy import Part, promise
from salon.bookings.references import new_reference
from salon.bookings.spans import Span, busy_rows
from salon.bookings.states import Status
from salon.core import clock
from salon.core.clock import Minute
from salon.core.transactions import require_transaction
from salon.salons.models import Salon, Staff


def reserve(
    *,
    salon: Salon,
    services: Sequence[Pick],
    staff: Staff | int | None,
    start_minute: Minute,
    key: uuid.UUID,
    customer: User | None,
    held_from: str,
    replaces: Booking | None,
    expires_at: datetime,
    now: datetime,
    source: Source = Source.WEB,
) -> Booking:
    """A new hold on the chair, or SlotTaken. Six queries, four more to give up the hold it `replaces`.

    Locks the staff rows of everybody who might do it, then asks the same engine as the page about this one start.
    With `staff` None it goes to whoever has the fewest booked minutes on that business day. Price, minutes and policy
    are written as they are at this moment. Raises NotOffered for a service or person the salon does not offer; the
    guard's IntegrityError passes through, because it is only understood after leaving the transaction.
    """
    require_transaction()
    staff_id = staff.pk if isinstance(staff, Staff) else staff
    rows = hot_reads.offer_rows([salon.pk], {service_of(each).pk for each in services}, staff_id=staff_id, lock=True)
    people = offers.chosen(offers.offers(rows, services), staff_id)
    if replaces is not None:
        drop_hold(replaces.pk, Status.CANCELLED, actor_kind=ActorKind.GUEST, actor=customer, reason="replaced", now=now)

    start_day = clock.local_day(clock.from_minute(start_minute), clock.zone(salon.zone))
    window = board.window(salon, start_day - timedelta(days=1), 2, now)
    if window is None:
        raise SlotTaken("beyond the days that can be booked")
    staff_ids = [offer.staff_id for offer in people]
    hours, taken = hot_reads.hours_and_taken(
        salon_id=salon.pk,
        staff_ids=staff_ids,
        first_day=window.first_day,
        last_day=window.last_day,
        from_minute=window.from_minute,
        to_minute=window.to_minute,
        now=now,
    )
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
    for stale in sorted(_ran_out(taken, spans)):
        drop_hold(stale, Status.EXPIRED, actor_kind=ActorKind.SYSTEM, reason="ran out", now=now)

    prices = _prices(people, [who for who, _ in assignment])
    booking = Booking.objects.create(
        key=key,
        reference=new_reference(),
        customer=customer,
        salon=salon,
        status=Status.HELD,
        starts_at=clock.from_minute(start_minute),
        ends_at=clock.from_minute(times[-1][0] + times[-1][1]),
        business_day=day,
        price=sum(prices),
        policy=promise(
            salon,
            sum(prices),
            parts=[Part(service_of(pick), price) for pick, price in zip(services, prices, strict=True)],
            seasons=[season for season in hours.terms if season.first_day <= day <= season.last_day],
        ),
        source=source,
        expires_at=expires_at,
        held_from=held_from,
        created_at=now,
    )
    BookingItem.objects.bulk_create(
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
        for position, (pick, (who, _), (at, minutes), price) in enumerate(
            zip(services, assignment, times, prices, strict=True)
        )
    )
    BusyTime.objects.bulk_create(busy_rows(booking, spans, held_until=expires_at))
    record(booking, "", actor_kind=ActorKind.GUEST, actor=customer, reason="", now=now)
    return booking


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


def _prices(people: Sequence[Offer], assigned: Sequence[int]) -> list[int]:
    """What each service costs with the person who does it."""
    prices = {offer.staff_id: offer.prices for offer in people}
    return [prices[who][index] or 0 for index, who in enumerate(assigned)]
