"""What a salon took and gave back: by day, by method, payment by payment. Reads only; money in halalas.

Every figure is a sum of ledger entries by the moment they were written (`at`), never of payments' states: a day ends at
midnight of the salon's zone. Where days are asked for, both ends are included.

Salon credit is money that came in earlier: used, it leaves one payment and comes in with another at the same moment. So
it is neither taken nor given back; it is told beside (`used`), and the net is the ledger's sum all the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Case, F, IntegerField, Prefetch, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce, TruncDate

from salon.core import clock
from salon.core.money import Halalas
from salon.payments.invoice_models import InvoiceKind, code_of
from salon.payments.models import EntryKind, LedgerEntry, MethodKind, Payment, PaymentState, Refund, RefundState, Wish
from salon.salons.models import Salon

NOT_BACK_YET = (RefundState.WANTED, RefundState.SENDING, RefundState.STOPPED)
"""Refunds that were ordered and have not arrived."""

_IN = Q(kind=EntryKind.CAPTURE)
_MOVED = Q(kind=EntryKind.TRANSFER)
_CREDIT = Q(payment__method_kind=MethodKind.CREDIT)
_VAT = Case(
    When(invoice__kind=InvoiceKind.CREDIT_NOTE, then=-F("invoice__vat")),
    default=Coalesce(F("invoice__vat"), 0),
    output_field=IntegerField(),
)
"""The tax inside an entry as its document says: negative for money out, nothing where there is no document."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Money that came in and went back (a positive number). `vat` is what is inside the net, as the documents say."""

    taken: Halalas = 0
    returned: Halalas = 0
    vat: Halalas = 0

    @property
    def net(self) -> Halalas:
        return self.taken - self.returned

    @property
    def moved(self) -> bool:
        """Whether any money did."""
        return bool(self.taken or self.returned)

    def __add__(self, other: Figures) -> Figures:
        return Figures(self.taken + other.taken, self.returned + other.returned, self.vat + other.vat)


