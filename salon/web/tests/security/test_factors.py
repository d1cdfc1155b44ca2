"""An authenticator app, recovery codes, the second step of signing in, and the gate before all of them."""

from __future__ import annotations

import json

import pytest
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django.core.cache import cache
from django.test import Client, RequestFactory

from salon.accounts.tests.guest import HTMX, LAMA, Guest
from salon.tests.people import prove, with_second_factor
from salon.web.tests.security.conftest import app_code
from salon.web.tests.security.factors import (
    ADD,
    APP,
    CODES,
    LAST,
    ROOT,
    SECURITY,
    add,
    as_before,
    rows,
    set_up_app,
)

PAGES = [ADD, APP, CODES, f"{APP}remove/", f"{CODES}new/"]


# --- authenticator app and recovery codes ---


def test_the_app_is_set_up(fresh, lama):
    page = fresh.client.get(APP)
    assert 'src="data:image/svg+xml;base64,' in page.content.decode()
    assert page.context["form"].secret in page.content.decode()
    assert "issuer=Salon" in page.context["totp_url"]
    assert fresh.client.post(APP, {"code": "000000"}).status_code == 422
    secret = page.context["form"].secret
    arabic = app_code(secret).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert fresh.client.post(APP, {"code": f"{arabic[:3]} {arabic[3:]}"})["Location"] == CODES
    assert secret not in json.dumps(rows(lama, "totp")[0].data)
    assert decrypt(rows(lama, "totp")[0].data["secret"]) == secret


def test_recovery_codes_are_shown_once_and_renewed(fresh, lama):
    set_up_app(fresh.client)
    first = fresh.client.get(CODES)
    codes = first.context["unused_codes"]
    assert len(codes) == 10
    page = first.content.decode()
    assert all(code in page for code in codes)
    assert 'download="recovery-codes.txt"' in page
    assert "data-print" in page
    again = fresh.client.get(CODES).content.decode()
    assert not any(code in again for code in codes)
    assert "10 codes are left" in again
    assert fresh.client.get(f"{CODES}new/").status_code == 200
    assert fresh.client.post(f"{CODES}new/")["Location"] == CODES
    assert set(fresh.client.get(CODES).context["unused_codes"]).isdisjoint(codes)
    assert "10 codes are left" in fresh.client.get(SECURITY).content.decode()


def test_without_a_factor_there_are_no_codes(fresh):
    assert fresh.client.get(CODES).status_code == 404
    assert fresh.client.get(f"{CODES}new/").status_code == 404
    assert fresh.client.post(f"{CODES}new/").status_code == 404
    assert fresh.client.get(f"{APP}remove/").status_code == 404


def test_a_double_press_sets_up_one_app(fresh, lama, monkeypatch):
    monkeypatch.setattr("allauth.mfa.totp.views.is_mfa_enabled", lambda *_: False)  # asked before the other press
    secret = fresh.client.get(APP).context["form"].secret
    before, form = dict(fresh.client.session), {"code": app_code(secret)}
    assert fresh.client.post(APP, form).status_code == 302
    as_before(fresh.client, before)
    cache.clear()  # or the code would be refused as used
    assert fresh.client.post(APP, form).status_code == 302
    assert len(rows(lama, "totp")) == len(rows(lama, "recovery_codes")) == 1


def test_the_app_is_removed_and_its_codes_with_it(fresh):
    set_up_app(fresh.client)
    assert fresh.client.get(APP).status_code == 302
    assert fresh.client.get(f"{APP}remove/").status_code == 200
    assert fresh.client.post(f"{APP}remove/")["Location"] == SECURITY
    assert not Authenticator.objects.exists()


def test_sign_in_asks_for_it_after_the_code(fresh, lama, elsewhere):
    secret = set_up_app(fresh.client)
    codes = fresh.client.get(CODES).context["unused_codes"]
    step = elsewhere.sign_in(next="/en/account/")
    assert (step.status_code, step["Location"][-27:]) == (302, "/accounts/2fa/authenticate/")
    assert elsewhere.user_id is None
    page = elsewhere.client.get(LAST).content.decode()
    assert "Now the code of the authenticator app" in page
    assert elsewhere.client.post(LAST, {"code": "000000"}).status_code == 422
    assert elsewhere.client.post(LAST, {"code": ""}).status_code == 422
    assert elsewhere.user_id is None
    done = elsewhere.client.post(LAST, {"code": app_code(secret, 30)})
    assert done["Location"] == "/en/account/"
    assert elsewhere.user_id == str(lama.pk)
    elsewhere.client.post("/en/accounts/logout/")
    cache.clear()
    elsewhere.sign_in()
    assert elsewhere.client.post(LAST, {"code": codes[0]}).status_code == 302
    assert elsewhere.user_id == str(lama.pk)


