"""People for operators. Nobody has a password to set: a person signs in by phone."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from django.contrib import admin
from django.contrib.admin.sites import NotRegistered
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from salon.accounts import admin_limits, admin_rights, admin_security  # noqa: F401 - they register themselves; Django only looks for this file
from salon.accounts.models import User
from salon.core.phones import InvalidPhone, parse_mobile
from salon.core.sturdy import SturdyList

for _unused in (EmailAddress, EmailConfirmation):  # allauth's; nobody here has an e-mail address
    with suppress(NotRegistered):
        admin.site.unregister(_unused)


@admin.register(User)
class UserAdmin(SturdyList, admin.ModelAdmin):
    list_display = ("phone", "shown_name", "language", "is_staff", "is_active", "date_joined")
    list_filter = ("is_staff", "is_active", "language")
    search_fields = ("phone", "name")
    search_help_text = _("A mobile number in any spelling, or a name")
    ordering = ("-date_joined",)
    readonly_fields = ("date_joined", "last_login", "anonymised_at")
    filter_horizontal = ("groups", "user_permissions")
    fieldsets = (
        (None, {"fields": ("phone", "name", "language", "is_active")}),
        (_("Administration"), {"fields": ("is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Dates"), {"fields": ("date_joined", "last_login", "anonymised_at")}),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        """A whole mobile number is looked up as it is stored, however it was typed."""
        with suppress(InvalidPhone):
            search_term = parse_mobile(search_term)
        return super().get_search_results(request, queryset, search_term)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Only a superuser hands out rights: an operator must not be able to promote themselves."""
        rights = () if request.user.is_superuser else ("is_staff", "is_superuser", "groups", "user_permissions")
        return (*super().get_readonly_fields(request, obj), *rights)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Changing another operator's phone would be taking their account over. A deleted account is nobody's."""
        allowed = super().has_change_permission(request, obj)
        if obj is not None and obj.anonymised_at is not None:
            return False
        return allowed and (obj is None or request.user.is_superuser or not obj.is_staff)

    @admin.display(description=_("name"), ordering="name")
    def shown_name(self, row: User) -> str:
        """As everybody sees it: a deleted account says so."""
        return row.shown_name

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """The same for deleting one."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or request.user.is_superuser or not obj.is_staff)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """A number that is changed for somebody signs the old one's devices out, as changing it oneself does."""
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if change and "phone" in form.changed_data:
            end_other_sessions(request, obj)
