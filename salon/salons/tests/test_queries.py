"""What is read of salons: the search text, who fits a wish, the menu, and whether a salon is open."""

from __future__ import annotations

import datetime as dt

import pytest

from salon.salons import queries
from salon.salons.domain import refresh_search_text
from salon.salons.models import Closure, Salon, SalonStatus, Season, SeasonHours, StaffService, Variant, WeeklyHours
from salon.salons.queries import Wish
from salon.salons.search import words_of
from salon.tests.people import at, category, city, make_salon, open_daily, rose, service, staff

pytestmark = pytest.mark.django_db


def names(wish: Wish, language: str = "ar") -> list[str]:
    return [salon.slug for salon in queries.found(wish, language)]


def looked_for(text: str) -> list[str]:
    return names(Wish(words=words_of(text)))


@pytest.mark.parametrize(
    "text",
    [
        "لمسة ورد",
        "لمسه",
        "Touch of ROSE",
        "الملقا",
        "حي الملقا",
        "ملقا",
        "malqa",
        "الرياض",
        "مانيكير",
        "الشعر",
        "نسائي",
        "قص ملقا",
    ],
)
def test_a_salon_is_found_by_its_names_place_and_services(text):
    refresh_search_text(rose().salon)
    assert looked_for(text) == ["rose"]


@pytest.mark.parametrize("text", ["جدة", "مساج", "لمسة مساج", "100%", "_"])
def test_and_by_nothing_else(text):
    refresh_search_text(rose().salon)
    assert looked_for(text) in ([], ["rose"] if not words_of(text) else [])


def test_only_published_salons_are_shown():
    for status in SalonStatus:
        make_salon(slug=status.value, status=status)
    assert names(Wish()) == ["published"]


def test_place_audience_category_and_rating():
    jeddah = city("jeddah", "جدة", "Jeddah")
    women = rose(slug="women", rating_sum=48, rating_count=10).salon
    make_salon(slug="men", audience="men", city=jeddah, rating_sum=9, rating_count=2)
    make_salon(slug="both", audience="both")
    barber = make_salon(slug="kids", audience="kids")
    service(barber, "Kids' cut", category=category("kids", "الأطفال", "Kids"))

    assert names(Wish(audience="women")) == ["women", "both"]
    assert names(Wish(audience="men")) == ["men", "both"]
    assert names(Wish(audience="kids")) == ["kids"]
    service(women, "Kids' cut", category=category("kids"))
    assert names(Wish(audience="kids")) == ["women", "kids"]
    assert names(Wish(city="jeddah")) == ["men"]
    assert names(Wish(city="jeddah", district="malqa")) == ["men"]
    assert names(Wish(city="nowhere")) == []
    assert names(Wish(category="hair")) == ["women"]
    assert names(Wish(rating=4.6)) == ["women"]
    assert names(Wish()) == ["women", "men", "both", "kids"]  # best rated first, then unrated ones


def test_names_sort_in_the_language_of_the_page():
    make_salon(slug="a", name_ar="ياسمين", name_en="Amber")
    make_salon(slug="b", name_ar="أمل", name_en="Zoe")
    assert names(Wish(sort="name"), "ar") == ["b", "a"]
    assert names(Wish(sort="name"), "en") == ["a", "b"]


def test_the_service_a_guest_means():
    shop = rose()
    dye = service(shop.salon, "Full colour", name_ar="صبغة كاملة", position=2)
    short = Variant.objects.create(service=dye, name_ar="قصير", name_en="Short", price=30000, minutes=90)
    Variant.objects.create(service=dye, name_ar="طويل", name_en="Long", price=50000, minutes=120, position=1)
    StaffService.objects.create(staff=shop.reem, service=dye)

    def asked(text: str = "", kind: str = "") -> object:
        return queries.asked_services([shop.salon], words=words_of(text), category=kind)[shop.salon.pk]

    assert asked() == shop.cut
    assert asked("مانيكير") == shop.nails
    assert asked("صبغه") == short
    assert asked("لمسة ورد") == shop.cut
    shop.maya.is_active = shop.reem.is_active = False
    shop.maya.save()
    shop.reem.save()
    assert asked("مانيكير") == shop.cut  # nobody does nails today


def test_the_menu_tells_the_least_price_and_who_asks_more():
    shop = rose()
    StaffService.objects.filter(staff=shop.noura, service=shop.cut).update(price=22000, minutes=50)
    dye = service(shop.salon, "Full colour", position=2, category=category("color", "الصبغات", "Colour"))
    short = Variant.objects.create(service=dye, name_ar="قصير", name_en="Short", price=30000, minutes=90)
    StaffService.objects.create(staff=shop.reem, service=dye, price=99900)  # "can do it"; the variant has its own price
    StaffService.objects.create(staff=shop.reem, service=dye, variant=short, price=28000)
    service(shop.salon, "Nobody does this", position=3)
    service(shop.salon, "Not offered now", position=4, is_active=False)

    parts = queries.menu(shop.salon)
    assert [[entry.service.name_en for entry in part.entries] for part in parts] == [
        ["Cut and blow-dry", "Gel manicure"],
        ["Full colour"],
    ]
    cut, nails = parts[0].entries
    assert (cut.choices[0].pick, cut.choices[0].price, cut.choices[0].price_from, cut.choices[0].minutes) == (
        str(shop.cut.pk),
        18000,
        True,
        50,
    )
    assert not nails.choices[0].price_from
    (dyed,) = parts[1].entries
    assert dyed.has_variants
    assert (dyed.choices[0].pick, dyed.choices[0].price) == (f"{dye.pk}-{short.pk}", 28000)


