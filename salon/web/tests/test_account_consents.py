"""Offers and news: apart, unticked, dated, and one press to take them back."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from salon.accounts import consents
from salon.accounts.models import Consent, Purpose
from salon.tests.people import at, person
from salon.web.tests.walks import PICKER, signed_in

pytestmark = pytest.mark.django_db

HERE = "/en/account/offers/"
SMS, WHATSAPP = "marketing_sms", "marketing_whatsapp"


@pytest.fixture(autouse=True)
def _both(settings):
    settings.NOTIFICATION_CHANNELS = ["sms", "whatsapp"]


def press(client, answer, purpose=SMS, version=consents.CURRENT, path=HERE):
    return client.post(path, {"purpose": purpose, "answer": answer, "version": version})


@pytest.mark.parametrize(("path", "language"), [(HERE, "en"), ("/account/offers/", "ar")])
def test_both_are_asked_apart_and_neither_is_agreed_to(client, path, language):
    signed_in(client)
    response = client.get(path)
    page = response.content.decode()
    assert page.count('name="answer" value="yes"') == 2
    assert 'value="no"' not in page
    for purpose in Purpose:
        assert consents.sentence(purpose, language) in page
    assert "no-store" in response["Cache-Control"]


def test_a_yes_is_dated_and_taken_back_with_one_press(client):
    lama = signed_in(client)
    response = press(client, "yes")
    assert (response.status_code, response["Location"]) == (303, HERE)
    row = Consent.objects.get()
    assert (row.user, row.purpose, row.granted, row.language) == (lama, SMS, True, "en")
    assert row.text_version == consents.CURRENT
    Consent.objects.update(at=at("2026-11-03", "10:00"))
    page = client.get(HERE).content.decode()
    assert "Agreed on 3 November 2026." in page
    assert page.count('value="no"') == 1
    press(client, "no")
    assert not consents.marketing_allowed(lama, "sms")
    page = client.get(HERE).content.decode()
    assert "Taken back on" in page
    assert page.count('value="yes"') == 2


def test_the_language_of_the_page_is_written_down(client):
    signed_in(client)
    press(client, "yes", WHATSAPP, path="/account/offers/")
    assert Consent.objects.get().language == "ar"


def test_two_tabs_say_it_once(client):
    signed_in(client)
    assert press(client, "yes").status_code == press(client, "yes").status_code == 303
    assert Consent.objects.count() == 1


def test_a_changed_text_is_shown_before_it_is_agreed_to(client):
    signed_in(client)
    response = press(client, "yes", version="2025-01")
    assert response.status_code == 409
    assert "The text has changed" in response.content.decode()
    assert not Consent.objects.exists()


def test_a_way_that_the_site_does_not_have_is_not_asked_for_but_can_be_taken_back(client, settings):
    settings.NOTIFICATION_CHANNELS = ["sms"]
    lama = signed_in(client)
    assert WHATSAPP not in client.get(HERE).content.decode()
    agreed = {Purpose.MARKETING_WHATSAPP: True}
    consents.set_consents(lama, agreed, language="ar", now=timezone.now())
    assert WHATSAPP in client.get(HERE).content.decode()
    press(client, "no", WHATSAPP)
    assert not consents.marketing_allowed(lama, "whatsapp")


@pytest.mark.parametrize(
    "fields", [{}, {"purpose": "x", "answer": "yes", "version": "1"}, {"purpose": SMS, "answer": ""}]
)
def test_what_is_no_answer_is_400(client, fields):
    signed_in(client)
    assert client.post(HERE, fields).status_code == 400
    assert not Consent.objects.exists()


def test_a_rival_changes_only_their_own(client):
    lama = person("Lama")
    consents.set_consents(lama, {Purpose.MARKETING_SMS: True}, language="ar", now=timezone.now())
    signed_in(client, "Reem")
    press(client, "no")
    assert consents.marketing_allowed(lama, "sms")


def test_strangers_sign_in_first_and_come_back(client):
    assert client.get(HERE)["Location"] == f"/en/accounts/login/?next={HERE}"
    assert press(client, "yes").status_code == 302
    assert client.get(HERE, headers=PICKER).status_code == 401
    assert not Consent.objects.exists()


def test_only_reading_and_posting_and_not_without_the_token(client):
    signed_in(client)
    assert client.put(HERE).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person("Reem"))
    assert press(strict, "yes").status_code == 403


def test_three_queries(client, django_assert_num_queries):
    signed_in(client)
    with django_assert_num_queries(3):  # session, person, consents
        client.get(HERE)
