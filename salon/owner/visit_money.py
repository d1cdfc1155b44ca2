"""The money of one visit as the office's page shows it: what it costs, who paid how, what went back, what is left."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Prefetch, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from salon.bookings.models import Booking
from salon.bookings.states import OPEN, Status
from salon.core.money import Halalas
from salon.owner.money_words import Badge, badge_of, story_of
from salon.payments import counter, credit, ledger
from salon.payments.counter import Part
from salon.payments.invoice_sheet import reason_in
from salon.payments.models import (
    Checkout,
    Credit,
    Discount,
    EntryKind,
    MethodKind,
    Payment,
    PaymentState,
    Refund,
    RefundState,
    Wish,
)

_LAST_FOUR = re.compile(r"\d{4}$", re.ASCII)
_SILENT = frozenset({PaymentState.CREATED, PaymentState.CANCELLED})
"""States of attempts that came to nothing and say nothing to the salon, unless money was reserved."""


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """One payment: `method` in words, a card's last `digits`, what of it `could` go back, what `moved` elsewhere."""

    payment: Payment
    method: str
    digits: str
    badge: Badge
    story: str
    could: Halalas
    moved: Halalas
    refunds: list[Refund]

    @property
    def counts(self) -> bool:
        """Whether its money is, or was, with the salon."""
        return self.payment.state == PaymentState.PAID

    @property
    def by_hand(self) -> bool:
        return self.payment.checkout == Checkout.COUNTER


@dataclass(frozen=True, slots=True)
class VisitMoney:
    """All of it. Amounts in halalas; `left` is None when nothing is expected any more."""

    price: Halalas
    discounts: list[Discount]
    lines: list[PaymentLine]
    refunds: list[Refund]
    paid: Halalas
    reserved: Halalas
    left: Halalas | None
    credit: Halalas
    """What the guest could use of credit for it."""
    credited: Halalas
    """What the missed visit has left to its guest as credit, and is not used yet."""
    is_owed: bool
    """Whether `left` is to be asked for: not once a visit is over and something of its money was given back."""
    owed_by_hand: Halalas
    """What of the money taken at the counter the promise owes back, now that the visit is over without having been."""
    could: dict[Payment, Halalas]

    @property
    def less(self) -> Halalas:
        """All that was taken off the price."""
        return sum(each.amount for each in self.discounts)

    @property
    def online(self) -> Halalas:
        """What could be sent back."""
        return sum(amount for payment, amount in self.could.items() if payment.checkout != Checkout.COUNTER)

    @property
    def at_counter(self) -> Halalas:
        """What could be handed back."""
        return self.returnable - self.online

    @property
    def returnable(self) -> Halalas:
        return sum(self.could.values())

    @property
    def sources(self) -> list[PaymentLine]:
        """Payments of which something could go back, the newest first."""
        return [line for line in reversed(self.lines) if line.could]


def money_of(booking: Booking, *, now: dt.datetime) -> VisitMoney:
    """Three queries: payments, refunds, discounts; one more where credit could be used, and for a visit that ended."""
    refunds = Refund.objects.select_related("requested_by").order_by("pk")
    payments = list(
        Payment.objects.filter(booking=booking)
        .select_related("recorded_by")
        .prefetch_related(Prefetch("refunds", refunds))
        .annotate(
            kept=Coalesce(Sum("entries__amount"), 0),
            moved=-Coalesce(Sum("entries__amount", filter=Q(entries__kind=EntryKind.TRANSFER)), 0),
        )
        .order_by("created_at", "pk")
    )
    discounts = list(Discount.objects.filter(booking=booking).select_related("granted_by").order_by("pk"))
    lines = [_line(payment, booking, now) for payment in payments if _is_shown(payment)]
    could = {line.payment: line.could for line in reversed(lines) if line.could}
    paid = sum(payment.kept for payment in payments)
    reserved = _reserved(payments)
    left = max(0, booking.price - sum(each.amount for each in discounts) - paid - reserved)
    expects = booking.status in OPEN or booking.status == Status.COMPLETED
    payable = booking.status in counter.PAYABLE
    money = VisitMoney(
        price=booking.price,
        discounts=discounts,
        lines=lines,
        refunds=[refund for line in lines for refund in line.refunds],
        paid=paid,
        reserved=reserved,
        left=left if expects else None,
        credit=credit.worth_to(booking) if payable and left else 0,
        credited=0,
        is_owed=booking.status in OPEN or (expects and not any(line.refunds for line in lines)),
        owed_by_hand=0,
        could=could,
    )
    if expects or not could:
        return money
    owed = counter.owed_by_hand(booking, online=money.online + reserved, at_counter=money.at_counter)
    return replace(money, owed_by_hand=owed, credited=_credited(booking, money))


def _credited(booking: Booking, money: VisitMoney) -> Halalas:
    every = Credit.objects.filter(payment__booking=booking)
    worth = {payment.pk: amount for payment, amount in money.could.items()}
    return sum(max(0, min(each.amount - each.used, worth.get(each.payment_id, 0))) for each in every)


def _is_shown(payment: Payment) -> bool:
    return payment.state not in _SILENT or payment.hold or bool(payment.kept)  # type: ignore[attr-defined]


def _reserved(payments: Iterable[Payment]) -> Halalas:
    held = [each for each in payments if each.state == PaymentState.AUTHORIZED and each.wish != Wish.VOID]
    return sum(each.wish_amount or each.amount for each in held)


def _line(payment: Payment, booking: Booking, now: dt.datetime) -> PaymentLine:
    payment.booking = booking
    mine = list(payment.refunds.all())
    for each in mine:
        each.why = reason_in(get_language() or "ar", each.reason)
    promised = sum(each.amount for each in mine if each.state in ledger.PROMISED)
    method, digits = method_of(payment)
    return PaymentLine(
        payment=payment,
        method=method,
        digits=digits,
        badge=badge_of(payment),
        story=story_of(payment, now=now),
        could=max(0, payment.kept - promised) if payment.state == PaymentState.PAID else 0,  # type: ignore[attr-defined]
        moved=payment.moved,  # type: ignore[attr-defined]
        refunds=[each for each in mine if each.state != RefundState.DROPPED],
    )


def method_of(payment: Payment) -> tuple[str, str]:
    """What was paid with, in words, and the last digits of its card."""
    known = payment.method_kind in MethodKind.values and payment.method_kind != MethodKind.OTHER
    name = str(MethodKind(payment.method_kind).label) if known else pgettext("means of payment", "online")
    found = _LAST_FOUR.search(payment.method)
    return name, found[0] if found else ""


def sentences(parts: list[Part]) -> list[dict[str, Any]]:
    """What a refund does, payment by payment: `text` with the amount in it, and whether somebody must hand it over."""
    told = []
    for part in parts:
        method, digits = method_of(part.payment)
        where = f"{method} {digits}".strip()
        told.append({"amount": part.amount, "by_hand": part.by_hand, "where": where, "text": _way(part)})
    return told


def _way(part: Part) -> str:
    if not part.by_hand:
        return _("It goes back to the card by itself. Banks usually take a few days.")
    if part.payment.method_kind == MethodKind.CARD_MACHINE:
        return _("Please give it back on the card machine now.")
    if part.payment.method_kind == MethodKind.CREDIT:
        return _("It was salon credit. Please hand it over in cash now.")
    return _("Please hand it over in cash now.")


def could_go_back(booking: Booking) -> dict[Payment, Halalas]:
    """What of each payment could be given back at this moment, the newest first."""
    return counter.returnable(Payment.objects.filter(booking=booking, state=PaymentState.PAID))
