"""Around every endpoint: methods, other people's pages, tags, the limit, and one shape for whatever goes wrong."""

from __future__ import annotations

import json
import logging
import re

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client

from salon.api import public, shapes
from salon.api.problems import KINDS
from salon.api.throttle import MOST_ADDRESSES, Throttle
from salon.salons.models import Salon
from salon.tests.people import at, make_salon, rose

pytestmark = pytest.mark.django_db

NOON = at("2026-11-22", "12:00")
HUGE = "9" * 400


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def problem(response, status: int, kind: str) -> dict:
    """The body of a problem, which must be one in every respect."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response["Content-Language"] == "en"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "ETag" not in response
    body = json.loads(response.content)
    shapes.Problem.model_validate(body)
    assert body["type"] == f"http://testserver/api/v1/docs#{kind}"
    assert body["status"] == status
    return body


# --- methods -------------------------------------------------------------------------------------------------

ADDRESSES = ["", "cities", "categories", "salons", "salons/rose", "salons/rose/services", "openapi.json", "docs"]


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
def test_nothing_is_written_here(client, path, method):
    rose()
    response = getattr(client, method)(f"/api/v1/{path}")
    problem(response, 405, "method-not-allowed")
    assert response["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ADDRESSES)
def test_head_is_get_without_its_body(client, path):
    rose()
    get, head = client.get(f"/api/v1/{path}"), client.head(f"/api/v1/{path}")
    assert head.status_code == 200
    assert head.content == b""
    assert {**head.headers} == {**get.headers}


@pytest.mark.parametrize("path", ADDRESSES)
def test_pages_of_other_origins_may_read(client, path):
    rose()
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
    response = client.options(f"/api/v1/{path}", headers=asked)
    assert (response.status_code, response.content) == (204, b"")
    assert response["Allow"] == "GET, HEAD, OPTIONS"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert "Access-Control-Allow-Credentials" not in response
    got = client.get(f"/api/v1/{path}", headers={"Origin": "https://elsewhere.example"})
    assert got["Access-Control-Allow-Origin"] == "*"
    assert got["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_what_is_ones_own_is_for_no_other_page(client):
    for path in ("me", "me/bookings"):
        response = client.get(f"/api/v1/{path}", headers={"Origin": "https://elsewhere.example"})
        assert response.status_code == 401
        assert response["WWW-Authenticate"] == "Bearer"
        assert response["Content-Type"] == "application/problem+json"
        assert "Access-Control-Allow-Origin" not in response
        assert "no-store" in response["Cache-Control"]
    wrong = client.get("/api/v1/me", headers={"Authorization": "Bearer x"})
    assert wrong["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_pages_of_the_site_stay_closed_to_others(client):
    assert "Access-Control-Allow-Origin" not in client.get("/")


# --- where nothing is -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["nothing", "salons/", "salons/rose/nothing", "salons/%00", "salons/a%0Ab", "%ff%fe", "é"]
)
@pytest.mark.parametrize("method", ["get", "head", "post", "options"])
def test_unknown_addresses_are_problems(client, path, method):
    response = getattr(client, method)(f"/api/v1/{path}")
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


def test_other_versions_are_problems_too(client):
    response = client.get("/api/v2/salons")
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    assert client.get("/nothing/")["Content-Type"].startswith("text/html")


# --- what makes no sense ----------------------------------------------------------------------------------------

TIMES = "salons/rose/availability?service=1&first_day=2026-11-24"


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("salons?limit=0", "query.limit"),
        ("salons?limit=101", "query.limit"),
        (f"salons?limit={HUGE}", "query.limit"),
        ("salons?limit=ten", "query.limit"),
        ("salons?limit=", "query.limit"),
        ("salons?limit=1&limit=2", "query.limit"),
        ("salons?catgory=hair", "query.catgory"),
        ("salons?lang=fr", "query.lang"),
        ("salons?lang=ar&lang=en", "query.lang"),
        ("salons?rating=nan", "query.rating"),
        ("salons?rating=1e400", "query.rating"),
        ("salons?rating=0.5", "query.rating"),
        ("salons?day=2026-02-30", "query.day"),
        ("salons?day=5", "query.day"),
        ("salons?day=2026-11-24T00:00:00", "query.day"),
        ("salons?city=a%00b", "query.city"),
        ("salons?city=%ff", "query.city"),
        ("salons?city=%ED%A0%80", "query.city"),
        (f"salons?q={'a' * 81}", "query.q"),
        ("salons?audience=both", "query.audience"),
        ("salons?sort=price", "query.sort"),
        ("salons?cursor=x", "query.cursor"),
        ("salons?cursor=%00", "query.cursor"),
        (f"salons?cursor={'x' * 1001}", "query.cursor"),
        ("cities?x", "query.x"),
        ("salons/rose/availability?service=1", "query.first_day"),
        ("salons/rose/availability?first_day=2026-11-24", "query.service"),
        (f"{TIMES}&days=0", "query.days"),
        (f"{TIMES}&days=32", "query.days"),
        (f"{TIMES}&days=7&days=8", "query.days"),
        (f"{TIMES}&staff=0", "query.staff"),
        (f"{TIMES}&staff={HUGE}", "query.staff"),
        (f"{TIMES}&service=1", "query.service"),
        (f"{TIMES}&service={HUGE}", "query.service.1"),
        (f"{TIMES}&service=2-", "query.service.1"),
        (f"{TIMES}&service=%D9%A1", "query.service.1"),
        (f"{TIMES}&service=2&service=3&service=4&service=5&service=6&service=7", "query.service"),
        (f"{TIMES}&first_day=2026-11-25", "query.first_day"),
        ("salons/rose/availability?service=1&first_day=10000-01-01", "query.first_day"),
    ],
)
def test_what_makes_no_sense_is_named(client, path, where):
    rose()
    body = problem(client.get(f"/api/v1/{path}"), 422, "invalid")
    assert where in {each["where"] for each in body["errors"]}


def test_a_query_of_a_thousand_parts_is_not_read(client):
    problem(client.get("/api/v1/salons?" + "&".join(f"x{n}=1" for n in range(1200))), 400, "bad-request")


def test_many_strangers_are_not_all_told(client):
    body = problem(client.get("/api/v1/salons?" + "&".join(f"{'x' * 90}{n}=1" for n in range(100))), 422, "invalid")
    assert len(body["errors"]) == 20
    assert max(len(each["where"]) for each in body["errors"]) < 50


# --- when it breaks ----------------------------------------------------------------------------------------------


def test_our_fault_is_logged_and_told_without_details(client, monkeypatch, caplog):
    def broken():
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(public.queries, "places", broken)
    with caplog.at_level(logging.ERROR):
        body = problem(client.get("/api/v1/cities"), 500, "server-error")
    assert "secret" not in json.dumps(body)
    assert "the secret of the house" in caplog.text


def test_a_busy_database_is_no_fault(client, monkeypatch):
    def busy():
        raise OperationalError("database is locked")

    monkeypatch.setattr(public.queries, "places", busy)
    response = client.get("/api/v1/cities")
    problem(response, 503, "busy")
    assert response["Retry-After"] == "5"


def test_a_fault_before_any_view_is_told_in_the_same_shape(monkeypatch):
    def broken(*args):
        raise RuntimeError

    monkeypatch.setattr("django.middleware.common.CommonMiddleware.process_request", broken)
    response = Client(raise_request_exception=False).get("/api/v1/cities")
    assert (response.status_code, response["Content-Type"]) == (500, "application/problem+json")


def test_a_host_that_is_not_ours(client):
    response = client.get("/api/v1/cities", headers={"Host": "evil.example"})
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")


def test_every_kind_is_explained_on_the_page(client):
    html = client.get("/api/v1/docs").content.decode()
    assert all(f'id="{kind}"' in html for kind in KINDS)


# --- tags and keeping ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "seconds"),
    [
        ("cities", 3600),
        ("categories", 3600),
        ("salons", 15),
        ("salons/rose", 60),
        ("salons/rose/services", 60),
        ("salons/rose/staff", 60),
        ("salons/rose/reviews", 60),
        ("salons/rose/availability?service={cut}&first_day=2026-11-24", 5),
        ("openapi.json", 3600),
        ("docs", 3600),
    ],
)
def test_an_answer_that_is_known_is_not_told_again(client, path, seconds):
    shop = rose()
    path = f"/api/v1/{path.format(cut=shop.cut.pk)}"
    first = client.get(path)
    assert first["Cache-Control"] == f"public, max-age={seconds}"
    for known in (first["ETag"], f'"other", {first["ETag"]}', f"W/{first['ETag']}", "*"):
        again = client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again["ETag"] == first["ETag"]
        assert again["Cache-Control"] == first["Cache-Control"]
        assert again["Access-Control-Allow-Origin"] == "*"
    assert client.head(path, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_another_text_has_another_tag(client):
    rose()
    before = client.get("/api/v1/salons/rose")
    assert client.get("/api/v1/salons/rose?lang=en")["ETag"] != before["ETag"]
    Salon.objects.update(name_ar="اسم جديد")
    after = client.get("/api/v1/salons/rose", headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert after.json()["name"] == "اسم جديد"


# --- the limit -----------------------------------------------------------------------------------------------------


def test_too_many_requests_of_an_address(client, settings, noon, django_assert_num_queries):
    settings.API_REQUESTS_PER_MINUTE = 3
    noon.move_to(at("2026-11-22", "12:00").replace(second=20))
    for _ in range(3):
        assert client.get("/api/v1/cities").status_code == 200
    with django_assert_num_queries(0):
        response = client.get("/api/v1/cities")
    problem(response, 429, "too-many-requests")
    assert response["Retry-After"] == "40"
    assert client.get("/api/v1/cities", REMOTE_ADDR="10.0.0.9").status_code == 200
    assert client.get("/api/v1/me").status_code == 429
    assert client.get("/").status_code == 200  # pages are not counted
    noon.shift(40)
    assert client.get("/api/v1/cities").status_code == 200


def test_the_limit_can_be_lifted(client, settings):
    settings.API_REQUESTS_PER_MINUTE = 0
    assert {client.get("/api/v1/").status_code for _ in range(30)} == {200}


def test_a_flood_of_addresses_does_not_fill_the_memory(settings):
    settings.API_REQUESTS_PER_MINUTE = 10
    throttle = Throttle()
    for number in range(MOST_ADDRESSES + 10):
        assert throttle.wait(str(number), NOON) == 0
    assert len(throttle._counts) <= MOST_ADDRESSES


@pytest.mark.parametrize(
    "headers", [{"Host": "testserver:1337"}, {"Host": "testserver."}, {"X-Forwarded-Host": "evil.example"}]
)
def test_the_addresses_in_an_answer_are_those_of_the_site_whatever_the_request_said(headers):
    """The answer is kept for everybody, and many caches look at the host without its port."""
    make_salon("a")
    make_salon("b")
    for path in ("/api/v1/", "/api/v1/categories", "/api/v1/salons?limit=1", "/api/v1/salons/a"):
        answer = Client().get(path, headers=headers)
        found = re.findall(r"https?://[^/\"]+", answer.content.decode())
        assert answer.status_code == 200
        assert set(found) <= {"http://testserver"}
    assert "http://testserver/api/v1/salons?limit=1&cursor=" in Client().get("/api/v1/salons?limit=1").json()["next"]
