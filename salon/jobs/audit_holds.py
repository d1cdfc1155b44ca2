"""Truths about money that is only reserved on a card. Each counts the rows that break it; nothing here writes."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet, Sum

from salon.bookings.models import Booking, BookingEvent
from salon.bookings.states import Status
from salon.core.money import Halalas
from salon.payments.models import EntryKind, Payment, PaymentState

BEGUN_OR_OVER = (
    *(Status.ARRIVED, Status.COMPLETED, Status.NO_SHOW),
    *(Status.CANCELLED, Status.DECLINED, Status.EXPIRED),
)

PATIENCE = dt.timedelta(days=1)


def undecided(now: dt.datetime) -> int:  # noqa: ARG001 - all counters have one shape
    """The visit began or is over, and nothing was decided about what is reserved for it."""
    return Payment.objects.filter(state=PaymentState.AUTHORIZED, wish="", booking__status__in=BEGUN_OR_OVER).count()


def outlived(now: dt.datetime) -> int:
    """Called reserved a day after we stopped counting on it, or without an end, or though it was to be paid."""
    held = Payment.objects.filter(state=PaymentState.AUTHORIZED)
    over = held.filter(hold_ends_at__lt=now - PATIENCE).count()
    return over + held.filter(hold_ends_at=None).count() + held.filter(hold=False).count()


def entered(now: dt.datetime) -> int:  # noqa: ARG001
    """In the ledger although it is only reserved, or more was taken than was ever reserved."""
    reserved = Payment.objects.filter(state=PaymentState.AUTHORIZED, entries__isnull=False)
    taken = Payment.objects.filter(hold=True, entries__kind=EntryKind.CAPTURE).annotate(came=Sum("entries__amount"))
    return reserved.count() + sum(payment.came > payment.amount for payment in taken)


def secured(booking: Booking) -> Halalas:
    """Halalas that were reserved for a booking at some time, whatever became of them."""
    held = Payment.objects.filter(booking=booking, hold_ends_at__isnull=False)
    return held.aggregate(sum=Sum("amount"))["sum"] or 0


def at_stake(booking: Booking, end: BookingEvent) -> Halalas:
    """Halalas that were still only reserved when a booking ended: what is kept of them was taken afterwards."""
    held: QuerySet[Payment] = Payment.objects.filter(booking=booking, hold_ends_at__isnull=False).exclude(wish="")
    before = held.filter(entries__kind=EntryKind.CAPTURE, entries__at__lt=end.at)
    return held.exclude(pk__in=before.values("pk")).aggregate(sum=Sum("amount"))["sum"] or 0
