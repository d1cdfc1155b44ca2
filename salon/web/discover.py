"""Finding a salon: the first page, the search, and a salon's own page. Anybody reads them; nothing is written."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.http import require_safe

from salon.bookings.queries import NextTimes, next_slots
from salon.bookings.search import ask, free_on
from salon.core import clock
from salon.core.htmx import is_partial, vary_htmx
from salon.reviews import queries as review_queries
from salon.salons import queries
from salon.salons.art import category_file
from salon.salons.models import Category, Salon
from salon.web import search_form
from salon.web.cards import TIMES, cards
from salon.web.salon_page import cart_context, read_choice, salon_context
from salon.web.search_form import Search

PER_PAGE = 24
ON_HOME = 8


def _language() -> str:
    return "ar" if (get_language() or "ar").startswith("ar") else "en"


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The search card, the kinds of service, and salons with their next times. Seven queries."""
    now = timezone.now()
    today = search_form.clock_today(now, settings.TIME_ZONE)
    rated = list(queries.found(queries.Wish(), _language())[:PER_PAGE])
    times = next_slots(salons=rated, per_salon=TIMES, now=now)
    soon = [each for each in rated if _has_times(each, times)]
    open_today = [each for each in soon if _is_on(each, times[each.pk], today)]
    context = _fields(Search(), queries.places(), queries.categories(), today) | {
        "section": "home",
        "cards": cards((open_today or soon)[:ON_HOME], times, now=now),
        "any_today": bool(open_today),
        "today": today,
    }
    return render(request, "web/home.html", context)


def _is_on(salon: Salon, times: NextTimes, day: dt.date) -> bool:
    return clock.local_day(times.slots[0].starts_at, clock.zone(salon.zone)) == day


@require_safe
def salons(request: HttpRequest) -> HttpResponse:
    """The search: all of it on the URL, so that a result can be kept, shared and gone back to.

    Nine queries, eight with a day.

    With a day only salons that have a free time on it are shown.
    """
    now = timezone.now()
    today = search_form.clock_today(now, settings.TIME_ZONE)
    places, categories = queries.places(), queries.categories()
    search = search_form.read_search(request.GET, places=places, categories=categories, today=today)
    rows = queries.found(search.wish, _language())
    if search.day:
        free = free_on(rows, search.wish, day=search.day, per_salon=TIMES, now=now)
        page, asked = Paginator(free.salons, PER_PAGE).get_page(search.page), free.asked
        shown = list(page.object_list)
    else:
        page = Paginator(rows, PER_PAGE).get_page(search.page)
        shown = list(page.object_list)
        asked = ask(shown, search.wish, per_salon=TIMES, now=now)
    count = page.paginator.count
    context = _fields(search, places, categories, today) | {
        "section": "search",
        "page": page,
        "cards": cards(shown, asked.times, now=now, asked=asked.services, day=search.day),
        "count": count,
        "heading": ngettext("%(count)s salon", "%(count)s salons", count) % {"count": count},
        "notice": gettext("Part of this search was not understood and was left out.") if search.ignored else "",
        "partial": is_partial(request),
    }
    template = "web/salons.html#answer" if context["partial"] else "web/salons.html"
    return vary_htmx(render(request, template, context))


@require_safe
def salon(request: HttpRequest, slug: str) -> HttpResponse:
    """One salon: services to choose from, team, hours, terms, reviews. Eleven queries.

    The form of services comes back here: htmx asks for the totals, `book` leads on to the times with the services in
    the form that the time step reads. `reviews=2` is the second page of reviews.
    """
    now = timezone.now()
    try:
        shop = queries.get_salon(slug)
    except Salon.DoesNotExist:
        raise Http404(slug) from None
    if is_partial(request) and "reviews" in request.GET:
        page = review_queries.page_of(shop, _number(request.GET["reviews"]))
        return vary_htmx(render(request, "web/salon.html#reviews_answer", {"salon": shop, "reviews": page}))
    menu = queries.menu(shop)
    choice = read_choice(request.GET, menu)
    if "book" in request.GET and choice.lines and not choice.notice:
        picks = [("service", line.pick) for line in choice.lines]
        return vary_htmx(redirect(f"{reverse('web:book', args=[shop.slug])}?{urlencode(picks)}"))
    if is_partial(request):
        answer = cart_context(shop, choice) | {"partial": True}
        return vary_htmx(render(request, "web/salon.html#cart_answer", answer))
    reviews = review_queries.page_of(shop, _number(request.GET.get("reviews", "1")))
    context = salon_context(shop, menu, choice, now) | {
        "section": "search",
        "reviews": reviews,
        "histogram": review_queries.histogram(shop),
        "ask_to_choose": "book" in request.GET and not choice.lines,
    }
    return vary_htmx(render(request, "web/salon.html", context))


def _has_times(salon: Salon, times: dict[int, NextTimes]) -> bool:
    return salon.pk in times and bool(times[salon.pk].slots)


def _number(text: str) -> int:
    """A page number; 1 for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 4 else 1


def _fields(search: Search, places: list[queries.Places], categories: list[Category], today: dt.date) -> dict[str, Any]:
    """What the search fields show, on the first page and above the results."""
    groups = search_form.place_options(places, search.where)
    return {
        "search": search,
        "places": groups,
        "place_label": search_form.place_label(groups),
        "days": search_form.day_options(today, search.day),
        "day_label": search_form.day_label(search.day, today) if search.day else gettext("Any day"),
        "audiences": search_form.audience_options(search.audience),
        "categories": [
            {
                "category": each,
                "image": static(category_file(each.art)),
                "current": each.slug == search.category,
                "url": search.query(category="" if each.slug == search.category else each.slug),
            }
            for each in categories
        ],
        "today_url": search.query(day="" if search.day == today else today.isoformat()),
        "is_today": search.day == today,
        "good_url": search.query(rating="" if search.good else str(search_form.GOOD_RATING)),
    }
