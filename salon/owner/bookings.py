"""One booking in the office, and what may be done with it. Every press goes through `flows.booking`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from salon.accounts.models import User
from salon.bookings.errors import IllegalMove, StaleState
from salon.bookings.models import ActorKind, Booking
from salon.core.htmx import go
from salon.flows import booking as flow
from salon.owner.access import Office, desk_view, money_step, office_view
from salon.owner.booking_page import CHANGED, show
from salon.owner.forms import ReasonForm
from salon.owner.today import day_of
from salon.payments import domain as till

NOT_YOURS = _("This booking was prepaid, and that money would go back. The owner or a manager can do it.")


@require_GET
@office_view
def booking(request: HttpRequest, office: Office, reference: str) -> HttpResponse:
    return show(request, office, office.booking(reference))


@require_POST
@desk_view
def booking_confirm(request: HttpRequest, office: Office, reference: str) -> HttpResponse:
    return _act(request, office, reference, verb=flow.confirm, done=_("The booking is confirmed. The guest is told."))


@require_POST
@desk_view
def booking_decline(request: HttpRequest, office: Office, reference: str) -> HttpResponse:
    return _act_with_reason(
        request, office, reference, name="decline", verb=flow.decline, done=_("The request is declined.")
    )


@require_POST
@desk_view
def booking_arrive(request: HttpRequest, office: Office, reference: str) -> HttpResponse:
    return _act(request, office, reference, verb=flow.arrive, done=_("Marked as arrived."))


@require_POST
@desk_view
def booking_complete(request: HttpRequest, office: Office, reference: str) -> HttpResponse:
    return _act(request, office, reference, verb=flow.complete, done=_("Marked as completed."))


@require_POST
@desk_view
def booking_no_show(request: HttpRequest, office: Office, reference: str) -> HttpResponse:
    return _act(request, office, reference, verb=flow.no_show, done=_("Marked as a no-show."))


@require_POST
@desk_view
def booking_cancel(request: HttpRequest, office: Office, reference: str) -> HttpResponse:
    def cancel(*, booking: Booking, actor: User, reason: str, now: dt.datetime) -> Booking:
        return flow.cancel(booking=booking, actor=actor, by=ActorKind.SALON, reason=reason, now=now)

    return _act_with_reason(
        request, office, reference, name="cancel", verb=cancel, done=_("The booking is cancelled. The guest is told.")
    )


def _act_with_reason(
    request: HttpRequest, office: Office, reference: str, *, name: str, verb: Callable[..., Booking], done: Promise
) -> HttpResponse:
    """The same for what a guest must be given a reason for: without one it is 422, with what was typed kept.

    It gives back what was prepaid: then it is for owners and managers, with a second factor.
    """
    found = office.booking(reference)
    if till.balance(found) > 0:
        if not office.may_refund:
            return show(request, office, found, problem=NOT_YOURS, status=403)
        if step := money_step(request, reverse("owner:booking", args=[found.reference])):
            return step
    form = ReasonForm(request.POST, prefix=name)
    if not form.is_valid():
        form.fields["reason"].widget.attrs["autofocus"] = True
        return show(request, office, found, refused=(name, form), status=422)
    return _act(request, office, reference, verb=verb, done=done, reason=form.cleaned_data["reason"])


def _act(
    request: HttpRequest,
    office: Office,
    reference: str,
    *,
    verb: Callable[..., Booking],
    done: Promise,
    reason: str = "",
) -> HttpResponse:
    """Do it and return to the booking, or to the day that a quick button names. What cannot be done is 409."""
    found = office.booking(reference)
    problem: str | Promise
    try:
        verb(booking=found, actor=request.user, reason=reason, now=timezone.now())
    except IllegalMove as refusal:
        problem = str(refusal)
    except StaleState:
        problem = CHANGED
    else:
        messages.success(request, done)
        if day := day_of(request.POST.get("day", "")):
            return go(request, f"{reverse('owner:today')}?day={day}")
        return go(request, reverse("owner:booking", args=[found.reference]))
    return show(request, office, office.booking(reference), problem=problem, status=409)
