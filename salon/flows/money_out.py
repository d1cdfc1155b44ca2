"""What the end of a visit, or its beginning, does to its money: what goes back, what is kept, what is taken at last.

Written in the transaction of the visit's own change; the gateway hears of it after the commit.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from salon.accounts.models import User
from salon.bookings.models import Booking
from salon.bookings.policy import no_show_due, refund_due
from salon.core.money import Halalas
from salon.flows import payment as paying
from salon.payments import counter, credit, holds
from salon.payments import domain as till
from salon.payments.ledger import refundable
from salon.payments.models import Payment


def take_reserved(booking: Booking, *, now: datetime) -> None:
    """The visit has begun: what was reserved for it is taken, but never more than it costs."""
    reserved = holds.undecided(booking)
    if reserved:
        left = max(0, booking.price - counter.discounted(booking) - till.balance(booking))
        _decide(reserved, left, now=now)


def give_back(booking: Booking, *, whole: bool, reason: str, actor: User | None, now: datetime) -> None:
    """Order what the promise of a booking that was called off owes of its money; with `whole` all of it."""

    def owed(paid: Halalas) -> Halalas:
        return refund_due(booking.policy, paid=paid, starts_at=booking.starts_at, now=now, by_salon=whole)

    _order(booking, owed, reason=reason, actor=actor, now=now)


def give_back_missed(booking: Booking, *, actor: User | None, now: datetime) -> None:
    """The same for a guest who did not come."""

    def owed(paid: Halalas) -> Halalas:
        return no_show_due(booking.policy, paid=paid)

    _order(booking, owed, reason="The guest did not come.", actor=actor, now=now)


def _order(
    booking: Booking, owed: Callable[[Halalas], Halalas], *, reason: str, actor: User | None, now: datetime
) -> None:
    """`owed` says what goes back of a sum. What is with us is kept first: to let go of a hold costs nobody a fee."""
    reserved = holds.undecided(booking)
    idle = sum(refundable(payment) for payment in booking.payments.all())
    there = idle + sum(payment.amount for payment in reserved)
    keep = there - owed(there)
    if idle > keep:
        till.order_refund(booking=booking, amount=idle - keep, reason=reason, requested_by=actor, now=now)
    _decide(reserved, max(0, keep - idle), now=now)
    credit.keep(booking=booking, now=now)


def _decide(reserved: list[Payment], take: Halalas, *, now: datetime) -> None:
    """Take so much of these holds together and let go of the rest, after the commit."""
    for payment in reserved:
        part = min(take, payment.amount)
        take -= part
        holds.wish(payment, take=part, now=now)
        paying.settle_soon(payment, now=now)
