"""Changing the time of a visit: the same times as for booking, then a step that says in words what it would mean."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from salon.bookings import moving, queries, rules
from salon.bookings.errors import HoldExpired, IllegalMove, NotOffered, SlotTaken, StaleState
from salon.bookings.models import Booking
from salon.core.clock import Minute
from salon.core.htmx import go, is_partial, vary_htmx
from salon.flows import moving as flow
from salon.salons.models import Salon
from salon.web import book
from salon.web.book_board import TimeStep, time_step
from salon.web.book_picks import Picks, read_picks
from salon.web.guests import guest, private
from salon.web.holds import picks_of
from salon.web.move_words import most_moves, move_page
from salon.web.till import to_gateway


@private
@require_http_methods(["GET", "HEAD", "POST"])
def booking_move(request: HttpRequest, reference: str) -> HttpResponse:
    """The times. Choosing one (POST) looks whether it can be had and leads to the step that does it."""
    now = timezone.now()
    visit = _visit(request, reference)
    try:
        rules.move(visit, moves=moving.moves_of(visit), most=most_moves(), now=now)
        if request.method == "POST":
            return _choose(request, visit, now)
        region = book.REGIONS.get(request.headers.get("HX-Target", ""), "picker_answer") if is_partial(request) else ""
        picks = read_picks(request.GET)
        step = _times(visit, picks, now, one_day=region in {"day_answer", "bar_answer"})
    except IllegalMove as problem:
        return _back(request, visit, str(problem))
    except NotOffered:
        return _ask_otherwise(request, visit)
    response = book.answer(request, step, _frame(visit), region=region)
    patch_vary_headers(response, ("HX-Target",))
    return vary_htmx(response)


@private
@require_http_methods(["GET", "HEAD", "POST"])
def booking_move_confirm(request: HttpRequest, reference: str) -> HttpResponse:
    """What it would mean, in words; POST does it. `agreed` is the mark of what the page said."""
    now = timezone.now()
    visit = _visit(request, reference)
    picks = read_picks(request.POST if request.method == "POST" else request.GET)
    if picks.start is None or flow.is_there(visit, picks.start, picks.staff):  # pressed twice, or went back afterwards
        return go(request, reverse(f"web:booking{'_move' if picks.start is None else ''}", args=[visit.reference]))
    try:
        if request.method == "POST":
            return _do(request, visit, picks, picks.start, now)
        return _confirm_page(request, visit, picks, picks.start, now)
    except IllegalMove as problem:
        return _back(request, visit, str(problem))
    except NotOffered:
        return _ask_otherwise(request, visit)
    except SlotTaken:
        return _taken(request, visit, picks, picks.start, now)


def _choose(request: HttpRequest, visit: Booking, now: dt.datetime) -> HttpResponse:
    """Raises IllegalMove, NotOffered."""
    # A "nearest times" button wins over a radio that may still be checked.
    picks = read_picks(request.POST, start="nearest" if "nearest" in request.POST else "start")
    if picks.start is None:
        alert = {"kind": "bad", "title": gettext("Please choose a time first.")}
        return _explain(request, visit, picks, now, lambda _: alert, status=422)
    if not flow.is_there(visit, picks.start, picks.staff):
        try:
            flow.propose(booking=visit, start_minute=picks.start, staff=picks.staff, now=now)
        except SlotTaken:
            return _taken(request, visit, picks, picks.start, now)
    return go(request, _confirm_url(visit, picks, picks.start))


def _do(request: HttpRequest, visit: Booking, picks: Picks, start: Minute, now: dt.datetime) -> HttpResponse:
    """Raises IllegalMove, NotOffered, SlotTaken."""
    try:
        moved = flow.move(
            booking=visit,
            start_minute=start,
            staff=picks.staff,
            agreed=request.POST.get("agreed", ""),
            actor=guest(request),
            now=now,
        )
        if moved.payment:
            return to_gateway(request, booking=moved.booking, payment=moved.payment, now=now)
    except (StaleState, HoldExpired):
        alert = gettext("Something changed since the page was opened. Please look once more.")
        return _confirm_page(request, _visit(request, visit.reference), picks, start, now, alert=alert, status=409)
    messages.success(request, gettext("The time is changed. A message with the details is on its way."))
    return go(request, reverse("web:booking", args=[visit.reference]))


def _confirm_page(
    request: HttpRequest,
    visit: Booking,
    picks: Picks,
    start: Minute,
    now: dt.datetime,
    *,
    alert: str = "",
    status: int = 200,
) -> HttpResponse:
    """Raises IllegalMove, NotOffered, SlotTaken."""
    proposal = flow.propose(booking=visit, start_minute=start, staff=picks.staff, now=now)
    context = {
        "page": move_page(proposal, now=now),
        "booking": visit,
        "salon": visit.salon,
        "start": start,
        "picks": picks,
        "alert": alert,
        "back_url": _times_url(visit, picks, start),
        "close_url": reverse("web:booking", args=[visit.reference]),
    }
    return render(request, "web/move_confirm.html", context, status=status)


def _visit(request: HttpRequest, reference: str) -> Booking:
    """The visit if it is this guest's. Raises Http404 for anybody else's, as if it were not there."""
    try:
        return queries.visit_of(guest(request), reference.upper())
    except Booking.DoesNotExist:
        raise Http404 from None


def _times(visit: Booking, picks: Picks, now: dt.datetime, *, one_day: bool = False) -> TimeStep:
    """The board for the services of the visit, whatever else the URL names. Raises NotOffered."""
    picks = replace(picks, services=picks_of(visit).services)
    try:
        asked = queries.load_visit(slug=visit.salon.slug, picks=picks.services)
    except Salon.DoesNotExist as error:
        raise NotOffered("the salon is not on the site") from error
    path = reverse("web:booking_move", args=[visit.reference])
    return time_step(visit=asked, picks=picks, path=path, now=now, one_day=one_day, moving=visit)


def _explain(
    request: HttpRequest,
    visit: Booking,
    picks: Picks,
    now: dt.datetime,
    say: Callable[[TimeStep], dict[str, Any]],
    *,
    status: int,
) -> HttpResponse:
    """Fresh times with what went wrong. Raises NotOffered."""
    step = _times(visit, replace(picks, start=None, ignored=frozenset()), now)
    return book.answer(request, step, _frame(visit), region="slots_answer", alert=say(step), status=status)


def _taken(request: HttpRequest, visit: Booking, picks: Picks, start: Minute, now: dt.datetime) -> HttpResponse:
    """409: the times as they are now, on the day that was wanted. Raises NotOffered."""
    if picks.day is None:
        shown = _times(visit, picks, now)
        picks = replace(picks, day=shown.local_day(start))
    return _explain(request, visit, picks, now, lambda step: book.taken(step, start), status=409)


def _ask_otherwise(request: HttpRequest, visit: Booking) -> HttpResponse:
    """Anyone instead of one person; where that was asked, or the services are not offered now, back to the visit."""
    asked = read_picks(request.POST if request.method == "POST" else request.GET)
    if asked.staff is not None:
        try:
            _times(visit, replace(asked, staff=None, start=None), timezone.now())
        except NotOffered:
            pass
        else:
            messages.info(request, gettext("This person does not do these services, so times with anyone are shown."))
            return go(request, reverse("web:booking_move", args=[visit.reference]))
    return _back(request, visit, gettext("One of these services is not offered at the moment. Please call the salon."))


def _back(request: HttpRequest, visit: Booking, why: str) -> HttpResponse:
    messages.warning(request, why)
    return go(request, reverse("web:booking", args=[visit.reference]))


def _frame(visit: Booking) -> book.Frame:
    url = reverse("web:booking", args=[visit.reference])
    return book.Frame(reverse("web:booking_move", args=[visit.reference]), url, url, moving=visit)


def _confirm_url(visit: Booking, picks: Picks, start: Minute) -> str:
    return f"{reverse('web:booking_move_confirm', args=[visit.reference])}?{_query(picks, start)}"


def _times_url(visit: Booking, picks: Picks, start: Minute) -> str:
    """The times again, with this one chosen."""
    return f"{reverse('web:booking_move', args=[visit.reference])}?{_query(picks, start)}"


def _query(picks: Picks, start: Minute) -> str:
    """The time with its business day, and the person if one was asked for."""
    staff = {} if picks.staff is None else {"staff": picks.staff}
    day = {} if picks.day is None else {"day": picks.day.isoformat()}
    return urlencode({"start": start} | staff | day)
