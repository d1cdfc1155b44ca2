"""The one way a status changes, and what a status does to the chair."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F

from salon.accounts.models import User
from salon.bookings.errors import StaleState
from salon.bookings.models import ActorKind, Booking, BookingEvent, BusyTime
from salon.bookings.rules import known_move
from salon.bookings.states import OCCUPYING, Status
from salon.core.transactions import require_transaction


def transition(
    booking: Booking,
    to: Status | str,
    *,
    actor_kind: ActorKind | str,
    actor: User | None = None,
    reason: str = "",
    now: datetime,
    **changes: Any,
) -> Booking:
    """Move `booking` to another status, write the event, and free its chairs when the new status keeps none.

    The only writer of `Booking.status`. `changes` are further columns that change with it. It compares and swaps on
    the status and version that `booking` was read with, then brings `booking` itself up to date and gives it back.
    Raises IllegalMove for a move that the table does not have, StaleState when somebody moved it in between.
    """
    require_transaction()
    to, old = Status(to), Status(booking.status)
    known_move(booking, to)
    if to == Status.CONFIRMED:
        changes["expires_at"] = None
    moved = Booking.objects.filter(pk=booking.pk, status=old, version=booking.version).update(
        status=to, version=F("version") + 1, **changes
    )
    if not moved:
        raise StaleState(f"{booking.reference} is not {old} in version {booking.version} any more")
    for name, value in changes.items():
        setattr(booking, name, value)
    booking.status, booking.version = to, booking.version + 1
    record(booking, old, actor_kind=actor_kind, actor=actor, reason=reason, now=now)
    if to not in OCCUPYING:
        BusyTime.objects.filter(booking=booking).delete()
    elif old == Status.HELD:
        BusyTime.objects.filter(booking=booking).update(held_until=None)
    return booking


def record(
    booking: Booking,
    old: Status | str,
    *,
    actor_kind: ActorKind | str,
    actor: User | None,
    reason: str,
    now: datetime,
    moved_from: datetime | None = None,
) -> None:
    """Write what just happened to `booking`; `old` is "" for a new one, `moved_from` its start before a move."""
    BookingEvent.objects.create(
        booking=booking,
        at=now,
        actor_kind=actor_kind,
        actor=actor,
        old_status=old,
        new_status=booking.status,
        reason=reason[:200],
        moved_from=moved_from,
        moved_to=booking.starts_at if moved_from else None,
    )


def drop_hold(
    pk: int, to: Status, *, actor_kind: ActorKind | str, actor: User | None = None, reason: str, now: datetime
) -> Booking | None:
    """End a hold as EXPIRED or CANCELLED and free its chairs; None when it is not a hold any more.

    A hold that was never placed forgets who looked: what somebody considered is nobody's business, and "my bookings"
    shows what was booked. Anything prepaid is the caller's.
    """
    require_transaction()
    held = Booking.objects.select_for_update(no_key=True).filter(pk=pk, status=Status.HELD).first()
    if held is None:
        return None
    changes = {} if was_placed(held) else {"customer": None}
    return transition(held, to, actor_kind=actor_kind, actor=actor, reason=reason, now=now, **changes)


def was_placed(booking: Booking) -> bool:
    """Whether a guest has confirmed it: a hold only then waits for money, anything else only then came to be."""
    return booking.status != Status.HELD or booking.due_now > 0
