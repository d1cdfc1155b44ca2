"""The account: a name, a language, the way into the office, the way out."""

from __future__ import annotations

import pytest
from django.test import Client

from salon.tests.people import person, rose
from salon.web.tests.walks import TIMES, signed_in

pytestmark = pytest.mark.django_db

HERE = "/en/account/"


def test_it_shows_who_is_signed_in(client):
    guest = signed_in(client, phone="+966551234567")
    response = client.get(HERE)
    page = response.content.decode()
    assert guest.name in page
    assert "055 123 4567" in page
    assert "no-store" in response["Cache-Control"]
    assert 'action="/en/accounts/logout/"' in page
    assert "/owner/" not in page.replace('href="/en/owner/">For salon owners', "")
    assert "/admin/" not in page


def test_the_office_is_linked_for_those_who_work_in_one(client):
    client.force_login(rose().owner)
    assert "My salon's office" in client.get(HERE).content.decode()


def test_operators_find_the_administration(client):
    signed_in(client, is_staff=True)
    assert 'href="/en/admin/"' in client.get(HERE).content.decode()


def test_a_new_name_and_language_lead_to_the_page_in_that_language(client):
    guest = signed_in(client)
    response = client.post(HERE, {"name": "  لمى\u200b ", "language": "ar"})
    assert (response.status_code, response["Location"]) == (303, "/account/")
    guest.refresh_from_db()
    assert (guest.name, guest.language) == ("لمى", "ar")
    assert client.post("/account/", {"name": "Lama", "language": "en"})["Location"] == HERE


@pytest.mark.parametrize(
    "fields",
    [{"name": "", "language": "ar"}, {"name": "x" * 81, "language": "ar"}, {"name": "Lama", "language": "fr"}, {}],
)
def test_what_cannot_be_is_said(client, fields):
    guest = signed_in(client)
    response = client.post(HERE, fields)
    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.content.decode()
    guest.refresh_from_db()
    assert (guest.name, guest.language) == ("Lama", "ar")


def test_strangers_sign_in_first(client):
    assert client.get(HERE)["Location"] == f"/en/accounts/login/?next={HERE}"
    assert client.post(HERE, {"name": "x", "language": "ar"}).status_code == 302
    assert client.get(HERE, headers=TIMES).status_code == 401


def test_only_reading_and_posting(client):
    signed_in(client)
    assert client.put(HERE).status_code == 405


def test_not_without_the_token():
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person("Reem"))
    assert strict.post(HERE, {"name": "x", "language": "ar"}).status_code == 403


def test_three_queries(client, django_assert_num_queries):
    signed_in(client)
    with django_assert_num_queries(3):  # session, person, membership
        client.get(HERE)
