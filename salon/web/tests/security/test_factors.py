"""Passkeys, an authenticator app, recovery codes: set up, used at sign-in, renamed, removed; never by a rival."""

from __future__ import annotations

import base64
import json

import pytest
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django.core.cache import cache
from django.test import Client, RequestFactory

from salon.accounts.tests.guest import HTMX, LAMA, Guest
from salon.tests.passkey import SoftPasskey
from salon.tests.people import prove, with_second_factor
from salon.web.tests.security.conftest import app_code

SECURITY = "/en/account/security/"
ROOT = "/en/accounts/2fa/"
ADD = f"{ROOT}passkeys/add/"
APP = f"{ROOT}app/"
CODES = f"{ROOT}codes/"
SIGN_IN = f"{ROOT}passkeys/sign-in/"
LAST = f"{ROOT}authenticate/"
PAGES = [ADD, APP, CODES, f"{APP}remove/", f"{CODES}new/"]


def add(client, passkey, name="iPhone"):
    options = client.get(ADD).context["passkey_options"]
    return client.post(ADD, {"name": name, "credential": passkey.create(options)})


def set_up_app(client):
    """The app is on; returns its secret."""
    secret = client.get(APP).context["form"].secret
    answer = client.post(APP, {"code": app_code(secret)})
    assert (answer.status_code, answer["Location"]) == (302, CODES)
    return secret


def rows(person, kind="webauthn"):
    return list(Authenticator.objects.filter(user=person, type=kind))


@pytest.fixture
def elsewhere(inbox):
    """A browser that is not signed in."""
    cache.clear()
    return Guest(inbox)


# --- passkeys ---


def test_a_passkey_is_added_and_named(fresh, lama, passkey):
    answer = add(fresh.client, passkey)
    assert (answer.status_code, answer["Location"]) == (302, CODES)
    page = fresh.client.get(CODES).content.decode()
    assert "Recovery codes" in page
    assert "The passkey was added" in page
    assert "iPhone" in fresh.client.get(SECURITY).content.decode()
    assert [row.wrap().name for row in rows(lama)] == ["iPhone"]


def _as_before(client, before):
    """The session as a second press found it, which had passed the gate before the first one was written."""
    session = client.session
    session.update({key: value for key, value in before.items() if key != "account_authentication_methods"})
    session.save()


def test_a_double_press_adds_one_passkey(fresh, lama, passkey):
    options = fresh.client.get(ADD).context["passkey_options"]
    before = dict(fresh.client.session)
    form = {"name": "iPhone", "credential": passkey.create(options)}
    assert fresh.client.post(ADD, form).status_code == 302
    _as_before(fresh.client, before)
    assert fresh.client.post(ADD, form).status_code == 302
    assert len(rows(lama)) == len(rows(lama, "recovery_codes")) == 1


def test_a_passkey_without_a_name_gets_one(fresh, lama, passkey):
    add(fresh.client, passkey, name="")
    assert [row.wrap().name for row in rows(lama)] == ["Passkey"]


def test_it_opens_the_account_without_a_code(fresh, lama, passkey, elsewhere):
    add(fresh.client, passkey)
    options = elsewhere.client.get(SIGN_IN, headers={"Accept": "application/json"}).json()["request_options"]
    assert options["publicKey"]["userVerification"] == "required"
    done = elsewhere.client.post(SIGN_IN, {"credential": passkey.get(options), "next": "/en/bookings/"})
    assert (done.status_code, done["Location"]) == (302, "/en/bookings/")
    assert elsewhere.user_id == str(lama.pk)
    assert not elsewhere.codes()
    assert elsewhere.client.session.get_expiry_age() > 80 * 24 * 3600


def test_next_of_another_site_is_dropped(fresh, passkey, elsewhere):
    add(fresh.client, passkey)
    options = elsewhere.client.get(SIGN_IN, headers={"Accept": "application/json"}).json()["request_options"]
    done = elsewhere.client.post(SIGN_IN, {"credential": passkey.get(options), "next": "https://evil.example/"})
    assert done["Location"] == "/en/bookings/"


def test_an_answer_is_good_once(fresh, passkey, elsewhere, inbox):
    add(fresh.client, passkey)
    options = elsewhere.client.get(SIGN_IN, headers={"Accept": "application/json"}).json()["request_options"]
    credential = passkey.get(options)
    other = Guest(inbox)
    other.client.get(SIGN_IN, headers={"Accept": "application/json"})
    assert other.client.post(SIGN_IN, {"credential": credential})["Location"] == "/en/accounts/login/"
    assert other.user_id is None
    elsewhere.client.post(SIGN_IN, {"credential": credential})
    elsewhere.client.post("/en/accounts/logout/")
    assert elsewhere.client.post(SIGN_IN, {"credential": credential})["Location"] == "/en/accounts/login/"
    assert elsewhere.user_id is None


