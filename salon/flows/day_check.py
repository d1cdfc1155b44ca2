"""The daily list: every charge that the gateway made on one day, beside what the ledger says.

It finds what no page, no webhook and no question about a payment of ours could tell: a payment whose webhook was lost
and whose guest closed the browser, a refund made in the gateway's dashboard weeks later, a charge whose row went with
a restored backup. Whatever is ours is settled, the one way money enters; what stays different becomes a finding for
a person (`payments.findings`), and never money.
"""

from __future__ import annotations

import datetime as dt
import logging
import math
import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q, QuerySet, Sum

from salon.core import clock
from salon.core.money import format_amount
from salon.flows.payment import settle
from salon.payments import domain as till
from salon.payments import findings, verdict
from salon.payments.binding import payment_of
from salon.payments.day_models import DayCheck, Finding, FindingKind
from salon.payments.gateways.base import Charge, GatewayError, NotFound, Refused, Status
from salon.payments.models import (
    LIVE_STATES,
    Checkout,
    EntryKind,
    LedgerEntry,
    Payment,
    PaymentState,
    Refund,
    RefundState,
)

logger = logging.getLogger("salon.flows.day_check")

ZONE = clock.zone("Asia/Riyadh")
"""The gateway's day, whatever zone a salon is in."""

QUESTIONS = 200
"""Questions about single charges in one round, beside the lists themselves."""

REST = dt.timedelta(hours=1)
"""A charge that was found to differ is not asked about again within this time: the others get their turn."""

GIVE_UP_AFTER = 3
"""Charges in a row without a usable answer that end a look: the gateway is down."""

TOOK = frozenset({Status.PAID, Status.CAPTURED, Status.REFUNDED, Status.VOIDED})
_BACK = (EntryKind.REFUND, EntryKind.EXTERNAL_REFUND)
_CHUNK = 500
_MOMENT = dt.timedelta.resolution


class Unfinished(Exception):  # noqa: N818 - it reads as a fact
    """The round's questions or seconds are used up. What was settled stays settled; the rest is for the next one."""


@dataclass(slots=True)
class Patience:
    """How much may still be asked: single questions, and until which moment of `time.monotonic`."""

    questions: int = QUESTIONS
    until: float = math.inf

    def ask(self) -> None:
        """Raises Unfinished when there is none left."""
        if self.questions <= 0 or time.monotonic() > self.until:
            raise Unfinished
        self.questions -= 1


class Sides(NamedTuple):
    """Halalas that came in and that went back again, as one side tells it."""

    taken: int
    given_back: int

    def __str__(self) -> str:
        return f"{format_amount(self.taken)} in and {format_amount(self.given_back)} back"


NOTHING = Sides(0, 0)


