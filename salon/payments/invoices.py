"""When a document is issued: for every amount that moves, in the transaction that writes it into the ledger.

Money in is an invoice (a receipt, where the salon has no VAT number), money out is a credit note on the invoice of the
payment it goes back from. The ledger entry is the occasion: it exists once, so its document does. VAT on a prepayment
is due when the money is received, so a deposit is invoiced when it comes and the rest when the rest comes; nothing is
issued again when the visit is done. The rules and their doubts: docs/invoices.md.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from django.db.models import Sum

from salon.bookings.models import Booking
from salon.core.transactions import require_transaction
from salon.payments import vat, zatca
from salon.payments.invoice_models import Invoice, InvoiceBook, InvoiceKind, key_of
from salon.payments.models import Discount, EntryKind, LedgerEntry, Payment
from salon.salons.models import Salon

__all__ = ["invoice_of", "issue_credit_note", "issue_for", "issue_invoice"]

logger = logging.getLogger("salon.payments.invoices")


def issue_for(*, payment: Payment, entry: LedgerEntry, reason: str, now: dt.datetime) -> Invoice | None:
    """The document that a new ledger entry wants. `ledger.enter` calls it, and nobody forgets it.

    None for what goes back of a payment that came in before there were invoices: there is nothing to credit. None too
    for more than is left of its invoice, sent back at the gateway after the money was moved to another visit: it did
    go, so the ledger has it, and the audit shows it to a person.
    """
    if entry.kind == EntryKind.CAPTURE:
        return issue_invoice(booking=payment.booking, entry=entry, now=now)
    original = Invoice.objects.filter(entry__payment=payment, entry__kind=EntryKind.CAPTURE).first()
    if original is None:
        return None
    if entry.kind == EntryKind.EXTERNAL_REFUND and _credited_of(original) - entry.amount > original.gross:
        logger.error("%s: more went back at the gateway than it was over", original.code)
        return None
    return issue_credit_note(invoice=original, entry=entry, reason=reason, now=now)


def issue_invoice(*, booking: Booking, entry: LedgerEntry, now: dt.datetime) -> Invoice:
    """The invoice or receipt for `entry.amount` halalas received. The same entry again: the same document.

    Wants the caller's transaction and the booking's lock. Waits for whoever is issuing for the same salon.
    """
    require_transaction()
    if entry.kind != EntryKind.CAPTURE:
        raise ValueError("Only money that came in is invoiced.")
    book = _open_book(booking.salon_id)
    if (issued := Invoice.objects.filter(entry=entry).first()) is not None:
        return issued
    seller = _seller(book.salon)
    taxed = bool(seller["seller_vat_number"])
    lines = _lines(booking, entry.amount, taxed=taxed)
    return _write(
        book,
        kind=InvoiceKind.TAX_INVOICE if taxed else InvoiceKind.RECEIPT,
        entry=entry,
        booking=booking,
        issued_at=now,
        buyer_name=booking.customer.name if booking.customer else "",
        lines=lines,
        visit_price=_price(booking),
        **seller,
    )


def issue_credit_note(*, invoice: Invoice, entry: LedgerEntry, reason: str, now: dt.datetime) -> Invoice:
    """The credit note for money that went back (`entry.amount` is negative). The same entry again: the same document.

    It says what the original said of seller and buyer, and takes back the original's own tax: parts sum to the whole.
    Raises ValueError for more than is left of the original.
    """
    require_transaction()
    if entry.kind == EntryKind.CAPTURE or invoice.kind == InvoiceKind.CREDIT_NOTE:
        raise ValueError("Money out is credited, on the invoice of the money that came in.")
    book = _open_book(invoice.salon_id)
    if (issued := Invoice.objects.filter(entry=entry).first()) is not None:
        return issued
    before = _credited_of(invoice)
    amount = -entry.amount
    if before + amount > invoice.gross:
        raise ValueError(f"{amount} is more than is left of {invoice.code}")
    part = vat.part_of(before, amount, rate_percent=_rate(taxed=invoice.is_taxed))
    return _write(
        book,
        kind=InvoiceKind.CREDIT_NOTE,
        entry=entry,
        booking_id=invoice.booking_id,
        original=invoice,
        issued_at=now,
        buyer_name=invoice.buyer_name,
        lines=[_line(*_credit_line(invoice, entry), part)],
        visit_price=invoice.visit_price,
        reason=reason[:200],
        **{name: getattr(invoice, name) for name in _SELLER},
    )


def invoice_of(*, booking: Booking, code: str) -> Invoice:
    """A booking's document by its number, with its original. One query. Raises Invoice.DoesNotExist."""
    try:
        key = key_of(code)
    except ValueError:
        raise Invoice.DoesNotExist from None
    return Invoice.objects.select_related("original", "salon").get(booking=booking, **key)


