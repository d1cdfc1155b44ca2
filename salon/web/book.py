"""Choosing a time and keeping the chair. It all works by links and one form; htmx only swaps regions of the page."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from salon.accounts.limits import address_key, client_address
from salon.accounts.models import User
from salon.bookings import queries
from salon.bookings.errors import NotOffered, SlotTaken, TooManyHolds
from salon.bookings.models import Booking
from salon.bookings.queries import Visit
from salon.bookings.states import Status
from salon.core.clock import Minute
from salon.core.htmx import go, is_partial, vary_htmx
from salon.flows import booking as flow
from salon.salons.models import Salon
from salon.web import holds
from salon.web.book_board import TimeStep, time_step
from salon.web.book_picks import Ignored, Picks, read_picks
from salon.web.booking_forms import hold_key

PAGE = "web/book.html"
REGIONS = {"div#slots": "day_answer", "div#bar": "bar_answer"}
"""What htmx is about to swap, and what it gets for it. Anything else is the whole picker."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the times: where the form goes, where back and close lead, which booking would move."""

    action: str
    back_url: str
    close_url: str
    moving: Booking | None = None


@require_safe
def book(request: HttpRequest, slug: str) -> HttpResponse:
    """The time step: who, which day, which time."""
    now = timezone.now()
    picks = read_picks(request.GET)
    visit = _visit(slug, picks)
    if isinstance(visit, str):
        return _back_to_services(request, slug, visit)
    region = REGIONS.get(request.headers.get("HX-Target", ""), "picker_answer") if is_partial(request) else ""
    path = reverse("web:book", args=[slug])
    try:
        step = time_step(visit=visit, picks=picks, path=path, now=now, one_day=region in {"day_answer", "bar_answer"})
    except NotOffered:
        return _ask_otherwise(request, slug, picks)
    response = answer(request, step, _frame(step), region=region)
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ("HX-Target",))
    return vary_htmx(response)


@require_POST
@never_cache
def book_hold(request: HttpRequest, slug: str) -> HttpResponse:
    """Keep the chair for ten minutes, before anybody has to type a phone number for it."""
    now = timezone.now()
    # A "nearest times" button wins over a radio that may still be checked.
    picks = read_picks(request.POST, start="nearest" if "nearest" in request.POST else "start")
    visit = _visit(slug, picks)
    if isinstance(visit, str):
        return _back_to_services(request, slug, visit)
    try:
        return _hold_or_explain(request, visit, picks, now)
    except NotOffered:
        return _ask_otherwise(request, slug, picks)


def _hold_or_explain(request: HttpRequest, visit: Visit, picks: Picks, now: dt.datetime) -> HttpResponse:
    """The way on, or the fresh times with what went wrong. Raises NotOffered."""

    def explain(status: int, say: Callable[[TimeStep], dict[str, Any]]) -> HttpResponse:
        path = reverse("web:book", args=[visit.salon.slug])
        step = time_step(visit=visit, picks=replace(picks, start=None, ignored=frozenset()), path=path, now=now)
        return answer(request, step, _frame(step), region="slots_answer", alert=say(step), status=status)

    if picks.start is None:
        return explain(422, lambda _: {"kind": "bad", "title": gettext("Please choose a time first.")})
    wanted = picks.start
    try:
        booking = _hold(request, visit, picks, start=wanted, now=now)
    except SlotTaken:
        return explain(409, lambda step: taken(step, wanted))
    except TooManyHolds as problem:
        seconds = problem.retry_after
        response = explain(429, lambda step: _too_many(step, now + dt.timedelta(seconds=seconds)))
        response["Retry-After"] = str(seconds)
        return response
    return _onwards(request, booking, picks)


def _visit(slug: str, picks: Picks) -> Visit | str:
    """The salon and the services, or the words that say why not. Raises Http404 for a salon nobody knows."""
    if not picks.services:
        return gettext("Please choose at least one service.")
    most = queries.MOST_PICKS
    if len(picks.services) > most:
        return ngettext(
            "Up to %(count)s service fits in one visit. For more, please call the salon.",
            "Up to %(count)s services fit in one visit. For more, please call the salon.",
            most,
        ) % {"count": most}
    try:
        return queries.load_visit(slug=slug, picks=picks.services)
    except NotOffered:
        return gettext("One of these services is no longer offered. Please choose again.")
    except Salon.DoesNotExist:
        raise Http404 from None


