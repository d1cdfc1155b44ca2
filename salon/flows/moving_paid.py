"""The end of a move that had to be paid for, and what every move has in common."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction

from salon.bookings import domain
from salon.bookings.errors import BookingError, SlotTaken, StaleState
from salon.bookings.models import ActorKind, Booking
from salon.bookings.spans import spans_of
from salon.bookings.states import MOVABLE, Status
from salon.core.money import Halalas
from salon.notifications.models import Letter
from salon.notifications.outbox import overtake, tell_customer, tell_salon
from salon.payments import ledger
from salon.payments.models import Payment, PaymentState, Wish

logger = logging.getLogger("salon.flows.payment")


def with_us(payments: Iterable[Payment]) -> Halalas:
    """What moves along: money not promised back, and money that is reserved on a card and not let go."""
    return sum(each.amount if _is_reserved(each) else ledger.with_us(each) for each in payments)


def reserved(payments: Iterable[Payment]) -> Halalas:
    """What of it is only reserved."""
    return sum(each.amount for each in payments if _is_reserved(each))


def reserved_until(payments: Iterable[Payment]) -> datetime | None:
    """The moment at which the first reserved money of these would be lost; None when nothing is only reserved."""
    ends = [each.hold_ends_at for each in payments if _is_reserved(each) and each.hold_ends_at]
    return min(ends, default=None)


def _is_reserved(payment: Payment) -> bool:
    return payment.state == PaymentState.AUTHORIZED and payment.wish != Wish.VOID


def tell_of_move(booking: Booking, *, now: datetime) -> None:
    """The guest and the salon are told; letters that wait and name the old time are not sent any more."""
    overtake(booking=booking)
    tell_customer(Letter.MOVED, booking=booking, now=now)
    tell_salon(Letter.OWNER_MOVED, booking=booking, now=now)


def buys(booking: Booking, payment: Payment, *, now: datetime) -> bool:
    """Whether the money for a new time moves the visit there. False: it stays where it is."""
    try:
        with transaction.atomic():  # a savepoint: the guard may refuse the chair
            carry_out(booking=booking, payment=payment, now=now)
    except (BookingError, IntegrityError) as error:
        logger.info("payment %s came too late to move booking %s: %s", payment.pk, booking.reference, error)
        booking.refresh_from_db()
        return False
    return True


def carry_out(*, booking: Booking, payment: Payment, now: datetime) -> Booking:
    """Move `booking` to the chair that `payment` was opened for. Both bookings' chairs are locked by the caller.

    A hold that ran out takes its chair again if nothing has taken its place. Raises SlotTaken, StaleState for a booking
    that is not to come any more; the guard's IntegrityError passes through.
    """
    holds = Booking.objects.select_for_update(of=("self",), no_key=True).select_related("salon")
    hold = holds.get(pk=payment.moves_to_id)
    if booking.status not in MOVABLE:
        raise StaleState(f"{booking.reference} is {booking.status}")
    domain.require_promisable(hold, now=now)
    items = list(hold.items.select_related("service").order_by("position"))
    spans = spans_of(items)
    if hold.status == Status.HELD:
        domain.drop_hold(hold.pk, Status.CANCELLED, actor_kind=ActorKind.GUEST, reason="moved", now=now)
    elif hold.status != Status.EXPIRED:
        raise SlotTaken(f"{hold.reference} was given up: another time was chosen")
    elif hold.items.filter(staff__is_active=False).exists():
        raise SlotTaken(f"{hold.reference} was with somebody who has left")
    else:
        domain.make_way(spans, apart_from=[booking.pk], now=now)
    domain.relocate(
        booking,
        items=items,
        spans=spans,
        day=hold.business_day,
        terms=hold.policy,
        actor_kind=ActorKind.GUEST,
        actor=booking.customer,
        now=now,
        due_now=booking.due_now + payment.amount,
    )
    tell_of_move(booking, now=now)
    return booking