def bounds(day: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """The midnights (UTC) that a day begins and ends with: `[start, end)`."""
    ends = (clock.day_start_minute(each, ZONE) for each in (day, day + dt.timedelta(days=1)))
    start, end = map(clock.from_minute, ends)
    return start, end


def compare(*, day: dt.date, now: dt.datetime, patience: Patience | None = None) -> DayCheck:
    """Settle what the gateway knows better about one day, note what stays different, write the totals of both down.

    Calls the network, and no transaction is open meanwhile. Raises GatewayError when it gave no usable answer, and
    Unfinished; what was done until then is kept, and doing it again does no harm.
    """
    start, end = bounds(day)
    look = Look(now=now, patience=patience or Patience())
    made = look.gateway.find_charges(created_after=start - _MOMENT, created_before=end)
    listed = {charge.id for charge in made}
    sides = look.at_all(made)
    look.at_all(charge for charge in look.touched(start, end) if charge.id not in listed)
    begun = look.read(_payments().filter(created_at__gte=start, created_at__lt=end, entries__kind=EntryKind.CAPTURE))
    missing = [look.by_name(payment) for payment in begun if payment.charge_id not in listed]
    if look.troubles:
        raise look.troubles[0]
    ledger = [ours for _, ours in sides] + missing
    row, _ = DayCheck.objects.update_or_create(
        gateway=settings.PAYMENT_GATEWAY,
        day=day,
        defaults={
            "charges": sum(charge.status in TOOK for charge in made),
            "taken": sum(theirs.taken for theirs, _ in sides),
            "given_back": sum(theirs.given_back for theirs, _ in sides),
            "ledger_taken": sum(ours.taken for ours in ledger),
            "ledger_given_back": sum(ours.given_back for ours in ledger),
            "checked_at": now,
        },
    )
    return row


class Look:
    """What is looked at in one go. One charge's trouble stops no other: `troubles` are raised at the end."""

    def __init__(self, *, now: dt.datetime, patience: Patience) -> None:
        self.now, self.patience, self.gateway = now, patience, till.gateway()
        self.troubles: list[Exception] = []
        self._silent = 0
        self._open: set[str] = set()
        self._sums: dict[uuid.UUID, Sides] = {}

    def touched(self, start: dt.datetime, end: dt.datetime) -> list[Charge]:
        """Charges that something happened to, however old: a refund made weeks later.

        That list is the newest of their filters. Where they do not have it, the rest is done without it.
        """
        try:
            return self.gateway.find_changed(updated_after=start - _MOMENT, updated_before=end)
        except GatewayError as error:
            if not isinstance(error, Refused) and error.kind != "filter":
                raise
            logger.warning("the gateway does not list by the time of a change: %s", error)
            return []

    def at_all(self, charges: Iterable[Charge]) -> list[tuple[Sides, Sides]]:
        """Look at each; what the gateway and the ledger say of it in the end, in riyals only.

        Where all is well this is three queries for each 500 charges and no question to the gateway.
        """
        charges, said = list(charges), []
        for first in range(0, len(charges), _CHUNK):
            some = charges[first : first + _CHUNK]
            ids = [charge.id for charge in some]
            ours, self._open = self._ours(ids), self._open | findings.open_of(ids)
            said += [self._try(partial(self._at, charge, ours.get(charge.id)), charge.id) for charge in some]
        return said

    def by_name(self, payment: Payment) -> Sides:
        """Money of ours that the day's list does not have: begun before midnight and paid after it, or missing."""

        def ask() -> tuple[Sides, Sides]:
            self.patience.ask()
            try:
                charge = self.gateway.fetch(payment.charge_id)
            except NotFound:
                self._missing(payment)
                return NOTHING, self._ledger(payment)
            self._open |= findings.open_of([charge.id])
            self._at(charge, payment)
            return NOTHING, NOTHING  # it belongs to the day it was made on

        return self._try(ask, payment.charge_id)[1]

    def again(self, finding: Finding) -> None:
        """Look at an open finding, of whichever day: what a person repaired at the gateway closes by itself."""

        def ask() -> tuple[Sides, Sides]:
            self.patience.ask()
            try:
                charge = self.gateway.fetch(finding.charge_id)
            except NotFound:
                findings.looked_at(finding, now=self.now)
                return NOTHING, NOTHING
            self._open.add(charge.id)
            return self._at(charge, self._ours([charge.id]).get(charge.id))

        self._try(ask, finding.charge_id)

    def read(self, payments: QuerySet[Payment]) -> list[Payment]:
        """The rows, with their sums learned: what of each the gateway must know, in one query more.

        What moved to another visit stayed with us, and the gateway never heard of it.
        """
        rows = list(payments.distinct())
        entries = LedgerEntry.objects.filter(payment__in=[row.pk for row in rows]).order_by().values_list("payment")
        came, back = Q(kind=EntryKind.CAPTURE), Q(kind__in=_BACK)
        sums = entries.annotate(taken=Sum("amount", filter=came), back=Sum("amount", filter=back))
        self._sums |= dict.fromkeys((row.pk for row in rows), NOTHING)
        self._sums |= {pk: Sides(taken or 0, -(given or 0)) for pk, taken, given in sums}
        return rows

    def _try(self, ask: Callable[[], tuple[Sides, Sides]], charge_id: str) -> tuple[Sides, Sides]:
        try:
            said = ask()
        except Unfinished:
            raise
        except Exception as error:
            self.troubles.append(error)
            self._silent += 1
            logger.warning("charge %s: not compared (%s)", charge_id, error)
            if self._silent >= GIVE_UP_AFTER:
                raise
            return NOTHING, NOTHING
        self._silent = 0
        return said

    def _ours(self, ids: list[str]) -> dict[str, Payment]:
        """Our rows by the ids of charges. A charge begun in our form has our own id, before any money too."""
        form = Q(pk__in=[key for key in map(_as_uuid, ids) if key], checkout=Checkout.FORM)
        rows = self.read(_payments().filter(Q(charge_id__in=ids) | form))
        return {row.charge_id or str(row.pk): row for row in rows}

    def _at(self, charge: Charge, ours: Payment | None) -> tuple[Sides, Sides]:
        if ours is not None and self._agree(charge, ours):
            if charge.id in self._open:
                findings.put_right(charge_id=charge.id, now=self.now)
        elif ours is not None or charge.status in TOOK or charge.status == Status.AUTHORIZED:
            charge, ours = self._settled(charge, ours)
        mine = self._ledger(ours)
        return (_of_gateway(charge, mine) if charge.currency == "SAR" else NOTHING), mine

    def _agree(self, charge: Charge, ours: Payment) -> bool:
        mine = self._ledger(ours)
        return _of_gateway(charge, mine) == mine and not _behind(charge, ours)

    def _settled(self, charge: Charge, ours: Payment | None) -> tuple[Charge, Payment | None]:
        """Settle the payment that it belongs to, ask once more, and note what is different even then."""
        if findings.seen_since(charge_id=charge.id, since=self.now - REST):
            return charge, ours
        payment = ours or self._owner(charge)
        if payment is None:
            if charge.status in TOOK:
                self._note(FindingKind.UNKNOWN, charge, None, _stranger(charge))
            return charge, None
        self.patience.ask()
        # A restored row may not remember that somebody was sent to pay, and then nobody would be asked about it.
        Payment.objects.filter(pk=payment.pk, synced_at=None).update(synced_at=self.now)
        payment = settle(payment=payment, now=self.now)
        self.patience.ask()
        charge = self.gateway.fetch(charge.id)
        ours = self._ours([charge.id]).get(charge.id)
        mine = self._ledger(ours)
        theirs = _of_gateway(charge, mine)
        if theirs == mine:
            findings.put_right(charge_id=charge.id, now=self.now)
        elif not Refund.objects.filter(payment=payment, state=RefundState.SENDING).exists():
            words = f"The gateway says {theirs}, the ledger {mine}. {payment.problem}"
            self._note(FindingKind.DIFFERS, charge, payment, words.strip())
        return charge, ours

    def _owner(self, charge: Charge) -> Payment | None:
        """By the charge's own marks, and by those of the page it was paid on."""
        mark = charge.metadata.get(verdict.METADATA_KEY)
        payment = payment_of(any_id=charge.id, invoice_id=charge.invoice_id, payment_id=mark)
        if payment is None and charge.invoice_id and mark is None:
            self.patience.ask()
            with suppress(NotFound):
                page = self.gateway.fetch_invoice(charge.invoice_id)
                payment = payment_of(any_id=page.id, payment_id=page.metadata.get(verdict.METADATA_KEY))
        return payment if payment and payment.gateway == settings.PAYMENT_GATEWAY else None

    def _missing(self, payment: Payment) -> None:
        findings.note(
            kind=FindingKind.MISSING,
            charge_id=payment.charge_id,
            payment=payment,
            status=payment.raw_status,
            amount=payment.amount,
            currency=payment.currency,
            words=f"The ledger says {self._ledger(payment)}, and the gateway does not know this charge.",
            charged_at=None,
            now=self.now,
        )

    def _note(self, kind: FindingKind, charge: Charge, payment: Payment | None, words: str) -> None:
        findings.note(
            kind=kind,
            charge_id=charge.id,
            payment=payment,
            status=str(charge.status),
            amount=charge.amount,
            currency=charge.currency,
            words=words,
            charged_at=charge.created_at,
            now=self.now,
        )
        findings.put_right(charge_id=charge.id, now=self.now, still=kind)

    def _ledger(self, ours: Payment | None) -> Sides:
        return self._sums.get(ours.pk, NOTHING) if ours else NOTHING


def _payments() -> QuerySet[Payment]:
    return Payment.objects.filter(gateway=settings.PAYMENT_GATEWAY).exclude(checkout=Checkout.COUNTER)


def _of_gateway(charge: Charge, ours: Sides) -> Sides:
    """A void says nothing of what was there before it, money or only a hold: what we took of it is back, all of it."""
    if charge.status not in TOOK:
        return NOTHING
    if charge.status == Status.VOIDED:
        return Sides(ours.taken, ours.taken)
    return Sides(charge.captured or charge.amount, charge.refunded)


def _behind(charge: Charge, ours: Payment) -> bool:
    """Our row has not heard of it yet: it waits for a card, or counts on a hold that is over."""
    if charge.status == Status.AUTHORIZED:
        return ours.state != PaymentState.AUTHORIZED and ours.hold_ends_at is None
    waiting = [*LIVE_STATES, PaymentState.AUTHORIZED] if charge.status in TOOK else [PaymentState.AUTHORIZED]
    return ours.state in waiting


def _stranger(charge: Charge) -> str:
    mark = charge.metadata.get(verdict.METADATA_KEY)
    if mark:
        return f"It names our payment {mark[:64]}, which is not here: was an older backup restored?"
    return "It carries no mark of ours: another system on this account, or a charge made by hand."


def _as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
