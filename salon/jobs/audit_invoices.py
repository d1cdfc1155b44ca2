"""The truths about invoices, for `jobs.audit`. Each counts the rows that break it; nothing here writes."""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q

from salon.payments.models import EntryKind, Invoice, InvoiceBook, InvoiceKind, LedgerEntry


def gaps(now: dt.datetime) -> int:  # noqa: ARG001 - all counters have one shape
    """Series that are not 1, 2, 3 … up to what the salon's book says was given last."""
    given = {(book.pk, kind): getattr(book, kind) for book in InvoiceBook.objects.all() for kind in InvoiceKind}
    given = {series: last for series, last in given.items() if last}
    rows = Invoice.objects.order_by().values_list("salon", "kind")
    found = {
        (salon, kind): (first, last, count)
        for salon, kind, first, last, count in rows.annotate(Min("number"), Max("number"), Count("pk"))
    }
    return sum(
        found.get(series, (0, 0, 0)) != (1 if last else 0, last, last)
        for series, last in (dict.fromkeys(found, 0) | given).items()
    )


def without_document(now: dt.datetime) -> int:  # noqa: ARG001
    """Money that moved since there are invoices, and has none.

    Money in counts from the first entry that has one; money out counts when the payment it left was invoiced. What is
    older was never invoiced, and its refunds credit nothing.
    """
    first = Invoice.objects.aggregate(first=Min("entry"))["first"]
    if first is None:
        return 0
    invoiced = Q(Exists(Invoice.objects.filter(entry__payment=OuterRef("payment"), entry__kind=EntryKind.CAPTURE)))
    wanted = Q(kind=EntryKind.CAPTURE, pk__gt=first) | ~Q(kind=EntryKind.CAPTURE) & invoiced
    return LedgerEntry.objects.filter(wanted, invoice__isnull=True).count()


def disagree(now: dt.datetime) -> int:  # noqa: ARG001
    """Documents of another amount or direction than their entry, or of another booking.

    With `without_document` at zero, invoices less credit notes are the ledger's balance, booking by booking.
    """
    money_in = Q(kind__in=[InvoiceKind.TAX_INVOICE, InvoiceKind.RECEIPT], entry__kind=EntryKind.CAPTURE)
    right = money_in & Q(gross=F("entry__amount"))
    right |= Q(kind=InvoiceKind.CREDIT_NOTE, gross=-F("entry__amount")) & ~Q(entry__kind=EntryKind.CAPTURE)
    return Invoice.objects.exclude(right, booking=F("entry__payment__booking")).count()
