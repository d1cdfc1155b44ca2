"""The words in which the demo is written down. Prices in whole riyals here, times in minutes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

DAILY = range(7)
FRIDAY = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """A variant of a service: its own price and minutes."""

    ar: str
    en: str
    price: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Offer:
    """A service as most salons would list it; a salon scales the price by its own level."""

    key: str
    category: str
    ar: str
    en: str
    price: int
    minutes: int
    about_ar: str = ""
    about_en: str = ""
    before: int = 0
    after: int = 0
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """A member of a team. `does` names services, or categories with a leading @; `extra` is a price surcharge in
    percent for senior people, `pace` their own share of the usual minutes; `shift` replaces the salon's hours.
    """

    ar: str
    en: str
    title_ar: str
    title_en: str
    does: tuple[str, ...]
    off: tuple[int, ...] = ()
    extra: int = 0
    pace: int = 100
    shift: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class SalonSheet:
    """Everything the demo knows of one salon. `hours` gives the shifts of every day, `friday` those of Friday;
    `busy` is the share of its chairs that is taken on an ordinary day, in percent. `own` names the terms of single
    services, `eid` those of the feast.
    """

    slug: str
    ar: str
    en: str
    city: str
    district: str
    audience: str
    cover: str
    about_ar: str
    about_en: str
    address_ar: str
    address_en: str
    at: tuple[str, str]
    level: int
    offers: tuple[str, ...]
    team: tuple[Person, ...]
    hours: tuple[tuple[int, int], ...]
    friday: tuple[tuple[int, int], ...]
    settings: dict[str, Any]
    busy: int = 55
    own: dict[str, dict[str, Any]] = field(default_factory=dict)
    eid: dict[str, Any] | None = None
