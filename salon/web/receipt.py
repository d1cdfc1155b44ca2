"""What one visit cost its guest, line by line: the price, what came off it, what was paid, reserved and given back.

Reads only. Amounts are halalas and positive; `Line.sign` says which way the money went.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

from django.db.models import F
from django.utils.translation import gettext, pgettext

from salon.bookings.models import Booking
from salon.bookings.states import Status
from salon.core import clock
from salon.core.money import Halalas
from salon.core.templatetags import salon as words
from salon.payments import credit
from salon.payments.invoice_models import code_of
from salon.payments.models import (
    Checkout,
    Credit,
    Discount,
    EntryKind,
    LedgerEntry,
    MethodKind,
    Payment,
    PaymentState,
    Refund,
    RefundState,
    Wish,
)

_PAYABLE = frozenset({Status.REQUESTED, Status.CONFIRMED, Status.ARRIVED})
_NO_CARD = frozenset({MethodKind.CASH, MethodKind.CREDIT})
_WENT_BACK = frozenset({EntryKind.REFUND, EntryKind.EXTERNAL_REFUND})
_LAST_FOUR = re.compile(r"\d{4}$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """One movement of money, or one promise of it. `digits` are a card's last four, `note` says when or why."""

    label: str
    amount: Halalas
    sign: Literal["in", "out", "off", "kept"]
    """Paid; given back or on its way; taken off the price; only reserved."""
    note: str = ""
    digits: str = ""
    document: str = ""
    """The number of its invoice, receipt or credit note."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """All money of one visit. `paid` is with us, `going_back` is still to leave, `reserved` is only on the card."""

    price: Halalas
    lines: list[Line]
    paid: Halalas
    going_back: Halalas
    gone_back: Halalas
    """What has arrived on the card."""
    reserved: Halalas
    at_counter: Halalas
    """What of `paid` was taken at the salon: no card gets it back."""
    left: Halalas
    """What is to be paid at the salon, once all that is reserved was taken."""
    is_owed: bool
    """Whether `left` is still to be spoken of: the visit is to come, or going on."""
    credit: Halalas
    """What a missed visit has left for a later one at this salon and is not used."""

    @property
    def documents(self) -> list[str]:
        """The oldest first."""
        return [line.document for line in self.lines if line.document]


def receipt_of(booking: Booking) -> Receipt:
    """Four queries: ledger, refunds on their way, reserved money, discounts; and credit once the visit has ended."""
    zone = booking.salon.zone
    entries = list(
        LedgerEntry.objects.filter(payment__booking=booking)
        .order_by("pk")
        .values(
            "kind", "amount", "at", "payment__checkout", "payment__method", "payment__method_kind",
            document_kind=F("invoice__kind"), document_number=F("invoice__number"),
        )
    )  # fmt: skip
    # One that an operator gave up is on its way no more; what was sent back by hand instead is in the ledger.
    on_the_way = (
        Refund.objects.filter(payment__booking=booking)
        .exclude(state__in=[RefundState.DONE, RefundState.DROPPED])
        .order_by("created_at", "pk")
    )
    waiting = list(on_the_way.values_list("amount", "state", "created_at"))
    held = list(Payment.objects.filter(booking=booking, state=PaymentState.AUTHORIZED).order_by("created_at"))
    off = list(Discount.objects.filter(booking=booking).values_list("amount", "reason"))
    is_owed = booking.status in _PAYABLE
    paid = sum(entry["amount"] for entry in entries)
    reserved = sum(each.wish_amount or each.amount for each in held if each.wish != Wish.VOID)
    price = booking.price
    return Receipt(
        price=price,
        lines=[
            *(Line(gettext("Discount"), amount, "off", reason) for amount, reason in off),
            *(_moved(entry, zone) for entry in entries),
            *(_held(payment, zone) for payment in held),
            *(_waiting(amount, state, at, zone) for amount, state, at in waiting),
        ],
        paid=paid,
        going_back=sum(amount for amount, *_rest in waiting),
        gone_back=-sum(entry["amount"] for entry in entries if _returned_to_card(entry)),
        reserved=reserved,
        at_counter=sum(entry["amount"] for entry in entries if entry["payment__checkout"] == Checkout.COUNTER),
        left=max(0, price - sum(amount for amount, _reason in off) - paid - reserved),
        is_owed=is_owed,
        credit=0 if is_owed else _credit(booking),
    )


def _credit(booking: Booking) -> Halalas:
    """What its money has become of credit, as far as it is not used."""
    mine = Credit.objects.filter(payment__booking=booking, customer=booking.customer_id)
    return credit.available(mine.select_related("payment__booking"))


def _returned_to_card(entry: dict) -> bool:
    return entry["kind"] in _WENT_BACK and entry["payment__checkout"] != Checkout.COUNTER


def _moved(entry: dict, zone: str) -> Line:
    """Money that truly moved."""
    kind, at_counter = entry["kind"], entry["payment__checkout"] == Checkout.COUNTER
    document = code_of(entry["document_kind"], entry["document_number"]) if entry["document_number"] else ""
    when = _when(entry["at"], zone)
    method, digits = _method(entry["payment__method_kind"], entry["payment__method"])
    if kind == EntryKind.CAPTURE:
        return Line(_paid_by(method, entry["payment__method_kind"]), entry["amount"], "in", when, digits, document)
    if kind not in _WENT_BACK:
        return Line(gettext("Moved to another visit"), -entry["amount"], "out", when, document=document)
    label = gettext("Given back at the salon") if at_counter else gettext("Returned to the card")
    return Line(label, -entry["amount"], "out", when, "" if at_counter else digits, document)


def _held(payment: Payment, zone: str) -> Line:
    """Money that is reserved on a card, and what is about to become of it."""
    _name, digits = _method(payment.method_kind, payment.method)
    if payment.wish == Wish.VOID:
        note = gettext("It is being released. Nothing is charged.")
    elif payment.wish == Wish.CAPTURE:
        note = gettext("It is being charged now.")
    elif payment.hold_ends_at:
        note = gettext("Not charged yet. Reserved until %(day)s at most.") % {"day": _day(payment.hold_ends_at, zone)}
    else:
        note = gettext("Not charged yet.")
    return Line(gettext("Reserved on the card"), payment.wish_amount or payment.amount, "kept", note, digits)


def _waiting(amount: Halalas, state: str, at: dt.datetime, zone: str) -> Line:
    if state == RefundState.STOPPED:
        note = gettext("It was held up. Our team is seeing to it; nothing needs to be done.")
        return Line(gettext("On its way back"), amount, "out", note)
    return Line(gettext("On its way back to the card"), amount, "out", _when(at, zone))


def _paid_by(method: str, kind: str) -> str:
    if kind == MethodKind.CREDIT:
        return gettext("Paid from salon credit")
    if kind == MethodKind.CASH:
        return gettext("Paid in cash")
    if kind == MethodKind.CARD_MACHINE:
        return gettext("Paid by card at the salon")
    return gettext("Paid with %(method)s") % {"method": method}


def _method(kind: str, method: str) -> tuple[str, str]:
    """The name of what was paid with, and the last digits of its card."""
    known = kind in MethodKind.values and kind != MethodKind.OTHER
    name = str(MethodKind(kind).label) if known else pgettext("means of payment", "card")
    found = _LAST_FOUR.search(method)
    return name, found[0] if found and kind not in _NO_CARD else ""


def _when(moment: dt.datetime, zone: str) -> str:
    local = clock.zone(zone)
    return gettext("%(day)s, %(time)s") % {"day": _day(moment, zone), "time": words.clock_time(moment, local)}


def _day(moment: dt.datetime, zone: str) -> str:
    return words.day_dated(moment, clock.zone(zone))
