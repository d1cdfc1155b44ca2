"""Where a second factor is required: the whole administration; and the way to it and back."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.test import Client

from salon.accounts.models import User
from salon.accounts.tests.guest import HTMX, LAMA, REEM, Guest
from salon.tests.people import enter, person, prove, rose, with_second_factor
from salon.web.tests.security.conftest import app_code

SETUP = "/en/account/security/second-factor/"
APP = "/en/accounts/2fa/app/"
CODES = "/en/accounts/2fa/codes/"


@pytest.fixture
def faisal():
    return person("Faisal", "+966500000099", is_staff=True, is_superuser=True)


@pytest.fixture
def operator(faisal, inbox):
    """Faisal, who has just proved his phone."""
    guest = Guest(inbox)
    guest.client.force_login(faisal)
    prove(guest.client, faisal)
    return guest


def follow(client, path):
    """Where `path` ends, without loops."""
    answer = client.get(path, follow=True)
    return answer.redirect_chain[-1][0] if answer.redirect_chain else path


@pytest.mark.parametrize("path", ["/en/admin/", "/en/admin/accounts/user/", "/en/admin/jsi18n/", "/en/admin/nothing/"])
def test_an_operator_is_led_to_set_it_up(operator, path):
    end = follow(operator.client, path)
    assert end.startswith(f"{SETUP}?why=admin&next=")
    page = operator.client.get(end).content.decode()
    assert "The administration opens only with a second factor" in page
    assert APP in page


def test_and_back_to_where_they_were_going(operator):
    operator.client.get(follow(operator.client, "/en/admin/accounts/user/"))
    secret = operator.client.get(APP).context["form"].secret
    assert operator.client.post(APP, {"code": app_code(secret)})["Location"] == CODES
    codes = operator.client.get(CODES)
    assert codes.context["next_url"] == "/en/admin/accounts/user/"
    assert operator.client.get("/en/admin/accounts/user/").status_code == 200
    assert operator.client.get("/en/admin/").status_code == 200


def test_a_factor_that_was_not_given_in_this_session_is_asked_for(operator, faisal):
    with_second_factor(Client(), faisal)
    end = follow(operator.client, "/en/admin/")
    assert end.startswith("/en/account/security/prove/?by=factor&why=admin&next=")
    assert "asks for your second factor" in operator.client.get(end).content.decode()


def test_signing_in_with_it_opens_everything(faisal, inbox):
    factor = with_second_factor(Client(), faisal)
    guest = Guest(inbox)
    guest.sign_in("+966500000099", next="/en/admin/")
    assert follow(guest.client, "/en/admin/").startswith("/en/accounts/")
    done = guest.client.post("/en/accounts/2fa/authenticate/", {"code": app_code(decrypt(factor.data["secret"]))})
    assert done["Location"] == "/en/admin/"
    assert guest.client.get("/en/admin/").status_code == 200


def test_without_its_factor_an_operator_stays_outside(faisal, client):
    enter(client, faisal)
    assert client.get("/en/admin/").status_code == 200
    Authenticator.objects.all().delete()
    assert client.get("/en/admin/").status_code == 302


@pytest.mark.parametrize("path", ["/admin/", "/en/admin/", "/en/admin/login/", "/en/admin/accounts/user/"])
def test_people_who_are_no_operators_are_refused(client, lama, path):
    enter(client, lama)
    assert client.get(path, follow=True).status_code == 403


@pytest.mark.parametrize(("path", "login"), [("/admin/", "/accounts/login/"), ("/en/admin/", "/en/accounts/login/")])
def test_strangers_sign_in_with_next(client, path, login):
    end = follow(client, f"{path}accounts/user/")
    assert end.split("?")[0] == login
    assert "accounts%2Fuser" in end.replace("%252F", "%2F")


def test_there_is_no_form_for_a_password(client, faisal, operator):
    faisal.set_password("an old password")
    faisal.save()
    for browser in (client, operator.client):
        answer = browser.post("/en/admin/login/", {"username": "+966500000099", "password": "an old password"})
        assert answer.status_code == 302
        assert "admin/accounts" not in answer["Location"]
    assert "_auth_user_id" not in client.session
    assert not client.login(username="+966500000099", password="an old password")
    assert not client.login(phone="+966500000099", password="an old password")


@pytest.mark.parametrize("path", ["auth/login", "auth/signup", "account/password/change", "account/phone"])
@pytest.mark.parametrize("client_kind", ["app", "browser"])
def test_machines_find_no_way_round_either(client, lama, path, client_kind):
    lama.set_password("an old password")
    lama.save()
    body = {"phone": LAMA, "password": "an old password", "new_password": "x"}
    answer = client.post(f"/_allauth/{client_kind}/v1/{path}", body, content_type="application/json")
    assert answer.status_code == 404
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("path", ["account/authenticators/totp", "account/authenticators/webauthn"])
def test_apps_add_no_factor_past_the_gate(client, lama, path):
    client.force_login(lama)
    assert client.get(f"/_allauth/app/v1/{path}").status_code == 404
    assert client.post(f"/_allauth/app/v1/{path}", {}, content_type="application/json").status_code == 404


def test_where_none_is_required_the_phone_is_enough(operator, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    assert operator.client.get("/en/admin/").status_code == 200
    assert operator.client.get(f"{SETUP}?next=/en/admin/")["Location"] == "/en/admin/"


def test_whoever_passed_goes_on_at_once(client, lama):
    enter(client, lama)
    assert client.get(f"{SETUP}?next=/en/bookings/")["Location"] == "/en/bookings/"
    assert client.get(f"{SETUP}?next=https://evil.example/")["Location"] == "/en/account/security/"


@pytest.mark.parametrize(("why", "words"), [("money", "Sending money back"), ("x", "Set one of these up once")])
def test_why_is_one_of_ours(guest, why, words):
    page = guest.client.get(SETUP, {"why": why, "next": "/en/"}).content.decode()
    assert words in page


def test_strangers_and_wrong_methods(client, guest):
    assert client.get(SETUP).status_code == 302
    assert client.get(SETUP, headers=HTMX).status_code == 401
    assert guest.client.post(SETUP).status_code == 405


def test_operators_see_no_secret_and_take_a_lost_factor_away(client, faisal, lama):
    enter(client, faisal)
    factor = with_second_factor(Client(), lama)
    page = client.get(f"/en/admin/mfa/authenticator/{factor.pk}/change/").content.decode()
    assert factor.data["secret"] not in page
    assert 'name="data"' not in page
    for words in ("055 123 4567", "Lama"):
        assert "Lama" in client.get("/en/admin/mfa/authenticator/", {"q": words}).content.decode()
    assert client.get("/en/admin/mfa/authenticator/add/").status_code == 403
    done = client.post(f"/en/admin/mfa/authenticator/{factor.pk}/delete/", {"post": "yes"})
    assert done.status_code == 302
    assert not Authenticator.objects.filter(user=lama).exists()


def test_operators_sign_a_device_out_and_see_no_session_key(client, faisal, inbox, lama):
    enter(client, faisal)
    guest = Guest(inbox)
    guest.sign_in()
    row = UserSession.objects.get(user=lama)
    for path in ("", f"{row.pk}/change/"):
        assert row.session_key not in client.get(f"/en/admin/usersessions/usersession/{path}").content.decode()
    assert client.get("/en/admin/usersessions/usersession/", {"q": "Lama"}).status_code == 200
    client.post(f"/en/admin/usersessions/usersession/{row.pk}/delete/", {"post": "yes"})
    assert guest.client.get("/en/account/").status_code == 302


def test_a_session_that_gave_a_factor_which_was_taken_away_passes_no_more(client, faisal):
    """A device is stolen, an operator takes its factor away, its owner sets a new one up: not for the thief."""
    enter(client, faisal)
    assert client.get("/en/admin/").status_code == 200
    Authenticator.objects.filter(user=faisal).delete()
    assert client.get("/en/admin/").status_code == 302
    elsewhere = Client()
    elsewhere.force_login(faisal)
    with_second_factor(elsewhere, faisal)
    assert elsewhere.get("/en/admin/").status_code == 200
    assert client.get("/en/admin/").status_code == 302


@pytest.mark.parametrize("room", ["usersessions/usersession", "mfa/authenticator"])
def test_the_log_of_what_was_taken_away_names_no_address_and_no_device(client, faisal, inbox, lama, room):
    """It stays when the account goes."""
    enter(client, faisal)
    guest = Guest(inbox)
    guest.sign_in()
    passkey = Authenticator.objects.create(user=lama, type="webauthn", data={"name": "Lama's iPhone"})
    row = passkey if "mfa" in room else UserSession.objects.get(user=lama)
    assert client.post(f"/en/admin/{room}/{row.pk}/delete/", {"post": "yes"}).status_code == 302
    assert LogEntry.objects.get(object_id=str(row.pk)).object_repr == str(lama.pk)


def test_a_clerk_takes_no_factor_away(client, faisal, lama):
    clerk = person("Hind", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(content_type__app_label__in=["mfa", "usersessions"]))
    enter(client, clerk)
    factor = with_second_factor(Client(), lama)
    assert client.get("/en/admin/mfa/authenticator/").status_code == 200
    assert client.post(f"/en/admin/mfa/authenticator/{factor.pk}/delete/", {"post": "yes"}).status_code == 403


def test_owners_enter_their_office_without_one(client):
    client.force_login(rose().owner)
    assert client.get("/en/owner/").status_code == 200


def test_guests_pages_take_no_more_queries(client, lama, django_assert_num_queries):
    client.force_login(lama)
    with django_assert_num_queries(2):  # session, person
        assert client.get("/en/terms/").status_code == 200
    cache.clear()
    with django_assert_num_queries(0):
        assert Client().get("/en/accounts/login/").status_code == 200
    assert not User.objects.filter(phone=REEM).exists()
