"""What of the till a person must look at. Reads only."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet

from salon.payments.day_models import Finding
from salon.payments.models import Payment, PaymentState, Refund, RefundState


def mismatched() -> QuerySet[Payment]:
    """The gateway took money for them that does not fit what was asked for."""
    return Payment.objects.filter(state=PaymentState.MISMATCH).select_related("booking__salon").order_by("-created_at")


def stopped() -> QuerySet[Refund]:
    """Refunds that did not go through, and that nobody sends again by himself."""
    rows = Refund.objects.filter(state=RefundState.STOPPED)
    return rows.select_related("payment__booking__salon").order_by("-created_at")


def found() -> QuerySet[Finding]:
    """What the daily comparison found and nobody has dealt with."""
    rows = Finding.objects.filter(resolved_at__isnull=True)
    return rows.select_related("payment__booking__salon").order_by("-found_at")


def overdue(*, now: dt.datetime) -> QuerySet[Payment]:
    """Reserved money whose time on the card is over: it should have been taken or released by now."""
    rows = Payment.objects.filter(state=PaymentState.AUTHORIZED, hold_ends_at__lte=now)
    return rows.select_related("booking__salon").order_by("hold_ends_at")


def of_payments(*, now: dt.datetime) -> Q:
    """The condition on payments: any of the above is about them."""
    return (
        Q(state=PaymentState.MISMATCH)
        | Q(state=PaymentState.AUTHORIZED, hold_ends_at__lte=now)
        | Q(pk__in=stopped().order_by().values("payment"))
        | Q(pk__in=found().filter(payment__isnull=False).order_by().values("payment"))
    )
