"""Salons in the administration: searchable in either language, folded as guests' searches are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from salon.core.sturdy import SturdyList
from salon.salons.art import CATEGORY_ART, COVERS
from salon.salons.domain import refresh_search_text
from salon.salons.models import (
    Category,
    City,
    Closure,
    District,
    Membership,
    Salon,
    SalonStatus,
    Season,
    SeasonHours,
    Service,
    Staff,
    StaffService,
    Variant,
    WeeklyHours,
)
from salon.salons.search import words_of

NAMES = ("name_ar", "name_en")
OWN_TERMS = ["prepayment", "deposit_percent", "deposit_amount", "free_minutes"]
TERMS_ARE_KEPT = _("A change holds for new bookings. Who has booked keeps the terms that were shown.")


def _refresh(salons: Iterable[Salon]) -> None:
    for salon in salons:
        refresh_search_text(salon)


def _pictures(names: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, name) for name in names]


class _ServicesOfTheSalon(admin.TabularInline):
    """An inline whose choices are those of the salon in hand, read once for all rows."""

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.name in {"service", "variant"} and request.resolver_match:
            staff = request.resolver_match.kwargs.get("object_id")
            rows = field.queryset.filter(
                **{"salon__staff" if db_field.name == "service" else "service__salon__staff": staff}
            )
            rows = rows.select_related("service") if db_field.name == "variant" else rows
            # A list instead of a queryset: the formset would ask again for every row.
            field.choices = [("", "—"), *((row.pk, str(row)) for row in rows)] if staff else [("", "—")]
        return field


class MembershipInline(admin.TabularInline):
    model = Membership
    raw_id_fields = ["user"]
    extra = 0


class SalonHoursInline(admin.TabularInline):
    """The salon's own hours; those of its team stand with each person."""

    model = WeeklyHours
    fields = ["weekday", "start_minute", "end_minute"]
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[WeeklyHours]:
        return super().get_queryset(request).filter(staff=None)


class ClosureInline(admin.TabularInline):
    model = Closure
    extra = 0


class VariantInline(admin.TabularInline):
    model = Variant
    extra = 0


class OfferInline(_ServicesOfTheSalon):
    model = StaffService
    extra = 0


class SeasonHoursInline(admin.TabularInline):
    model = SeasonHours
    extra = 0


class _Prefilled(SturdyList, admin.ModelAdmin):
    """A form whose address may fill it in: `?salon=3`. What is no key is left out, on which Django would break."""

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        given = super().get_changeform_initial_data(request)
        keys = self.autocomplete_fields
        return {name: value for name, value in given.items() if name not in keys or re.fullmatch("[0-9]{1,18}", value)}


