"""What the daily list found and asking again did not put right. Never money: only a note for a person.

A finding is one row for a charge and a kind. It closes by itself once the gateway and the ledger agree, or an operator
closes it and says what was done; what an operator closed stays closed until something new is seen.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable

from django.conf import settings
from django.db.models import Q

from salon.accounts.models import User
from salon.payments.day_models import Finding, FindingKind
from salon.payments.models import Payment

logger = logging.getLogger("salon.payments.findings")

PUT_RIGHT = "put right by itself"
"""The resolution of a finding that nobody had to close."""


def note(
    *,
    kind: FindingKind,
    charge_id: str,
    payment: Payment | None,
    status: str,
    amount: int,
    currency: str,
    words: str,
    charged_at: dt.datetime | None,
    now: dt.datetime,
) -> Finding:
    """Write it down, or that it was seen again. `amount` is the charge's, in its smallest unit."""
    words = words[:300]
    seen = {"status": status[:20], "payment": payment, "note": words, "seen_at": now}
    row, new = Finding.objects.get_or_create(
        gateway=settings.PAYMENT_GATEWAY,
        charge_id=charge_id,
        kind=kind,
        defaults={**seen, "amount": amount, "currency": currency[:3], "charged_at": charged_at, "found_at": now},
    )
    if new:
        logger.error("charge %s: %s", charge_id, words)
        return row
    closed = Finding.objects.filter(pk=row.pk, resolved_at__isnull=False)
    if closed.filter(Q(resolution=PUT_RIGHT) | ~Q(note=words)).update(
        resolved_at=None, resolved_by=None, resolution="", found_at=now
    ):
        logger.error("charge %s, again: %s", charge_id, words)
    Finding.objects.filter(pk=row.pk).update(**seen)
    return row


def open_of(charge_ids: Iterable[str]) -> set[str]:
    """Which of these charges have something open."""
    mine = Finding.objects.filter(gateway=settings.PAYMENT_GATEWAY, resolved_at__isnull=True)
    return set(mine.filter(charge_id__in=list(charge_ids)).values_list("charge_id", flat=True))


def seen_since(*, charge_id: str, since: dt.datetime) -> bool:
    """Whether something about this charge was seen lately, and is not put right since."""
    seen = Finding.objects.filter(gateway=settings.PAYMENT_GATEWAY, charge_id=charge_id, seen_at__gte=since)
    return seen.exclude(resolution=PUT_RIGHT).exists()


def put_right(*, charge_id: str, now: dt.datetime, still: FindingKind | None = None) -> int:
    """Close what was found about a charge, but for a finding of the kind `still`. How many were open."""
    mine = Finding.objects.filter(gateway=settings.PAYMENT_GATEWAY, charge_id=charge_id, resolved_at__isnull=True)
    if still is not None:
        mine = mine.exclude(kind=still)
    return mine.update(resolved_at=now, resolution=PUT_RIGHT)


def looked_at(finding: Finding, *, now: dt.datetime) -> None:
    """It is as it was."""
    Finding.objects.filter(pk=finding.pk).update(seen_at=now)


def close(*, finding: Finding, by: User, words: str, now: dt.datetime) -> bool:
    """An operator looked and says what was done, or that it is not ours. False: it was closed already."""
    still_open = Finding.objects.filter(pk=finding.pk, resolved_at__isnull=True)
    return bool(still_open.update(resolved_at=now, resolved_by=by, resolution=words[:200]))
