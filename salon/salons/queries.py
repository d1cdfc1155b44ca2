"""What can be read about salons. Each function says how many queries it takes, whatever it is asked for."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Exists, F, FloatField, OuterRef, Q, QuerySet
from django.db.models.functions import Cast, NullIf

from salon.core import clock
from salon.core.clock import Minute
from salon.core.intervals import Interval, merge
from salon.core.money import Halalas
from salon.salons.hours import Closure as ClosedDays
from salon.salons.hours import Season as SeasonDays
from salon.salons.hours import Shift, working_intervals
from salon.salons.models import (
    Audience,
    Category,
    City,
    Closure,
    District,
    Salon,
    SalonStatus,
    Season,
    SeasonHours,
    Service,
    Staff,
    StaffService,
    Variant,
    WeeklyHours,
)
from salon.salons.search import best_match

KIDS = "kids"  # the category that makes any salon one for children too

_FOR_WHOM: dict[str, Q] = {
    Audience.WOMEN: Q(audience__in=[Audience.WOMEN, Audience.BOTH]),
    Audience.MEN: Q(audience__in=[Audience.MEN, Audience.BOTH]),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a guest looks for; empty parts ask for nothing. `words` are folded (`search.words_of`)."""

    words: tuple[str, ...] = ()
    city: str = ""
    district: str = ""
    audience: str = ""
    category: str = ""
    rating: float = 0.0
    sort: str = "rating"


class Places(NamedTuple):
    """A city with those of its districts that have salons."""

    city: City
    districts: list[District]


def published() -> QuerySet[Salon]:
    """The salons that guests see, with their place. Texts that only the salon's own page shows stay behind."""
    return (
        Salon.objects.filter(status=SalonStatus.PUBLISHED)
        .select_related("city", "district")
        .defer("search_text", "about_ar", "about_en", "address_ar", "address_en")
    )


class Rank(NamedTuple):
    """Where a salon stands in the order of `found`, by rating or by name. It can be remembered and gone on from."""

    rating_sum: int
    rating_count: int
    name: str
    pk: int


def rank(salon: Salon, language: str) -> Rank:
    """The rank of a salon that `found` gave."""
    return Rank(salon.rating_sum, salon.rating_count, salon.name_ar if language == "ar" else salon.name_en, salon.pk)


def found(wish: Wish, language: str, after: Rank | None = None) -> QuerySet[Salon]:
    """The published salons that fit `wish`, in its order. One query when read; a total order, so that pages hold.

    With `after` those behind it: salons that come or go before it move nothing.
    """
    rows = published()
    for word in wish.words:
        rows = rows.filter(search_text__contains=word)
    if wish.city:
        rows = rows.filter(city__slug=wish.city)
    if wish.district:
        rows = rows.filter(district__slug=wish.district)
    if wish.category:
        rows = rows.filter(_offers(wish.category))
    if wish.audience == Audience.KIDS:
        rows = rows.filter(Q(audience=Audience.KIDS) | Q(_offers(KIDS)))
    else:
        rows = rows.filter(_FOR_WHOM.get(wish.audience, Q()))
    rows = rows.annotate(mean=Cast("rating_sum", FloatField()) / NullIf("rating_count", 0))
    if wish.rating:
        rows = rows.filter(mean__gte=wish.rating)
    name = "name_ar" if language == "ar" else "name_en"
    if after:
        rows = rows.filter(_behind_name(after, name) if wish.sort == "name" else _behind_rating(after))
    if wish.sort == "name":
        return rows.order_by(name, "pk")
    return rows.order_by(F("mean").desc(nulls_last=True), "-rating_count", "pk")


def _behind_name(after: Rank, field: str) -> Q:
    return Q(**{f"{field}__gt": after.name}) | Q(**{field: after.name, "pk__gt": after.pk})


def _behind_rating(after: Rank) -> Q:
    """Both databases divide as Python does, so that the mean is the same number to the last bit."""
    if not after.rating_count:
        return Q(mean__isnull=True, pk__gt=after.pk)
    mean = after.rating_sum / after.rating_count
    alike = Q(mean=mean, rating_count__lt=after.rating_count)
    same = Q(mean=mean, rating_count=after.rating_count, pk__gt=after.pk)
    return Q(mean__lt=mean) | Q(mean__isnull=True) | alike | same


