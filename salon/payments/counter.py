"""What happens with money at the salon's counter: the rest is taken, a discount given, money handed back. Halalas.

No gateway hears of any of it. Every verb wants the caller's transaction and the booking's lock; pressed twice with the
same form key it does its work once.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from salon.accounts.models import User
from salon.bookings.errors import IllegalMove
from salon.bookings.models import ActorKind, Booking
from salon.bookings.policy import no_show_due, refund_due
from salon.bookings.states import CALLED_OFF, Status
from salon.core.transactions import require_transaction
from salon.payments import ledger
from salon.payments.models import (
    Checkout,
    Discount,
    EntryKind,
    MethodKind,
    Payment,
    PaymentState,
    Refund,
    RefundState,
    Wish,
)

GATEWAY = "counter"
"""In `Payment.gateway`: none of those that can be asked."""

TAKEN_AT_COUNTER = (MethodKind.CASH, MethodKind.CARD_MACHINE)

PAYABLE = frozenset({Status.CONFIRMED, Status.ARRIVED, Status.COMPLETED})
"""Visits that are or will be: for them money is taken and discounts are given."""


class TooMuch(ValueError):  # noqa: N818 - it reads as a fact, as the domain errors do
    """More than is `left`: to pay, to discount, to hand back or of a credit. Halalas."""

    def __init__(self, left: int) -> None:
        """Say what would have been possible."""
        super().__init__(f"only {left} halalas are left")
        self.left = left


def require_payable(booking: Booking) -> None:
    """Raises IllegalMove for a visit that is only asked for, was called off or missed."""
    if booking.status not in PAYABLE:
        raise IllegalMove(
            _("A booking that is “%(status)s” takes no payment.") % {"status": Status(booking.status).label}
        )


def discounted(booking: Booking) -> int:
    """All that was taken off the price."""
    return Discount.objects.filter(booking=booking).aggregate(sum=Sum("amount"))["sum"] or 0


def reserved(booking: Booking) -> int:
    """What is reserved on a card and will be taken: it is not with us yet, and nobody is to pay it twice."""
    held = Payment.objects.filter(~Q(wish=Wish.VOID), booking=booking, state=PaymentState.AUTHORIZED)
    return held.aggregate(sum=Sum(Coalesce("wish_amount", "amount")))["sum"] or 0


def left_to_pay(booking: Booking) -> int:
    """What the guest still owes for this visit: the price less discounts, money with us and money reserved."""
    return max(0, booking.price - discounted(booking) - ledger.balance(booking) - reserved(booking))


def record(
    *, booking: Booking, amount: int, method_kind: str, key: uuid.UUID, recorded_by: User | None, now: dt.datetime
) -> Payment:
    """Write down what was taken in cash or by the salon's own card machine, with its invoice or receipt.

    The same key again is the same payment. Raises TooMuch for more than is left to pay, ValueError for another method,
    IllegalMove for a visit that takes no money.
    """
    require_transaction()
    if method_kind not in TAKEN_AT_COUNTER:
        raise ValueError(f"{method_kind!r} is not taken at the counter")
    if (known := Payment.objects.filter(form_key=key, booking=booking).first()) is not None:
        return known
    require_payable(booking)
    _within(amount, left_to_pay(booking))
    return enter(booking=booking, amount=amount, method_kind=method_kind, key=key, recorded_by=recorded_by, now=now)


def enter(
    *, booking: Booking, amount: int, method_kind: str, key: uuid.UUID, recorded_by: User | None, now: dt.datetime
) -> Payment:
    """The payment's row and its ledger entry, with whatever document that wants. What is right was looked at before."""
    payment = Payment.objects.create(
        booking=booking,
        amount=amount,
        state=PaymentState.PAID,
        gateway=GATEWAY,
        checkout=Checkout.COUNTER,
        method_kind=method_kind,
        form_key=key,
        recorded_by=recorded_by,
        expires_at=now,
        created_at=now,
    )
    ledger.enter(payment, EntryKind.CAPTURE, ref=f"counter:{payment.pk}", amount=amount, now=now)
    return payment


