"""What a document says, ready for its page: Arabic and English beside each other, whatever the page's language.

The words are part of the document and not of the site, so they stand here in both languages and are not translated.
"""

from __future__ import annotations

from dataclasses import dataclass

from salon.core import clock
from salon.core.money import VAT_PERCENT, Halalas
from salon.payments import zatca
from salon.payments.invoice_models import Invoice, InvoiceKind


@dataclass(frozen=True, slots=True)
class Pair:
    """The same in Arabic and English. `en` is empty for what somebody wrote in a language of their own."""

    ar: str
    en: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the document; amounts are text, in riyals."""

    name: Pair
    net: str
    vat: str
    gross: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The document's page. `code` is a data: URI, empty where there is no tax."""

    invoice: Invoice
    title: Pair
    issued: str
    rows: list[Row]
    net: str
    vat: str
    gross: str
    visit_price: str
    reason: Pair | None
    code: str
    vat_percent: int = VAT_PERCENT


TITLES = {
    (InvoiceKind.TAX_INVOICE, True): Pair("فاتورة ضريبية مبسطة", "Simplified tax invoice"),
    (InvoiceKind.RECEIPT, False): Pair("إيصال دفع", "Payment receipt"),
    (InvoiceKind.CREDIT_NOTE, True): Pair("إشعار دائن للفاتورة الضريبية المبسطة", "Simplified tax credit note"),
    (InvoiceKind.CREDIT_NOTE, False): Pair("إيصال استرداد", "Refund receipt"),
}

REASONS = {
    "": Pair("إرجاع مبلغ مدفوع", "A payment was returned"),
    "It was paid twice.": Pair("دُفع المبلغ مرتين", "It was paid twice"),
    "It came after the time was given up.": Pair("وصل المبلغ بعد انتهاء مهلة الحجز", "It came after the hold ended"),
    "It came after the new time was given up.": Pair(
        "وصل المبلغ بعد انتهاء مهلة الموعد الجديد", "It came after the new time was given up"
    ),
    "The new time costs less.": Pair("الموعد الجديد أقل سعرًا", "The new time costs less"),
    "More was taken than is kept.": Pair("خُصم أكثر من المستحق", "More was taken than is kept"),
    "The visit was cancelled.": Pair("أُلغي الموعد", "The visit was cancelled"),
    "The salon declined.": Pair("اعتذر الصالون عن الموعد", "The salon declined"),
    "The salon did not answer.": Pair("لم يرد الصالون على الطلب", "The salon did not answer"),
    "The guest did not come.": Pair("لم يتم الحضور", "The guest did not come"),
    "It was moved to another visit.": Pair("نُقل المبلغ إلى زيارة أخرى", "It was moved to another visit"),
}
"""What our own reasons are called on a document. Others are a person's words and stay as they are."""


def reason_in(language: str, reason: str) -> str:
    """The reason of a refund in "ar" or "en": our own are translated, a person's words stay as they are."""
    return getattr(REASONS[reason], language) if reason in REASONS else reason


def sheet_of(invoice: Invoice) -> Sheet:
    """No query, if `invoice` came from `invoices.invoice_of`. The time is the salon's own."""
    local = invoice.issued_at.astimezone(clock.zone(invoice.salon.zone))
    reason = invoice.reason if invoice.kind == InvoiceKind.CREDIT_NOTE else None
    return Sheet(
        invoice=invoice,
        title=TITLES[InvoiceKind(invoice.kind), invoice.is_taxed],
        issued=f"{local:%Y-%m-%d %H:%M}",
        rows=[
            Row(
                name=Pair(line["name_ar"], line["name_en"]),
                net=amount(line["net"]),
                vat=amount(line["vat"]),
                gross=amount(line["gross"]),
            )
            for line in invoice.lines
        ],
        net=amount(invoice.net),
        vat=amount(invoice.vat),
        gross=amount(invoice.gross),
        visit_price=amount(invoice.visit_price),
        reason=None if reason is None else REASONS.get(reason, Pair(reason, "")),
        code=_code(invoice) if invoice.is_taxed else "",
    )


def amount(halalas: Halalas) -> str:
    """Riyals with both decimals, always: "1,284.50"."""
    return f"{halalas // 100:,}.{halalas % 100:02}"


def _code(invoice: Invoice) -> str:
    content = zatca.payload(
        seller=invoice.seller_name_ar or invoice.seller_name_en,
        vat_number=invoice.seller_vat_number,
        issued_at=invoice.issued_at,
        gross=invoice.gross,
        vat=invoice.vat,
    )
    return zatca.image(content)
