"""Salons as cards: a picture, a matching service with its price, and the next times, each one tap from booking."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext

from salon.bookings.board import Slot
from salon.bookings.queries import NextTimes
from salon.core import clock
from salon.core.templatetags import salon as words
from salon.salons.art import cover_file
from salon.salons.models import Audience, Salon, Service, Variant
from salon.web.search_form import district_name

TIMES = 3


def audience_words(audience: str) -> str:
    """What kind of salon it is."""
    return {
        Audience.WOMEN: gettext("Ladies' salon"),
        Audience.MEN: gettext("Gents' salon"),
        Audience.BOTH: gettext("Women and men"),
        Audience.KIDS: gettext("Kids' salon"),
    }[Audience(audience)]


def area(salon: Salon) -> str:
    """District and city: "حي الملقا، الرياض"."""
    city = words.loc(salon.city, "name")
    if salon.district is None:
        return city
    return gettext("%(district)s, %(city)s") % {"district": district_name(salon.district), "city": city}


def cards(
    salons: Sequence[Salon],
    times: Mapping[int, NextTimes],
    *,
    now: dt.datetime,
    asked: Mapping[int, Service | Variant] | None = None,
    day: dt.date | None = None,
) -> list[dict[str, Any]]:
    """The context of `components/salon_card.html` for each of `salons`, in their order.

    `asked` names the service of salons that have no entry in `times`; `day` is the day the times were asked for.
    """
    nothing = gettext("No free time on this day") if day else gettext("No free time this week")
    shown = []
    for salon in salons:
        next_times = times.get(salon.pk)
        thing = _thing(next_times, (asked or {}).get(salon.pk))
        card = {
            "name": words.loc(salon, "name"),
            "url": reverse("web:salon", args=[salon.slug]),
            "image": static(cover_file(salon.cover)),
            "area": area(salon),
            "audience": audience_words(salon.audience),
            "rating": salon.rating,
            "reviews": salon.rating_count,
            "service": "",
            "price_from": None,
            "times": [],
            "none_text": nothing,
        }
        if thing is not None:
            card["service"] = words.loc(thing, "name")
            card["price_from"] = thing.price
        if next_times is not None:
            card["price_from"] = next_times.price
            if next_times.price_from:
                card["service"] = gettext("%(service)s from") % {"service": card["service"]}
            card["times"] = [
                _time(salon, next_times.pick, slot, business_day, now)
                for slot, business_day in zip(next_times.slots, next_times.days, strict=True)
            ]
        shown.append(card)
    return shown


def _thing(next_times: NextTimes | None, asked: Service | Variant | None) -> Service | None:
    if next_times is not None:
        return next_times.service
    return asked.service if isinstance(asked, Variant) else asked


def _time(salon: Salon, pick: str, slot: Slot, business_day: dt.date, now: dt.datetime) -> dict[str, str]:
    """A link to this time. Times of another date name their day, and every link says the whole of it aloud."""
    zone = clock.zone(salon.zone)
    starts_at = slot.starts_at.astimezone(zone)
    is_today = starts_at.date() == clock.local_day(now, zone)
    query = urlencode({"service": pick, "day": business_day.isoformat(), "start": slot.start_minute})
    return {
        "url": f"{reverse('web:book', args=[salon.slug])}?{query}",
        "label": words.clock_time(starts_at),
        "day": "" if is_today else words.weekday_short(starts_at),
        "iso": starts_at.isoformat(),
        "full": gettext("%(day)s, %(salon)s") % {"day": words.day_long(starts_at), "salon": words.loc(salon, "name")},
    }
