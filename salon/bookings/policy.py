"""What was promised about money: a snapshot taken when the chair is held, and what follows from it. Pure.

A salon may change its policy any day; a guest is bound by the words they read. So rules here ask the snapshot in
`Booking.policy`, never the salon. Money in halalas.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal, TypedDict

from salon.bookings.errors import NotOffered
from salon.core.money import Halalas, percent_of
from salon.salons.models import Policy, Prepayment, Salon

Choice = Literal["none", "deposit", "full"]
"""How much the guest prepays."""

FREE_MINUTES: dict[str, int] = {
    Policy.FLEXIBLE: 4 * 60,
    Policy.STANDARD: 24 * 60,
    Policy.STRICT: 14 * 24 * 60,
}
"""Until how many minutes before the start cancelling is free of charge, for each preset."""

LEAST_PAYMENT: Halalas = 100
"""The gateway takes no less than one riyal."""


class Terms(TypedDict):
    """The snapshot: plain values, fit for JSON."""

    preset: str
    free_minutes: int
    prepayment: str
    deposit_percent: int


def promise(salon: Salon, price: Halalas) -> Terms:
    """The terms of `salon` as they are now, for a visit of `price`. Under a riyal there is nothing to prepay."""
    prepayment = salon.prepayment if price >= LEAST_PAYMENT else Prepayment.NONE
    return {
        "preset": str(salon.policy),
        "free_minutes": FREE_MINUTES[salon.policy],
        "prepayment": str(prepayment),
        "deposit_percent": salon.deposit_percent,
    }


def choices(policy: Terms | dict[str, Any]) -> tuple[Choice, ...]:
    """The ways to pay a guest may choose from, the usual one first."""
    offered: dict[str, tuple[Choice, ...]] = {
        Prepayment.NONE: ("none",),
        Prepayment.DEPOSIT: ("deposit", "full"),
        Prepayment.FULL: ("full",),
    }
    return offered[policy["prepayment"]]


def amount_due(policy: Terms | dict[str, Any], price: Halalas, choice: Choice) -> Halalas:
    """What is to be prepaid. Raises NotOffered for a choice these terms do not give.

    A deposit is at least what the gateway takes and never more than the price.
    """
    if choice not in choices(policy):
        raise NotOffered(f"prepaying {choice!r} is not among {choices(policy)}")
    if choice == "none":
        return 0
    if choice == "full":
        return price
    return min(price, max(LEAST_PAYMENT, percent_of(price, policy["deposit_percent"])))


def free_until(policy: Terms | dict[str, Any], starts_at: datetime) -> datetime:
    """The last moment at which the guest cancels free of charge (included)."""
    return starts_at - timedelta(minutes=policy["free_minutes"])


def refund_due(
    policy: Terms | dict[str, Any], *, paid: Halalas, starts_at: datetime, now: datetime, by_salon: bool
) -> Halalas:
    """What goes back of the `paid` balance when the visit is cancelled at `now`.

    All of it when the salon cancels, whenever that is, and when the guest does in time; nothing afterwards.
    """
    in_time = now <= free_until(policy, starts_at)
    return max(paid, 0) if by_salon or in_time else 0
