"""The day by staff: what an owner looks at all day long."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from salon.core import clock
from salon.core.htmx import go, is_partial, vary_htmx
from salon.owner.access import CHOSEN, Office, office_view
from salon.owner.day import load_day, requests_of, stamp

SHOWN = 3
"""Waiting requests shown at first, so that the day stays in sight; `?requests=all` shows them all."""

LINE_MINUTES = 5
"""How often an open page moves its "now" line when nothing else happens."""


@require_GET
@office_view
def today(request: HttpRequest, office: Office) -> HttpResponse:
    """`?day=2026-11-24` shows another day; a day that cannot be read is today.

    An open page asks for its region `day` again with what it has `seen`, and gets 204 while that still stands.
    """
    now = timezone.now()
    day = load_day(salon=office.salon, asked=day_of(request.GET.get("day", "")), now=now)
    requests = requests_of(salon=office.salon, now=now)
    facts = stamp(day.stamp, [(each.pk, each.version) for each in requests])
    state = f"{day.date}.{facts}.{clock.to_minute(now) // LINE_MINUTES}"
    seen = request.GET.get("seen", "") if is_partial(request) else ""
    if seen == state:
        return vary_htmx(HttpResponse(status=204))
    seen_date, _, seen_rest = seen.partition(".")
    if seen and seen_date != str(day.date):  # the salon's day has ended
        return vary_htmx(go(request, reverse("owner:today")))
    context = {
        "office": office,
        "day": day,
        "requests": requests,
        "shown": SHOWN,
        "more": len(requests) - SHOWN,
        "all_requests": request.GET.get("requests") == "all",
        "state": state,
        "changed": bool(seen) and seen_rest.partition(".")[0] != facts,
        "section": "today",
    }
    template = "owner/today.html#day" if is_partial(request) else "owner/today.html"
    return vary_htmx(render(request, template, context))


@require_POST
@office_view
def switch(request: HttpRequest, office: Office) -> HttpResponse:
    """Work in another of one's salons."""
    wanted = request.POST.get("salon", "")
    chosen = next((each for each in office.salons if each.slug == wanted), None)
    if chosen is None:
        raise Http404
    request.session[CHOSEN] = chosen.pk
    return redirect("owner:today")


def day_of(text: str) -> dt.date | None:
    """The day a URL names; None for anything that is no day."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
