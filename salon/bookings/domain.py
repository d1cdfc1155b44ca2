"""The verbs of the chair. Each wants its caller's transaction; order, letters and money are the flows'.

Lock order, everywhere: staff rows sorted by key, then the booking, then its payments.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q

from salon.accounts.models import User
from salon.bookings.errors import IllegalMove, SlotTaken
from salon.bookings.models import ActorKind, Booking, BookingItem, BusyTime
from salon.bookings.moves import drop_hold, transition, was_placed
from salon.bookings.moving import answer_by, make_way, relocate
from salon.bookings.reserve import clear, keep, reserve
from salon.bookings.spans import busy_rows, spans_of
from salon.bookings.states import Status
from salon.core.transactions import require_transaction
from salon.salons.models import SalonStatus, Staff

__all__ = [
    "clear",
    "drop_hold",
    "extend_hold",
    "keep",
    "lock",
    "make_way",
    "promise_chair",
    "relocate",
    "require_promisable",
    "reserve",
    "transition",
    "was_placed",
]


def lock(booking: Booking, *, other: int | None = None, staff_ids: Collection[int] = ()) -> Booking:
    """The booking as it is now; nobody else changes it or takes its chairs until the transaction ends. Two queries.

    With `other` the chairs of that booking are locked too, with `staff_ids` those of these people, all in one order.
    Its salon and customer are loaded with it. Raises Booking.DoesNotExist.
    """
    require_transaction()
    chairs = BookingItem.objects.filter(booking__in=[booking.pk, other or booking.pk]).values("staff_id")
    wanted = Q(pk__in=chairs) | Q(pk__in=list(staff_ids))
    # Read for its lock only. SQLite has none to take: the IMMEDIATE transaction is the lock.
    list(Staff.objects.filter(wanted).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    # No key: at a commit PostgreSQL looks whether a new document's booking is there, which must not wait for this lock.
    rows = Booking.objects.select_for_update(of=("self",), no_key=True).select_related("salon", "customer")
    return rows.get(pk=booking.pk)


def promise_chair(
    booking: Booking,
    *,
    now: datetime,
    actor_kind: ActorKind | str = ActorKind.SYSTEM,
    actor: User | None = None,
    reason: str = "",
    **changes: Any,
) -> Booking:
    """A hold becomes CONFIRMED, or REQUESTED where the salon confirms by hand. `booking` comes from `lock`.

    An EXPIRED one, paid late, takes its chair again first. Raises SlotTaken when the chair has gone, the time has come
    or the salon was taken off the site, IllegalMove for any other status.
    """
    require_transaction()
    if booking.status not in {Status.HELD, Status.EXPIRED}:
        raise IllegalMove(f"{booking.reference} is {booking.status}: there is no chair to promise")
    require_promisable(booking, now=now)
    if booking.status == Status.EXPIRED:
        _take_again(booking, now=now)
    to = Status.CONFIRMED
    if booking.salon.manual_approval:
        to = Status.REQUESTED
        changes["expires_at"] = answer_by(booking.salon, booking.starts_at, now=now)
    return transition(booking, to, actor_kind=actor_kind, actor=actor, reason=reason, now=now, **changes)


def require_promisable(booking: Booking, *, now: datetime) -> None:
    """The visit is still ahead and its salon still on the site, or SlotTaken. No query after `lock`."""
    if booking.starts_at <= now:
        raise SlotTaken(f"{booking.reference} should have begun by now")
    if booking.salon.status != SalonStatus.PUBLISHED:
        raise SlotTaken(f"the salon of {booking.reference} is {booking.salon.status}")


def extend_hold(booking: Booking, *, expires_at: datetime, **changes: Any) -> Booking:
    """Keep a locked hold until `expires_at`, once: a second call changes only `changes`. Its busy time follows."""
    require_transaction()
    if not booking.hold_extended:
        changes |= {"expires_at": expires_at, "hold_extended": True}
        BusyTime.objects.filter(booking=booking).update(held_until=expires_at)
    for name, value in changes.items():
        setattr(booking, name, value)
    booking.save(update_fields=list(changes))
    return booking


def _take_again(booking: Booking, *, now: datetime) -> None:
    """Write the busy rows that expiry deleted, if nothing has taken their place. The staff rows are locked."""
    if booking.items.filter(staff__is_active=False).exists():
        raise SlotTaken(f"{booking.reference} was with somebody who has left")
    spans = spans_of(list(booking.items.select_related("service").order_by("position")))
    make_way(spans, now=now)
    BusyTime.objects.bulk_create(busy_rows(booking, spans, held_until=None))