def test_no_code_of_an_app_opens_twice(fresh, lama, elsewhere, inbox):
    secret = set_up_app(fresh.client)
    code = app_code(secret, 30)
    other = Guest(inbox)
    other.sign_in()
    ratelimit.clear(RequestFactory().get("/"), action="code_pause", key=LAMA)
    elsewhere.sign_in()
    elsewhere.client.post(LAST, {"code": code})
    assert elsewhere.user_id == str(lama.pk)
    assert other.client.post(LAST, {"code": code}).status_code == 422
    assert other.user_id is None


def test_from_the_booking_panel_it_is_a_page_of_its_own(fresh, elsewhere):
    secret = set_up_app(fresh.client)
    elsewhere.ask()
    step = elsewhere.type(elsewhere.codes()[0], headers=HTMX)
    assert (step.status_code, step["HX-Redirect"][-27:]) == (204, "/accounts/2fa/authenticate/")
    done = elsewhere.client.post(LAST, {"code": app_code(secret, 30)}, headers=HTMX)
    assert done.status_code == 204
    assert "HX-Redirect" in done


def test_a_passkey_does_for_the_second_step(fresh, lama, passkey, elsewhere):
    add(fresh.client, passkey)
    elsewhere.sign_in()
    options = elsewhere.client.get(LAST).context["js_data"]["request_options"]
    done = elsewhere.client.post(LAST, {"credential": passkey.get(options)})
    assert done.status_code == 302
    assert elsewhere.user_id == str(lama.pk)


def test_too_many_tries_at_the_second_step(fresh, elsewhere):
    set_up_app(fresh.client)
    elsewhere.sign_in()
    statuses = [elsewhere.client.post(LAST, {"code": "000000"}).status_code for _ in range(8)]
    assert (statuses[0], statuses[-1]) == (422, 429)
    assert "Retry-After" in elsewhere.client.post(LAST, {"code": "000000"})
    assert elsewhere.client.post(LAST, {"credential": "{}"}).status_code == 422
    assert elsewhere.user_id is None


def test_the_second_step_can_be_left(fresh, elsewhere):
    set_up_app(fresh.client)
    elsewhere.sign_in()
    assert elsewhere.client.post("/en/accounts/logout/", {"next": "/en/accounts/login/"}).status_code == 302
    assert elsewhere.client.get(LAST)["Location"] == "/en/accounts/login/"


def test_the_second_step_is_only_for_whoever_proved_the_phone(client, fresh):
    assert client.get(LAST)["Location"] == "/en/accounts/login/"
    assert client.post(LAST, {"code": "000000"})["Location"] == "/en/accounts/login/"
    assert fresh.client.get(LAST).status_code == 302


# --- the gate ---


@pytest.mark.parametrize("path", PAGES)
def test_an_old_session_proves_itself_first(guest, path):
    for answer in (guest.client.get(path), guest.client.post(path, {"code": "1", "credential": "{}"})):
        assert answer.status_code == 303
        assert "/account/security/prove/" in answer["Location"]
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("path", PAGES)
def test_whoever_has_a_factor_proves_that_one(fresh, lama, path):
    with_second_factor(Client(), lama)
    before = Authenticator.objects.count()
    for answer in (fresh.client.get(path), fresh.client.post(path, {"code": "1", "credential": "{}"})):
        assert answer.status_code == 303
        assert "by=factor" in answer["Location"]
    assert Authenticator.objects.count() == before
    prove(fresh.client, lama, "mfa")
    assert fresh.client.get(path).status_code != 303


@pytest.mark.parametrize("path", [*PAGES, f"{ROOT}passkeys/1/", f"{ROOT}passkeys/1/remove/"])
def test_strangers_sign_in_first(client, path):
    assert client.get(path).status_code == 302
    assert client.post(path).status_code == 302
    assert client.get(path, headers=HTMX).status_code == 401


@pytest.mark.parametrize("path", PAGES[:2])
def test_the_wrong_method(fresh, path):
    assert fresh.client.delete(path).status_code == 405


@pytest.mark.parametrize("path", [SECURITY.replace("/en/", "/"), SECURITY])
def test_the_security_page_in_both_languages(elsewhere, lama, path, django_assert_num_queries):
    elsewhere.sign_in()
    with django_assert_num_queries(5):  # session, person, factors, devices, which of them live
        answer = elsewhere.client.get(path)
    assert answer.status_code == 200
    assert "055 123 4567" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("name", ["2fa/", "2fa/passkeys/", "sessions/"])
def test_allauths_lists_lead_to_ours(guest, name):
    assert guest.client.get(f"/en/accounts/{name}")["Location"] == SECURITY
