"""Second factors and signed-in devices, for operators: to look at and to take away, never to read or to change."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.admin.sites import NotRegistered
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from salon.core.phones import InvalidPhone, parse_mobile
from salon.core.sturdy import SturdyList

for _theirs in (Authenticator, UserSession):  # allauth's pages show secrets, and look people up by a user name
    with suppress(NotRegistered):
        admin.site.unregister(_theirs)

# allauth's models have no Arabic names, and its catalogue takes "MFA" for a Ministry of Foreign Affairs. Migrations do
# not see this: they compare what a model was declared with.
apps.get_app_config("mfa").verbose_name = _("Second factors")
apps.get_app_config("usersessions").verbose_name = _("Signed-in devices")
for _theirs, _one, _many in (
    (Authenticator, _("second factor"), _("second factors")),
    (UserSession, _("signed-in device"), _("signed-in devices")),
):
    _theirs._meta.verbose_name, _theirs._meta.verbose_name_plural = _one, _many  # noqa: SLF001 - where Django keeps it


class _OnlyTakenAway(SturdyList, admin.ModelAdmin):
    """Deleting is for superusers: a second factor that is gone lets its person set up another one."""

    search_fields = ("user__phone", "user__name")
    search_help_text = _("A mobile number in any spelling, or a name")
    list_select_related = ("user",)
    actions = None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        with suppress(InvalidPhone):
            search_term = parse_mobile(search_term)
        return super().get_search_results(request, queryset, search_term)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Authenticator | UserSession]) -> Any:
        """Whose it was, and neither from where nor on what: the log stays when the account goes."""
        rows = [
            LogEntry(
                user=request.user,
                content_type=ContentType.objects.get_for_model(row),
                object_id=str(row.pk),
                object_repr=str(row.user_id),
                action_flag=DELETION,
            )
            for row in queryset
        ]
        return LogEntry.objects.bulk_create(rows)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - the same
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - the same
        return bool(request.user.is_superuser)


@admin.register(Authenticator)
class AuthenticatorAdmin(_OnlyTakenAway):
    """For somebody who lost the device and the recovery codes. Their `data` is no operator's business."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    fields = ("user", "type", "created_at", "last_used_at")


@admin.register(UserSession)
class UserSessionAdmin(_OnlyTakenAway):
    """Deleting one signs that device out."""

    list_display = ("user", "created_at", "user_agent")
    fields = ("user", "created_at", "user_agent")

    def delete_model(self, request: HttpRequest, obj: UserSession) -> None:  # noqa: ARG002 - Django's signature
        obj.end()