@pytest.mark.parametrize("which", ["origin", "unverified", "stranger"])
def test_what_was_not_signed_by_it_here(fresh, passkey, elsewhere, which):
    add(fresh.client, passkey)
    options = elsewhere.client.get(SIGN_IN, headers={"Accept": "application/json"}).json()["request_options"]
    if which == "origin":
        passkey.origin = "https://evil.example"
    elif which == "unverified":
        passkey.verified = False
    else:
        handle, passkey = passkey.user_handle, SoftPasskey()
        passkey.user_handle = handle
    answer = elsewhere.client.post(SIGN_IN, {"credential": passkey.get(options), "next": "/en/bookings/"})
    assert answer["Location"] == "/en/accounts/login/?next=%2Fen%2Fbookings%2F"
    assert elsewhere.user_id is None
    assert "could not be read" in elsewhere.client.get(answer["Location"]).content.decode()


GARBAGE = ["", "x", "[]", "5", "null", "{}", '{"id": 5}', '{"response": []}', '{"response": {"userHandle": 5}}']
GARBAGE += ['{"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}', '{"a": "' + "b" * 5000 + '"}']
GARBAGE += ["9" * 5000, '{"a": ' + "9" * 5000 + "}", "[" * 5000]
GARBAGE += [
    json.dumps(
        {
            "id": "AA",
            "rawId": "AA",
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {"clientDataJSON": data, "authenticatorData": data, "signature": "AA", "userHandle": handle},
        }
    )
    for data in ("AA", base64.urlsafe_b64encode(b"{}").decode(), "!")
    for handle in ("AA", "!", "", None, base64.urlsafe_b64encode("نورة".encode()).decode())
]


@pytest.mark.parametrize("credential", GARBAGE)
def test_garbage_is_refused_and_never_a_fault(fresh, elsewhere, passkey, credential):
    elsewhere.client.get(SIGN_IN, headers={"Accept": "application/json"})
    assert elsewhere.client.post(SIGN_IN, {"credential": credential}).status_code in {302, 429}
    assert elsewhere.user_id is None
    fresh.client.get(ADD)
    assert fresh.client.post(ADD, {"name": "x", "credential": credential}).status_code == 422
    add(fresh.client, passkey)
    answer = fresh.client.post(f"{SECURITY}prove/", {"action": "passkey", "credential": credential})
    assert answer.status_code == 422


def test_many_tries_are_429_with_a_page(elsewhere, settings):
    settings.MFA_RATE_LIMITS = {"webauthn_login": "5/m/ip"}
    statuses = {elsewhere.client.post(SIGN_IN, {"credential": "{}"}).status_code for _ in range(15)}
    assert statuses == {302, 429}


def test_a_passkey_is_a_fresh_proof(fresh, lama, passkey, inbox):
    add(fresh.client, passkey)
    later = Guest(inbox)
    later.client.force_login(lama)
    page = later.client.get(f"{SECURITY}prove/?by=factor&next={ADD}")
    credential = passkey.get(page.context["passkey_options"])
    done = later.client.post(f"{SECURITY}prove/?by=factor&next={ADD}", {"action": "passkey", "credential": credential})
    assert (done.status_code, done["Location"]) == (303, ADD)
    assert later.client.get(ADD).status_code == 200


def test_renaming_and_removing(fresh, lama, passkey):
    add(fresh.client, passkey)
    here = f"{ROOT}passkeys/{rows(lama)[0].pk}/"
    assert "iPhone" in fresh.client.get(here).content.decode()
    assert fresh.client.post(here, {"name": ""}).status_code == 422
    assert fresh.client.post(here, {"name": "n" * 41}).status_code == 422
    assert fresh.client.post(here, {"name": "آيفون لمى"})["Location"] == SECURITY
    assert "آيفون لمى" in fresh.client.get(f"{here}remove/").content.decode()
    assert rows(lama)
    assert fresh.client.post(f"{here}remove/")["Location"] == SECURITY
    assert not Authenticator.objects.exists()
    assert fresh.client.get(here).status_code == 404


def test_a_rivals_passkey_is_not_there(fresh, lama, passkey, rival):
    add(fresh.client, passkey)
    here = f"{ROOT}passkeys/{rows(lama)[0].pk}/"
    for path in (here, f"{here}remove/"):
        assert rival.get(path).status_code == 404
        assert rival.post(path, {"name": "mine"}).status_code == 404
    assert [row.wrap().name for row in rows(lama)] == ["iPhone"]


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
    _as_before(fresh.client, before)
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


def test_what_the_device_is_asked_to_make(fresh, lama, passkey):
    options = fresh.client.get(ADD).context["passkey_options"]["publicKey"]
    assert options["rp"] == {"id": "localhost", "name": "Salon"}
    assert options["user"]["displayName"] == "Lama"
    assert options["user"]["name"] == LAMA
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"


def test_a_closed_account_is_not_opened_by_its_passkey(fresh, lama, passkey, elsewhere):
    add(fresh.client, passkey)
    lama.is_active = False
    lama.save()
    options = elsewhere.client.get(SIGN_IN, headers={"Accept": "application/json"}).json()["request_options"]
    done = elsewhere.client.post(SIGN_IN, {"credential": passkey.get(options)})
    assert done["Location"] == "/en/accounts/inactive/"
    assert elsewhere.user_id is None


def test_whoever_is_signed_in_is_not_signed_in_again(fresh, lama, passkey):
    add(fresh.client, passkey)
    assert fresh.client.post(SIGN_IN, {"credential": "{}"}).status_code == 302
    assert fresh.user_id == str(lama.pk)