def _offers(category: str) -> Exists:
    return Exists(Service.objects.filter(salon=OuterRef("pk"), category__slug=category, is_active=True))


def asked_services(
    salons: Collection[Salon], *, words: Sequence[str], category: str = ""
) -> dict[int, Service | Variant]:
    """For each salon the service that a guest means: the best match of `words`, else the first of `category`, else the
    salon's first, by position; as its first variant if it has any. Only services that somebody on the team does.
    Two queries.
    """
    doable = StaffService.objects.filter(service=OuterRef("pk"), staff__is_active=True)
    by_salon: dict[int, list[Service]] = defaultdict(list)
    for service in (
        Service.objects.filter(Exists(doable), salon__in=salons, is_active=True)
        .select_related("category")
        .order_by("position", "pk")
    ):
        by_salon[service.salon_id].append(service)
    chosen: dict[int, Service] = {}
    for salon_id, services in by_salon.items():
        inside = [service for service in services if service.category.slug == category] or services
        texts = [f"{each.name_ar}\n{each.name_en}\n{each.category.name_ar}\n{each.category.name_en}" for each in inside]
        chosen[salon_id] = best_match(inside, texts, words) or inside[0]
    firsts: dict[int, Variant] = {}
    for variant in Variant.objects.filter(service__in=chosen.values()).order_by("-position", "-pk"):
        firsts[variant.service_id] = variant
    named: dict[int, Service | Variant] = {}
    for salon_id, service in chosen.items():
        variant = firsts.get(service.pk)
        if variant:
            variant.service = service
        named[salon_id] = variant or service
    return named


def places() -> list[Places]:
    """Cities that have published salons, each with the districts that have them. Two queries."""
    here = Salon.objects.filter(status=SalonStatus.PUBLISHED)
    cities = City.objects.filter(Exists(here.filter(city=OuterRef("pk"))))
    districts: dict[int, list[District]] = defaultdict(list)
    for district in District.objects.filter(Exists(here.filter(district=OuterRef("pk")))).order_by("slug"):
        districts[district.city_id].append(district)
    return [Places(city, districts[city.pk]) for city in cities]


def categories() -> list[Category]:
    """The kinds of service that some published salon offers. One query."""
    offered = Service.objects.filter(category=OuterRef("pk"), is_active=True, salon__status=SalonStatus.PUBLISHED)
    return list(Category.objects.filter(Exists(offered)))


def get_salon(slug: str) -> Salon:
    """A published salon, whole. One query. Raises Salon.DoesNotExist for any other."""
    return Salon.objects.select_related("city", "district").get(slug=slug, status=SalonStatus.PUBLISHED)


# --- one salon's services ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """A service, or one variant of it, as it can be picked. `price` is the least anybody asks for it, in halalas."""

    pick: str
    thing: Service | Variant
    price: Halalas
    price_from: bool
    minutes: int


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A service with its choices: one without variants, one for each variant otherwise."""

    service: Service
    choices: list[Choice]

    @property
    def has_variants(self) -> bool:
        return isinstance(self.choices[0].thing, Variant)


class MenuPart(NamedTuple):
    category: Category
    entries: list[MenuEntry]


def menu(salon: Salon) -> list[MenuPart]:
    """What can be booked, by category in the salon's own order: active services that somebody does. Three queries."""
    own: dict[int, dict[int, dict[int | None, tuple[int | None, int | None]]]] = defaultdict(lambda: defaultdict(dict))
    for service_id, staff_id, variant_id, price, minutes in StaffService.objects.filter(
        staff__salon=salon, staff__is_active=True
    ).values_list("service_id", "staff_id", "variant_id", "price", "minutes"):
        own[service_id][staff_id][variant_id] = (price, minutes)
    variants: dict[int, list[Variant]] = defaultdict(list)
    for variant in Variant.objects.filter(service__salon=salon).order_by("position", "pk"):
        variants[variant.service_id].append(variant)
    parts: dict[int, MenuPart] = {}
    services = Service.objects.filter(salon=salon, is_active=True).select_related("category").order_by("position", "pk")
    for service in services:
        doers = [offers for offers in own[service.pk].values() if None in offers]
        if not doers:
            continue
        for variant in variants[service.pk]:
            variant.service = service
        choices = [_choice(service, variant, doers) for variant in variants[service.pk] or [None]]
        part = parts.setdefault(service.category_id, MenuPart(service.category, []))
        part.entries.append(MenuEntry(service, choices))
    return list(parts.values())


