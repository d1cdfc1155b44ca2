"""Salon credit: money of a missed visit that stays with the salon, for the guest's next one there. Halalas.

The money stays in the ledger of the payment it came in with. Used, it leaves there (TRANSFER) and comes in with a
payment of the new visit, in one transaction: a credit note and an invoice go with it, and the sum of all stays.

A credit is worth what is left of it and still with us, and only while its own visit is over without having been: when
the salon corrects a no-show, the money pays for that visit again.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from salon.accounts.models import User
from salon.bookings.models import Booking
from salon.bookings.policy import read
from salon.bookings.states import CALLED_OFF, Status
from salon.core.transactions import require_transaction
from salon.payments import counter, ledger
from salon.payments.counter import TooMuch
from salon.payments.models import (
    Checkout,
    Credit,
    EntryKind,
    LedgerEntry,
    MethodKind,
    Payment,
    PaymentState,
    Refund,
)

MOVED = "It was moved to another visit."
"""The reason on the credit note; `invoice_sheet` says it in both languages."""

ENDED = frozenset({Status.NO_SHOW, *CALLED_OFF})


def keep(*, booking: Booking, now: dt.datetime) -> list[Credit]:
    """Make credit of what a visit that just ended leaves to it: once a payment, however often it is called.

    After a no-show, what the promise keeps, where it promised credit for it. After any end, what the promise gives back
    of money that was credit before. Call it after the refunds were ordered. A card that is still only reserved leaves
    nothing yet.
    """
    require_transaction()
    if booking.status not in ENDED or booking.customer_id is None:
        return []
    paid = Payment.objects.select_for_update().filter(booking=booking, state=PaymentState.PAID).order_by("pk")
    worth = {payment: ledger.with_us(payment) for payment in paid}
    if not any(worth.values()):
        return []
    all_of_it = booking.status == Status.NO_SHOW and read(booking.policy)["no_show_credit"]
    at_counter = sum(left for payment, left in worth.items() if payment.checkout == Checkout.COUNTER)
    online = sum(worth.values()) - at_counter + counter.reserved(booking)
    by_hand = counter.owed_by_hand(booking, online=online, at_counter=at_counter)
    made = []
    for payment in sorted(worth, key=lambda each: each.method_kind != MethodKind.CREDIT):  # credit goes back first
        owed = min(by_hand, worth[payment]) if payment.checkout == Checkout.COUNTER else 0
        by_hand -= owed
        amount = worth[payment] - owed if all_of_it else 0
        amount += owed if payment.method_kind == MethodKind.CREDIT else 0
        if amount:
            made.append(_credit_of(payment, booking, amount, now=now))
    return made


def _credit_of(payment: Payment, booking: Booking, amount: int, *, now: dt.datetime) -> Credit:
    whose = {"customer_id": booking.customer_id, "salon_id": booking.salon_id}
    return Credit.objects.get_or_create(payment=payment, defaults={**whose, "amount": amount, "created_at": now})[0]


def of_guest(booking: Booking) -> QuerySet[Credit]:
    """The credits that the guest of this booking has at its salon, spent ones among them, the oldest first."""
    mine = Credit.objects.filter(customer=booking.customer_id, salon=booking.salon_id).exclude(payment__booking=booking)
    return mine.select_related("payment__booking").order_by("created_at", "pk")


def left_of(credit: Credit) -> int:
    """What can be used of it now."""
    if credit.payment.booking.status not in ENDED:
        return 0
    return max(0, min(credit.amount - credit.used, ledger.with_us(credit.payment)))


def worth_to(booking: Booking) -> int:
    """What the guest of this booking could use of credit for it, read without locks. One query."""
    entries = LedgerEntry.objects.filter(payment=OuterRef("payment")).order_by().values("payment")
    promised = (
        Refund.objects.filter(payment=OuterRef("payment"), state__in=ledger.PROMISED).order_by().values("payment")
    )
    rows = (
        of_guest(booking)
        .filter(payment__booking__status__in=ENDED, used__lt=F("amount"))
        .annotate(
            kept=Coalesce(Subquery(entries.annotate(sum=Sum("amount")).values("sum")), 0),
            promised=Coalesce(Subquery(promised.annotate(sum=Sum("amount")).values("sum")), 0),
        )
    )
    return sum(max(0, min(each.amount - each.used, each.kept - each.promised)) for each in rows)


def available(every: Iterable[Credit]) -> int:
    """What can be used of them together."""
    return sum(left_of(each) for each in every)


def spend(*, booking: Booking, amount: int, key: uuid.UUID, recorded_by: User, now: dt.datetime) -> list[Payment]:
    """Pay `amount` of this visit from the guest's credit, the oldest first: a payment for each credit it takes.

    `booking` and the bookings that the credits come from are locked. The same key again gives the same payments.
    Raises TooMuch for more than is left of the credit or to pay, IllegalMove for a visit that takes no money.
    """
    require_transaction()
    mine = list(of_guest(booking).select_for_update(of=("self",)))
    if known := spent_by(key, booking=booking):
        return known
    counter.require_payable(booking)
    sources = {each.payment_id for each in mine}
    list(Payment.objects.filter(pk__in=sources).order_by("pk").select_for_update().values_list("pk"))
    most = min(available(mine), counter.left_to_pay(booking))
    if amount <= 0:
        raise ValueError("An amount is above zero.")
    if amount > most:
        raise TooMuch(most)
    made = []
    for credit in mine:
        part = min(amount, left_of(credit))
        if part:
            made.append(_move(credit, booking, part, key=_part_key(key, credit), recorded_by=recorded_by, now=now))
            amount -= part
    return made


def spent_by(key: uuid.UUID, *, booking: Booking) -> list[Payment]:
    """What a form with this key has paid of this visit already."""
    keys = [_part_key(key, credit) for credit in of_guest(booking)]
    return list(Payment.objects.filter(booking=booking, form_key__in=keys).order_by("pk"))


def _part_key(key: uuid.UUID, credit: Credit) -> uuid.UUID:
    return uuid.uuid5(key, f"credit {credit.pk}")


def _move(
    credit: Credit, booking: Booking, amount: int, *, key: uuid.UUID, recorded_by: User, now: dt.datetime
) -> Payment:
    Credit.objects.filter(pk=credit.pk).update(used=F("used") + amount)  # the database refuses an overdraft besides
    ledger.enter(credit.payment, EntryKind.TRANSFER, ref=f"to:{key}", amount=-amount, reason=MOVED, now=now)
    return counter.enter(
        booking=booking, amount=amount, method_kind=MethodKind.CREDIT, key=key, recorded_by=recorded_by, now=now
    )
