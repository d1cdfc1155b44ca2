"""What everybody may read, as a program sees it: shapes, languages, what is kept back, and the number of queries."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from salon.api import shapes
from salon.reviews import domain
from salon.reviews.models import Review, ReviewStatus
from salon.salons.domain import refresh_search_text
from salon.salons.models import Closure, SalonStatus, StaffService, Variant
from salon.tests.people import at, category, city, make_salon, open_daily, person, rose, service, staff
from salon.tests.reviewing import reviewed

pytestmark = pytest.mark.django_db

NOON = at("2026-11-22", "12:00")
DAY = "2026-11-24"


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def get(client, path: str, status: int = 200, **headers):
    response = client.get(f"/api/v1/{path}", headers=headers)
    assert response.status_code == status, response.content
    return response.json()


def town(number: int) -> list:
    """`number` salons with two variants, a review and a break of their own each."""
    made = []
    for index in range(number):
        shop = rose(slug=f"rose-{index}", name_en=f"Rose {index:02}", name_ar=f"وردة {index:02}")
        for position in range(2):
            Variant.objects.create(
                service=shop.nails, name_ar=f"طول {position}", name_en=f"Length {position}", price=9000, minutes=30
            )
        review(shop.salon, 5, guest="Lama Al-Harbi")
        refresh_search_text(shop.salon)
        made.append(shop)
    return made


def review(shop, rating: int, *, guest: str = "Lama", hours: int = 48, text: str = "رائع") -> Review:
    made = reviewed(shop, rating, at=NOON - dt.timedelta(hours=hours), guest=guest, text=text)
    domain.refresh_rating(shop)
    return made


# --- shapes ----------------------------------------------------------------------------------------------


def test_places_and_kinds_that_lead_somewhere(client):
    rose()
    category("spa", "سبا", "Spa")  # nobody offers it
    make_salon("draft", city=city("abha", "أبها", "Abha"), status=SalonStatus.DRAFT)
    found = get(client, "cities?lang=en")
    assert found == {
        "cities": [{"slug": "riyadh", "name": "Riyadh", "districts": [{"slug": "malqa", "name": "Al Malqa"}]}]
    }
    assert get(client, "categories?lang=en") == {
        "categories": [{"slug": "hair", "name": "Hair", "image": "http://testserver/static/img/art/hair-cat.webp"}]
    }


def test_a_found_salon(client):
    town(1)
    found = get(client, "salons?lang=en")
    assert found["next"] is None
    assert found["salons"] == [
        {
            "slug": "rose-0",
            "name": "Rose 00",
            "audience": "women",
            "private_room": False,
            "city": {"slug": "riyadh", "name": "Riyadh"},
            "district": {"slug": "malqa", "name": "Al Malqa"},
            "rating": 5.0,
            "rating_count": 1,
            "image": "http://testserver/static/img/art/interior-640.webp",
            "url": "http://testserver/en/s/rose-0/",
            "next": None,
        }
    ]


def test_the_next_times_of_a_found_salon(client):
    shop = town(1)[0]
    found = get(client, "salons?lang=en&times=2")["salons"][0]["next"]
    assert found == {
        "service": str(shop.cut.pk),
        "name": "Cut and blow-dry",
        "price": 18000,
        "price_from": False,
        "times": [
            {"starts_at": "2026-11-22T12:00:00+03:00", "business_day": "2026-11-22"},
            {"starts_at": "2026-11-22T12:15:00+03:00", "business_day": "2026-11-22"},
        ],
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"rose", "barber", "jeddah"}),
        ("city=riyadh", {"rose", "barber"}),
        ("city=riyadh&district=malqa", {"rose", "barber"}),
        ("district=nowhere", set()),
        ("city=atlantis", set()),
        ("audience=women", {"rose", "jeddah"}),
        ("audience=men", {"barber"}),
        ("audience=kids", set()),
        ("category=beard", {"barber"}),
        ("q=الحلاق", {"barber"}),
        ("q=BARBER+riyadh", {"barber"}),
        ("q=%00", {"rose", "barber", "jeddah"}),
        ("rating=4.5", {"rose"}),
        ("rating=1", {"rose", "barber"}),
        (f"day={DAY}", {"rose", "barber"}),
        ("day=2026-12-24&city=jeddah", set()),
        ("day=0001-01-01", set()),
        ("day=9999-12-31", set()),
    ],
)
def test_the_filters_of_the_search_page(client, query, found):
    shop = rose()
    review(shop.salon, 5)
    barber = make_salon("barber", name_ar="ديوان الحلاق", name_en="Barber", audience="men")
    review(barber, 3)
    open_daily(barber)
    beard = service(barber, "Beard", name_ar="لحية", category=category("beard", "اللحية", "Beard"))
    staff(barber, "Faisal", "فيصل", (beard,))
    full = rose(slug="jeddah", name_en="Jeddah", city=city("jeddah", "جدة", "Jeddah")).salon
    Closure.objects.create(salon=full, first_day=NOON.date(), last_day=NOON.date() + dt.timedelta(days=60))
    for each in (shop.salon, barber, full):
        refresh_search_text(each)
    assert {each["slug"] for each in get(client, f"salons?{query}")["salons"]} == found


def test_one_salon(client):
    shop = rose(
        about_en="Since 2009.",
        address_en="King Fahd Road",
        latitude="24.774265",
        longitude="46.738586",
        phone="+966112345678",
        prepayment="deposit",
        deposit_percent=20,
        policy="strict",
        manual_approval=True,
    )
    found = get(client, f"salons/{shop.salon.slug}?lang=en")
    assert found["about"] == "Since 2009."
    assert found["point"] == {"latitude": 24.774265, "longitude": 46.738586}
    assert (found["open_now"], found["open_until"], found["opens_at"]) == (True, "2026-11-22T22:00:00+03:00", None)
    assert [line["day"] for line in found["hours"]] == [f"2026-11-{day}" for day in range(22, 29)]
    assert found["hours"][0] == {
        "day": "2026-11-22",
        "weekday": 0,
        "shifts": [{"opens": "2026-11-22T10:00:00+03:00", "closes": "2026-11-22T22:00:00+03:00"}],
    }
    assert found["terms"] == {
        "prepayment": "deposit",
        "deposit_percent": 20,
        "deposit": None,
        "free_cancellation_minutes": 14 * 24 * 60,
        "confirmed_by_hand": True,
        "notice_minutes": 0,
        "horizon_days": 60,
    }


@pytest.mark.parametrize(("checkout", "said"), [("form", "hold"), ("invoice", "deposit")])
def test_a_deposit_is_only_reserved_where_that_can_be(client, settings, checkout, said):
    settings.MOYASAR_CHECKOUT = checkout
    rose(prepayment="hold")
    assert get(client, "salons/rose")["terms"]["prepayment"] == said


def test_a_closed_salon_says_when_it_opens(client):
    rose()
    with time_machine.travel(at("2026-11-22", "23:00"), tick=False):
        found = get(client, "salons/rose")
    assert (found["open_now"], found["open_until"]) == (False, None)
    assert found["opens_at"] == "2026-11-23T10:00:00+03:00"


def test_services_with_variants_prices_and_what_is_due(client):
    shop = rose(prepayment="deposit", deposit_percent=25)
    long = Variant.objects.create(service=shop.cut, name_ar="طويل", name_en="Long", price=24000, minutes=90)
    StaffService.objects.create(staff=shop.reem, service=shop.cut, variant=long, price=20000, minutes=75)
    service(shop.salon, "Nobody does this")
    found = get(client, "salons/rose/services?lang=en")
    assert found["categories"] == [
        {
            "slug": "hair",
            "name": "Hair",
            "services": [
                {
                    "id": shop.cut.pk,
                    "name": "Cut and blow-dry",
                    "description": "",
                    "choices": [
                        {
                            "service": f"{shop.cut.pk}-{long.pk}",
                            "variant": "Long",
                            "price": 20000,
                            "price_from": True,
                            "minutes": 75,
                            "due_when_booking": 5000,
                        }
                    ],
                },
                {
                    "id": shop.nails.pk,
                    "name": "Gel manicure",
                    "description": "",
                    "choices": [
                        {
                            "service": str(shop.nails.pk),
                            "variant": "",
                            "price": 14000,
                            "price_from": False,
                            "minutes": 45,
                            "due_when_booking": 3500,
                        }
                    ],
                },
            ],
        }
    ]


def test_the_team_without_anything_private(client):
    shop = rose()
    shop.noura.user = person("Noura", phone="+966551112223")
    shop.noura.save()
    staff(shop.salon, "Gone", "راحت", (shop.cut,), is_active=False)
    found = get(client, "salons/rose/staff?lang=en")
    assert found["staff"] == [
        {"id": shop.noura.pk, "name": "Noura", "title": "", "services": [shop.cut.pk]},
        {"id": shop.reem.pk, "name": "Reem", "title": "", "services": [shop.cut.pk, shop.nails.pk]},
        {"id": shop.maya.pk, "name": "Maya", "title": "", "services": [shop.nails.pk]},
    ]


def test_reviews_say_no_more_than_the_page(client):
    shop = rose().salon
    review(shop, 4, guest="Lama Al-Harbi", hours=30)
    hidden = review(shop, 1, guest="Faisal", hours=20, text="secret")
    Review.objects.filter(pk=hidden.pk).update(status=ReviewStatus.HIDDEN)
    domain.refresh_rating(shop)
    found = get(client, "salons/rose/reviews")
    assert found == {
        "rating": 4.0,
        "rating_count": 1,
        "stars": [{"stars": stars, "count": int(stars == 4)} for stars in range(5, 0, -1)],
        "reviews": [{"author": "Lama", "rating": 4, "text": "رائع", "reply": "", "created_at": "2026-11-21T03:00:00Z"}],
        "next": None,
    }


@pytest.mark.parametrize(
    "path", ["", "/services", "/staff", "/reviews", "/availability?service=1&first_day=2026-11-24"]
)
@pytest.mark.parametrize("status", [SalonStatus.DRAFT, SalonStatus.PENDING, SalonStatus.SUSPENDED])
def test_a_salon_that_guests_do_not_see_is_not_there(client, path, status):
    rose(status=status)
    here, nowhere = get(client, f"salons/rose{path}", 404), get(client, f"salons/nowhere{path}", 404)
    assert here | {"instance": ""} == nowhere | {"instance": ""}
    assert get(client, "salons") == {"salons": [], "next": None}
    assert get(client, "cities") == {"cities": []}
    assert get(client, "categories") == {"categories": []}


# --- languages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", "", "ar"),
        ("", "en", "en"),
        ("", "en-GB,ar;q=0.4", "en"),
        ("", "fr, ar-SA;q=0.8, en;q=0.7", "ar"),
        ("", "en;q=0, fr", "ar"),
        ("", "zz-;;q=x", "ar"),
        ("?lang=en", "ar", "en"),
        ("?lang=ar", "en", "ar"),
    ],
)
def test_the_language_is_what_is_asked_for(client, query, header, language):
    rose()
    client.cookies["django_language"] = "en"  # a browser's habit has no say
    response = client.get(f"/api/v1/salons/rose{query}", headers={"Accept-Language": header})
    assert response["Content-Language"] == language
    assert "Accept-Language" in response["Vary"]
    assert response.json()["name"] == {"ar": "لمسة ورد", "en": "Touch of Rose"}[language]


def test_a_name_that_is_missing_comes_in_the_other_language(client):
    rose(name_en="")
    assert get(client, "salons/rose?lang=en")["name"] == "لمسة ورد"


def test_pages_keep_their_language(client):
    rose()
    assert client.get("/salons/?lang=en", headers={"Accept-Language": "en"})["Content-Language"] == "ar"


# --- queries ----------------------------------------------------------------------------------------------

COUNTS = [
    ("", 0),
    ("cities", 2),
    ("categories", 1),
    ("salons", 1),
    ("salons?q=rose&city=riyadh&category=hair&audience=women&rating=4&sort=name", 1),
    ("salons?times=3", 5),
    (f"salons?day={DAY}&times=3", 5),
    ("salons/rose-0", 5),
    ("salons/rose-0/services", 4),
    ("salons/rose-0/staff", 3),
    ("salons/rose-0/reviews", 3),
    ("salons/nowhere", 1),
    ("openapi.json", 0),
    ("docs", 0),
]


@pytest.mark.parametrize("many", [1, 4])
@pytest.mark.parametrize(("path", "queries"), COUNTS)
def test_numbers_of_queries(client, django_assert_num_queries, many, path, queries):
    town(many)
    with django_assert_num_queries(queries):
        client.get(f"/api/v1/{path}")


def test_signed_in_browsers_are_nobody_here(client, django_assert_num_queries):
    """A cookie is not even looked at: no query, and nothing that a cache would have to tell apart."""
    rose()
    client.force_login(person())
    with django_assert_num_queries(2):
        response = client.get("/api/v1/cities")
    assert "Cookie" not in response["Vary"]
    assert not response.cookies


def test_every_field_is_declared(client):
    """Answers pass through the shapes; this one is written by hand and is held to its shape here."""
    shop = rose()
    found = get(client, f"salons/rose/availability?service={shop.cut.pk}&service={shop.nails.pk}&first_day={DAY}")
    told = shapes.Availability.model_validate(found).model_dump(mode="json")
    assert {day["day"] for day in told["days"]} == {day["day"] for day in found["days"]}
    assert told.keys() == found.keys()
