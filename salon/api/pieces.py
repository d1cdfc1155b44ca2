"""Rows as the shapes tell them, in the language of the request. No queries."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404
from django.templatetags.static import static
from django.urls import reverse

from salon.api.site import absolute
from salon.bookings.queries import NextTimes
from salon.core import clock
from salon.core.clock import Minute
from salon.core.templatetags.salon import loc
from salon.salons import queries
from salon.salons.art import cover_file
from salon.salons.models import Category, City, District, Salon, Variant


def salon_or_404(slug: str) -> Salon:
    """A published salon. One query. Raises Http404 for one that guests do not see, as if it were not there."""
    try:
        return queries.get_salon(slug)
    except Salon.DoesNotExist:
        raise Http404(slug) from None


def named(thing: City | District | Category) -> dict[str, str]:
    return {"slug": thing.slug, "name": loc(thing, "name")}


def file_url(path: str) -> str:
    """The whole URL of a file under static/."""
    return absolute(static(path))


def card(salon: Salon) -> dict[str, Any]:
    """A salon as lists tell it."""
    return {
        "slug": salon.slug,
        "name": loc(salon, "name"),
        "audience": salon.audience,
        "private_room": salon.private_room,
        "city": named(salon.city),
        "district": named(salon.district) if salon.district else None,
        "rating": salon.rating,
        "rating_count": salon.rating_count,
        "image": file_url(cover_file(salon.cover)),
        "url": absolute(reverse("web:salon", args=[salon.slug])),
    }


def next_times(salon: Salon, found: NextTimes | None) -> dict[str, Any] | None:
    """The first free times of a salon; None when nothing can be booked there."""
    if found is None:
        return None
    zone = clock.zone(salon.zone)
    return {
        "service": found.pick,
        "name": loc(found.service, "name"),
        "price": found.price,
        "price_from": found.price_from,
        "times": [
            {"starts_at": wall_text(slot.start_minute, zone), "business_day": day}
            for slot, day in zip(found.slots, found.days, strict=True)
        ],
    }


@lru_cache(maxsize=16_384)
def wall_text(minute: Minute, zone: ZoneInfo) -> str:
    """A UTC minute on the wall of `zone`, ISO 8601 with its offset. A month of one salon's starts fits the cache."""
    return clock.from_minute(minute).astimezone(zone).isoformat()


def variant_name(thing: object) -> str:
    """The name of a variant, "" for a service."""
    return loc(thing, "name") if isinstance(thing, Variant) else ""
