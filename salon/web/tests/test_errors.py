"""A request that cannot be read is the sender's fault: 400 or 404 with a page, never 500."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client

from salon.bookings import queries
from salon.tests.people import person

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
UNREADABLE = [
    (f"{FORM}; charset=utf-7", "a=b"),
    ("multipart/form-data", "a=b"),
    ("multipart/form-data; boundary=\xff", "a=b"),
    (FORM, "a=" + "b" * 300_000),
    (FORM, "&".join(f"a{number}=1" for number in range(1_200))),
]


@pytest.mark.parametrize(("kind", "body"), UNREADABLE)
@pytest.mark.parametrize(
    ("path", "status"), [("/theme/", 400), ("/accounts/login/", 400), ("/bookings/", 400), ("/nowhere/", 404)]
)
def test_a_body_that_cannot_be_read(path, status, kind, body):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.cookies["csrf"] = "a" * 32
    response = client.generic("POST", path, body, content_type=kind)
    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


def test_our_own_fault_has_a_page_too(client, monkeypatch):
    monkeypatch.setattr("salon.web.legal.render", lambda *_: 1 / 0)
    client.raise_request_exception = False
    response = client.generic("POST", "/nowhere/", "a", content_type="multipart/form-data")
    assert response.status_code == 404
    response = client.get("/terms/")
    assert response.status_code == 500
    assert "Something went wrong on our side" in response.content.decode()
    assert "Content-Security-Policy" in response.headers


@pytest.mark.parametrize("reference", ["%00", "AB%00CD", "%ED%A0%80", "٢٣٤٥٦٧", "A" * 11, "ZZZZZZ"])
@pytest.mark.parametrize(
    "page", ["bookings/{}/", "bookings/{}/cancel/", "bookings/{}/calendar.ics", "owner/bookings/{}/"]
)
def test_a_reference_of_any_shape_is_looked_for_in_peace(client, reference, page):
    client.force_login(person("Lama"))
    assert client.get("/" + page.format(reference)).status_code in {403, 404}


@pytest.mark.parametrize(
    "cookie", ['"\\000\\000\\000\\000\\000\\000\\000\\000"', "a" * 31 + '\\000"', "x" * 5000, "é" * 32]
)
def test_a_session_cookie_of_any_shape_is_nobodys(client, cookie):
    client.cookies.load({})
    response = client.get("/bookings/", headers={"cookie": f"session={cookie}"})
    assert response.status_code == 302
    assert client.get("/en/", headers={"cookie": f"session={cookie}"}).status_code == 200


@pytest.mark.parametrize(("error", "status"), [(OperationalError("lock timeout"), 503), (ValueError("?"), 500)])
def test_a_busy_database_asks_to_come_again(client, monkeypatch, error, status):
    def busy(**_):
        raise error

    monkeypatch.setattr(queries, "load_visit", busy)
    client.raise_request_exception = False
    response = client.get("/s/rose/book/?service=1")
    assert response.status_code == status
    assert response.get("Retry-After") == ("5" if status == 503 else None)
    assert "Nothing was changed" in response.content.decode()