def _back_to_services(request: HttpRequest, slug: str, why: str) -> HttpResponse:
    """The salon's page, which answers 404 itself when there is no such salon."""
    messages.warning(request, why)
    return go(request, reverse("web:salon", args=[slug]))


def _ask_otherwise(request: HttpRequest, slug: str, picks: Picks) -> HttpResponse:
    """Nobody does this: ask for anyone instead of one person, or for other services."""
    if picks.staff is None:
        return _back_to_services(
            request, slug, gettext("Nobody here does all of these. Please choose again, or call the salon.")
        )
    messages.info(request, gettext("This person does not do these services, so times with anyone are shown."))
    return go(request, f"{reverse('web:book', args=[slug])}?{replace(picks, staff=None).query}")


def _hold(request: HttpRequest, visit: Visit, picks: Picks, *, start: Minute, now: dt.datetime) -> Booking:
    """Hold the chair, giving back the one this browser kept before."""
    customer = request.user if isinstance(request.user, User) else None
    before = holds.held(request)
    replaces = before if before and holds.is_open(before, now) else None

    def take(key: uuid.UUID) -> Booking:
        return flow.hold(
            salon=visit.salon,
            services=visit.services,
            staff=picks.staff,
            start_minute=start,
            key=key,
            customer=customer,
            held_from=address_key(client_address(request)),
            replaces=replaces,
            now=now,
        )

    booking = take(hold_key(request.POST.get("key", "")))
    if booking.status == Status.HELD and not holds.is_open(booking, now):
        # An old page out of the browser's history: its hold ran out and nobody has cleared it away yet.
        booking = take(uuid.uuid4())
    return booking


def _onwards(request: HttpRequest, booking: Booking, picks: Picks) -> HttpResponse:
    if booking.status != Status.HELD:  # the same form was already carried to its end
        return go(request, reverse("web:booking", args=[booking.reference]))
    holds.remember(request, booking, picks)
    confirm = reverse("web:book_confirm", args=[booking.salon.slug])
    if request.user.is_authenticated:
        return go(request, confirm)
    request.session["post_login_next"] = confirm
    return go(request, f"{resolve_url('account_login')}?{urlencode({'next': confirm})}")


def _frame(step: TimeStep) -> Frame:
    slug = step.visit.salon.slug
    salon_url = reverse("web:salon", args=[slug])
    return Frame(reverse("web:book_hold", args=[slug]), f"{salon_url}?{step.services_query}", salon_url)


def answer(
    request: HttpRequest,
    step: TimeStep,
    frame: Frame,
    *,
    region: str,
    alert: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, or for htmx the region that changed. Regions need no request: neither user nor token is in them."""
    partial = is_partial(request)
    context = {
        "step": step,
        "action": frame.action,
        "moving": frame.moving,
        "alert": alert,
        "notices": _notices(step),
        "partial": partial,
        "day_only": region == "day_answer",
        "bar_oob": partial and region != "bar_answer",
    }
    if partial:
        return HttpResponse(render_to_string(f"{PAGE}#{region}", context), status=status)
    context |= {"back_url": frame.back_url, "close_url": frame.close_url}
    return render(request, PAGE, context, status=status)


def _notices(step: TimeStep) -> list[str]:
    if not step.picks.ignored:
        return []
    words = {
        Ignored.STAFF: gettext("This person is not known here, so times with anyone are shown."),
        Ignored.DAY: gettext("This day cannot be booked, so the first free one is shown."),
        Ignored.START: gettext("This time is not free any more. Please choose another."),
    }
    return [text for part, text in words.items() if part in step.picks.ignored]


def taken(step: TimeStep, wanted: Minute) -> dict[str, Any]:
    """Somebody was faster: the alert with the nearest times as buttons."""
    times = step.nearest(wanted)
    return {
        "kind": "warn",
        "title": gettext("Someone was faster: %(time)s has just been taken.") % {"time": step.clock(wanted)},
        "text": gettext("Nothing was charged. The nearest times of the same day:")
        if times
        else gettext("Nothing was charged."),
        "times": times,
    }


def _too_many(step: TimeStep, again: dt.datetime) -> dict[str, Any]:
    minute = -(-int(again.timestamp()) // 60)  # rounded up: a promise of a time must not come too early
    return {
        "kind": "warn",
        "title": gettext("Too many times are being kept at once."),
        "text": gettext("Please confirm one of them, or try again at %(time)s.") % {"time": step.clock(minute)},
    }
