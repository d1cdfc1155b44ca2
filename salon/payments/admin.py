"""The till for operators: shown and found, never changed here. Its buttons live in `owner.admin_money`."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from salon.core.money import format_amount
from salon.core.readonly import ReadOnlyAdmin, ReadOnlyInline
from salon.payments import admin_days  # noqa: F401 - it registers itself; Django only looks for this file
from salon.payments.admin_filters import LookFilter, OutcomeFilter, SalonFilter
from salon.payments.models import (
    Credit,
    Discount,
    Invoice,
    InvoiceBook,
    LedgerEntry,
    Payment,
    Refund,
    WebhookEvent,
)

SHOWN_BYTES = 16_384

HELP = _("Booking reference, mobile number, or the gateway's id")


@admin.display(description=_("amount"), ordering="amount")
def amount(row: Payment | Refund | LedgerEntry | Discount | Credit) -> str:
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
    list_display = (
        *("id", "booking", amount, "state", "checkout", "method_kind", "hold"),
        *("raw_status", "problem", "created_at", "synced_at"),
    )
    list_filter = (
        *(LookFilter, "state", "checkout", "method_kind", "hold", "gateway"),
        SalonFilter.at("booking__salon"),
    )
    list_select_related = ("booking",)
    date_hierarchy = "created_at"
    search_fields = ("id", "booking__reference", "booking__customer__phone", "invoice_id", "charge_id")
    search_help_text = HELP
    inlines: ClassVar[list[type[ReadOnlyInline]]] = [EntryInline, RefundInline, EventInline]
    change_list_template = "admin/payments/attention_link.html"


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = ("payment", amount, "state", "reason", "attempts", "error", "next_at", "created_at", "done_at")
    list_filter = ("state", SalonFilter.at("payment__booking__salon"))
    list_select_related = ("payment",)
    date_hierarchy = "created_at"
    search_fields = (
        "payment__id",
        "payment__booking__reference",
        "payment__booking__customer__phone",
        "payment__charge_id",
    )
    search_help_text = HELP
    change_list_template = "admin/payments/attention_link.html"


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    """The list says what all that it shows sums up to, on every page of it."""

    list_display = ("at", "kind", amount, "ref", "salon", "payment")
    list_filter = ("kind", "payment__method_kind", SalonFilter.at("payment__booking__salon"))
    list_select_related = ("payment__booking__salon",)
    ordering = ("-at", "-pk")
    date_hierarchy = "at"
    search_fields = ("ref", "payment__id", "payment__booking__reference", "payment__booking__customer__phone")
    search_help_text = HELP
    change_list_template = "admin/payments/ledger_list.html"

    @admin.display(description=_("salon"), ordering="payment__booking__salon")
    def salon(self, entry: LedgerEntry) -> str:
        return str(entry.payment.booking.salon)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """With `sums`: riyals in, out and together of every entry that the filters leave."""
        found = super().get_changelist_instance(request)
        sums = found.queryset.order_by().aggregate(
            came=Sum("amount", filter=Q(amount__gt=0)), went=Sum("amount", filter=Q(amount__lt=0)), net=Sum("amount")
        )
        found.sums = {name: format_amount(halalas or 0) for name, halalas in sums.items()}
        return found


@admin.register(Discount)
class DiscountAdmin(ReadOnlyAdmin):
    list_display = ("booking", amount, "reason", "granted_by", "at")
    list_filter = (SalonFilter.at("booking__salon"),)
    list_select_related = ("booking", "granted_by")
    date_hierarchy = "at"
    search_fields = ("booking__reference", "booking__customer__phone", "reason")


@admin.register(Credit)
class CreditAdmin(ReadOnlyAdmin):
    list_display = ("customer", "salon", amount, "spent", "payment", "created_at")
    list_filter = (SalonFilter.at("salon"),)
    list_select_related = ("customer", "salon", "payment")
    date_hierarchy = "created_at"
    search_fields = ("customer__phone", "payment__id", "payment__booking__reference")

    @admin.display(description=_("used"), ordering="used")
    def spent(self, credit: Credit) -> str:
        """Riyals."""
        return format_amount(credit.used)


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    list_display = ("code", "salon", "booking", "kind", "total", "issued_at", "original")
    list_filter = ("kind", SalonFilter.at("salon"))
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
    list_display = ("event_id", "kind", "received_at", "outcome", "about")
    list_filter = (OutcomeFilter, "kind")
    list_select_related = ("payment",)
    date_hierarchy = "received_at"
    search_fields = ("event_id", "payment__id", "payment__booking__reference", "payment__invoice_id")
    search_help_text = HELP
    fields = ("event_id", "kind", "received_at", "outcome", "about", "text")
    readonly_fields = ("about", "text")

    @admin.display(description=_("payment"), ordering="payment")
    def about(self, event: WebhookEvent) -> str:
        """A link to its payment."""
        if event.payment is None:
            return "–"
        url = reverse("admin:payments_payment_change", args=[event.payment_id])
        return format_html('<a href="{}">{}</a>', url, event.payment)

    @admin.display(description=_("as it came"))
    def text(self, event: WebhookEvent) -> str:
        """The stored bytes as far as they are text; our secret was taken out before they were stored."""
        return bytes(event.body)[:SHOWN_BYTES].decode(errors="replace")
