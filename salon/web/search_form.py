"""The search fields as they stand on the URL, read leniently: what makes no sense is left out, and said so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext, pgettext

from salon.core import clock
from salon.core.digits import to_ascii_digits
from salon.core.templatetags import salon as words
from salon.core.text import clean_line
from salon.salons.models import Audience, Category
from salon.salons.queries import Places, Wish
from salon.salons.search import LONGEST, words_of

DAYS_AHEAD: Final = 14
GOOD_RATING: Final = 4.5
SORTS: Final = ("rating", "name")
AUDIENCES: Final = (Audience.WOMEN, Audience.MEN, Audience.KIDS)
_ISO: Final = len("2026-11-26")


@dataclass(frozen=True, slots=True)
class Search:
    """What was asked. `where` is "" or a city's slug, with ".district" behind it; `ignored`: something was left out."""

    q: str = ""
    where: str = ""
    audience: str = ""
    category: str = ""
    day: dt.date | None = None
    good: bool = False
    sort: str = SORTS[0]
    page: int = 1
    ignored: bool = False

    @property
    def wish(self) -> Wish:
        """The part of it that salons are asked about."""
        city, _, district = self.where.partition(".")
        return Wish(
            words=words_of(self.q),
            city=city,
            district=district,
            audience=self.audience,
            category=self.category,
            rating=GOOD_RATING if self.good else 0.0,
            sort=self.sort,
        )

    def query(self, **changes: str) -> str:
        """The same search as a query string, with `changes`; "" takes a part out. The page starts over."""
        parts = {
            "q": self.q,
            "where": self.where,
            "audience": self.audience,
            "category": self.category,
            "day": self.day.isoformat() if self.day else "",
            "rating": str(GOOD_RATING) if self.good else "",
            "sort": self.sort if self.sort != SORTS[0] else "",
        } | changes
        return "?" + urlencode({name: value for name, value in parts.items() if value})


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a field."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class OptionGroup:
    """A city's choices: the whole city first, then its districts."""

    label: str
    options: list[Option]


def read_search(data: QueryDict, *, places: Sequence[Places], categories: Sequence[Category], today: dt.date) -> Search:
    """The search on the URL. Only places, kinds and days that the fields offer are taken."""
    known_places = {place.city.slug for place in places} | {
        f"{place.city.slug}.{district.slug}" for place in places for district in place.districts
    }
    typed = data.get("q", "")[: 4 * LONGEST]
    asked = {
        name: data.get(name, "")[:80].strip() for name in ("where", "audience", "category", "rating", "sort", "page")
    }
    day_text = to_ascii_digits(data.get("day", "")[:40].strip())
    day = _day(day_text, today)
    page = to_ascii_digits(asked["page"])
    taken = {
        "where": asked["where"] if asked["where"] in known_places else "",
        "audience": asked["audience"] if asked["audience"] in AUDIENCES else "",
        "category": asked["category"] if asked["category"] in {each.slug for each in categories} else "",
        "sort": asked["sort"] if asked["sort"] in SORTS else "",
    }
    good = asked["rating"] == str(GOOD_RATING)
    return Search(
        q=clean_line(typed, LONGEST),
        where=taken["where"],
        audience=taken["audience"],
        category=taken["category"],
        day=day,
        good=good,
        sort=taken["sort"] or SORTS[0],
        page=int(page) if page.isascii() and page.isdecimal() and len(page) <= 4 else 1,
        ignored=bool(day_text and not day)
        or bool(asked["rating"] and not good)
        or any(asked[name] and not value for name, value in taken.items()),
    )


def _day(text: str, today: dt.date) -> dt.date | None:
    """A day that can be searched: today and the days after it."""
    if text == "today":
        return today
    try:
        day = dt.date.fromisoformat(text) if len(text) == _ISO else None
    except ValueError:
        return None
    return day if day and 0 <= (day - today).days < DAYS_AHEAD else None


def place_options(places: Sequence[Places], chosen: str) -> list[OptionGroup]:
    """The field "where"."""
    groups = []
    for place in places:
        city = words.loc(place.city, "name")
        whole = gettext("All of %(city)s") % {"city": city}
        options = [Option(place.city.slug, whole, place.city.slug == chosen)]
        for district in place.districts:
            value = f"{place.city.slug}.{district.slug}"
            options.append(Option(value, district_name(district), value == chosen))
        groups.append(OptionGroup(city, options))
    return groups


def district_name(district: object) -> str:
    """A district as people say it: "حي الملقا"; English names need no title."""
    return pgettext("district", "%(name)s") % {"name": words.loc(district, "name")}


def day_options(today: dt.date, chosen: dt.date | None) -> list[Option]:
    """The field "when": today, tomorrow and the days after them by name."""
    days = [today + dt.timedelta(days=offset) for offset in range(DAYS_AHEAD)]
    return [Option(day.isoformat(), day_label(day, today), day == chosen) for day in days]


def day_label(day: dt.date, today: dt.date) -> str:
    """A day as people say it."""
    return {0: gettext("Today"), 1: gettext("Tomorrow")}.get((day - today).days) or words.day_long(day)


def audience_options(chosen: str) -> list[Option]:
    """The field "for whom"; everybody first, so that nothing is hidden unasked."""
    labels = {Audience.WOMEN: gettext("Women"), Audience.MEN: gettext("Men"), Audience.KIDS: gettext("Kids")}
    everyone = Option("", pgettext("audience", "All"), not chosen)
    return [everyone, *(Option(each.value, labels[each], each == chosen) for each in AUDIENCES)]


def place_label(groups: Sequence[OptionGroup]) -> str:
    """The chosen place in words."""
    return next((each.label for group in groups for each in group.options if each.chosen), gettext("All cities"))


def clock_today(now: dt.datetime, zone: str) -> dt.date:
    """The date on the site's wall: salons of one country share it."""
    return clock.local_day(now, clock.zone(zone))
