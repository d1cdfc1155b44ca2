"""The limits on sign-in codes, for operators: what is used, by whom in plain words, until when; and how to lift one."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from allauth.core.internal.ratelimit import truncate_ip
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from salon.accounts import limits
from salon.accounts.budgets import BUDGETS, PHONE_TRIES, PREFIX, TRIES, Budget
from salon.accounts.models import UsageCounter
from salon.core.phones import InvalidPhone, national, parse_mobile
from salon.core.sturdy import SturdyList

KNOWN = {budget.name: budget for budget in (*BUDGETS, TRIES, PHONE_TRIES)}
GUARDS = (TRIES.name, PHONE_TRIES.name)
"""No budgets: more of these would be more guesses at somebody's code. Nobody lifts them."""


def _budget(row: UsageCounter) -> Budget | None:
    """What the row counts; None for a counter of another room."""
    return KNOWN.get(row.name)


class LimitFilter(admin.SimpleListFilter):
    """By limit, in words."""

    title = _("limit")
    parameter_name = "name"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002 - Django's
        return [(budget.name, budget.label) for budget in KNOWN.values()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[UsageCounter]) -> QuerySet[UsageCounter]:  # noqa: ARG002
        return queryset.filter(name=self.value()) if self.value() else queryset


class ReachedFilter(admin.SimpleListFilter):
    """The rows at which somebody is refused at this moment."""

    title = _("refusing now")
    parameter_name = "reached"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002 - Django's
        return [("yes", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[UsageCounter]) -> QuerySet[UsageCounter]:  # noqa: ARG002
        if self.value() != "yes":
            return queryset
        now, reached = timezone.now(), Q(pk__in=[])
        for budget in BUDGETS:
            reached |= Q(name=budget.name, count__gte=budget.allowed, window_start__gt=now - budget.window)
        return queryset.filter(reached)


@admin.register(UsageCounter)
class UsageCounterAdmin(SturdyList, admin.ModelAdmin):
    """To look at, and to lift: a row that is gone counts from zero. Lifting wants the right to delete."""

    list_display = ("limit", "whose", "used", "until")
    list_filter = (ReachedFilter, LimitFilter)
    search_fields = ("key",)
    search_help_text = _("A mobile number in any spelling, or an IP address")
    ordering = ("-window_start", "-count")
    fields = readonly_fields = ("limit", "whose", "used", "since", "until", "key")
    actions = ("lift",)

    @admin.display(description=_("limit"), ordering="name")
    def limit(self, row: UsageCounter) -> Any:
        budget = _budget(row)
        return budget.label if budget else row.name

    @admin.display(description=pgettext_lazy("limit", "for"), ordering="key")
    def whose(self, row: UsageCounter) -> str:
        """The phone itself; of an address only its fingerprint is kept."""
        match (budget := _budget(row)) and budget.kind:
            case "phone":
                return f"\u2066{national(row.key)}\u2069"
            case "prefix":
                return gettext("numbers that begin with %(digits)s") % {"digits": f"\u2066{row.key}\u2069"}
            case "address":
                return gettext("an address (fingerprint %(mark)s)") % {"mark": row.key[:8]}
            case "all":
                return gettext("the whole site")
            case "code":
                return gettext("one code (fingerprint %(mark)s)") % {"mark": row.key[:8]}
        return row.key

    @admin.display(description=_("used"), ordering="count")
    def used(self, row: UsageCounter) -> str:
        budget = _budget(row)
        if budget is None:
            return str(row.count)
        return gettext("%(count)d of %(allowed)d") % {"count": row.count, "allowed": budget.allowed}

    @admin.display(description=_("from"), ordering="window_start")
    def since(self, row: UsageCounter) -> str:
        return _moment(row.window_start)

    @admin.display(description=pgettext_lazy("limit", "until"), ordering="window_start")
    def until(self, row: UsageCounter) -> str:
        """When the count begins again by itself, in the site's time."""
        budget = _budget(row)
        return _moment(row.window_start + budget.window) if budget else "-"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[UsageCounter], search_term: str
    ) -> tuple[QuerySet[UsageCounter], bool]:
        """By phone (its own rows and those of its range) or by address, which is looked up by its fingerprint."""
        term = search_term.strip()
        with suppress(ValueError):
            return queryset.filter(key=limits.address_key(truncate_ip(str(ip_address(term))))), False
        with suppress(InvalidPhone):
            phone = parse_mobile(term, countries=settings.OTP_COUNTRIES)
            return queryset.filter(key__in=[phone, phone[:PREFIX]]), False
        return super().get_search_results(request, queryset, search_term)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: UsageCounter | None = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: UsageCounter | None = None) -> bool:
        """The right to lift, which is to delete."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.name not in GUARDS)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """One word for one thing."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    @admin.action(description=_("Lift the chosen limits"), permissions=["delete"])
    def lift(self, request: HttpRequest, rows: QuerySet[UsageCounter]) -> None:
        tries = rows.filter(name__in=GUARDS).exists()
        self._lift(request, rows.exclude(name__in=GUARDS))
        if tries:
            messages.warning(request, _("Tries of a code are never given back."))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.lift_one)
        return [path("<int:object_id>/lift/", view, name="accounts_usagecounter_lift"), *super().get_urls()]

    def lift_one(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The button on the row's own page."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = get_object_or_404(UsageCounter, pk=object_id)
        if not self.has_delete_permission(request, row):
            raise PermissionDenied
        self._lift(request, UsageCounter.objects.filter(pk=row.pk))
        return HttpResponseRedirect(reverse("admin:accounts_usagecounter_changelist"))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With the button in place of Django's "Delete"."""
        row = UsageCounter.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        can_lift = row is not None and self.has_delete_permission(request, row)
        extra = {**(extra_context or {}), "show_delete": False, "can_lift": can_lift}
        return super().change_view(request, object_id, form_url, extra)

    def _lift(self, request: HttpRequest, rows: QuerySet[UsageCounter]) -> None:
        chosen = list(rows.values_list("pk", flat=True))
        lifted = UsageCounter.objects.filter(pk__in=chosen)
        if not chosen:
            return
        self.log_deletions(request, lifted)
        lifted.delete()
        text = ngettext("%(count)d limit was lifted.", "%(count)d limits were lifted.", len(chosen))
        messages.success(request, text % {"count": len(chosen)})


def _moment(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")
