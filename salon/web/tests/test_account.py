"""The account: a name, a language, the way into the office, the way out."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from salon.accounts.models import User
from salon.tests.people import person, rose
from salon.web.account_forms import AccountForm
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


def test_four_queries(client, django_assert_num_queries):
    signed_in(client)
    with django_assert_num_queries(4):  # session, person, membership, an open request
        client.get(HERE)


# --- by which way ---------------------------------------------------------------------------------------

SAID = {"name": "Lama", "language": "en"}
BOTH = ["sms", "whatsapp"]


def test_no_choice_is_shown_where_there_is_none(client, settings):
    settings.NOTIFICATION_CHANNELS = settings.OTP_CHANNELS = ["sms"]
    guest = signed_in(client, letter_channel="whatsapp")
    page = client.get(HERE).content.decode()
    assert "letter_channel" not in page
    assert "code_channel" not in page
    assert client.post(HERE, SAID).status_code == 303
    guest.refresh_from_db()
    assert guest.letter_channel == "whatsapp"  # nobody was asked


def test_the_site_s_first_way_is_chosen_until_somebody_says_otherwise(client, settings):
    settings.NOTIFICATION_CHANNELS, settings.OTP_CHANNELS = BOTH, ["whatsapp", "sms"]
    guest = signed_in(client)
    page = client.get(HERE).content.decode()
    assert 'name="letter_channel" id="id_letter_channel_sms" value="sms" checked' in page
    assert 'name="code_channel" id="id_code_channel_whatsapp" value="whatsapp" checked' in page
    response = client.post(HERE, SAID | {"letter_channel": "whatsapp", "code_channel": "sms"})
    assert response.status_code == 303
    guest.refresh_from_db()
    assert (guest.letter_channel, guest.code_channel) == ("whatsapp", "sms")
    page = client.get(HERE).content.decode()
    assert 'value="whatsapp" checked' in page
    assert "Saved." in page


@pytest.mark.parametrize("way", ["pigeon", ""])
def test_a_way_that_is_not_offered_is_refused_and_what_was_typed_stays(client, settings, way):
    settings.NOTIFICATION_CHANNELS = BOTH
    guest = signed_in(client)
    response = client.post(HERE, {"name": "Reem", "language": "en", "letter_channel": way})
    page = response.content.decode()
    assert response.status_code == 422
    assert "Please choose one." in page
    assert 'value="Reem"' in page
    guest.refresh_from_db()
    assert (guest.name, guest.letter_channel) == ("Lama", "")


def test_the_rest_of_the_account_is_a_press_away(client):
    signed_in(client)
    page = client.get(HERE).content.decode()
    for path in ("offers", "copy", "delete"):
        assert f'href="/en/account/{path}/"' in page


def test_a_name_saved_in_the_second_of_the_deletion_is_not_written(client, monkeypatch):
    guest = signed_in(client)
    valid = AccountForm.is_valid

    def deleted_meanwhile(form):
        User.objects.update(phone=None, name="", is_active=False, anonymised_at=timezone.now())
        return valid(form)

    monkeypatch.setattr(AccountForm, "is_valid", deleted_meanwhile)
    client.post(HERE, SAID)
    guest.refresh_from_db()
    assert guest.name == ""
