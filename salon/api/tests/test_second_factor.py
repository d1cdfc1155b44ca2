"""People with a second factor sign in from an app too: code, recovery code or passkey. Odd wires stop nobody."""

from __future__ import annotations

import json
from typing import Any

import pytest
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import RequestFactory

from salon.accounts.adapter import NOWHERE
from salon.accounts.forms import ConfirmCodeForm
from salon.accounts.models import User
from salon.accounts.otp import CheckUnavailable
from salon.api.tests.app import LAMA, App
from salon.tests.passkey import SoftPasskey
from salon.tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def lama(inbox) -> User:
    return person("Lama", LAMA)


@pytest.fixture
def secret(lama) -> str:
    """Of her authenticator app."""
    made = generate_totp_secret()
    TOTP.activate(lama, made)
    return made


def totp(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def second(app: App, code: str):
    return app.auth("POST", "auth/2fa/authenticate", {"code": code})


def pending(answer: Any) -> dict:
    return next(flow for flow in answer.json()["data"]["flows"] if flow.get("is_pending"))


def test_the_code_of_an_authenticator_app_is_asked_for_after_the_phone(app, lama, secret):
    answer = app.sign_in()
    assert answer.status_code == 401
    assert pending(answer) == {"id": "mfa_authenticate", "is_pending": True, "types": ["totp"]}
    assert "access_token" not in answer.json().get("meta", {})
    wrong = second(app, "000000" if totp(secret) != "000000" else "111111")
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (400, "incorrect_code")
    right = second(app, totp(secret).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")))
    assert (right.status_code, right.json()["data"]["user"]["phone"]) == (200, LAMA)
    assert app.me().status_code == 200
    assert app.renew().status_code == 200


def test_a_recovery_code_opens_once(app, lama, secret):
    codes = RecoveryCodes.activate(lama).get_unused_codes()
    app.sign_in()
    assert second(app, codes[0]).status_code == 200
    cache.clear()
    again = App(app.inbox)
    again.sign_in()
    assert second(again, codes[0]).status_code == 400


def test_guessing_a_second_factor_ends_in_a_pause(app, lama, secret):
    app.sign_in()
    statuses = [second(app, "00000x") for _ in range(7)]
    assert {answer.status_code for answer in statuses[:4]} == {400}
    assert (statuses[-1].status_code, statuses[-1]["Retry-After"]) == (429, "300")


def test_a_second_factor_is_nothing_without_the_first(app, lama, secret):
    assert second(app, totp(secret)).status_code == 401
    app.ask()
    assert second(app, totp(secret)).status_code == 401
    assert app.auth("GET", "auth/webauthn/authenticate").status_code == 401


def test_a_passkey_signs_what_the_site_asks(app, lama, settings):
    settings.SITE_URL = "https://salon.example"
    passkey = SoftPasskey("https://salon.example")
    enrol(lama, passkey)
    answer = app.sign_in()
    assert (answer.status_code, pending(answer)["types"]) == (401, ["webauthn"])
    asked = app.auth("GET", "auth/webauthn/authenticate").json()["data"]["request_options"]
    stranger = SoftPasskey("https://salon.example")
    assert prove(app, stranger.get(asked)).status_code == 400
    assert prove(app, passkey.get(asked)).status_code == 200
    assert app.me().status_code == 200


def enrol(user: User, passkey: SoftPasskey) -> None:
    """As the security page does."""
    from allauth.mfa.webauthn.internal import auth  # noqa: PLC0415 - read when the settings are there

    request = RequestFactory().get("/")
    request.session, request.user = {}, user
    with context.request_context(request):
        options = json.loads(json.dumps(auth.begin_registration(user, passwordless=True)))
        credential = json.loads(passkey.create(options))
        auth.complete_registration(credential)
        auth.WebAuthn.add(user, "Phone", credential)
    assert Authenticator.objects.filter(user=user).exists()


def prove(app: App, credential: str):
    return app.auth("POST", "auth/webauthn/authenticate", {"credential": json.loads(credential)})


def test_a_vendor_that_cannot_say_costs_nothing(app, monkeypatch):
    """Codes of the vendor's own making: nobody knows whether this one is right."""

    def nobody_knows(*args, **kwargs):
        raise CheckUnavailable

    app.ask()
    with monkeypatch.context() as patch:
        patch.setitem(ConfirmCodeForm.clean_code.__globals__, "check", nobody_knows)
        answer = app.type(app.codes()[0])
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (503, "unavailable")
    assert int(answer["Retry-After"]) > 0
    assert app.type(app.codes()[0]).status_code == 200


@pytest.mark.parametrize(
    "wire", [{"REMOTE_ADDR": ""}, {"REMOTE_ADDR": "unix:"}, {"HTTP_X_FORWARDED_FOR": "192.0.2.1"}], ids=str
)
def test_an_address_that_cannot_be_told_stops_nobody(inbox, settings, wire):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    app = App(inbox, **wire)
    assert app.sign_in().status_code == 200
    assert UserSession.objects.get().ip == NOWHERE


@pytest.mark.parametrize("name", ["a\0b", "\xff", "é" * 500, ""])
def test_an_odd_name_of_the_app_stops_nobody(inbox, name):
    app = App(inbox, HTTP_USER_AGENT=name)
    assert app.sign_in().status_code == 200
    assert "\0" not in UserSession.objects.get().user_agent
