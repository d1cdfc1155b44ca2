"""What the page of one salon says: the guest's choice with its total, hours, and the terms in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.templatetags.static import static
from django.utils.translation import gettext, ngettext

from salon.bookings.queries import MOST_PICKS
from salon.core import clock
from salon.core.money import Halalas
from salon.core.templatetags import salon as words
from salon.salons import queries
from salon.salons.art import cover_file, cover_file_large
from salon.salons.models import Salon, Variant
from salon.salons.queries import Choice, MenuPart, Opening
from salon.web import policy_words
from salon.web.cards import area, audience_words
from salon.web.directions import directions_url

MOST_PICTURES = 5


@dataclass(frozen=True, slots=True)
class Line:
    """A chosen service as the cart shows it."""

    pick: str
    name: str
    price: Halalas
    price_from: bool
    minutes: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """The services ticked so far. `notice` says what could not be kept."""

    lines: list[Line]
    notice: str = ""

    @property
    def price(self) -> Halalas:
        return sum(line.price for line in self.lines)

    @property
    def price_from(self) -> bool:
        return any(line.price_from for line in self.lines)

    @property
    def minutes(self) -> int:
        return sum(line.minutes for line in self.lines)

    @property
    def picks(self) -> frozenset[str]:
        return frozenset(line.pick for line in self.lines)

    @property
    def count(self) -> str:
        number = len(self.lines)
        return ngettext("%(count)s service", "%(count)s services", number) % {"count": number}


def read_choice(data: QueryDict, menu: Sequence[MenuPart]) -> Chosen:
    """The services named on the URL: `service=12`, and `service=12-34` or `v12=12-34` for a variant (a radio group
    needs a name of its own). One variant of a service at most, the last one named; the guest's order is kept.
    """
    wanted = [
        value
        for name, values in data.lists()
        for value in values
        if value and (name == "service" or (name[:1] == "v" and name[1:].isascii() and name[1:].isdecimal()))
    ]
    offered: dict[str, Choice] = {
        choice.pick: choice for part in menu for entry in part.entries for choice in entry.choices
    }
    chosen: dict[str, Choice] = {}  # by service
    for pick in wanted[:50]:
        if pick in offered:
            chosen[pick.partition("-")[0]] = offered[pick]
    lines = [_line(choice) for choice in list(chosen.values())[:MOST_PICKS]]
    if len(chosen) > MOST_PICKS:
        return Chosen(lines, gettext("A visit holds at most %(count)s services.") % {"count": MOST_PICKS})
    if any(pick not in offered for pick in wanted):
        return Chosen(lines, gettext("Something that was chosen is not offered any more."))
    return Chosen(lines)


def _line(choice: Choice) -> Line:
    return Line(choice.pick, name_of(choice), choice.price, choice.price_from, choice.minutes)


def name_of(choice: Choice) -> str:
    """The service by name, with its variant."""
    if not isinstance(choice.thing, Variant):
        return words.loc(choice.thing, "name")
    service, variant = words.loc(choice.thing.service, "name"), words.loc(choice.thing, "name")
    return gettext("%(service)s, %(variant)s") % {"service": service, "variant": variant}


def cart_context(salon: Salon, choice: Chosen) -> dict[str, Any]:
    """The cart and the bar."""
    return {"salon": salon, "choice": choice, "thumb": static(cover_file(salon.cover))}


def salon_context(salon: Salon, menu: list[MenuPart], choice: Chosen, now: dt.datetime) -> dict[str, Any]:
    """The page without its reviews."""
    opening, week = queries.opening_hours(salon, now)
    zone = clock.zone(salon.zone)
    return cart_context(salon, choice) | {
        "zone": zone,
        "menu": menu,
        "pictures": _pictures(salon, menu),
        "area": area(salon),
        "audience": audience_words(salon.audience),
        "opening": opening,
        "opening_text": opening_words(opening, now, zone),
        "week": week,
        "team": queries.team(salon),
        "terms": policy_words.for_salon(salon, [entry.service for part in menu for entry in part.entries]),
        "directions_url": directions_url(salon),
    }


def opening_words(opening: Opening, now: dt.datetime, zone: dt.tzinfo) -> str:
    """Open until when, or when it opens next; "Closed now" when nothing is known for a week."""
    if opening.until is None:
        return gettext("Closed now")
    until = opening.until.astimezone(zone)
    time = words.clock_time(until)
    if opening.is_open:
        if opening.until - now >= dt.timedelta(days=1):
            return gettext("Open now")
        return gettext("Open until %(time)s") % {"time": time}
    if until.date() == now.astimezone(zone).date():
        return gettext("Opens at %(time)s") % {"time": time}
    return gettext("Opens %(weekday)s %(time)s") % {"weekday": words.weekday_name(until), "time": time}


def _pictures(salon: Salon, menu: Sequence[MenuPart]) -> list[str]:
    """The cover, then the drawn pictures of what is done here."""
    names = dict.fromkeys([salon.cover, *(part.category.art for part in menu)])
    files = dict.fromkeys(cover_file_large(name) for name in names if name != "hero")
    return [static(file) for file in list(files)[:MOST_PICTURES]]