_SELLER = (
    "seller_name_ar",
    "seller_name_en",
    "seller_address_ar",
    "seller_address_en",
    "seller_vat_number",
    "seller_cr_number",
)


def _credited_of(invoice: Invoice) -> int:
    return Invoice.objects.filter(original=invoice).aggregate(sum=Sum("gross"))["sum"] or 0


def _credit_line(invoice: Invoice, entry: LedgerEntry) -> tuple[str, str]:
    """What a credit note's one line is called, in Arabic and English."""
    if entry.kind == EntryKind.TRANSFER:
        return f"نقل من {invoice.code} إلى زيارة أخرى", f"Moved from {invoice.code} to another visit"
    return f"إرجاع من {invoice.code}", f"Refund of {invoice.code}"


def _open_book(salon_id: int) -> InvoiceBook:
    """The salon's numbers, ours until the transaction ends; SQLite's IMMEDIATE transaction is the lock there."""
    books = InvoiceBook.objects.select_for_update(of=("self",)).select_related("salon__city", "salon__district")
    book = books.filter(pk=salon_id).first()
    if book is None:
        InvoiceBook.objects.bulk_create([InvoiceBook(salon_id=salon_id)], ignore_conflicts=True)
        book = books.get(pk=salon_id)
    return book


def _write(book: InvoiceBook, *, kind: InvoiceKind, lines: list[dict[str, Any]], **fields: Any) -> Invoice:
    number = getattr(book, kind) + 1
    setattr(book, kind, number)
    book.save(update_fields=[kind])
    gross, tax = (sum(line[name] for line in lines) for name in ("gross", "vat"))
    return Invoice.objects.create(
        salon_id=book.pk, kind=kind, number=number, lines=lines, gross=gross, vat=tax, net=gross - tax, **fields
    )


def _seller(salon: Salon) -> dict[str, str]:
    """The salon as it is at this moment. Its place is named even where the street is not known.

    A VAT number of another shape can only have come around the forms, and makes no tax invoice.
    """
    registered = zatca.VAT_NUMBER.fullmatch(salon.vat_number)
    return {
        "seller_name_ar": salon.name_ar,
        "seller_name_en": salon.name_en,
        "seller_address_ar": _address(salon, "ar", "، "),
        "seller_address_en": _address(salon, "en", ", "),
        "seller_vat_number": salon.vat_number if registered else "",
        "seller_cr_number": salon.cr_number,
    }


def _address(salon: Salon, language: str, comma: str) -> str:
    places = [salon.district, salon.city]
    named = [getattr(salon, f"address_{language}"), *(getattr(each, f"name_{language}") for each in places if each)]
    return comma.join(part for part in named if part)[:300]


def _price(booking: Booking) -> int:
    """What the visit costs after its discounts, as they are at this moment."""
    less = Discount.objects.filter(booking=booking).aggregate(sum=Sum("amount"))["sum"] or 0
    return max(0, booking.price - less)


def _lines(booking: Booking, amount: int, *, taxed: bool) -> list[dict[str, Any]]:
    """The booked services, each with what this payment pays of it. A service that costs nothing has no line.

    A discount is on the whole visit: it makes less to pay and leaves the shares of the services as they are.
    """
    items = list(booking.items.select_related("service", "variant").order_by("position"))
    if not items:
        names, grosses = [(f"موعد {booking.reference}", f"Appointment {booking.reference}")], [amount]
    else:
        names = [tuple(_name(item, language) for language in ("ar", "en")) for item in items]
        grosses = vat.share(amount, [item.price for item in items])
    parts = vat.split_lines(grosses, rate_percent=_rate(taxed=taxed))
    return [_line(*name, part) for name, part in zip(names, parts, strict=True) if part.gross]


def _name(item: Any, language: str) -> str:
    parts = [item.service, item.variant]
    return " – ".join(getattr(part, f"name_{language}") for part in parts if part)


def _line(name_ar: str, name_en: str, part: vat.Split) -> dict[str, Any]:
    return {"name_ar": name_ar, "name_en": name_en, "gross": part.gross, "vat": part.vat, "net": part.net}


def _rate(*, taxed: bool) -> int:
    return vat.VAT_PERCENT if taxed else 0
