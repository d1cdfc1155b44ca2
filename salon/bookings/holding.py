"""Whether a deposit can be kept reserved on a card until a visit is over, as this installation is set up."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

MARGIN = timedelta(days=1)
"""Between the end of a visit and the end of a hold: for who marks the visit later, and for a guest who pays late."""


TAKES_AT_ONCE = frozenset({"stcpay"})
"""Methods of the form that cannot reserve."""


def offered() -> bool:
    """Only Moyasar's form can ask a bank to reserve: on the gateway's own page everything is taken at once."""
    return settings.MOYASAR_CHECKOUT == "form" and not set(settings.MOYASAR_METHODS) <= TAKES_AT_ONCE


def longest() -> timedelta:
    """How far ahead a visit may end so that its deposit is only reserved."""
    return timedelta(days=settings.MOYASAR_HOLD_DAYS) - MARGIN


def can_hold(ends_at: datetime, *, now: datetime) -> bool:
    """Whether a card that is asked now can be held to until this visit is over."""
    return offered() and ends_at <= now + longest()