SUNDAY = "2026-11-22"


def opening(salon: Salon, day: str, clock: str) -> tuple[bool, dt.datetime | None]:
    return tuple(queries.opening_hours(salon, at(day, clock))[0])


def test_open_until_and_opens_at():
    salon = make_salon()
    open_daily(salon)  # 10:00-22:00
    assert opening(salon, SUNDAY, "10:00") == (True, at(SUNDAY, "22:00"))
    assert opening(salon, SUNDAY, "09:59") == (False, at(SUNDAY, "10:00"))
    assert opening(salon, SUNDAY, "22:00") == (False, at("2026-11-23", "10:00"))


def test_open_past_midnight_belongs_to_the_night_before():
    salon = make_salon()
    open_daily(salon, "16:00", 1560)  # to 02:00
    assert opening(salon, SUNDAY, "01:30") == (True, at(SUNDAY, "02:00"))
    assert opening(salon, SUNDAY, "02:00") == (False, at(SUNDAY, "16:00"))
    assert opening(salon, SUNDAY, "23:59") == (True, at("2026-11-23", "02:00"))


def test_seasons_and_closures_count():
    salon = make_salon()
    open_daily(salon)
    Closure.objects.create(salon=salon, first_day=dt.date(2026, 11, 22), last_day=dt.date(2026, 11, 23))
    assert opening(salon, SUNDAY, "12:00") == (False, at("2026-11-24", "10:00"))
    season = Season.objects.create(
        salon=salon, name_ar="رمضان", name_en="Ramadan", first_day=dt.date(2026, 11, 24), last_day=dt.date(2026, 11, 24)
    )
    SeasonHours.objects.create(season=season, weekday=2, start_minute=1200, end_minute=1560)
    assert opening(salon, "2026-11-24", "12:00") == (False, at("2026-11-24", "20:00"))
    assert opening(salon, "2026-11-25", "01:00") == (True, at("2026-11-25", "02:00"))


def test_a_salon_without_hours_is_closed():
    assert opening(make_salon(), SUNDAY, "12:00") == (False, None)


def test_the_table_of_hours_runs_from_sunday_and_marks_today():
    salon = make_salon()
    WeeklyHours.objects.create(salon=salon, weekday=5, start_minute=840, end_minute=1380)
    WeeklyHours.objects.create(salon=salon, weekday=0, start_minute=540, end_minute=720)
    WeeklyHours.objects.create(salon=salon, weekday=0, start_minute=960, end_minute=1320)
    _, week = queries.opening_hours(salon, at("2026-11-24", "12:00"))  # a Tuesday
    assert [line.day.isoweekday() % 7 for line in week] == [0, 1, 2, 3, 4, 5, 6]
    assert [len(line.shifts) for line in week] == [2, 0, 0, 0, 0, 1, 0]
    assert [line.is_today for line in week] == [False, False, True, False, False, False, False]


def test_places_and_categories_are_those_of_published_salons():
    rose()
    city("jeddah", "جدة", "Jeddah")
    make_salon(slug="draft", status=SalonStatus.DRAFT, city=city("abha", "أبها", "Abha"))
    category("spa", "سبا", "Spa")
    assert [(place.city.slug, [each.slug for each in place.districts]) for place in queries.places()] == [
        ("riyadh", ["malqa"])
    ]
    assert [each.slug for each in queries.categories()] == ["hair"]


@pytest.mark.parametrize("many", [1, 12])
def test_numbers_of_queries_do_not_depend_on_the_rows(many, django_assert_num_queries):
    salons = [rose(slug=f"rose-{number}").salon for number in range(many)]
    for shop in salons[:1]:
        for number in range(many):
            staff(shop, f"Person {number}", does=(service(shop, f"Service {number}"),))
    with django_assert_num_queries(1):
        assert len(list(queries.found(Wish(words=(), rating=0.0), "ar"))) == many
    with django_assert_num_queries(2):
        queries.asked_services(salons, words=())
    with django_assert_num_queries(2):
        queries.places()
    with django_assert_num_queries(1):
        queries.categories()
    with django_assert_num_queries(1):
        shop = queries.get_salon("rose-0")
    with django_assert_num_queries(3):
        queries.menu(shop)
    with django_assert_num_queries(1):
        queries.team(shop)
    with django_assert_num_queries(4):
        queries.opening_hours(shop, at(SUNDAY, "12:00"))
