"""Lists of the administration that no address can break."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db import DataError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

logger = logging.getLogger("salon.core.sturdy")

_PATTERNS = ("__regex", "__iregex")


class SturdyChangeList(ChangeList):
    """A list whose filters may have been typed by anybody: the year 9999, a NUL, half a regular expression.

    Django answers what it knows to be nonsense with the whole list. Python's and PostgreSQL's refusals of the rest
    would be an error 500: they are the same nonsense.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Read the address; raises IncorrectLookupParameters, which the view answers with a redirect."""
        try:
            super().__init__(*args, **kwargs)
        except (ValueError, OverflowError, DataError) as error:
            logger.warning("a filter of %s could not be read", self.model._meta.label, exc_info=error)  # noqa: SLF001 - Django's own name
            raise IncorrectLookupParameters from error


class SturdyList:
    """For a ModelAdmin: its list is a `SturdyChangeList`, and no address makes the database work out a pattern."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Not by regular expression: a short one can keep the database busy for hours."""
        return not lookup.endswith(_PATTERNS) and super().lookup_allowed(lookup, value, request)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # noqa: ARG002 - Django's signature
        return SturdyChangeList

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Do what was pressed, for rows that could exist. A chosen row that is no key at all chooses nothing."""
        try:
            for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.run_validators(self.opts.pk.to_python(chosen))
        except ValidationError:
            return HttpResponseRedirect(request.get_full_path())
        return super().response_action(request, queryset)