@admin.register(Salon)
class SalonAdmin(_Prefilled):
    list_display = ["name_ar", "name_en", "city", "district", "audience", "status", "rating_count"]
    list_filter = ["status", "city", "audience", "prepayment", "manual_approval"]
    list_select_related = ["city", "district__city"]
    search_fields = ["search_text", "slug"]
    search_help_text = _("Name, place or service, in Arabic or English")
    prepopulated_fields = {"slug": ["name_en"]}
    autocomplete_fields = ["city", "district"]
    readonly_fields = ["rating_sum", "rating_count", "created_at"]
    inlines = [SalonHoursInline, ClosureInline, MembershipInline]
    actions = ["publish", "suspend"]
    fieldsets = [
        (None, {"fields": ["slug", "status", "audience", "private_room", "cover"]}),
        (_("Texts"), {"fields": ["name_ar", "name_en", "about_ar", "about_en"]}),
        (
            _("Place"),
            {"fields": ["city", "district", "address_ar", "address_en", "latitude", "longitude", "phone", "zone"]},
        ),
        (
            _("Booking rules"),
            {
                "fields": [
                    *("slot_step", "lead_minutes", "horizon_days", "manual_approval", "approval_minutes"),
                ]
            },
        ),
        (
            _("Cancellation and prepayment"),
            {
                "description": TERMS_ARE_KEPT,
                "fields": [
                    *("policy", "free_minutes", "prepayment", "deposit_percent", "deposit_amount"),
                    *("late_keeps", "no_show_keeps", "no_show_credit", "grace_minutes"),
                ],
            },
        ),
        (_("Papers"), {"fields": ["cr_number", "vat_number"]}),
        (_("Figures"), {"fields": ["rating_sum", "rating_count", "created_at"]}),
    ]

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "cover":
            return forms.ChoiceField(choices=_pictures(COVERS), label=db_field.verbose_name, initial=db_field.default)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        queryset: QuerySet[Salon],
        search_term: str,
    ) -> tuple[QuerySet[Salon], bool]:
        """The guests' search: spelling of Arabic and the article make no difference; a slug finds too."""
        words = words_of(search_term)
        found = queryset
        for word in words:
            found = found.filter(search_text__contains=word)
        return (found | queryset.filter(slug=search_term.strip()[:60].replace("\0", "")) if words else queryset), False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        super().save_related(request, form, formsets, change)
        refresh_search_text(form.instance)

    @admin.action(description=_("Publish"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Salon]) -> None:
        self._move(request, queryset, SalonStatus.PUBLISHED)

    @admin.action(description=_("Suspend: hidden from guests, no new bookings"), permissions=["change"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Salon]) -> None:
        self._move(request, queryset, SalonStatus.SUSPENDED)

    def _move(self, request: HttpRequest, queryset: QuerySet[Salon], status: SalonStatus) -> None:
        number = 0
        for salon in queryset.exclude(status=status):
            salon.status = status
            salon.save(update_fields=["status"])
            self.log_change(request, salon, [{"changed": {"fields": ["status"], "name": str(status)}}])
            number += 1
        self.message_user(request, ngettext("%(n)s salon changed.", "%(n)s salons changed.", number) % {"n": number})


class _NamedAdmin(_Prefilled):
    """A thing whose name is part of salons' search texts: `salons_of` says of which."""

    search_fields = list(NAMES)

    def salons_of(self, thing: Any) -> QuerySet[Salon]:
        raise NotImplementedError

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        super().save_related(request, form, formsets, change)
        _refresh(self.salons_of(form.instance))


@admin.register(City)
class CityAdmin(_NamedAdmin):
    list_display = [*NAMES, "slug", "position"]

    def salons_of(self, thing: City) -> QuerySet[Salon]:
        return Salon.objects.filter(city=thing)


@admin.register(District)
class DistrictAdmin(_NamedAdmin):
    list_display = [*NAMES, "city"]
    list_filter = ["city"]
    list_select_related = ["city"]
    search_fields = [*NAMES, "city__name_ar", "city__name_en"]

    def salons_of(self, thing: District) -> QuerySet[Salon]:
        return Salon.objects.filter(district=thing)


@admin.register(Category)
class CategoryAdmin(_NamedAdmin):
    list_display = [*NAMES, "slug", "art", "position"]

    def salons_of(self, thing: Category) -> QuerySet[Salon]:
        return Salon.objects.filter(services__category=thing).distinct()

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "art":
            return forms.ChoiceField(choices=_pictures(CATEGORY_ART), label=db_field.verbose_name)
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(Service)
class ServiceAdmin(_NamedAdmin):
    list_display = [*NAMES, "salon", "category", "price", "minutes", "is_active"]
    list_filter = ["is_active", "category", "salon__city"]
    list_select_related = ["salon", "category"]
    search_fields = [*NAMES, "salon__name_ar", "salon__name_en"]
    autocomplete_fields = ["salon", "category"]
    inlines = [VariantInline]
    fieldsets = [
        (None, {"fields": ["salon", "category", *NAMES, "description_ar", "description_en", "is_active", "position"]}),
        (_("Price and time"), {"fields": ["price", "minutes", "buffer_before", "buffer_after"]}),
        (_("Terms of its own"), {"description": TERMS_ARE_KEPT, "fields": OWN_TERMS}),
    ]

    def salons_of(self, thing: Service) -> QuerySet[Salon]:
        return Salon.objects.filter(pk=thing.salon_id)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        salon = obj.salon
        super().delete_model(request, obj)
        refresh_search_text(salon)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Service]) -> None:
        salons = list(Salon.objects.filter(services__in=queryset).distinct())
        super().delete_queryset(request, queryset)
        _refresh(salons)


