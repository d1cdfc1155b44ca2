"""The salon's counter, told start to end: taking the rest, a discount, closing the visit, giving back, using credit.

Each verb is one transaction, tried again on deadlock, under the locks Staff, Booking, Payment. `seen` is what the page
said when the form was made, `key` is the form's own: whoever presses second, or twice, changes nothing. What a gateway
must send leaves after the commit.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from salon.accounts.models import User
from salon.bookings import domain, rules
from salon.bookings.errors import StaleState
from salon.bookings.models import ActorKind, Booking, BookingItem
from salon.bookings.states import Status
from salon.core.text import clean_line
from salon.core.transactions import durably
from salon.flows import money_out
from salon.payments import counter, credit
from salon.payments import domain as till
from salon.payments.models import Discount, Payment, PaymentState, Refund
from salon.salons.models import Staff


def take_payment(
    *, booking: Booking, amount: int, method_kind: str, seen: int, key: uuid.UUID, actor: User, now: datetime
) -> Payment:
    """Write down what was taken at the counter. `seen` is what was left to pay; `method_kind` cash or card machine.

    Raises StaleState when something was paid or discounted since, TooMuch for more than is left, IllegalMove.
    """

    def work() -> Payment:
        fresh, mine = domain.lock(booking), _own(key, booking)
        if not Payment.objects.filter(form_key=mine).exists():
            _as_seen(fresh, seen)
        return counter.record(
            booking=fresh, amount=amount, method_kind=method_kind, key=mine, recorded_by=actor, now=now
        )

    return durably(work)


def give_discount(
    *, booking: Booking, amount: int, reason: str, seen: int, key: uuid.UUID, actor: User, now: datetime
) -> Discount:
    """Take something off the price of this visit. Raises as `take_payment` does."""

    def work() -> Discount:
        fresh, mine = domain.lock(booking), _own(key, booking)
        if not Discount.objects.filter(key=mine).exists():
            _as_seen(fresh, seen)
        return counter.discount(
            booking=fresh, amount=amount, reason=clean_line(reason, 200), key=mine, granted_by=actor, now=now
        )

    return durably(work)


def close_visit(
    *, booking: Booking, method_kind: str, seen: int, key: uuid.UUID, actor: User, now: datetime
) -> Booking:
    """Take all that is left to pay, if anything is, and complete the visit: both or neither.

    What was reserved on the guest's card is taken too, as at every end of a visit.
    Raises StaleState when what is left is not what was `seen`, IllegalMove (`rules.complete`).
    """

    def work() -> Booking:
        fresh, mine = domain.lock(booking), _own(key, booking)
        if fresh.status == Status.COMPLETED and Payment.objects.filter(form_key=mine).exists():
            return fresh
        rules.complete(fresh, now)
        if counter.left_to_pay(fresh) != seen:
            raise StaleState(f"{fresh.reference}: not {seen} any more")
        domain.transition(fresh, Status.COMPLETED, actor_kind=ActorKind.SALON, actor=actor, now=now)
        money_out.take_reserved(fresh, now=now)
        if seen:
            counter.record(booking=fresh, amount=seen, method_kind=method_kind, key=mine, recorded_by=actor, now=now)
        return fresh

    return durably(work)


def refund(
    *,
    booking: Booking,
    amount: int,
    reason: str,
    only: uuid.UUID | None = None,
    seen: int,
    key: uuid.UUID,
    actor: User,
    now: datetime,
) -> list[Refund]:
    """Give `amount` back, from the newest payment to the oldest or from `only` one; a refund for each it touches.

    `seen` is what could be given back in all. What came through a gateway is sent back there after the commit, and by
    `tick` if that fails; what was taken at the counter was handed over, says who presses. Raises StaleState when
    somebody gave back or took something since, or a refund is being sent this second; TooMuch.
    """

    def work() -> list[Refund]:
        fresh, mine = domain.lock(booking), _own(key, booking)
        ordered = Refund.objects.filter(payment__booking=fresh, form_key=mine)
        if known := list(ordered.order_by("pk")):
            return known
        could = _returnable(fresh)
        if sum(could.values()) != seen:
            raise StaleState(f"{sum(could.values())} can be given back, not {seen}")
        why = clean_line(reason, 200)
        return [_give(part, why, mine, actor=actor, now=now) for part in counter.spread(amount, could, only=only)]

    try:
        return durably(work)
    except till.RefundInFlight as error:
        raise StaleState("a refund of this booking is being sent this second") from error


def use_credit(
    *, booking: Booking, amount: int, seen: int, key: uuid.UUID, actor: User, now: datetime
) -> list[Payment]:
    """Pay of this visit with the guest's credit at the salon. `seen` is what was left to pay. Raises as the others."""

    def work() -> list[Payment]:
        _lock_sources(booking)
        fresh, mine = domain.lock(booking), _own(key, booking)
        if not credit.spent_by(mine, booking=fresh):
            _as_seen(fresh, seen)
        return credit.spend(booking=fresh, amount=amount, key=mine, recorded_by=actor, now=now)

    return durably(work)


def _own(key: uuid.UUID, booking: Booking) -> uuid.UUID:
    """The form's key for this booking: one that was carried to another booking's form means another press."""
    return uuid.uuid5(key, f"booking {booking.pk}")


def _as_seen(booking: Booking, seen: int) -> None:
    """Whoever decided by an old page decides again. A second press is not asked: it is told what the first one did."""
    counter.require_payable(booking)
    if counter.left_to_pay(booking) != seen:
        raise StaleState(f"{booking.reference}: not {seen} any more")


def _returnable(booking: Booking) -> dict[Payment, int]:
    paid = Payment.objects.select_for_update().filter(booking=booking, state=PaymentState.PAID)
    return counter.returnable(paid.order_by("pk"))


def _give(part: counter.Part, reason: str, key: uuid.UUID, *, actor: User, now: datetime) -> Refund:
    asked = {"payment": part.payment, "amount": part.amount, "reason": reason, "now": now}
    if part.by_hand:
        return counter.hand_back(**asked, key=key, by=actor)
    ordered = till.order_refund_of(**asked, requested_by=actor)
    Refund.objects.filter(pk=ordered.pk).update(form_key=key)  # it may be one that waited already, and grew
    return ordered


def _lock_sources(booking: Booking) -> None:
    """The visits that the guest's credit comes from, and this one: all their chairs first, then all of them."""
    sources = credit.of_guest(booking).values_list("payment__booking_id", flat=True)
    every = sorted({booking.pk, *sources})
    chairs = BookingItem.objects.filter(booking__in=every).values("staff_id")
    list(Staff.objects.filter(pk__in=chairs).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    list(Booking.objects.filter(pk__in=every).order_by("pk").select_for_update(no_key=True).values_list("pk"))
