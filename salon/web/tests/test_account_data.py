"""A copy of one's data and the end of the account: after a fresh proof, for nobody but oneself."""

from __future__ import annotations

import datetime as dt
import json
import time

import pytest
from django.test import Client
from django.utils import timezone

from salon.accounts.models import DataRequest, User
from salon.tests.people import person, rose
from salon.web.tests.walks import MORNING, PICKER, TODAY, signed_in, visit

pytestmark = pytest.mark.django_db(transaction=True)

COPY, DELETE = "/en/account/copy/", "/en/account/delete/"


def prove(client, user, minutes_ago=0):
    """As if a code had been entered."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "code", "at": time.time() - minutes_ago * 60}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


@pytest.fixture
def lama(client):
    guest = signed_in(client, phone="+966551234567")
    prove(client, guest)
    return guest


@pytest.fixture
def shop():
    return rose()


def ahead(shop, guest):
    """A visit the day after tomorrow."""
    day = (timezone.localtime() + dt.timedelta(days=2)).date()
    return visit(shop, guest, str(day), "16:00", now=timezone.now())


def asked(client):
    return client.post(DELETE, {"action": "delete"})


# --- the copy -------------------------------------------------------------------------------------------


def test_the_copy_is_a_file(client, lama, shop):
    booking = visit(shop, lama, TODAY, "16:00", now=MORNING)
    response = client.post(COPY)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json; charset=utf-8"
    assert f'filename="my-data-{timezone.localdate():%Y-%m-%d}.json"' in response["Content-Disposition"]
    assert "no-store" in response["Cache-Control"]
    copy = json.loads(response.content)
    assert copy["profile"]["mobile_number"] == "+966551234567"
    assert [each["reference"] for each in copy["bookings"]] == [booking.reference]
    assert "لمسة ورد" in response.content.decode()  # readable, not escaped
    assert DataRequest.objects.get().state == "done"


def test_a_rival_gets_only_their_own(client, lama, shop):
    theirs = visit(shop, person("Reem"), TODAY, "16:00", now=MORNING)
    copy = client.post(COPY).content.decode()
    assert theirs.reference not in copy
    assert "Reem" not in copy


@pytest.mark.parametrize("path", [COPY, DELETE])
@pytest.mark.parametrize("minutes", [None, 11])
def test_an_old_session_proves_itself_first_and_comes_back(client, path, minutes):
    guest = signed_in(client)
    if minutes:
        prove(client, guest, minutes_ago=minutes)
    assert "it takes one code" in client.get(path).content.decode()
    response = client.post(path, {"action": "delete"})
    assert response.status_code == 303
    assert response["Location"] == f"/en/account/security/prove/?next={path.replace('/', '%2F')}"
    assert not DataRequest.objects.exists()
    guest.refresh_from_db()
    assert guest.is_active


@pytest.mark.parametrize("path", [COPY, DELETE])
def test_strangers_sign_in_first(client, path):
    assert client.get(path)["Location"] == f"/en/accounts/login/?next={path}"
    assert client.post(path).status_code == 302
    assert client.get(path, headers=PICKER).status_code == 401
    assert not DataRequest.objects.exists()


@pytest.mark.parametrize("path", [COPY, DELETE])
def test_only_reading_and_posting_and_not_without_the_token(client, lama, path):
    assert client.put(path).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(lama)
    prove(strict, lama)
    assert strict.post(path, {"action": "delete"}).status_code == 403
    assert not DataRequest.objects.exists()


@pytest.mark.parametrize("path", ["/account/copy/", "/account/delete/"])
def test_in_arabic_too(client, lama, path):
    page = client.get(path).content.decode()
    assert '<html lang="ar" dir="rtl"' in page


# --- the end --------------------------------------------------------------------------------------------


def test_the_end_at_once(client, lama):
    assert "Delete the account now" in client.get(DELETE).content.decode()
    response = asked(client)
    assert (response.status_code, response["Location"]) == (303, "/en/")
    assert "The account is deleted." in client.get("/en/").content.decode()
    lama.refresh_from_db()
    assert (lama.phone, lama.name, lama.is_active) == (None, "", False)
    assert client.get("/en/account/").status_code == 302
    assert "_auth_user_id" not in client.session


def test_the_other_devices_are_out_too(client, lama):
    other = Client()
    other.force_login(lama)
    asked(client)
    assert other.get("/en/account/").status_code == 302


def test_pressed_twice_it_is_one(client, lama):
    rival = Client()
    rival.force_login(lama)
    prove(rival, lama)
    asked(client)
    assert asked(rival).status_code == 302  # signed out meanwhile
    assert DataRequest.objects.count() == 1


def test_what_has_to_happen_first_is_said_with_links(client, lama, shop):
    booking = ahead(shop, lama)
    page = client.get(DELETE).content.decode()
    assert f'href="/en/bookings/{booking.reference}/"' in page
    assert "Request the deletion" in page
    response = asked(client)
    assert (response.status_code, response["Location"]) == (303, DELETE)
    page = client.get(DELETE).content.decode()
    due = DataRequest.objects.get().due_at
    assert f"{timezone.localtime(due).day} " in page
    assert "Withdraw the request" in page
    assert "Request the deletion" not in page
    assert "is requested" in client.get("/en/account/").content.decode()
    assert User.objects.get(pk=lama.pk).name == "Lama"


def test_a_request_is_withdrawn_without_a_proof(client, lama, shop):
    ahead(shop, lama)
    asked(client)
    prove(client, lama, minutes_ago=60)
    assert client.post(DELETE, {"action": "withdraw"}).status_code == 303
    assert DataRequest.objects.get().state == "withdrawn"
    assert "The account stays." in client.get(DELETE).content.decode()
    client.post(DELETE, {"action": "withdraw"})
    assert "The account stays." not in client.get(DELETE).content.decode()


def test_a_rivals_request_cannot_be_withdrawn(client, lama, shop):
    reem = person("Reem")
    DataRequest.objects.create(
        user=reem, kind="deletion", requested_at=timezone.now(), due_at=timezone.now() + dt.timedelta(days=30)
    )
    client.post(DELETE, {"action": "withdraw"})
    assert DataRequest.objects.get().state == "open"


def test_an_owner_reads_what_holds_them(client, shop):
    client.force_login(shop.owner)
    prove(client, shop.owner)
    assert "works in a salon" in client.get(DELETE).content.decode()
    asked(client)
    assert DataRequest.objects.get().state == "open"
    client.force_login(operator := person("Faisal", is_staff=True))
    prove(client, operator)
    assert "operator" in client.get(DELETE).content.decode()


def test_queries(client, lama, shop, django_assert_num_queries):
    ahead(shop, lama)
    with django_assert_num_queries(8):  # session, person, request, five for what is in the way
        client.get(DELETE)
    with django_assert_num_queries(2):
        client.get(COPY)
