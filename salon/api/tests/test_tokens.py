"""Signing in from an app: the same codes, limits and answers as on the pages, told in JSON."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from salon.accounts.models import UsageCounter, User
from salon.accounts.otp_providers import ConsoleOtp, OtpError
from salon.api.tests.app import AUTH, LAMA, REEM, App
from salon.tests.people import person

pytestmark = pytest.mark.django_db


def code_of(answer) -> str:
    return answer.json()["errors"][0]["code"]


def pending(answer) -> dict:
    """The sign-in that waits for its code, as the answer tells it."""
    return next(flow for flow in answer.json()["data"]["flows"] if flow.get("is_pending"))


def failing(monkeypatch) -> None:
    def refuse(*args, **kwargs):
        raise OtpError(permanent=False)

    monkeypatch.setattr(ConsoleOtp, "send_code", refuse)


# --- the way in ---------------------------------------------------------------------------------------------


def test_a_new_guest_gets_a_row_and_tokens_with_the_right_code(app):
    asked = app.ask("٠٥٥١٢٣٤٥٦٧")
    assert asked.status_code == 401
    assert asked.json()["meta"]["is_authenticated"] is False
    delivery = pending(asked)["delivery"]
    assert (delivery["sent"], delivery["channel"], delivery["wait"]) == (True, "sms", 30)
    assert 590 < delivery["expires_in"] <= 600
    assert not User.objects.exists()
    answer = app.type(app.codes()[0])
    assert answer.status_code == 200
    user = User.objects.get()
    assert answer.json()["data"]["user"] == {"id": str(user.pk), "phone": LAMA, "name": "", "language": "ar"}
    assert answer.json()["meta"].keys() >= {"access_token", "refresh_token", "expires_in"}
    assert answer.json()["meta"]["expires_in"] == 300


def test_known_and_unknown_phones_get_the_same_answers(inbox):
    person("Lama", LAMA)
    seen = []
    for phone in (LAMA, REEM):
        app = App(inbox)
        asked, wrong, again = app.ask(phone), app.type(app.wrong(phone)), App(inbox).ask(phone)
        flow = pending(asked)
        flow["delivery"].pop("expires_in")
        seen.append((asked.status_code, sorted(asked.headers), flow, wrong.content, again.status_code, again.content))
    assert seen[0] == seen[1]


def test_arabic_digits_are_read_and_what_is_no_code_costs_no_try(app):
    app.ask()
    for text in ("12345", "abcdef", "", "  "):
        assert app.type(text).status_code == 400
    arabic = app.codes()[0].translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert app.type(arabic).status_code == 200


def test_a_wrong_code_says_how_many_tries_are_left(app):
    app.ask()
    answer = app.type(app.wrong())
    assert (answer.status_code, code_of(answer)) == (400, "incorrect_code")
    assert answer.json()["meta"] == {"tries_left": 4}
    assert app.type(app.codes()[0]).status_code == 200


def test_the_last_wrong_try_ends_the_code_and_begins_a_pause(app):
    app.ask()
    answers = [app.type(app.wrong()) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 400, 429]
    assert (code_of(answers[-1]), answers[-1]["Retry-After"]) == ("too_many_tries", "30")
    assert app.type(app.codes()[0]).status_code == 409
    assert App(app.inbox).ask().status_code == 429


def test_an_expired_code_is_a_conflict(app):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        app.ask()
        clock.shift(dt.timedelta(seconds=601))
        assert app.type(app.codes()[0]).status_code == 409
        assert app.ask().status_code == 401


def test_without_a_pending_sign_in_there_is_nothing_to_confirm_or_send_again(app):
    assert app.type("123456").status_code == 409
    assert app.resend().status_code == 409


def test_a_session_that_is_not_there_is_gone(app):
    app.session = "a" * 32
    for answer in (app.type("123456"), app.resend(), app.ask(), app.auth("GET", "auth/session")):
        assert (answer.status_code, answer.json()["meta"]) == (410, {"is_authenticated": False})


def test_a_phone_that_makes_no_sense_costs_nothing(app):
    for phone in ("", "abc", "0112345678", "+15551234567", None, 5, ["0551234567"], {"a": 1}):
        answer = app.ask(phone)
        assert (answer.status_code, answer.json()["errors"][0]["param"]) == (400, "phone")
    assert app.auth("POST", "auth/code/request", {}).status_code == 400
    assert app.ask(channel="pigeon").json()["errors"][0]["param"] == "channel"
    assert not UsageCounter.objects.filter(count__gt=0).exists()


def test_the_pause_and_the_budget_of_a_phone_hold_for_apps_and_pages_alike(app, settings):
    settings.OTP_CODES_PER_PHONE_HOUR = 1
    assert app.ask().status_code == 401
    soon = App(app.inbox).ask()
    assert (soon.status_code, code_of(soon), soon["Retry-After"]) == (429, "code_refused", "30")
    assert Client().post("/accounts/login/", {"phone": LAMA}).status_code == 429
    cache.clear()
    late = App(app.inbox).ask()
    assert late.status_code == 429
    assert 0 < int(late["Retry-After"]) <= 3600
    assert len(app.codes()) == 1


def test_somebody_signed_in_pays_for_no_code(app):
    app.sign_in()
    cache.clear()
    assert app.ask().status_code == 409
    assert app.type("123456").status_code == 409
    assert len(app.codes()) == 1


def test_a_deactivated_account_is_told_so_only_after_the_right_code(app):
    person("Lama", LAMA, is_active=False)
    assert app.ask().status_code == 401
    assert app.type(app.wrong()).status_code == 400
    answer = app.type(app.codes()[0])
    assert (answer.status_code, code_of(answer)) == (403, "inactive")
    assert app.type(app.codes()[0]).status_code == 409


def test_messages_are_in_the_language_that_was_asked_for(app):
    english = app.auth("POST", "auth/code/request", {"phone": "x"}, **{"Accept-Language": "en-GB,en;q=0.9"})
    assert english.json()["errors"][0]["message"] == "This is not a mobile number. Write it like 05XXXXXXXX."
    assert "رقم" in app.ask("x").json()["errors"][0]["message"]


# --- another code -------------------------------------------------------------------------------------------


def test_resending_takes_another_way_and_ends_the_old_code(app):
    app.ask()
    cache.clear()  # thirty seconds later
    answer = app.resend(channel="whatsapp")
    assert (answer.status_code, answer.json()["data"]["delivery"]["channel"]) == (200, "whatsapp")
    new, old = app.codes()
    if new != old:
        assert app.type(old).status_code == 400
    assert app.type(new).status_code == 200


def test_resending_too_soon_says_when_and_leaves_the_code(app):
    app.ask()
    answer = app.resend()
    assert (answer.status_code, code_of(answer), answer["Retry-After"]) == (429, "code_refused", "30")
    assert app.type(app.codes()[0]).status_code == 200


def test_resending_by_a_way_that_is_not_offered_costs_nothing(app):
    app.ask()
    cache.clear()
    answer = app.resend(channel="pigeon")
    assert (answer.status_code, code_of(answer)) == (400, "invalid_choice")
    assert app.resend().status_code == 200


def test_at_most_three_codes_again(app):
    app.ask()
    statuses = []
    for _ in range(4):
        cache.clear()
        statuses.append(app.resend().status_code)
    assert statuses == [200, 200, 200, 409]


def test_a_code_that_could_not_leave_is_told_and_the_old_one_works_on(app, monkeypatch):
    app.ask()
    cache.clear()
    with monkeypatch.context() as patch:
        failing(patch)
        answer = app.resend()
    assert (answer.status_code, answer.json()["data"]["delivery"]["sent"]) == (200, False)
    assert answer.json()["data"]["delivery"]["wait"] == 0
    assert app.type(app.codes()[0]).status_code == 200


def test_a_first_code_that_could_not_leave_can_be_asked_for_again_at_once(app, monkeypatch):
    with monkeypatch.context() as patch:
        failing(patch)
        answer = app.ask()
    assert (answer.status_code, pending(answer)["delivery"]["sent"]) == (401, False)
    assert app.resend().status_code == 200
    assert app.type(app.codes()[0]).status_code == 200


# --- what is not here ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "auth/signup", "auth/login", "auth/password/request", "auth/password/reset", "auth/email/verify",
        "auth/phone/verify", "auth/reauthenticate", "account/email", "account/phone", "account/password/change",
        "account/authenticators", "auth/webauthn/signup", "config", "", "auth/session/",
    ],
)  # fmt: skip
def test_sign_up_e_mail_and_passwords_are_not_here(app, path):
    for method in ("GET", "POST"):
        answer = app.call(method, AUTH + path, {})
        assert (answer.status_code, answer.json()) == (404, {"status": 404})


def test_browsers_have_no_endpoints_of_their_own(app):
    assert app.call("POST", "/_allauth/browser/v1/auth/code/request", {"phone": LAMA}).status_code == 404
    assert app.call("GET", "/_allauth/openapi.json").status_code == 404


# --- what stays behind --------------------------------------------------------------------------------------


def test_a_sign_in_that_is_never_finished_leaves_a_session_for_a_day(app):
    assert app.auth("GET", "auth/session").status_code == 401
    assert not Session.objects.exists()
    app.ask()
    left = Session.objects.get().expire_date - timezone.now()
    assert dt.timedelta(hours=23) < left <= dt.timedelta(days=1)


def test_signing_out_before_the_code_drops_the_sign_in(app):
    app.ask()
    assert app.auth("DELETE", "auth/session").status_code == 401
    assert app.type(app.codes()[0]).status_code == 409
