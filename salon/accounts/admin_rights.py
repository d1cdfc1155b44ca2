"""What people agreed to and what they asked about their own data, for operators: to look at, never to edit.

The button that carries a deletion out is an action in `owner.admin_data_requests`, floors above: it is a journey.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from salon.accounts.data_requests import is_overdue
from salon.accounts.models import Consent, DataRequest, DataRequestState, User
from salon.core.phones import InvalidPhone, parse_mobile
from salon.core.readonly import ReadOnlyAdmin

PERSON: Final = ("user__phone", "user__name")


class _OfAPerson(ReadOnlyAdmin):
    """Found by the person: by name, or by a mobile number however it is typed."""

    search_fields = PERSON
    search_help_text = _("A mobile number in any spelling, or a name")
    list_select_related = ("user",)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        """A whole mobile number is looked up as it is stored."""
        with suppress(InvalidPhone):
            search_term = parse_mobile(search_term)
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description=_("mobile number"), ordering="user__phone")
    def phone(self, row: Consent | DataRequest) -> str:
        """E.164, kept left to right; empty for a deleted account."""
        return phone_of(row.user)


def phone_of(person: User | None) -> str:
    """The number for a cell of a list: left to right, "" where there is none (any more)."""
    return format_html('<bdi dir="ltr">{}</bdi>', person.phone) if person and person.phone else ""


@admin.register(Consent)
class ConsentAdmin(_OfAPerson):
    list_display = ("user", "phone", "purpose", "granted", "text_version", "language", "at")
    list_filter = ("purpose", "granted", "text_version")
    date_hierarchy = "at"
    fields = ("user", "phone", "purpose", "granted", "text_version", "language", "at")
    readonly_fields = ("phone",)


class _Overdue(admin.SimpleListFilter):
    title = _("overdue")
    parameter_name = "overdue"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:  # noqa: ARG002 - Django's signature
        return [("yes", _("Overdue"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[DataRequest]) -> QuerySet[DataRequest]:  # noqa: ARG002 - the same
        if self.value() == "yes":
            return queryset.filter(state=DataRequestState.OPEN, due_at__lt=timezone.now())
        return queryset


@admin.register(DataRequest)
class DataRequestAdmin(_OfAPerson):
    """Open ones first, the most pressing on top."""

    list_display = ("user", "phone", "kind", "state", "requested_at", "due", "closed_at")
    list_filter = ("state", "kind", _Overdue)
    date_hierarchy = "requested_at"
    ordering = (F("closed_at").asc(nulls_first=True), "due_at")
    fields = ("user", "phone", "kind", "state", "requested_at", "due", "closed_at")
    readonly_fields = ("phone", "due")

    @admin.display(description=_("to be answered by"), ordering="due_at")
    def due(self, row: DataRequest) -> str:
        """The day by which the law wants an answer, with the word "overdue" once it has passed."""
        day = timezone.localtime(row.due_at).date().isoformat()
        if is_overdue(row, now=timezone.now()):
            return format_html('<bdi dir="ltr">{}</bdi> <strong>⚠ {}</strong>', day, gettext("overdue"))
        return format_html('<bdi dir="ltr">{}</bdi>', day)
