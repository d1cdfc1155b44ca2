"""Filters of the till's lists in the administration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from salon.core.templatetags.salon import loc
from salon.payments import attention
from salon.payments.models import Payment, WebhookEvent
from salon.salons.models import Salon

Choices = list[tuple[str, str | Promise]]


class SalonFilter(admin.SimpleListFilter):
    """One salon, out of a menu: there are too many for a list of links. `path` leads to it from the row."""

    title = _("salon")
    parameter_name = "salon"
    template = "admin/payments/menu_filter.html"
    path = ""

    @classmethod
    def at(cls, path: str) -> type[SalonFilter]:
        """The filter for rows whose salon is at `path`, as in "payment__booking__salon"."""
        return type("SalonFilter", (cls,), {"path": path})

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Choices:  # noqa: ARG002 - Django's signature
        return [(each.slug, loc(each, "name")) for each in Salon.objects.only("slug", "name_ar", "name_en")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002 - the same
        """All of them for a salon that is none."""
        known = {slug for slug, _name in self.lookup_choices}
        return queryset.filter(**{f"{self.path}__slug": self.value()}) if self.value() in known else queryset

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        """The first one carries what else is asked of the list, for the menu's form."""
        kept = {key: values for key, values in changelist.filter_params.items() if key != self.parameter_name}
        yield {"kept": [(key, value) for key, values in kept.items() for value in values]}
        for slug, name in self.lookup_choices:
            yield {"value": slug, "display": name, "selected": slug == self.value()}


class LookFilter(admin.SimpleListFilter):
    """Payments that a person must look at."""

    title = _("needs a look")
    parameter_name = "look"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Choices:  # noqa: ARG002 - Django's signature
        return [("any", _("Needs a look")), ("overdue", _("Reserved past its end"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payment]) -> QuerySet[Payment]:  # noqa: ARG002 - the same
        now = timezone.now()
        if self.value() == "any":
            return queryset.filter(attention.of_payments(now=now))
        if self.value() == "overdue":
            return queryset.filter(pk__in=attention.overdue(now=now).order_by().values("pk"))
        return queryset


class OpenFilter(admin.SimpleListFilter):
    """Findings that nobody has dealt with."""

    title = _("dealt with")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Choices:  # noqa: ARG002 - Django's signature
        return [("yes", _("Open")), ("no", _("Dealt with"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002 - the same
        if self.value() in {"yes", "no"}:
            return queryset.filter(resolved_at__isnull=self.value() == "yes")
        return queryset


class OutcomeFilter(admin.SimpleListFilter):
    """What came of a knock at the door. The outcome itself is a text of its own for every state."""

    title = _("outcome")
    parameter_name = "came"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Choices:  # noqa: ARG002 - Django's signature
        return [("settled", _("Settled")), ("pending", _("Not worked through")), ("none", _("For no payment of ours"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[WebhookEvent]) -> QuerySet[WebhookEvent]:  # noqa: ARG002 - the same
        pending = Q(outcome__in=["", "pending"])
        match self.value():
            case "settled":
                return queryset.filter(outcome__startswith="settled")
            case "pending":
                return queryset.filter(pending)
            case "none":
                return queryset.filter(~pending, payment__isnull=True)
        return queryset


class AgreesFilter(admin.SimpleListFilter):
    """Days on which the gateway and the ledger differ."""

    title = _("the ledger")
    parameter_name = "agrees"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Choices:  # noqa: ARG002 - Django's signature
        return [("no", _("Differs")), ("yes", _("Agrees"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002 - the same
        same = Q(taken=F("ledger_taken"), given_back=F("ledger_given_back"))
        if self.value() == "yes":
            return queryset.filter(same)
        return queryset.exclude(same) if self.value() == "no" else queryset
