"""The till for operators: shown and found, never changed here. Actions live in `owner.admin_money`."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from salon.core.money import format_amount
from salon.core.readonly import ReadOnlyAdmin, ReadOnlyInline
from salon.payments.models import Invoice, InvoiceBook, LedgerEntry, Payment, Refund, WebhookEvent

SHOWN_BYTES = 16_384


@admin.display(description=_("amount"), ordering="amount")
def amount(row: Payment | Refund | LedgerEntry) -> str:
    """Riyals."""
    return format_amount(row.amount)


class EntryInline(ReadOnlyInline):
    model = LedgerEntry
    fields = ("kind", amount, "ref", "at")
    readonly_fields = (amount,)


class RefundInline(ReadOnlyInline):
    model = Refund
    fields = (amount, "state", "reason", "attempts", "error", "requested_by", "created_at", "done_at")
    readonly_fields = (amount,)


class EventInline(ReadOnlyInline):
    model = WebhookEvent
    fields = ("event_id", "kind", "received_at", "outcome")


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ("id", "booking", amount, "state", "raw_status", "method", "problem", "created_at", "synced_at")
    list_filter = ("state", "gateway")
    list_select_related = ("booking",)
    date_hierarchy = "created_at"
    search_fields = ("id", "booking__reference", "booking__customer__phone", "invoice_id", "charge_id")
    search_help_text = _("Booking reference, mobile number, or the gateway's id")
    inlines: ClassVar[list[type[ReadOnlyInline]]] = [EntryInline, RefundInline, EventInline]


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = ("payment", amount, "state", "reason", "attempts", "error", "next_at", "created_at", "done_at")
    list_filter = ("state",)
    list_select_related = ("payment",)
    date_hierarchy = "created_at"
    search_fields = (
        "payment__id",
        "payment__booking__reference",
        "payment__booking__customer__phone",
        "payment__charge_id",
    )
    search_help_text = _("Booking reference, mobile number, or the gateway's id")


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", amount, "ref", "payment")
    list_filter = ("kind",)
    list_select_related = ("payment",)
    date_hierarchy = "at"
    search_fields = ("ref", "payment__id", "payment__booking__reference", "payment__booking__customer__phone")
    search_help_text = _("Booking reference, mobile number, or the gateway's id")


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    list_display = ("code", "salon", "booking", "kind", "total", "issued_at", "original")
    list_filter = ("kind",)
    list_select_related = ("salon", "booking", "original")
    date_hierarchy = "issued_at"
    search_fields = ("=number", "booking__reference", "salon__slug", "buyer_name")
    search_help_text = _("Number without its letters, booking reference, salon or name of the guest")

    @admin.display(description=_("amount"), ordering="gross")
    def total(self, invoice: Invoice) -> str:
        """Riyals."""
        return format_amount(invoice.gross)


@admin.register(InvoiceBook)
class InvoiceBookAdmin(ReadOnlyAdmin):
    list_display = ("salon", "tax_invoice", "receipt", "credit_note")
    list_select_related = ("salon",)
    search_fields = ("salon__slug", "salon__name_ar", "salon__name_en")


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    list_display = ("event_id", "kind", "received_at", "outcome", "payment")
    list_filter = ("kind", "outcome")
    list_select_related = ("payment",)
    date_hierarchy = "received_at"
    search_fields = ("event_id", "payment__id", "payment__booking__reference", "payment__invoice_id")
    search_help_text = _("Booking reference, mobile number, or the gateway's id")
    fields = ("event_id", "kind", "received_at", "outcome", "payment", "text")
    readonly_fields = ("text",)

    @admin.display(description=_("as it came"))
    def text(self, event: WebhookEvent) -> str:
        """The stored bytes as far as they are text; our secret was taken out before they were stored."""
        return bytes(event.body)[:SHOWN_BYTES].decode(errors="replace")
