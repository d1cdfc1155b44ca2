"""What must be true of visits that went to another time. Reads only."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, F, OuterRef, Subquery

from salon.bookings.models import Booking, BookingEvent
from salon.payments import ledger
from salon.payments.models import Payment, PaymentState


def elsewhere(now: dt.datetime) -> int:  # noqa: ARG001 - all counters have one shape
    """Moved, and not at the time that its last move names."""
    last = BookingEvent.objects.filter(booking=OuterRef("pk"), moved_to__isnull=False).order_by("-pk")
    moved = Booking.objects.annotate(moved_to=Subquery(last.values("moved_to")[:1])).filter(moved_to__isnull=False)
    return moved.exclude(moved_to=F("starts_at")).count()


def paid_for_nothing(now: dt.datetime) -> int:  # noqa: ARG001
    """Money for a new time that did not move the visit there and is not on its way back."""
    moved = BookingEvent.objects.filter(booking=OuterRef("booking"), moved_to=OuterRef("moves_to__starts_at"))
    paid = Payment.objects.filter(~Exists(moved), moves_to__isnull=False, state=PaymentState.PAID)
    return sum(ledger.refundable(payment) > 0 for payment in paid)
