"""Writes places, salons, teams and people. What exists already is left as it is."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from salon.accounts.models import Language, User
from salon.jobs.demo import people
from salon.jobs.demo.offers import OFFERS
from salon.jobs.demo.places import CATEGORIES, CITIES, DISTRICTS
from salon.jobs.demo.salons_east import EAST
from salon.jobs.demo.salons_riyadh import RIYADH
from salon.jobs.demo.salons_west import WEST
from salon.jobs.demo.shapes import DAILY, FRIDAY, Offer, Person, SalonSheet
from salon.salons.domain import refresh_search_text
from salon.salons.models import (
    Category,
    City,
    District,
    Membership,
    Role,
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

SHEETS: tuple[SalonSheet, ...] = (*RIYADH, *WEST, *EAST)
RIYAL = 100
OWNERS_OF_OTHERS = (
    "وضحى",
    "مي",
    "منصور",
    "سيف",
    "العنود",
    "لبنى",
    "دينا",
    "هاني",
    "رولا",
    "سحر",
    "عايض",
    "عنود",
    "ثنيان",
    "حور",
    "بثينة",
)


def everyone() -> dict[str, User]:
    """The demo's people by number: guest, owners, operator, stylist and a hundred guests. Missing ones are written."""
    wanted: dict[str, dict[str, object]] = {}
    for number, _, name in (people.GUEST, people.OWNER, people.OPERATOR, people.STYLIST):
        wanted[number] = {"name": name}
    wanted[people.OPERATOR[0]] |= {"is_staff": True, "is_superuser": True}
    for index, name in enumerate(OWNERS_OF_OTHERS):
        wanted[people.OWNER_NUMBERS.format(index + 11)] = {"name": name}
    families = itertools.cycle(zip(people.FAMILIES, people.LATIN_FAMILIES, strict=True))
    for index, name in enumerate((*people.WOMEN, *people.MEN)):
        language = Language.ENGLISH if name.isascii() else Language.ARABIC
        family = next(families)[language == Language.ENGLISH]
        wanted[people.GUEST_NUMBERS.format(index)] = {"name": f"{name} {family}", "language": language}
    known = {str(user.phone): user for user in User.objects.filter(phone__in=wanted)}
    closed = make_password(None)  # nobody here has a password: they prove their phone like everyone
    missing = [
        User(phone=number, password=closed, **fields) for number, fields in wanted.items() if number not in known
    ]
    User.objects.bulk_create(missing)
    return known | {str(user.phone): user for user in missing}


def salons(users: dict[str, User]) -> list[tuple[SalonSheet, Salon]]:
    """Every salon of the demo with its sheet. Salons that exist are not touched, whatever was changed in them."""
    known = {salon.slug: salon for salon in Salon.objects.filter(slug__in=[sheet.slug for sheet in SHEETS])}
    missing = [sheet for sheet in SHEETS if sheet.slug not in known]
    if missing:
        with transaction.atomic():
            places = _places()
            kinds = _categories()
            for sheet in missing:
                known[sheet.slug] = _salon(sheet, places, kinds, users)
    return [(sheet, known[sheet.slug]) for sheet in SHEETS]


def _places() -> dict[tuple[str, str], District]:
    found: dict[tuple[str, str], District] = {}
    for position, (slug, ar, en) in enumerate(CITIES):
        names = {"name_ar": ar, "name_en": en, "position": position}
        city, _ = City.objects.get_or_create(slug=slug, defaults=names)
        for district_slug, district_ar, district_en in DISTRICTS[slug]:
            district, _ = District.objects.get_or_create(
                city=city, slug=district_slug, defaults={"name_ar": district_ar, "name_en": district_en}
            )
            found[slug, district_slug] = district
    return found


def _categories() -> dict[str, Category]:
    found = {}
    for position, (slug, ar, en, art) in enumerate(CATEGORIES):
        fields = {"name_ar": ar, "name_en": en, "art": art, "position": position}
        found[slug], _ = Category.objects.get_or_create(slug=slug, defaults=fields)
    return found


