"""Taking a chair. The staff rows are the lock, the availability engine is the judge, the guard is the net."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from salon.accounts.models import User
from salon.bookings import seats
from salon.bookings.models import ActorKind, Booking, BookingItem, BusyTime, Source
from salon.bookings.moves import drop_hold, record
from salon.bookings.offers import Pick
from salon.bookings.policy import Terms
from salon.bookings.references import new_reference
from salon.bookings.seats import Seat
from salon.bookings.spans import busy_rows
from salon.bookings.states import Status
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
    people = seats.people(salon=salon, services=services, staff=staff, lock=True)
    if replaces is not None:
        drop_hold(replaces.pk, Status.CANCELLED, actor_kind=ActorKind.GUEST, actor=customer, reason="replaced", now=now)
    seat = seats.find(salon=salon, services=services, people=people, start_minute=start_minute, now=now)
    return keep(
        seat,
        salon=salon,
        key=key,
        customer=customer,
        held_from=held_from,
        policy=seat.terms,
        expires_at=expires_at,
        now=now,
        source=source,
    )


def keep(
    seat: Seat,
    *,
    salon: Salon,
    key: uuid.UUID,
    customer: User | None,
    held_from: str,
    policy: Terms,
    expires_at: datetime,
    now: datetime,
    source: Source = Source.WEB,
) -> Booking:
    """A new hold on a seat that was found under the lock of its staff rows. Four queries, more to clear its way."""
    require_transaction()
    clear(seat, now=now)
    booking = Booking.objects.create(
        key=key,
        reference=new_reference(),
        customer=customer,
        salon=salon,
        status=Status.HELD,
        starts_at=seat.starts_at,
        ends_at=seat.ends_at,
        business_day=seat.day,
        price=seat.price,
        policy=policy,
        source=source,
        expires_at=expires_at,
        held_from=held_from,
        created_at=now,
    )
    BookingItem.objects.bulk_create(seat.items(booking))
    BusyTime.objects.bulk_create(busy_rows(booking, seat.spans, held_until=expires_at))
    record(booking, "", actor_kind=ActorKind.GUEST, actor=customer, reason="", now=now)
    return booking


def clear(seat: Seat, *, now: datetime) -> None:
    """End the holds that ran out and still lie where the seat is."""
    for stale in sorted(seat.in_the_way):
        drop_hold(stale, Status.EXPIRED, actor_kind=ActorKind.SYSTEM, reason="ran out", now=now)