class StaffHoursInline(admin.TabularInline):
    """Hours of one's own; without any the salon's hours hold."""

    model = WeeklyHours
    fields = ["weekday", "start_minute", "end_minute"]
    extra = 0


@admin.register(Staff)
class StaffAdmin(_Prefilled):
    list_display = [*NAMES, "title_ar", "salon", "is_active"]
    list_filter = ["is_active", "salon__city"]
    list_select_related = ["salon"]
    search_fields = [*NAMES, "salon__name_ar", "salon__name_en"]
    autocomplete_fields = ["salon"]
    raw_id_fields = ["user"]
    inlines = [OfferInline, StaffHoursInline]

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """Hours of a person carry the person's salon as well."""
        if formset.model is WeeklyHours:
            for row in formset.save(commit=False):
                row.salon_id = form.instance.salon_id
                row.save()
            for row in formset.deleted_objects:
                row.delete()
            return
        super().save_formset(request, form, formset, change)


@admin.register(Season)
class SeasonAdmin(_Prefilled):
    list_display = [*NAMES, "salon", "first_day", "last_day"]
    list_select_related = ["salon"]
    search_fields = [*NAMES, "salon__name_ar", "salon__name_en"]
    autocomplete_fields = ["salon"]
    inlines = [SeasonHoursInline]
    fieldsets = [
        (None, {"fields": ["salon", *NAMES, "first_day", "last_day"]}),
        (_("Terms of its own"), {"description": TERMS_ARE_KEPT, "fields": OWN_TERMS}),
    ]


@admin.register(Membership)
class MembershipAdmin(_Prefilled):
    list_display = ["user", "salon", "role"]
    list_filter = ["role"]
    list_select_related = ["user", "salon"]
    search_fields = ["user__name", "user__phone", "salon__name_ar", "salon__name_en"]
    autocomplete_fields = ["salon"]
    raw_id_fields = ["user"]


@admin.register(WeeklyHours)
class WeeklyHoursAdmin(_Prefilled):
    list_display = ["salon", "staff", "weekday", "start_minute", "end_minute"]
    list_filter = ["weekday", "salon__city"]
    list_select_related = ["salon", "staff"]
    search_fields = ["salon__name_ar", "salon__name_en", "staff__name_ar", "staff__name_en"]
    autocomplete_fields = ["salon", "staff"]


@admin.register(Closure)
class ClosureAdmin(_Prefilled):
    list_display = ["salon", "first_day", "last_day", "reason"]
    list_select_related = ["salon"]
    search_fields = ["salon__name_ar", "salon__name_en", "reason"]
    autocomplete_fields = ["salon"]


# These three are mostly edited in their parent's page; here they are found.


@admin.register(Variant)
class VariantAdmin(_Prefilled):
    list_display = ["service", "name_ar", "name_en", "price", "minutes"]
    list_select_related = ["service"]
    search_fields = ["name_ar", "name_en", "service__name_ar", "service__name_en", "service__salon__name_en"]
    autocomplete_fields = ["service"]


@admin.register(StaffService)
class StaffServiceAdmin(_Prefilled):
    list_display = ["staff", "service", "variant", "price", "minutes"]
    list_select_related = ["staff", "service", "variant__service"]
    search_fields = ["staff__name_ar", "staff__name_en", "service__name_ar", "service__name_en"]
    autocomplete_fields = ["staff", "service", "variant"]


@admin.register(SeasonHours)
class SeasonHoursAdmin(_Prefilled):
    list_display = ["season", "weekday", "start_minute", "end_minute"]
    list_filter = ["weekday"]
    list_select_related = ["season"]
    search_fields = ["season__name_ar", "season__name_en", "season__salon__name_ar", "season__salon__name_en"]
    autocomplete_fields = ["season"]