def _choice(
    service: Service, variant: Variant | None, doers: Sequence[dict[int | None, tuple[int | None, int | None]]]
) -> Choice:
    """The least price and minutes among those who do it: own for the variant, else the variant's, else their own."""
    prices, lengths = [], []
    for offers in doers:
        price, minutes = offers.get(variant.pk if variant else None, (None, None))
        usual = variant or service
        prices.append(usual.price if price is None else price)
        lengths.append(usual.minutes if minutes is None else minutes)
    pick = f"{service.pk}-{variant.pk}" if variant else str(service.pk)
    return Choice(pick, variant or service, min(prices), min(prices) < max(prices), min(lengths))


def skills(salon: Salon) -> dict[int, list[int]]:
    """The services that each member of the team does, by their keys. One query."""
    done: dict[int, list[int]] = defaultdict(list)
    for staff_id, service_id in (
        StaffService.objects.filter(
            staff__salon=salon, staff__is_active=True, service__is_active=True, variant__isnull=True
        )
        .order_by("service__position", "service_id")
        .values_list("staff_id", "service_id")
    ):
        done[staff_id].append(service_id)
    return done


def team(salon: Salon) -> list[Staff]:
    """Those who take bookings, in the salon's order. One query."""
    return list(Staff.objects.filter(salon=salon, is_active=True).order_by("position", "pk"))


# --- opening hours -----------------------------------------------------------------------------------------


class Opening(NamedTuple):
    """Whether a salon is open. `until` is when it closes (open), or when it opens next within a week (closed)."""

    is_open: bool
    until: dt.datetime | None


class WeekdayHours(NamedTuple):
    """A line of the table of hours: shifts of that day's weekday as UTC moments of its date; empty when closed."""

    day: dt.date
    shifts: list[tuple[dt.datetime, dt.datetime]]
    is_today: bool


def opening_hours(salon: Salon, now: dt.datetime) -> tuple[Opening, list[WeekdayHours]]:
    """Open now or not, and the hours of the week that begins today, seasons and closures counted. Four queries."""
    zone = clock.zone(salon.zone)
    today = clock.local_day(now, zone)
    days = [today + dt.timedelta(days=offset) for offset in range(-1, 8)]
    season_shifts: dict[int, list[Shift]] = defaultdict(list)
    inside = {"first_day__lte": days[-1], "last_day__gte": days[0]}
    for row in SeasonHours.objects.filter(
        season__salon=salon, **{f"season__{key}": day for key, day in inside.items()}
    ):
        season_shifts[row.season_id].append(Shift(row.weekday, row.start_minute, row.end_minute))
    work = working_intervals(
        days=days,
        zone=zone,
        salon_shifts=[
            Shift(row.weekday, row.start_minute, row.end_minute)
            for row in WeeklyHours.objects.filter(salon=salon, staff=None)
        ],
        staff_shifts=None,
        seasons=[
            SeasonDays(row.first_day, row.last_day, tuple(season_shifts[row.pk]))
            for row in Season.objects.filter(salon=salon, **inside)
        ],
        closures=[ClosedDays(row.first_day, row.last_day) for row in Closure.objects.filter(salon=salon, **inside)],
    )
    week = [
        WeekdayHours(day, [(clock.from_minute(a), clock.from_minute(b)) for a, b in work[day]], day == today)
        for day in sorted(days[1:8], key=clock.weekday_of)
    ]
    return _opening(merge(span for spans in work.values() for span in spans), clock.to_minute(now)), week


def _opening(spans: Sequence[Interval], minute: Minute) -> Opening:
    for start, end in spans:
        if start <= minute < end:
            return Opening(is_open=True, until=clock.from_minute(end))
        if start > minute:
            return Opening(is_open=False, until=clock.from_minute(start))
    return Opening(is_open=False, until=None)
