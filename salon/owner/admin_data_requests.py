"""What an operator may do with requests of people about their own data: carry a deletion out.

It stands above `accounts.admin_rights`, because a deletion is a journey: it looks at bookings and money.
"""

from __future__ import annotations

from typing import Final

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from salon.accounts.admin_rights import DataRequestAdmin
from salon.accounts.models import DataRequest
from salon.flows import data_rights
from salon.flows.data_rights import Kind, Obstacle

REASONS: Final[dict[Kind, Promise]] = {
    Kind.BOOKING: _("there is a booking ahead"),
    Kind.PAYMENT: _("a payment is open"),
    Kind.REFUND: _("a refund is under way or stopped"),
    Kind.SALON: _("the person works in a salon"),
    Kind.OPERATOR: _("the person is an operator"),
}

admin.site.unregister(DataRequest)


@admin.register(DataRequest)
class DataRequestActions(DataRequestAdmin):
    """The requests of `accounts.admin_rights`, with a button."""

    actions = ("carry_out",)

    @admin.action(description=_("Carry out the deletions now"), permissions=["act"])
    def carry_out(self, request: HttpRequest, rows: QuerySet[DataRequest]) -> None:
        """One after the other; one that cannot says why and stops no other. What is closed stays as it is."""
        done = refused = 0
        for row in data_rights.open_deletions(rows).order_by("due_at", "pk"):
            name = str(row.user)  # afterwards there is none
            answer = data_rights.carry_out(request=row, now=timezone.now())
            if answer.obstacles:
                refused += 1
                messages.error(request, f"{name}: {reason_of(answer.obstacles)}")
            done += answer.is_done
        if done:
            text = ngettext("%(count)d account was deleted.", "%(count)d accounts were deleted.", done)
            messages.success(request, text % {"count": done})
        elif not refused:
            messages.warning(request, gettext("None of these is an open request for deletion."))


def reason_of(obstacles: list[Obstacle]) -> str:
    """What is in the way, in one line, with the references of bookings."""
    said = []
    for each in obstacles:
        references = ", ".join(booking.reference for booking in each.bookings)
        said.append(f"{REASONS[each.kind]} ({references})" if references else str(REASONS[each.kind]))
    return "; ".join(said)