def discount(
    *, booking: Booking, amount: int, reason: str, key: uuid.UUID, granted_by: User, now: dt.datetime
) -> Discount:
    """Take something off the price, for a reason, as far as it is not paid yet. It is never taken back.

    The same key again is the same discount. Raises TooMuch, ValueError without a reason, IllegalMove.
    """
    require_transaction()
    if not reason.strip():
        raise ValueError("A discount wants a reason.")
    if (known := Discount.objects.filter(key=key, booking=booking).first()) is not None:
        return known
    require_payable(booking)
    _within(amount, left_to_pay(booking))
    return Discount.objects.create(
        booking=booking, amount=amount, reason=reason[:200], key=key, granted_by=granted_by, at=now
    )


def hand_back(
    *, payment: Payment, amount: int, reason: str, key: uuid.UUID | None, by: User | None, now: dt.datetime
) -> Refund:
    """Write down that `amount` of a payment at the counter was given back by hand. `payment` is locked.

    Raises TooMuch for more than is with us, ValueError for a payment of a gateway: that money is sent, not handed.
    """
    require_transaction()
    if payment.checkout != Checkout.COUNTER:
        raise ValueError(f"{payment.pk} goes back through its gateway")
    _within(amount, ledger.with_us(payment))
    refund = Refund.objects.create(
        payment=payment,
        amount=amount,
        reason=reason[:200],
        state=RefundState.DONE,
        form_key=key,
        requested_by=by,
        created_at=now,
        done_at=now,
    )
    ledger.enter(payment, EntryKind.REFUND, ref=f"refund:{refund.pk}", amount=-amount, reason=reason[:200], now=now)
    return refund


def _within(amount: int, left: int) -> None:
    if amount <= 0:
        raise ValueError("An amount is above zero.")
    if amount > left:
        raise TooMuch(left)


class Part(NamedTuple):
    """What of one payment goes back, and whether by hand."""

    payment: Payment
    amount: int

    @property
    def by_hand(self) -> bool:
        return self.payment.checkout == Checkout.COUNTER


def returnable(payments: Iterable[Payment]) -> dict[Payment, int]:
    """What of each payment could be given back, those with nothing left out; the newest first."""
    newest_first = sorted(payments, key=lambda payment: (payment.created_at, payment.pk), reverse=True)
    return {payment: left for payment in newest_first if (left := ledger.with_us(payment)) > 0}


def spread(amount: int, could: dict[Payment, int], *, only: uuid.UUID | None = None) -> list[Part]:
    """From which payments `amount` goes back, the newest first, or from `only` one. Raises TooMuch, ValueError."""
    could = {payment: left for payment, left in could.items() if only is None or payment.pk == only}
    _within(amount, sum(could.values()))
    parts = []
    for payment, left in could.items():
        if amount:
            parts.append(Part(payment, min(amount, left)))
            amount -= parts[-1].amount
    return parts


def owed_by_hand(booking: Booking, *, online: int, at_counter: int) -> int:
    """What the promise of a visit that ended without one owes of the money taken at the counter. One query.

    It owes a sum of all that was paid; what the gateway sends back of its own share was ordered when the visit ended,
    the rest of that sum must be handed over. `online` and `at_counter` are with us now; what is kept is online first.
    """
    end = booking.events.filter(new_status=booking.status).order_by("-pk").first()
    if end is None or not at_counter:
        return 0
    if booking.status == Status.NO_SHOW:
        owed = partial(no_show_due, booking.policy)
    elif booking.status in CALLED_OFF:
        whole = end.actor_kind != ActorKind.GUEST or end.old_status != Status.CONFIRMED
        owed = partial(refund_due, booking.policy, starts_at=booking.starts_at, now=end.at, by_salon=whole)
    else:
        return 0
    return min(at_counter, owed(paid=online + at_counter) - owed(paid=online))
