"""The post room for operators: every letter with the fate of each attempt, and a failed one can go again."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from salon.core.readonly import ReadOnlyAdmin
from salon.notifications import outbox
from salon.notifications.models import Notification


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ("letter", "booking", "recipient", "state", "attempts", "next_at", "error", "created_at", "sent_at")
    list_filter = ("state", "letter", "channel")
    list_select_related = ("booking", "recipient")
    date_hierarchy = "created_at"
    search_fields = ("booking__reference", "recipient__phone", "recipient__name", "provider_ref")
    search_help_text = _("Booking reference, mobile number, name, or the provider's reference")
    actions = ("send_again",)

    @admin.action(description=_("Send failed letters again"), permissions=["act"])
    def send_again(self, request: HttpRequest, rows: QuerySet[Notification]) -> None:
        """Only failed ones: what was sent is not sent twice by a hasty press."""
        now = timezone.now()
        keys = [row.dedupe_key for row in rows if outbox.send_again(row, now=now)]
        sent = outbox.dispatch(now=now, only=keys, limit=len(keys)) if keys else 0
        text = ngettext("%(count)d letter was sent.", "%(count)d letters were sent.", sent) % {"count": sent}
        messages.success(request, text)
