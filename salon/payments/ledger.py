"""Money that truly moved, written once. Amounts in halalas; a sum of entries is a balance."""

from __future__ import annotations

import datetime as dt

from django.db.models import Sum

from salon.bookings.models import Booking
from salon.core.transactions import require_transaction
from salon.payments import invoices
from salon.payments.models import Checkout, EntryKind, LedgerEntry, Payment, RefundState

OPEN_REFUNDS = (RefundState.WANTED, RefundState.SENDING)
PROMISED = (*OPEN_REFUNDS, RefundState.STOPPED)
"""Refunds whose money is still with us and already the guest's."""


def balance(booking: Booking) -> int:
    """Halalas of this booking that are with us at this moment: all that came in less all that went back."""
    return LedgerEntry.objects.filter(payment__booking=booking).aggregate(sum=Sum("amount"))["sum"] or 0


def kept(payment: Payment) -> int:
    """Halalas of one payment that are with us."""
    return LedgerEntry.objects.filter(payment=payment).aggregate(sum=Sum("amount"))["sum"] or 0


def refundable(payment: Payment) -> int:
    """Halalas of one payment that the gateway can send back and that are not promised already.

    Nothing of what was taken at the counter: nobody can send it, it goes back by hand (`with_us`).
    """
    return 0 if payment.checkout == Checkout.COUNTER else with_us(payment)


def with_us(payment: Payment) -> int:
    """Halalas of one payment that are with us and not promised back, by an open or a stopped refund."""
    promised = payment.refunds.filter(state__in=PROMISED).aggregate(sum=Sum("amount"))["sum"] or 0
    return max(0, kept(payment) - promised)


def enter(payment: Payment, kind: EntryKind, *, ref: str, amount: int, now: dt.datetime, reason: str = "") -> bool:
    """Write one entry and issue its document; False if it was there already. `amount` is signed: money out is negative.

    Wants the caller's transaction and the payment's lock. `reason` is what a credit note says.
    """
    require_transaction()
    entry, new = LedgerEntry.objects.get_or_create(
        payment=payment, kind=kind, ref=ref[:80], defaults={"amount": amount, "at": now}
    )
    if new:
        invoices.issue_for(payment=payment, entry=entry, reason=reason, now=now)
    return new


def given_back(payment: Payment) -> int:
    """Halalas of one payment that went back, by us or at the gateway (a positive number).

    What was moved to another visit did not: the gateway knows nothing of it.
    """
    out = LedgerEntry.objects.filter(payment=payment, kind__in=[EntryKind.REFUND, EntryKind.EXTERNAL_REFUND])
    return -(out.aggregate(sum=Sum("amount"))["sum"] or 0)
