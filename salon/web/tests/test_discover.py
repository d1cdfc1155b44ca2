"""Home and search, as strangers see them: real times, one tap from booking, and no way to break them."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from salon.bookings.models import BusyTime
from salon.core.clock import to_minute
from salon.reviews.models import Review
from salon.salons.domain import refresh_search_text
from salon.salons.models import Salon, SalonStatus, StaffService, Variant
from salon.tests.people import at, category, city, make_salon, open_daily, rose, service, staff
from salon.tests.reviewing import reviewed

pytestmark = pytest.mark.django_db

SUNDAY = "2026-11-22"
NOON = at(SUNDAY, "12:00")
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def town(number: int = 1) -> list[Salon]:
    found = []
    for index in range(number):
        shop = rose(slug=f"rose-{index}", name_en=f"Rose {index:02}", name_ar=f"وردة {index:02}").salon
        refresh_search_text(shop)
        found.append(shop)
    return found


def page(client, path: str, **headers) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


# --- home ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "lang", "direction", "name"), [("/", "ar", "rtl", "وردة 00"), ("/en/", "en", "ltr", "Rose 00")]
)
def test_home_in_both_languages(client, path, lang, direction, name):
    town()
    html = page(client, path)
    assert f'<html lang="{lang}" dir="{direction}"' in html
    assert html.count("<h1") == 1
    assert name in html


def test_home_shows_salons_that_are_free_today_with_three_times(client):
    town()
    html = page(client, "/en/")
    assert "Free today" in html
    assert html.count('<time datetime="2026-11-22T') == 3
    assert "12:00 PM" in html  # no notice asked: the next start is now


def test_home_says_the_next_times_when_today_is_over(client):
    town()
    with time_machine.travel(at(SUNDAY, "21:30"), tick=False):
        html = page(client, "/en/")
    assert "Free today" not in html
    assert "The next free times" in html
    assert "<small>Mon</small> 10:00 AM" in html


def test_home_without_salons_says_so_and_promises_no_numbers(client):
    make_salon(status=SalonStatus.DRAFT)
    assert "No salon takes bookings here yet" in page(client, "/en/")


def test_a_time_leads_straight_to_the_time_step(client):
    (shop,) = town()
    html = page(client, "/en/")
    link = html.split('class="times"><a href="')[1].split('"')[0].replace("&amp;", "&")
    query = parse_qs(urlsplit(link).query)
    assert urlsplit(link).path == f"/en/s/{shop.slug}/book/"
    assert query == {
        "service": [str(shop.services.first().pk)],
        "day": [SUNDAY],
        "start": [str(to_minute(NOON))],
    }
    assert "Sunday 22 November, Rose 00" in html  # the whole date is said aloud
    assert client.get(link).status_code == 200


def test_a_time_after_midnight_names_its_business_day(client):
    shop = make_salon(slug="night", name_en="Night")
    open_daily(shop, "16:00", 1560)
    staff(shop, does=(service(shop),))
    with time_machine.travel(at("2026-11-23", "00:20"), tick=False):
        html = page(client, "/en/salons/")
    assert f"day={SUNDAY}&amp;start={to_minute(at('2026-11-23', '00:30'))}" in html


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
@pytest.mark.parametrize("path", ["/", "/salons/", "/s/rose-0/"])
def test_only_reading(client, method, path):
    town()
    assert getattr(client, method)(path).status_code == 405


# --- search ----------------------------------------------------------------------------------------------


def results(client, query: str = "") -> list[str]:
    html = page(client, f"/en/salons/{query}")
    return [each.split("</a>")[0].split(">")[-1] for each in html.split('class="scard__name"')[1:]]


def test_search_in_arabic_spelling_of_any_kind(client):
    town()
    for text in ("وردة", "ورده", "قَصّ", "الملقا", "حي ملقا", "مانيكير", "manicure", "ROSE"):
        assert results(client, f"?q={text}") == ["Rose 00"], text
    assert results(client, "?q=مساج") == []


def test_the_matching_service_is_the_one_shown_and_booked(client):
    (shop,) = town()
    nails = shop.services.get(name_en="Gel manicure")
    html = page(client, "/en/salons/?q=مانيكير")
    assert "Gel manicure" in html
    assert f"?service={nails.pk}&amp;day=" in html
    assert "140" in html


def test_a_variant_is_asked_for_by_both_keys(client):
    shop = make_salon(slug="dye", name_en="Dye")
    open_daily(shop)
    dye = service(shop, "Full colour")
    short = Variant.objects.create(service=dye, name_ar="قصير", name_en="Short", price=30000, minutes=90)
    StaffService.objects.create(staff=staff(shop, does=(dye,)), service=dye, variant=short, price=28000)
    html = page(client, "/en/salons/")
    assert f"?service={dye.pk}-{short.pk}&amp;day=" in html
    assert "</svg>280<" in html


def test_filters(client):
    town()
    jeddah = city("jeddah", "جدة", "Jeddah")
    make_salon(slug="men", name_en="Men's", audience="men", city=jeddah, rating_sum=40, rating_count=10)
    assert results(client, "?audience=men") == ["Men&#x27;s"]
    assert results(client, "?where=jeddah") == ["Men&#x27;s"]
    assert results(client, "?where=riyadh.malqa") == ["Rose 00"]
    assert results(client, "?category=hair") == ["Rose 00"]
    assert results(client, "?rating=4.5") == []
    assert results(client, "?sort=name") == ["Men&#x27;s", "Rose 00"]


def test_a_day_shows_only_salons_that_are_free_on_it(client):
    free, full = town(2)
    for member in full.staff.all():
        BusyTime.objects.create(
            staff=member, start_minute=to_minute(at(SUNDAY, "10:00")), end_minute=to_minute(at(SUNDAY, "22:00"))
        )
    assert results(client, "?day=today") == [free.name_en]
    assert results(client, f"?day={SUNDAY}") == [free.name_en]
    assert results(client, "?day=2026-11-23") == [free.name_en, full.name_en]
    html = page(client, "/en/salons/?day=2026-11-23")
    assert '<time datetime="2026-11-23T10:00' in html
    assert '<time datetime="2026-11-22T' not in html


def test_pages_of_24_keep_the_search(client):
    town(25)
    assert len(results(client)) == 24
    assert results(client, "?page=2") == ["Rose 24"]
    assert results(client, "?page=99") == ["Rose 24"]
    assert "sort=name&amp;page=2" in page(client, "/en/salons/?sort=name")


def test_htmx_gets_the_region_alone_and_hears_the_count(client):
    town(2)
    response = client.get("/en/salons/", {"q": "rose"}, headers=PARTIAL)
    html = response.content.decode()
    assert "<html" not in html
    assert html.strip().startswith('<div id="results"')
    assert 'data-announce="2 salons"' in html
    assert 'id="pill" hx-swap-oob="true"' in html
    assert "HX-Request" in response["Vary"]
    restored = client.get("/en/salons/", headers=PARTIAL | {"HX-History-Restore-Request": "true"})
    assert "<html" in restored.content.decode()


GARBAGE = [
    "\0",
    "\u202eabc\u2066",
    "\ud800".encode("utf-8", "surrogatepass"),
    b"\xff\xfe",
    10**30,
    -1,
    "0",
    "0000-00-00",
    "0001-01-01",
    "9999-12-31",
    "10000-01-01",
    "2026-02-30",
    "٢٠٢٦-١١-٢٢",
    "²",
    "1e9",
    "nan",
    "' OR 1=1 --",
    "%_\\",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "a" * 5000,
    "لا" * 3000,
    "[]",
]
FIELDS = {
    "/en/salons/": ("q", "where", "audience", "category", "day", "rating", "sort", "page"),
    "/en/s/rose-0/": ("service", "v1", "reviews", "book"),
    "/": ("x",),
}


@pytest.mark.parametrize(("path", "field"), [(path, field) for path, fields in FIELDS.items() for field in fields])
@pytest.mark.parametrize("headers", [{}, PARTIAL], ids=["page", "partial"])
def test_garbage_is_ignored_or_named_but_never_breaks(client, path, field, headers):
    town()
    for value in GARBAGE:
        response = client.get(path, {field: [value, value]}, headers=headers)
        assert response.status_code == 200, value
        assert b"<script>alert" not in response.content


def test_what_was_left_out_is_said(client):
    town()
    for query in ("?day=2020-01-01", "?day=soon", "?where=atlantis", "?audience=cats", "?rating=9"):
        assert "was not understood" in page(client, f"/en/salons/{query}"), query
    for query in ("", "?q=&where=&audience=&category=&day=&rating=&sort=", "?day=٢٠٢٦-١١-٢٢", "?utm=1"):
        assert "was not understood" not in page(client, f"/en/salons/{query}"), query


def test_what_was_typed_is_shown_as_text(client):
    html = page(client, "/en/salons/?q=<b>x</b>%22")
    assert "<bdi>&lt;b&gt;x&lt;/b&gt;&quot;</bdi>" in html
    assert "No salon fits this search" in html


# --- speed: the number of queries is the same for one row and for many ---------------------------------------


@pytest.mark.parametrize("many", [1, 30])
@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/", 7),
        ("/en/salons/", 9),
        ("/en/salons/?q=rose", 9),
        ("/en/salons/?day=today", 8),
        ("/en/salons/?category=hair", 9),
    ],
)
def test_numbers_of_queries(client, django_assert_num_queries, many, path, queries):
    town(many)
    with django_assert_num_queries(queries):
        page(client, path)


@pytest.mark.parametrize("many", [1, 30])
def test_numbers_of_queries_of_a_salon(client, django_assert_num_queries, many):
    (shop,) = town()
    hair = category()
    for number in range(many):
        each = service(shop, f"Service {number}", category=hair)
        Variant.objects.create(service=each, name_ar="قصير", name_en="Short", price=100, minutes=30)
        staff(shop, f"Person {number}", does=(each,))
        write_review(shop, number)
    with django_assert_num_queries(11):
        page(client, f"/en/s/{shop.slug}/")
    pick = shop.services.first().pk
    with django_assert_num_queries(4):
        page(client, f"/en/s/{shop.slug}/?service={pick}", **PARTIAL)
    with django_assert_num_queries(2):
        page(client, f"/en/s/{shop.slug}/?reviews=2", **PARTIAL)


def write_review(shop: Salon, number: int) -> Review:
    at = NOON - dt.timedelta(days=1 + number)
    return reviewed(shop, 5 - number % 3, at=at, guest="Lama Z.", text=f"Said {number}")
