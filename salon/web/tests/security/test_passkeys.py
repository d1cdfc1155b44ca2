"""Passkeys: added, named, used at sign-in, removed; never by a rival."""

from __future__ import annotations

import base64
import json

import pytest
from allauth.mfa.models import Authenticator

from salon.accounts.tests.guest import LAMA, Guest
from salon.tests.passkey import SoftPasskey
from salon.web.tests.security.factors import (
    ADD,
    CODES,
    ROOT,
    SECURITY,
    SIGN_IN,
    add,
    as_before,
    rows,
)


def test_a_passkey_is_added_and_named(fresh, lama, passkey):
    answer = add(fresh.client, passkey)
    assert (answer.status_code, answer["Location"]) == (302, CODES)
    page = fresh.client.get(CODES).content.decode()
    assert "Recovery codes" in page
    assert "The passkey was added" in page
    assert "iPhone" in fresh.client.get(SECURITY).content.decode()
    assert [row.wrap().name for row in rows(lama)] == ["iPhone"]


def test_a_double_press_adds_one_passkey(fresh, lama, passkey):
    options = fresh.client.get(ADD).context["passkey_options"]
    before = dict(fresh.client.session)
    form = {"name": "iPhone", "credential": passkey.create(options)}
    assert fresh.client.post(ADD, form).status_code == 302
    as_before(fresh.client, before)
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
