"""Bookings for operators: found by reference, phone or name, shown whole, never edited here.

A status changes by the flows alone; the buttons for it are actions in `owner.admin_bookings`, a floor above them.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from salon.bookings.models import Booking, BookingEvent, BookingItem, BusyTime
from salon.core.money import format_amount
from salon.core.readonly import ReadOnlyAdmin, ReadOnlyInline

NAMES = ("reference", "customer__phone", "customer__name", "salon__name_ar", "salon__name_en")


@admin.display(description=_("mobile number"), ordering="customer__phone")
def phone(row: Booking) -> str:
    """E.164, kept left to right: in Arabic a bare plus sign would move to the other end."""
    return format_html('<bdi dir="ltr">{}</bdi>', row.customer.phone) if row.customer and row.customer.phone else ""


@admin.display(description=_("price"), ordering="price")
def price(row: Booking | BookingItem) -> str:
    """Riyals."""
    return format_amount(row.price)


@admin.display(description=_("to prepay"))
def due_now(row: Booking) -> str:
    """Riyals."""
    return format_amount(row.due_now)


@admin.display(description=_("from"), ordering="start_minute")
def busy_from(row: BusyTime) -> object:
    return row.starts_at


@admin.display(description=_("to"), ordering="end_minute")
def busy_to(row: BusyTime) -> object:
    return row.ends_at


class ItemInline(ReadOnlyInline):
    model = BookingItem
    fields = ("service", "variant", "staff", "starts_at", "minutes", price)
    readonly_fields = (price,)
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[BookingItem]:
        """The names with the rows: the page takes as many queries for one service as for six."""
        return super().get_queryset(request).select_related("service", "variant", "staff")


class BusyInline(ReadOnlyInline):
    model = BusyTime
    fields = ("staff", "lane", busy_from, busy_to, "held_until")
    readonly_fields = (busy_from, busy_to)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BusyTime]:
        """The same."""
        return super().get_queryset(request).select_related("staff")


class EventInline(ReadOnlyInline):
    model = BookingEvent
    fields = ("at", "actor_kind", "actor", "old_status", "new_status", "moved_from", "moved_to", "reason")
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[BookingEvent]:
        """The same."""
        return super().get_queryset(request).select_related("actor", "booking")


@admin.register(Booking)
class BookingAdmin(ReadOnlyAdmin):
    list_display = ("reference", "salon", "customer", phone, "status", "starts_at", price, "source")
    list_filter = ("status", "source")
    list_select_related = ("salon", "customer")
    date_hierarchy = "starts_at"
    search_fields = NAMES
    search_help_text = _("Reference, mobile number, guest's name or salon")
    fields = (
        "reference",
        "salon",
        "customer",
        "status",
        "starts_at",
        "ends_at",
        "business_day",
        price,
        due_now,
        "policy",
        "note",
        "source",
        "expires_at",
        "created_at",
    )
    readonly_fields = (price, due_now)
    inlines: ClassVar[list[type[ReadOnlyInline]]] = [ItemInline, BusyInline, EventInline]


@admin.register(BookingItem)
class BookingItemAdmin(ReadOnlyAdmin):
    list_display = ("booking", "service", "variant", "staff", "starts_at", "minutes")
    list_select_related = ("booking", "service", "variant__service", "staff")
    ordering = ("-pk",)
    search_fields = ("booking__reference", "service__name_ar", "service__name_en", "staff__name_ar", "staff__name_en")
    search_help_text = _("Booking reference, service or staff member")


@admin.register(BusyTime)
class BusyTimeAdmin(ReadOnlyAdmin):
    list_display = ("staff", "lane", busy_from, busy_to, "booking", "reason", "held_until")
    list_filter = ("lane",)
    list_select_related = ("staff", "booking")
    ordering = ("-start_minute",)
    search_fields = ("staff__name_ar", "staff__name_en", "booking__reference", "reason")
    search_help_text = _("Staff member, booking reference or reason")
    fields = ("staff", "lane", busy_from, busy_to, "booking", "reason", "held_until")
    readonly_fields = (busy_from, busy_to)


@admin.register(BookingEvent)
class BookingEventAdmin(ReadOnlyAdmin):
    list_display = (
        "booking",
        "at",
        "actor_kind",
        "actor",
        "old_status",
        "new_status",
        "moved_from",
        "moved_to",
        "reason",
    )
    list_filter = ("actor_kind", "new_status")
    list_select_related = ("booking", "actor")
    ordering = ("-pk",)
    search_fields = ("booking__reference", "actor__phone", "actor__name", "reason")
    search_help_text = _("Booking reference, mobile number, name or reason")
