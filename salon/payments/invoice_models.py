"""Invoices, receipts and credit notes: written once, numbered without gaps, never changed. Money in halalas."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from salon.bookings.models import Booking
from salon.salons.models import Salon


class InvoiceKind(models.TextChoices):
    TAX_INVOICE = "tax_invoice", _("simplified tax invoice")
    RECEIPT = "receipt", _("receipt")  # the salon has no VAT number: not a word about tax
    CREDIT_NOTE = "credit_note", _("credit note")


SERIES: dict[str, str] = {InvoiceKind.TAX_INVOICE: "INV", InvoiceKind.RECEIPT: "RCT", InvoiceKind.CREDIT_NOTE: "CRN"}
"""What a document's number begins with."""


class InvoiceBook(models.Model):
    """The numbers a salon has given so far, one a kind.

    Its row is the lock: it is held until the document is committed, so that a number is taken only together with its
    document, and a rolled back document gives its number back. One row for all kinds: two rows could be locked in two
    orders.
    """

    salon = models.OneToOneField(
        Salon, on_delete=models.PROTECT, primary_key=True, related_name="invoice_book", verbose_name=_("salon")
    )
    tax_invoice = models.PositiveIntegerField(_("simplified tax invoice"), default=0)
    receipt = models.PositiveIntegerField(_("receipt"), default=0)
    credit_note = models.PositiveIntegerField(_("credit note"), default=0)

    class Meta:
        verbose_name = _("numbering")
        verbose_name_plural = _("numberings")

    def __str__(self) -> str:
        return str(self.salon_id)


class Invoice(models.Model):
    """One document about one ledger entry: an invoice or a receipt for money in, a credit note for money out.

    Everything it says is a snapshot: what is printed in five years is what was issued. `gross` is `net` + `vat` and is
    positive on credit notes too. `lines` is a list of {"name_ar", "name_en", "gross", "vat", "net"}. `visit_price` is
    the whole visit's after its discounts, so that a part payment is known for one.
    """

    salon = models.ForeignKey(Salon, on_delete=models.PROTECT, related_name="invoices", verbose_name=_("salon"))
    kind = models.CharField(_("kind"), max_length=11, choices=InvoiceKind.choices)
    number = models.PositiveIntegerField(_("number"))
    entry = models.OneToOneField(  # the ledger's own guard refuses a deletion
        "payments.LedgerEntry", on_delete=models.DO_NOTHING, related_name="invoice", verbose_name=_("ledger entry")
    )
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="invoices", verbose_name=_("booking"))
    original = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="credit_notes",
        null=True,
        blank=True,
        verbose_name=_("original invoice"),
    )
    issued_at = models.DateTimeField(_("issued"))
    seller_name_ar = models.CharField(_("seller (Arabic)"), max_length=80)
    seller_name_en = models.CharField(_("seller (English)"), max_length=80)
    seller_address_ar = models.CharField(_("seller's address (Arabic)"), max_length=300, blank=True)
    seller_address_en = models.CharField(_("seller's address (English)"), max_length=300, blank=True)
    seller_vat_number = models.CharField(_("VAT number"), max_length=15, blank=True)
    seller_cr_number = models.CharField(_("commercial registration"), max_length=10, blank=True)
    buyer_name = models.CharField(_("buyer"), max_length=150, blank=True)
    lines = models.JSONField(_("lines"))
    gross = models.PositiveIntegerField(_("total with VAT, halalas"))
    vat = models.PositiveIntegerField(_("VAT, halalas"))
    net = models.PositiveIntegerField(_("total without VAT, halalas"))
    visit_price = models.PositiveIntegerField(_("price of the visit, halalas"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["salon", "kind", "number"], name="invoice_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1, gross__gte=1), name="invoice_says_something"),
            models.CheckConstraint(condition=Q(gross=F("net") + F("vat")), name="invoice_sums_up"),
            models.CheckConstraint(condition=Q(kind__in=InvoiceKind.values), name="invoice_kind_known"),
            models.CheckConstraint(
                condition=Q(kind=InvoiceKind.TAX_INVOICE) & ~Q(seller_vat_number="")
                | Q(kind=InvoiceKind.RECEIPT, seller_vat_number="", vat=0)
                | Q(kind=InvoiceKind.CREDIT_NOTE) & (~Q(seller_vat_number="") | Q(vat=0)),
                name="invoice_tax_only_with_vat_number",
            ),
            models.CheckConstraint(
                condition=Q(kind=InvoiceKind.CREDIT_NOTE, original__isnull=False)
                | ~Q(kind=InvoiceKind.CREDIT_NOTE) & Q(original__isnull=True),
                name="invoice_credit_has_original",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """Its number as people read it, "INV-12": unique within the salon."""
        return code_of(self.kind, self.number)

    @property
    def is_taxed(self) -> bool:
        """Whether it speaks of VAT. A credit note does what its original did."""
        return bool(self.seller_vat_number)

    @property
    def is_part(self) -> bool:
        """Money in for a part of the visit: a deposit, or the rest."""
        return self.kind != InvoiceKind.CREDIT_NOTE and self.gross != self.visit_price


def code_of(kind: str, number: int) -> str:
    return f"{SERIES[kind]}-{number}"


def key_of(code: str) -> dict[str, Any]:
    """The other way round: {"kind", "number"} for a filter. Raises ValueError for what is no document's number."""
    series, _dash, digits = code.upper().partition("-")
    kinds = {prefix: kind for kind, prefix in SERIES.items()}
    if series not in kinds or not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        raise ValueError(f"{code!r} is no number of a document")
    return {"kind": kinds[series], "number": int(digits)}
