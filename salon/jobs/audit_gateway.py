"""What the gateway and we should agree on, for `jobs.audit`. Reads only, and never asks the gateway itself.

That days are compared and webhooks come is asked of a real gateway alone: its stand-in need not run at night, and
need not send any.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db.models import Q

from salon.flows.day_check import bounds
from salon.flows.day_round import last_ready
from salon.payments.day_models import DayCheck, Finding
from salon.payments.models import Checkout, EntryKind, LedgerEntry, Payment, WebhookEvent

PATIENCE = dt.timedelta(hours=12)
"""How late the comparison of a day may be: the gateway may be down for a night."""

DAYS = 7

SILENCE = dt.timedelta(hours=24)
"""So long without a webhook while guests paid: their sender is turned off, unverified or cannot reach us."""

RETRIES = dt.timedelta(hours=4)
"""They try each webhook for so long: a payment younger than that may still be told of."""


def findings(now: dt.datetime) -> int:  # noqa: ARG001 - all counters have one shape
    """Findings of the daily comparison that neither closed by themselves nor were closed by an operator."""
    return Finding.objects.filter(resolved_at__isnull=True).count()


def not_compared(now: dt.datetime) -> int:
    """Days of the last week on which guests paid, and which nobody compared with the gateway since."""
    if not _real():
        return 0
    newest = last_ready(now - PATIENCE).date() - dt.timedelta(days=1)
    days = {newest - dt.timedelta(days=back) for back in range(DAYS)}
    days -= set(DayCheck.objects.filter(gateway=settings.PAYMENT_GATEWAY, day__in=days).values_list("day", flat=True))
    return sum(_paid_on(day) for day in days)


def webhooks_silent(now: dt.datetime) -> int:
    """1 when guests paid and no webhook told of it.

    Money is not lost by it, the page and the clock find every payment; but it is found later.
    """
    if not _real():
        return 0
    paid = LedgerEntry.objects.filter(
        kind=EntryKind.CAPTURE, payment__gateway=settings.PAYMENT_GATEWAY, at__gt=now - SILENCE, at__lte=now - RETRIES
    ).exclude(payment__checkout=Checkout.COUNTER)
    told = WebhookEvent.objects.filter(kind__startswith="payment_", received_at__gt=now - SILENCE - RETRIES)
    heard = told.exclude(outcome="of the other mode").exists()
    return int(paid.exists() and not heard)


def _real() -> bool:
    return settings.PAYMENT_GATEWAY != "simulator"


def _paid_on(day: dt.date) -> bool:
    start, end = bounds(day)
    begun = Q(gateway=settings.PAYMENT_GATEWAY, created_at__gte=start, created_at__lt=end)
    paid = Payment.objects.filter(begun, entries__kind=EntryKind.CAPTURE)
    return paid.exclude(checkout=Checkout.COUNTER).exists()
