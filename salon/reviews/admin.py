"""Reviews in the administration: read, searched, hidden and shown again; a guest's words are never edited."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from salon.core.sturdy import SturdyList
from salon.reviews import domain
from salon.reviews.models import Review


@admin.register(Review)
class ReviewAdmin(SturdyList, admin.ModelAdmin):
    list_display = ["salon", "rating", "beginning", "status", "created_at"]
    list_filter = ["status", "rating"]
    list_select_related = ["salon"]
    search_fields = ["text", "reply", "salon__name_ar", "salon__name_en", "booking__reference"]
    readonly_fields = ["booking", "salon", "rating", "text", "reply", "status", "created_at"]
    actions = ["hide", "publish"]

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Review | None = None) -> bool:  # noqa: ARG002 - Django's signature
        return False

    @admin.display(description=_("text"))
    def beginning(self, review: Review) -> str:
        return Truncator(review.text).chars(60)

    @admin.action(description=_("Hide from the salon's page"), permissions=["change"])
    def hide(self, request: HttpRequest, queryset: QuerySet[Review]) -> None:
        self._say(request, domain.hide(reviews=queryset))

    @admin.action(description=_("Show again"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Review]) -> None:
        self._say(request, domain.publish(reviews=queryset))

    def _say(self, request: HttpRequest, number: int) -> None:
        self.message_user(request, ngettext("%(n)s review changed.", "%(n)s reviews changed.", number) % {"n": number})