@dataclass(frozen=True, slots=True)
class Takings:
    """The figures of some days. Those of `days`, the newest first, and of `methods` have the same sum.

    `used` is salon credit that visits were paid with.
    """

    total: Figures
    days: dict[dt.date, Figures]
    methods: dict[MethodKind, Figures]
    used: Halalas = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """Money that may still move: reserved on guests' cards, and refunds that have not arrived (`stopped` of them).

    Of a card that is to be charged only in part that part counts, and nothing of one that is being released.
    """

    reserved: Halalas
    refunds: Halalas
    stopped: Halalas


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of the ledger as a book-keeper wants it. `amount` and `vat` are negative for money out."""

    at: dt.datetime
    reference: str
    kind: str
    method: MethodKind
    amount: Halalas
    vat: Halalas
    document: str
    payment: UUID


def span(zone: ZoneInfo, first: dt.date, last: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """The moments from which and before which these days are."""
    return tuple(clock.from_minute(clock.day_start_minute(day, zone)) for day in (first, last + dt.timedelta(days=1)))


def takings(*, salon: Salon, first: dt.date, last: dt.date) -> Takings:
    """One query, whatever the days hold: its groups are added up to days, methods and the total."""
    zone = clock.zone(salon.zone)
    groups = (
        _entries(salon, first, last)
        .values(day=TruncDate("at", tzinfo=zone), method=F("payment__method_kind"))
        .annotate(
            taken=Coalesce(Sum("amount", filter=_IN & ~_CREDIT), 0),
            returned=-Coalesce(Sum("amount", filter=~_IN & ~_MOVED), 0),
            vat=Sum(_VAT),
            used=Coalesce(Sum("amount", filter=_IN & _CREDIT), 0),
        )
        .order_by()
    )
    total, used, days, methods = Figures(), 0, {}, {}
    for group in groups:
        figures = Figures(group["taken"], group["returned"], group["vat"])
        kind = method_of(group["method"])
        total += figures
        used += group["used"]
        days[group["day"]] = days.get(group["day"], Figures()) + figures
        methods[kind] = methods.get(kind, Figures()) + figures
    return Takings(
        total=total,
        days={day: each for day, each in sorted(days.items(), reverse=True) if each.moved},
        methods={kind: each for kind, each in sorted(methods.items(), key=lambda pair: -pair[1].net) if each.moved},
        used=used,
    )


def waiting(*, salon: Salon) -> Waiting:
    """As it stands at this moment, whatever days are looked at. Two queries."""
    held = Payment.objects.filter(booking__salon=salon, state=PaymentState.AUTHORIZED).exclude(wish=Wish.VOID)
    reserved = held.aggregate(sum=Sum(Coalesce("wish_amount", "amount")))
    refunds = Refund.objects.filter(payment__booking__salon=salon, state__in=NOT_BACK_YET).aggregate(
        sum=Sum("amount"), stopped=Sum("amount", filter=Q(state=RefundState.STOPPED))
    )
    return Waiting(reserved["sum"] or 0, refunds["sum"] or 0, refunds["stopped"] or 0)


def payments(
    *, salon: Salon, first: dt.date, last: dt.date, method: str = "", state: str = ""
) -> QuerySet[Payment, Payment]:
    """The payments that were begun on these days or whose money moved on them, the newest first.

    With `booking` and its guest. `method` and `state` narrow it down; "" is any.
    """
    begins, ends = span(clock.zone(salon.zone), first, last)
    begun = Payment.objects.filter(booking__salon=salon, created_at__gte=begins, created_at__lt=ends)
    moved = _entries(salon, first, last).values("payment_id")
    rows = Payment.objects.filter(pk__in=begun.order_by().values("pk").union(moved.order_by())).select_related(
        "booking__customer"
    )
    if method:
        rows = rows.filter(method_kind__in=[method, ""] if method == MethodKind.OTHER else [method])
    if state:
        rows = rows.filter(state=state)
    return rows.order_by("-created_at", "pk")


def payment_of(*, salon: Salon, pk: UUID) -> Payment:
    """One payment with all that belongs to it: booking, ledger with documents, refunds with who ordered them.

    Three queries. Raises Payment.DoesNotExist, for another salon's too.
    """
    refunds = Refund.objects.select_related("requested_by").order_by("pk")
    entries = LedgerEntry.objects.select_related("invoice").order_by("pk")
    return (
        Payment.objects.select_related("booking__customer", "booking__salon", "moves_to", "recorded_by")
        .prefetch_related(Prefetch("refunds", refunds), Prefetch("entries", entries))
        .get(pk=pk, booking__salon=salon)
    )


def lines(*, salon: Salon, first: dt.date, last: dt.date) -> Iterator[Line]:
    """Every entry of these days, the oldest first. One query, read piece by piece: it may be as long as a year."""
    rows = (
        _entries(salon, first, last)
        .order_by("at", "pk")
        .values_list(
            "at",
            "payment__booking__reference",
            "kind",
            "payment__method_kind",
            "amount",
            _VAT,
            "invoice__kind",
            "invoice__number",
            "payment_id",
        )
    )
    for at, reference, kind, method, amount, vat, document, number, payment in rows.iterator(chunk_size=2000):
        yield Line(
            at=at,
            reference=reference,
            kind=kind,
            method=method_of(method),
            amount=amount,
            vat=vat,
            document=code_of(document, number) if document else "",
            payment=payment,
        )


def method_of(kind: str) -> MethodKind:
    """What was paid with; payments from before it was written down count as "other"."""
    return MethodKind(kind) if kind else MethodKind.OTHER


def _entries(salon: Salon, first: dt.date, last: dt.date) -> QuerySet[LedgerEntry, LedgerEntry]:
    begins, ends = span(clock.zone(salon.zone), first, last)
    return LedgerEntry.objects.filter(payment__booking__salon=salon, at__gte=begins, at__lt=ends)