def _salon(
    sheet: SalonSheet,
    places: dict[tuple[str, str], District],
    kinds: dict[str, Category],
    users: dict[str, User],
) -> Salon:
    index = SHEETS.index(sheet)
    district = places[sheet.city, sheet.district]
    salon = Salon.objects.create(
        slug=sheet.slug,
        name_ar=sheet.ar,
        name_en=sheet.en,
        about_ar=sheet.about_ar,
        about_en=sheet.about_en,
        audience=sheet.audience,
        city=district.city,
        district=district,
        address_ar=sheet.address_ar,
        address_en=sheet.address_en,
        latitude=Decimal(sheet.at[0]),
        longitude=Decimal(sheet.at[1]),
        cover=sheet.cover,
        status=SalonStatus.PUBLISHED,
        vat_number=f"3{index + 1:013d}3",  # invented: real ones do not count up
        **sheet.settings,
    )
    services = {
        key: _service(salon, OFFERS[key], sheet.level, kinds, place, own=sheet.own.get(key, {}))
        for place, key in enumerate(sheet.offers)
    }
    if sheet.eid is not None:
        _eid(salon, sheet)
    _open(salon, None, sheet, frozenset())
    for place, person in enumerate(sheet.team):
        member = _member(salon, person, services, place)
        if person.off or person.shift:
            _open(salon, member, sheet, frozenset(person.off), person.shift)
        if sheet is SHEETS[0] and person.en == people.STYLIST[1]:
            member.user = users[people.STYLIST[0]]
            member.save(update_fields=["user"])
            Membership.objects.create(user=member.user, salon=salon, role=Role.STYLIST)
    number = people.OWNER[0] if index == 0 else people.OWNER_NUMBERS.format(index + 10)
    Membership.objects.create(user=users[number], salon=salon, role=Role.OWNER)
    refresh_search_text(salon)
    return salon


def _price(riyals: int, percent: int) -> int:
    """`riyals` scaled and rounded to five riyals, in halalas: salons do not ask 189."""
    return max(5, round(riyals * percent / 500) * 5) * RIYAL


def _service(
    salon: Salon, offer: Offer, level: int, kinds: dict[str, Category], position: int, *, own: dict[str, Any]
) -> Service:
    service = Service.objects.create(
        salon=salon,
        category=kinds[offer.category],
        name_ar=offer.ar,
        name_en=offer.en,
        description_ar=offer.about_ar,
        description_en=offer.about_en,
        price=_price(offer.price, level),
        minutes=offer.minutes,
        buffer_before=offer.before,
        buffer_after=offer.after,
        position=position,
        **own,
    )
    for place, choice in enumerate(offer.choices):
        Variant.objects.create(
            service=service,
            name_ar=choice.ar,
            name_en=choice.en,
            price=_price(choice.price, level),
            minutes=choice.minutes,
            position=place,
        )
    return service


def _member(salon: Salon, person: Person, services: dict[str, Service], position: int) -> Staff:
    """A member of the team with what they do, and their own price and minutes where they differ."""
    member = Staff.objects.create(
        salon=salon,
        name_ar=person.ar,
        name_en=person.en,
        title_ar=person.title_ar,
        title_en=person.title_en,
        hue=position % 6 + 1,
        position=position,
    )
    offers = []
    for key, service in services.items():
        if key not in person.does and f"@{OFFERS[key].category}" not in person.does:
            continue
        offers.append(StaffService(staff=member, service=service, **_own(person, service)))
        if person.extra or person.pace != 100:
            offers += [
                StaffService(staff=member, service=service, variant=variant, **_own(person, variant))
                for variant in service.variants.all()
            ]
    StaffService.objects.bulk_create(offers)
    return member


def _own(person: Person, thing: Service | Variant) -> dict[str, int | None]:
    """A person's own price and minutes (steps of five), or None where the usual ones hold."""
    price = _price(thing.price // RIYAL, 100 + person.extra) if person.extra else None
    minutes = max(10, round(thing.minutes * person.pace / 500) * 5) if person.pace != 100 else None
    return {"price": price, "minutes": minutes}


def _open(
    salon: Salon,
    member: Staff | None,
    sheet: SalonSheet,
    off: frozenset[int],
    shift: tuple[int, int] | None = None,
) -> None:
    """Weekly hours of the salon, or of one member of its team."""
    WeeklyHours.objects.bulk_create(
        WeeklyHours(salon=salon, staff=member, weekday=day, start_minute=start, end_minute=end)
        for day in DAILY
        if day not in off
        for start, end in ((shift,) if shift else sheet.friday if day == FRIDAY else sheet.hours)
    )


def _eid(salon: Salon, sheet: SalonSheet) -> None:
    """The feast's days: the usual hours, other terms. Fixed dates: the demo shows a season, it is no calendar."""
    season = Season.objects.create(
        salon=salon,
        name_ar="عيد الفطر",
        name_en="Eid al-Fitr",
        first_day=dt.date(2027, 3, 7),
        last_day=dt.date(2027, 3, 13),
        **(sheet.eid or {}),
    )
    SeasonHours.objects.bulk_create(
        SeasonHours(season=season, weekday=day, start_minute=start, end_minute=end)
        for day in DAILY
        for start, end in (sheet.friday if day == FRIDAY else sheet.hours)
    )
