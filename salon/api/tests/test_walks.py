"""Walking through lists while the world goes on: nothing old is told twice or left out; cursors are ours or none."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from salon.api import paging
from salon.api.problems import Problem
from salon.api.tests.test_public import review
from salon.bookings import search
from salon.reviews.models import Review
from salon.salons.models import Closure, Salon
from salon.tests.people import at, make_salon, open_daily, rose, service, staff

pytestmark = pytest.mark.django_db

NOON = at("2026-11-22", "12:00")
DAY = "2026-11-24"
RATINGS = [(0, 0), (9, 2), (5, 1), (10, 2), (0, 0), (14, 3), (7, 2), (28, 6), (14, 3), (1, 1), (4, 1), (0, 0)]


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def add(name: str, stars: tuple[int, int] = (0, 0), slug: str = "") -> Salon:
    total, count = stars
    slug = slug or f"s{Salon.objects.count()}"
    return make_salon(slug, name_ar=name, name_en=name, rating_sum=total, rating_count=count)


def walk(client, path: str, name: str, *, between=lambda page: None) -> list[list]:
    """The pages of a list, `between` being called after each."""
    pages, url = [], f"/api/v1/{path}"
    while url:
        response = client.get(url)
        assert response.status_code == 200, response.content
        body = response.json()
        pages.append(body[name])
        between(len(pages))
        url = body["next"]
        assert len(pages) < 100
    return pages


@pytest.mark.parametrize("sort", ["rating", "name"])
@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
def test_a_walk_finds_each_salon_once_in_the_order_of_the_page(client, sort, limit):
    """Ties on stars, on counts and on names among them."""
    for number, stars in enumerate(RATINGS):
        add(f"Salon {number % 5}", stars)
    pages = walk(client, f"salons?sort={sort}&limit={limit}&lang=en", "salons")
    told = [each["slug"] for page in pages for each in page]
    whole = [each["slug"] for each in client.get(f"/api/v1/salons?sort={sort}&limit=100&lang=en").json()["salons"]]
    assert told == whole
    assert sorted(told) == sorted(Salon.objects.values_list("slug", flat=True))
    assert all(len(page) == limit for page in pages[:-1])


@pytest.mark.parametrize("sort", ["rating", "name"])
def test_salons_that_open_meanwhile_neither_repeat_nor_hide_others(client, sort):
    old = {add(f"Salon {number}", stars).slug for number, stars in enumerate(RATINGS)}

    def busy_day(page: int) -> None:
        add("A first", (5, 1), f"first-{page}")
        add("Zz last", (0, 0), f"last-{page}")
        Salon.objects.filter(slug="first-1").delete()

    pages = walk(
        client, f"salons?sort={sort}&limit=2&lang=en", "salons", between=lambda page: page < 9 and busy_day(page)
    )
    told = [each["slug"] for page in pages for each in page]
    assert len(told) == len(set(told))
    assert old <= set(told)


def test_a_walk_over_a_day_asks_every_salon(client, monkeypatch):
    """More salons than one request opens calendars of: pages may be short, even empty, and the walk still ends."""
    monkeypatch.setattr(search, "MOST_ASKED", 3)
    free = set()
    for number in range(10):
        shop = add(f"Salon {number:02}")
        open_daily(shop)
        staff(shop, does=(service(shop),))
        if number in {0, 1, 7, 9}:
            free.add(shop.slug)
        else:
            Closure.objects.create(salon=shop, first_day=NOON.date(), last_day=NOON.date() + dt.timedelta(days=9))
    pages = walk(client, f"salons?sort=name&day={DAY}&limit=1", "salons")
    told = [each["slug"] for page in pages for each in page]
    assert sorted(told) == sorted(free)
    assert [] in pages
    assert sorted(each["slug"] for page in walk(client, f"salons?day={DAY}", "salons") for each in page) == sorted(free)


@pytest.mark.parametrize("limit", [1, 2, 4, 100])
def test_reviews_while_others_are_written(client, limit):
    shop = rose().salon
    for number in range(9):
        review(shop, 1 + number % 5, hours=100 + number // 3, text=str(number))  # three at the same moment
    old = [str(number) for number in range(9)]

    def newer(page: int) -> None:
        review(shop, 5, hours=10, text=f"new {page}")
        Review.objects.filter(text="new 1").delete()

    pages = walk(client, f"salons/rose/reviews?limit={limit}", "reviews", between=lambda page: page < 9 and newer(page))
    told = [each["text"] for page in pages for each in page]
    assert sorted(told) == old
    moments = [each["created_at"] for page in pages for each in page]
    assert moments == sorted(moments, reverse=True)


def test_next_keeps_the_question(client):
    for number in range(3):
        add(f"Salon {number}")
    url = client.get("/api/v1/salons?limit=1&lang=en&city=riyadh&sort=name").json()["next"]
    query = parse_qs(urlsplit(url).query)
    cursor = query.pop("cursor")[0]
    assert query == {"limit": ["1"], "lang": ["en"], "city": ["riyadh"], "sort": ["name"]}
    assert url.startswith("http://testserver/api/v1/salons?")
    again = client.get("/api/v1/salons?limit=1&lang=en&city=riyadh&sort=name").json()["next"]
    assert again == url  # the same text, or no tag would ever fit
    for change in (cursor[:-1], cursor[1:], f"{cursor}x", cursor.swapcase(), cursor.split(":")[0], ":", "é"):
        answer = client.get("/api/v1/salons", {"sort": "name", "lang": "en", "cursor": change})
        assert answer.status_code == 422, change
        assert answer.json()["errors"][0]["where"] == "query.cursor"


def test_a_cursor_belongs_to_its_list_and_order(client):
    for number in range(3):
        review(add(f"Salon {number}"), 5)
    by_name = parse_qs(urlsplit(client.get("/api/v1/salons?limit=1&sort=name").json()["next"]).query)["cursor"][0]
    for path in ("salons?sort=rating", "salons?sort=name&lang=en", "salons/s0/reviews?"):
        assert client.get(f"/api/v1/{path}&cursor={by_name}").status_code == 422
    assert client.get(f"/api/v1/salons?sort=name&cursor={by_name}&city=riyadh").status_code == 200


def test_a_cursor_signed_with_another_key_is_none(settings):
    cursor = paging.cursor_of("salons.rating", [1, 2, "", 3])
    assert paging.place_of("salons.rating", cursor) == [1, 2, "", 3]
    settings.SECRET_KEY = "another"
    with pytest.raises(Problem):
        paging.place_of("salons.rating", cursor)
    settings.SECRET_KEY_FALLBACKS = ["tests-only"]
    assert paging.place_of("salons.rating", cursor) == [1, 2, "", 3]
