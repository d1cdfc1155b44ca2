"""A fresh proof: by a code, by a passkey, by an app; and back to where it was asked for."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.utils import decrypt
from django.test import Client
from django.urls import reverse

from salon.accounts import challenge
from salon.accounts.tests.guest import HTMX, LAMA
from salon.tests.people import prove, with_second_factor
from salon.web.tests.security.conftest import app_code

HERE = "/en/account/security/prove/"
PHONE = "/en/account/security/phone/"


def post(guest, action, path=f"{HERE}?next={PHONE}", **data):
    return guest.client.post(path, {"action": action, **data})


def is_open(guest):
    return guest.client.get(PHONE).status_code == 200


def test_a_code_to_ones_own_phone_and_back(guest):
    away = guest.client.get(PHONE)
    assert (away.status_code, away["Location"]) == (303, f"{HERE}?next=%2Fen%2Faccount%2Fsecurity%2Fphone%2F")
    page = guest.client.get(away["Location"]).content.decode()
    assert "055 123 4567" in page
    assert not guest.codes()
    sent = guest.client.post(away["Location"], {"action": "send"})
    assert (sent.status_code, sent["Location"]) == (303, away["Location"])
    assert "6-digit code was sent by SMS" in guest.client.get(sent["Location"]).content.decode()
    done = post(guest, "verify", code=guest.codes()[0])
    assert (done.status_code, done["Location"]) == (303, PHONE)
    assert is_open(guest)


@pytest.mark.parametrize(("path", "words"), [("/account/security/prove/", "تأكيد"), (HERE, "Confirm it is you")])
def test_in_both_languages(guest, path, words):
    answer = guest.client.get(path)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_arabic_digits_and_wrong_codes(guest):
    post(guest, "send")
    wrong = post(guest, "verify", code=guest.wrong())
    assert wrong.status_code == 422
    assert "4 tries are left" in wrong.content.decode()
    assert "Enter the six digits" in post(guest, "verify", code="12").content.decode()
    assert not is_open(guest)
    code = guest.codes()[0].translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert post(guest, "verify", code=code).status_code == 303


def test_five_wrong_codes_end_it(guest):
    post(guest, "send")
    for _ in range(4):
        assert post(guest, "verify", code=guest.wrong()).status_code == 422
    last = post(guest, "verify", code=guest.wrong())
    assert last.status_code == 303
    page = guest.client.get(last["Location"]).content.decode()
    assert "Too many wrong tries" in page
    assert post(guest, "verify", code=guest.codes()[0]).status_code == 303
    assert not is_open(guest)


def test_a_second_code_at_once_is_refused_with_the_wait(guest):
    post(guest, "send")
    again = post(guest, "resend")
    assert again.status_code == 429
    assert int(again["Retry-After"]) <= 30
    assert len(guest.codes()) == 1
    post(guest, "drop")
    refused = post(guest, "send")
    assert refused.status_code == 429
    assert "Retry-After" in refused


def test_by_the_other_channel(guest, settings):
    settings.OTP_CHANNELS = ["sms", "whatsapp"]
    assert post(guest, "send", channel="whatsapp").status_code == 303
    page = guest.client.get(HERE).content.decode()
    assert "sent by WhatsApp" in page
    assert "by SMS instead" in page


def test_by_an_app_and_no_code_twice(guest, lama):
    secret = decrypt(with_second_factor(Client(), lama).data["secret"])
    page = guest.client.get(HERE).content.decode()
    assert "Code of the authenticator app" in page
    assert "Send a code to my phone" in page
    code = app_code(secret)
    assert post(guest, "app", code="000000").status_code == 422
    assert post(guest, "app", code=code).status_code == 303
    assert is_open(guest)
    assert post(guest, "app", code=code).status_code == 422


def test_a_recovery_code_works_once(guest, lama):
    with_second_factor(Client(), lama)
    code = RecoveryCodes.activate(lama).get_unused_codes()[0]
    assert post(guest, "app", code=f"{code[:4]} {code[4:]}").status_code == 303
    assert post(guest, "app", code=code).status_code == 422


def test_too_many_tries_are_429_and_never_a_500(guest, lama):
    with_second_factor(Client(), lama)
    statuses = [post(guest, "app", code="000000").status_code for _ in range(7)]
    assert statuses[0] == 422
    assert statuses[-1] == 429
    assert "Retry-After" in post(guest, "app", code="000000")


def test_where_a_factor_is_wanted_a_code_to_the_phone_is_not_offered(guest, lama):
    with_second_factor(Client(), lama)
    path = f"{HERE}?by=factor&next={PHONE}"
    assert "Send a code" not in guest.client.get(path).content.decode()
    assert post(guest, "send", path=path).status_code == 200
    assert not guest.codes()


def test_without_a_factor_there_is_no_app_to_give(guest):
    assert post(guest, "app", code="123456").status_code == 200
    assert not is_open(guest)


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "http://["])
def test_next_stays_on_this_site(guest, lama, url):
    with_second_factor(guest.client, lama)
    secret = decrypt(Authenticator.objects.get(user=lama).data["secret"])
    done = guest.client.post(HERE, {"action": "app", "code": app_code(secret), "next": url})
    assert done["Location"] == "/en/account/security/"


def test_a_stranger_signs_in_first(client):
    assert client.get(HERE).status_code == 302
    assert client.get(HERE, headers=HTMX).status_code == 401
    assert client.post(HERE, {"action": "send"}).status_code == 302
    assert client.put(HERE).status_code == 302


def test_the_wrong_method(guest):
    assert guest.client.put(HERE).status_code == 405


def test_a_post_comes_back_to_its_page(guest):
    away = guest.client.post(PHONE, {"phone": "0551111111"})
    assert away["Location"].endswith("next=%2Fen%2Faccount%2Fsecurity%2Fphone%2F")
    assert not guest.codes("+966551111111")
    away = guest.client.post(f"{PHONE}code/", {"action": "verify", "code": "123456"})
    assert away["Location"].endswith("next=%2Fen%2Faccount%2Fsecurity%2Fphone%2F")
    gone = guest.client.post(PHONE, {"phone": "0551111111"}, headers=HTMX)
    assert (gone.status_code, gone["HX-Redirect"][: len(HERE)]) == (204, HERE)


def test_the_proof_of_somebody_else_is_none(guest, reem):
    prove(guest.client, reem)
    assert not is_open(guest)


@pytest.mark.parametrize("name", ["account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"])
def test_allauths_own_addresses_lead_here(guest, name):
    answer = guest.client.get(reverse(name), {"next": PHONE})
    assert "/account/security/prove/?next=" in answer["Location"]


def test_a_code_that_does_not_leave_says_so(guest, monkeypatch):
    monkeypatch.setattr(challenge.otp, "send", lambda **_: False)
    assert post(guest, "send").status_code == 303
    assert "could not be sent" in guest.client.get(HERE).content.decode()
    assert LAMA not in guest.client.get(HERE).content.decode()
