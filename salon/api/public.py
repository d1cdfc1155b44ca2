"""What everybody may read: places, kinds of service, and the search for salons. Each endpoint says its queries."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from ninja import Query, Router

from salon.api import paging, shapes
from salon.api.asked import SalonsAsked, Spoken
from salon.api.pieces import card, file_url, named, next_times
from salon.api.routes import read
from salon.bookings.queries import NextTimes
from salon.bookings.search import ask, free_on
from salon.salons import queries
from salon.salons.art import category_file
from salon.salons.models import Salon
from salon.salons.queries import Rank, Wish
from salon.salons.search import words_of

router = Router()

HOUR: Final = 3600
SOON: Final = 15


@read(
    router,
    "/cities",
    shapes.Cities,
    seconds=HOUR,
    operation_id="listCities",
    summary="Cities with districts",
    about="Cities that have salons, each with the districts that have them.",
    tag="Places",
)
def cities(request: HttpRequest, asked: Query[Spoken]) -> dict[str, Any]:  # noqa: ARG001 - the language is settled
    """Two queries."""
    found = queries.places()
    return {"cities": [named(place.city) | {"districts": list(map(named, place.districts))} for place in found]}


@read(
    router,
    "/categories",
    shapes.Categories,
    seconds=HOUR,
    operation_id="listCategories",
    summary="Kinds of service",
    about="Kinds of service that some salon offers.",
    tag="Places",
)
def categories(request: HttpRequest, asked: Query[Spoken]) -> dict[str, Any]:  # noqa: ARG001 - the same
    """One query."""
    found = queries.categories()
    return {"categories": [named(each) | {"image": file_url(category_file(each.art))} for each in found]}


@read(
    router,
    "/salons",
    shapes.Salons,
    seconds=SOON,
    operation_id="findSalons",
    summary="Find salons",
    about="The search of the site. A slug that nobody knows finds nothing. With `day` a page may hold fewer than "
    "`limit` salons, or none, and still have a `next`: go on until it is null.",
    tag="Salons",
)
def salons(request: HttpRequest, asked: Query[SalonsAsked]) -> dict[str, Any]:
    """One query; five with `times` or `day`."""
    now = timezone.now()
    language = get_language() or "ar"
    kind = f"salons.name.{language}" if asked.sort == "name" else "salons.rating"
    wish = Wish(
        words=words_of(asked.q),
        city=asked.city,
        district=asked.district,
        audience=asked.audience or "",
        category=asked.category,
        rating=asked.rating or 0.0,
        sort=asked.sort,
    )
    place = paging.place_of(kind, asked.cursor)
    rows = queries.found(wish, language, Rank(*place) if place else None)
    end: Salon | None = None
    times: dict[int, NextTimes] = {}
    if asked.day:
        free = free_on(rows, wish, day=asked.day, per_salon=max(1, asked.times), now=now)
        shown, times = free.salons[: asked.limit], free.asked.times
        end = shown[-1] if len(free.salons) > asked.limit else free.last
    else:
        shown = list(rows[: asked.limit + 1])
        end = shown[asked.limit - 1] if len(shown) > asked.limit else None
        shown = shown[: asked.limit]
        if asked.times:
            times = ask(shown, wish, per_salon=asked.times, now=now).times
    cursor = paging.cursor_of(kind, queries.rank(end, language)) if end else ""
    return {
        "salons": [card(each) | {"next": next_times(each, times.get(each.pk))} for each in shown],
        "next": paging.next_url(request, cursor) if cursor else None,
    }
