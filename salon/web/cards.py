"""Salons as cards: a picture, a matching service with its price, and the next times, each one tap from booking."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext

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
            card["times"] = _times(salon, next_times, now)
        shown.append(card)
    return shown


def _thing(next_times: NextTimes | None, asked: Service | Variant | None) -> Service | None:
    if next_times is not None:
        return next_times.service
    return asked.service if isinstance(asked, Variant) else asked


def _times(salon: Salon, next_times: NextTimes, now: dt.datetime) -> list[dict[str, str]]:
    """Links to the times. Those of another date name their day, and every link says the whole of it aloud."""
    zone, name = clock.zone(salon.zone), words.loc(salon, "name")
    today = clock.local_day(now, zone)
    book = f"{reverse('web:book', args=[salon.slug])}?service={next_times.pick}"  # digits and a dash
    spoken = gettext("%(day)s, %(salon)s")
    shown = []
    for slot, business_day in zip(next_times.slots, next_times.days, strict=True):
        starts_at = slot.starts_at.astimezone(zone)
        day = starts_at.date()
        shown.append(
            {
                "url": f"{book}&day={business_day.isoformat()}&start={slot.start_minute}",
                "label": words.clock_time(starts_at, zone),
                "day": "" if day == today else words.weekday_short(day),
                "iso": starts_at.isoformat(),
                "full": spoken % {"day": words.day_long(day), "salon": name},
            }
        )
    return shown
