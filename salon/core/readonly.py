"""Admin pages that show and search, and change nothing: what they show is written by the flows alone."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.db import models
from django.http import HttpRequest

from salon.core.sturdy import SturdyList


class _ReadOnly:
    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:  # noqa: ARG002 - the same
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:  # noqa: ARG002 - the same
        return False


class ReadOnlyAdmin(_ReadOnly, SturdyList, admin.ModelAdmin):
    """List, search and look. Actions may still be offered: they call a verb, never a form.

    An action names `permissions=["act"]`, or everybody who may look may press it.
    """

    list_per_page = 50
    show_full_result_count = False

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Who may only look must not act: the page never gives Django's right to change, so it is asked for here."""
        return request.user.has_perm(f"{self.opts.app_label}.{get_permission_codename('change', self.opts)}")


class ReadOnlyInline(_ReadOnly, admin.TabularInline):
    """The rows that belong to the one shown."""

    extra = 0
    show_change_link = True
