"""Admin pages that show and search, and change nothing: what they show is written by the flows alone."""

from __future__ import annotations

from django.contrib import admin
from django.db import models
from django.http import HttpRequest


class _ReadOnly:
    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:  # noqa: ARG002 - the same
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:  # noqa: ARG002 - the same
        return False


class ReadOnlyAdmin(_ReadOnly, admin.ModelAdmin):
    """List, search and look. Actions may still be offered: they call a verb, never a form."""

    list_per_page = 50
    show_full_result_count = False


class ReadOnlyInline(_ReadOnly, admin.TabularInline):
    """The rows that belong to the one shown."""

    extra = 0
    show_change_link = True
