"""A guest's own visits: the list, one of them, calling it off, and its calendar file."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_safe

from salon.bookings import queries
from salon.bookings.errors import IllegalMove, StaleState
from salon.bookings.models import ActorKind, Booking
from salon.bookings.states import CALLED_OFF, Status
from salon.core.htmx import go
from salon.flows import booking as flow
from salon.web import holds
from salon.web.booking_forms import CancelForm
from salon.web.calendar_file import calendar_file
from salon.web.guests import guest, private
from salon.web.visits import VisitPage, visit_cards, visit_page

TABS = ("upcoming", "past", "cancelled")
PAGE_SIZE = 24


@private
@require_safe
def bookings(request: HttpRequest) -> HttpResponse:
    """The list in three tabs, each with its true count."""
    now = timezone.now()
    tab = request.GET.get("tab", "upcoming")
    tab = tab if tab in TABS else "upcoming"
    ahead = queries.visits_of(guest(request), tab="upcoming", now=now)
    behind = queries.visits_of(guest(request), tab="past", now=now)
    visits = {
        "upcoming": ahead,
        "past": [visit for visit in behind if visit.status not in CALLED_OFF],
        "cancelled": [visit for visit in behind if visit.status in CALLED_OFF],
    }
    page = Paginator(visits[tab], PAGE_SIZE).get_page(request.GET.get("page"))
    names = {"upcoming": gettext("Upcoming"), "past": gettext("Past"), "cancelled": gettext("Cancelled")}
    context = {
        "section": "bookings",
        "tab": tab,
        "tabs": [{"key": key, "name": names[key], "count": len(visits[key])} for key in TABS],
        "page": page,
        "cards": visit_cards(page.object_list, now=now),
        "lead": tab == "upcoming" and page.number == 1,
    }
    return render(request, "web/bookings.html", context)


@private
@require_safe
def booking(request: HttpRequest, reference: str) -> HttpResponse:
    """The ticket. Blooms once, right after booking."""
    now = timezone.now()
    visit = _visit(request, reference)
    if visit.status == Status.HELD and not visit.due_now:  # looked at, never confirmed: that is the confirm step's
        return go(request, reverse("web:book_confirm", args=[visit.salon.slug]))
    page = visit_page(visit, now=now)
    return _ticket(request, page, CancelForm(), bloom=holds.just_booked(request, visit))


@private
@require_http_methods(["GET", "HEAD", "POST"])
def booking_cancel(request: HttpRequest, reference: str) -> HttpResponse:
    """Call it off, after seeing exactly what goes back. `refund` is what the page said."""
    now = timezone.now()
    visit = _visit(request, reference)
    page = visit_page(visit, now=now)
    back = reverse("web:booking", args=[visit.reference])
    if not page.may_cancel:
        messages.warning(request, page.why_not_cancel)
        return go(request, back)
    form = CancelForm(request.POST or None)
    if request.method != "POST":
        return _cancel_page(request, page, form)
    if request.POST.get("refund") != str(page.back_now):
        alert = gettext("What goes back has changed since the page was opened. Please look once more.")
        return _cancel_page(request, page, form, alert=alert, status=409)
    if not form.is_valid():
        return _cancel_page(request, page, form, status=422)
    try:
        flow.cancel(
            booking=visit, actor=guest(request), by=ActorKind.GUEST, reason=form.cleaned_data["reason"], now=now
        )
    except IllegalMove as problem:
        messages.warning(request, str(problem))
    except StaleState:
        messages.warning(request, gettext("Something changed meanwhile. Please check once more."))
    return go(request, back)


@private
@require_safe
def booking_ics(request: HttpRequest, reference: str) -> HttpResponse:
    """The visit as a calendar file; opened again after a change it replaces the old entry."""
    visit = _visit(request, reference)
    if visit.status == Status.HELD:
        raise Http404
    body = calendar_file(visit, language=get_language() or "ar", now=timezone.now())
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="appointment-{visit.reference}.ics"'
    return response


def _visit(request: HttpRequest, reference: str) -> Booking:
    """The visit if it is this guest's. Raises Http404 for anybody else's, as if it were not there."""
    try:
        return queries.visit_of(guest(request), reference.upper())
    except Booking.DoesNotExist:
        raise Http404 from None


def _ticket(request: HttpRequest, page: VisitPage, form: CancelForm, *, bloom: bool) -> HttpResponse:
    context = {"section": "bookings", "page": page, "booking": page.booking, "form": form, "bloom": bloom}
    return render(request, "web/booking.html", context)


def _cancel_page(
    request: HttpRequest, page: VisitPage, form: CancelForm, *, alert: str = "", status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "page": page,
        "booking": page.booking,
        "form": form,
        "alert": alert,
        "back_url": reverse("web:booking", args=[page.booking.reference]),
    }
    return render(request, "web/cancel.html", context, status=status)
