"""A visit goes to another time: its chairs, its services and its promise change together, its status stays."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F

from salon.accounts.models import User
from salon.bookings.errors import SlotTaken, StaleState
from salon.bookings.models import LONGEST_BUSY_MINUTES, ActorKind, Booking, BookingEvent, BookingItem, BusyTime
from salon.bookings.moves import drop_hold, record
from salon.bookings.policy import Terms
from salon.bookings.spans import Span, busy_rows
from salon.bookings.states import Status
from salon.core.transactions import require_transaction
from salon.salons.models import Salon


def moves_of(booking: Booking) -> int:
    """How often its time was changed. One query."""
    return BookingEvent.objects.filter(booking=booking, moved_to__isnull=False).count()


def answer_by(salon: Salon, starts_at: datetime, *, now: datetime) -> datetime:
    """When a salon that confirms by hand has to have answered a request for `starts_at`, asked `now`."""
    return min(now + timedelta(minutes=salon.approval_minutes), starts_at)


def relocate(
    booking: Booking,
    *,
    items: Sequence[BookingItem],
    spans: Sequence[Span],
    day: date,
    terms: Terms,
    actor_kind: ActorKind | str,
    actor: User | None,
    reason: str = "",
    now: datetime,
    **changes: Any,
) -> Booking:
    """Give `booking` the times, people and prices of `items`, which are its own services in their order.

    `booking` comes from `lock`, with the staff of `spans` locked as well and their chairs known to be free but for its
    own. A request begins its time to be answered anew. It compares and swaps on status and version, and brings
    `booking` itself up to date. Raises StaleState when somebody changed it in between, SlotTaken for other services;
    the guard's IntegrityError passes through.
    """
    require_transaction()
    own = list(booking.items.order_by("position"))
    if [(each.service_id, each.variant_id) for each in own] != [(each.service_id, each.variant_id) for each in items]:
        raise SlotTaken(f"the new time of {booking.reference} is for other services")
    before = booking.starts_at
    last = items[-1]
    changes |= {
        "starts_at": items[0].starts_at,
        "ends_at": last.starts_at + timedelta(minutes=last.minutes),
        "business_day": day,
        "price": sum(each.price for each in items),
        "policy": terms,
    }
    if booking.status == Status.REQUESTED:
        changes["expires_at"] = answer_by(booking.salon, items[0].starts_at, now=now)
    same = Booking.objects.filter(pk=booking.pk, status=booking.status, version=booking.version)
    if not same.update(version=F("version") + 1, **changes):
        raise StaleState(f"{booking.reference} is not in version {booking.version} any more")
    for name, value in changes.items():
        setattr(booking, name, value)
    booking.version += 1

    for mine, new in zip(own, items, strict=True):
        mine.staff_id, mine.starts_at, mine.minutes, mine.price = new.staff_id, new.starts_at, new.minutes, new.price
    BookingItem.objects.bulk_update(own, ["staff", "starts_at", "minutes", "price"])
    BusyTime.objects.filter(booking=booking).delete()
    BusyTime.objects.bulk_create(busy_rows(booking, spans, held_until=None))
    record(booking, booking.status, actor_kind=actor_kind, actor=actor, reason=reason, now=now, moved_from=before)
    return booking


def make_way(spans: Sequence[Span], *, apart_from: Collection[int] = (), now: datetime) -> None:
    """End the holds that ran out and lie where `spans` shall be. The staff rows are locked.

    Raises SlotTaken for anything else that is there; the bookings `apart_from` are not looked at.
    """
    for staff_id, start, end in spans:
        rivals = (
            BusyTime.objects.filter(
                staff_id=staff_id,
                start_minute__gt=start - LONGEST_BUSY_MINUTES,
                start_minute__lt=end,
                end_minute__gt=start,
            )
            .exclude(booking__in=apart_from)
            .order_by("booking_id")
        )
        for rival in list(rivals):
            if rival.held_until is None or rival.held_until > now:
                raise SlotTaken("the chair is somebody else's by now")
            drop_hold(rival.booking_id, Status.EXPIRED, actor_kind=ActorKind.SYSTEM, reason="ran out", now=now)


def overlap(booking: Booking, spans: Sequence[Span]) -> bool:
    """Whether a chair that `booking` keeps now reaches into `spans`. One query."""
    kept = BusyTime.objects.filter(booking=booking).values_list("staff_id", "start_minute", "end_minute")
    return any(
        who == staff_id and start < last and end > first for who, first, last in kept for staff_id, start, end in spans
    )
