"""The truths about discounts and salon credit, for `jobs.audit`. Each counts the rows that break it."""

from __future__ import annotations

import datetime as dt

from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from salon.bookings.models import Booking
from salon.payments import ledger
from salon.payments.models import Credit, Discount, EntryKind, LedgerEntry, MethodKind, Refund


def over_the_price(now: dt.datetime) -> int:  # noqa: ARG001 - all counters have one shape
    """Discounts and money that stays with us are more than the visit costs.

    What is on its way back does not stay. A visit without a discount is the business of the truths about payments.
    """
    less = _sum(Discount.objects.filter(booking=OuterRef("pk")), "booking")
    with_us = _sum(LedgerEntry.objects.filter(payment__booking=OuterRef("pk")), "payment__booking")
    leaving = Refund.objects.filter(payment__booking=OuterRef("pk"), state__in=ledger.PROMISED)
    return (
        Booking.objects.filter(discounts__isnull=False)
        .annotate(sum=less + with_us - _sum(leaving, "payment__booking"))
        .filter(sum__gt=F("price"))
        .distinct()
        .count()
    )


def credit_and_ledger(now: dt.datetime) -> int:  # noqa: ARG001
    """Credits of which not the same is used as has moved, money that moved without a credit, or came in nowhere."""
    moved = LedgerEntry.objects.filter(kind=EntryKind.TRANSFER)
    used = Credit.objects.annotate(moved=-_sum(moved.filter(payment=OuterRef("payment")), "payment"))
    came = LedgerEntry.objects.filter(kind=EntryKind.CAPTURE, payment__method_kind=MethodKind.CREDIT)
    sums = [rows.aggregate(sum=Sum("amount"))["sum"] or 0 for rows in (moved, came)]
    strange = Credit.objects.exclude(Q(payment__booking__customer=F("customer"), payment__booking__salon=F("salon")))
    return (
        used.exclude(moved=F("used")).count()
        + moved.filter(payment__credit__isnull=True).count()
        + strange.count()
        + (sum(sums) != 0)
    )


def _sum(rows: object, group: str) -> Coalesce:
    """The sum of `amount` of a subquery's rows, 0 where there are none."""
    summed = rows.order_by().values(group).annotate(total=Sum("amount")).values("total")  # type: ignore[attr-defined]
    return Coalesce(Subquery(summed), 0)
