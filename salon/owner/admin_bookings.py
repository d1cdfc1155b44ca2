"""What an operator may do with a booking: each legal move, through the same flow as the guest's and the salon's press.

It stands above `bookings.admin`, because a move has letters and refunds that the flows write.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from salon.bookings.admin import BookingAdmin
from salon.bookings.errors import BookingError
from salon.bookings.models import ActorKind, Booking
from salon.flows import booking as flow

admin.site.unregister(Booking)


@admin.register(Booking)
class BookingActions(BookingAdmin):
    """The bookings of `bookings.admin`, with buttons. They want the right to change bookings."""

    actions = ("confirm", "decline", "arrive", "complete", "no_show", "cancel")

    def has_move_permission(self, request: HttpRequest) -> bool:
        """The page changes nothing by itself, so Django's own right to change is never given: ask for it here."""
        return request.user.has_perm("bookings.change_booking")

    @admin.action(description=_("Confirm the requests"), permissions=["move"])
    def confirm(self, request: HttpRequest, rows: QuerySet[Booking]) -> None:
        self._each(request, rows, flow.confirm)

    @admin.action(description=_("Decline the requests"), permissions=["move"])
    def decline(self, request: HttpRequest, rows: QuerySet[Booking]) -> None:
        self._each(request, rows, flow.decline)

    @admin.action(description=_("Mark as arrived"), permissions=["move"])
    def arrive(self, request: HttpRequest, rows: QuerySet[Booking]) -> None:
        self._each(request, rows, flow.arrive)

    @admin.action(description=_("Mark as completed"), permissions=["move"])
    def complete(self, request: HttpRequest, rows: QuerySet[Booking]) -> None:
        self._each(request, rows, flow.complete)

    @admin.action(description=_("Mark as no-show"), permissions=["move"])
    def no_show(self, request: HttpRequest, rows: QuerySet[Booking]) -> None:
        self._each(request, rows, flow.no_show)

    @admin.action(description=_("Cancel, and give back all that was paid"), permissions=["move"])
    def cancel(self, request: HttpRequest, rows: QuerySet[Booking]) -> None:
        self._each(request, rows, flow.cancel)

    def _each(self, request: HttpRequest, rows: QuerySet[Booking], verb: Callable[..., Booking]) -> None:
        """Move one after the other; one that cannot says why and stops no other."""
        now, moved = timezone.now(), 0
        for booking in rows.order_by("pk"):
            try:
                verb(booking=booking, actor=request.user, by=ActorKind.OPERATOR, now=now)
            except BookingError as error:
                messages.error(request, f"{booking.reference}: {error}")
            else:
                moved += 1
        if moved:
            text = ngettext("%(count)d booking was moved.", "%(count)d bookings were moved.", moved)
            messages.success(request, text % {"count": moved})
