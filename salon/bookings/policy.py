"""What follows from the promise about money: what is due, until when cancelling is free, what goes back. Pure.

A salon may change its policy any day; a guest is bound by the words they read. So everything here asks the snapshot in
`Booking.policy` (made by `policy_terms.promise` when the chair is held), never the salon. Money in halalas: no answer
is negative, and nothing goes back that was not paid.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from salon.bookings.errors import NotOffered
from salon.bookings.policy_terms import (
    ALL,
    DEPOSIT,
    FULL,
    HOLD,
    LEAST_PAYMENT,
    NONE,
    Part,
    Terms,
    Usual,
    promise,
    read,
    usual,
)
from salon.core.money import Halalas, percent_of

__all__ = [
    "LEAST_PAYMENT",
    "Choice",
    "Move",
    "Part",
    "Terms",
    "Usual",
    "amount_due",
    "choices",
    "free_until",
    "kept_late",
    "move_due",
    "no_show_due",
    "no_show_from",
    "promise",
    "read",
    "refund_due",
    "usual",
]

Choice = Literal["none", "deposit", "full"]
"""How much the guest prepays."""

Snapshot = Terms | dict[str, Any]

_WAYS: dict[str, tuple[Choice, ...]] = {
    NONE: ("none",),
    DEPOSIT: ("deposit", "full"),
    FULL: ("full",),
    HOLD: ("deposit",),  # only the deposit is authorised: a hold on the whole price would empty a debit card
}


class Move(NamedTuple):
    """A visit moved: its new `terms` to be written, what is `due` now and what goes `back`. Halalas."""

    terms: Terms
    due: Halalas
    back: Halalas


def choices(policy: Snapshot) -> tuple[Choice, ...]:
    """The ways to pay a guest may choose from, the usual one first."""
    return _WAYS[read(policy)["prepayment"]]


def amount_due(policy: Snapshot, price: Halalas, choice: Choice) -> Halalas:
    """What is to be prepaid. Raises NotOffered for a choice these terms do not give.

    A deposit is at least what the gateway takes and never more than the price.
    """
    if choice not in choices(policy):
        raise NotOffered(f"prepaying {choice!r} is not among {choices(policy)}")
    if choice == "none":
        return 0
    if choice == "full":
        return price
    terms = read(policy)
    if terms["deposit"] is not None:
        return min(price, terms["deposit"])
    return min(price, max(LEAST_PAYMENT, percent_of(price, terms["deposit_percent"] or 0)))


def free_until(policy: Snapshot, starts_at: datetime) -> datetime:
    """The last moment at which the guest cancels free of charge (included)."""
    return starts_at - timedelta(minutes=read(policy)["free_minutes"])


def no_show_from(policy: Snapshot, starts_at: datetime) -> datetime:
    """From when on a guest who is not there has not come: the start and the grace that was promised."""
    return starts_at + timedelta(minutes=read(policy)["grace_minutes"])


def refund_due(policy: Snapshot, *, paid: Halalas, starts_at: datetime, now: datetime, by_salon: bool) -> Halalas:
    """What goes back of the `paid` balance when the visit is cancelled at `now`.

    All of it when the salon cancels, whenever that is. When the guest does: all in time, afterwards what the terms do
    not keep; what a late move has cost stays in either case.
    """
    if by_salon:
        return max(paid, 0)
    terms = read(policy)
    keeps = 0 if now <= free_until(policy, starts_at) else _kept(terms["late"], terms, paid)
    return max(0, paid - max(keeps, terms["bound"]))


def kept_late(policy: Snapshot, *, paid: Halalas) -> Halalas:
    """What stays of `paid` when the guest cancels after the deadline."""
    terms = read(policy)
    return min(max(paid, 0), max(_kept(terms["late"], terms, paid), terms["bound"]))


def no_show_due(policy: Snapshot, *, paid: Halalas) -> Halalas:
    """What goes back of the `paid` balance when the guest did not come. Never more than for a late cancellation."""
    terms = read(policy)
    return max(0, paid - max(_kept(terms["no_show"], terms, paid), terms["bound"]))


def move_due(
    old: Snapshot, new: Snapshot, *, paid: Halalas, price: Halalas, choice: Choice, starts_at: datetime, now: datetime
) -> Move:
    """A visit goes to another time or other services: its money moves along and only the difference is charged.

    `starts_at` is the old start; `new`, `price` and `choice` are of the visit as it will be. Due is what the new visit
    asks in advance and is not there yet. Back goes only what is more than the new visit costs: what was paid beyond its
    deposit stays paid towards it. Moved after the old deadline, the money that a cancellation would have cost stays
    bound: else moving far ahead and cancelling there would be a way around every deadline.
    """
    paid = max(paid, 0)
    bound = paid - refund_due(old, paid=paid, starts_at=starts_at, now=now, by_salon=False)
    terms: Terms = {**read(new), "bound": bound}
    due = max(0, amount_due(new, price, choice) - paid)
    return Move(terms, due, min(max(0, paid - price), paid - bound))


def _kept(what: str, terms: Terms, paid: Halalas) -> Halalas:
    if what == ALL:
        return max(paid, 0)
    return (terms["deposit"] or 0) if what == DEPOSIT else 0
