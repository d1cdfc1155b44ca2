"""Tokens: whose they are, until when, and everything that is none."""

from __future__ import annotations

import base64
import datetime as dt
import json
import threading
from types import SimpleNamespace

import jwt
import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from salon.accounts import app_tokens
from salon.accounts.models import User
from salon.accounts.tests.guest import Guest
from salon.api.tests.app import AUTH, LAMA, App

pytestmark = pytest.mark.django_db


@pytest.fixture
def lama(app) -> SimpleNamespace:
    """Signed in: her app, her row."""
    assert app.sign_in().status_code == 200
    return SimpleNamespace(app=app, user=User.objects.get(phone=LAMA))


def me(token: str):
    return Client().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})


def refused(answer) -> bool:
    """401 in the API's own shape, saying how to do it right."""
    challenge = answer.headers.get("WWW-Authenticate", "")
    return (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json") and "Bearer" in challenge


def claims(token: str) -> dict:
    return jwt.decode(token, options={"verify_signature": False})


def forge(token: str, key: bytes | str | None = None, algorithm: str = "HS256", **changed) -> str:
    """The token with other claims, signed with our own key unless another is given."""
    key = app_tokens._keys().signing[0] if key is None else key
    return jwt.encode(claims(token) | changed, key, algorithm=algorithm)


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


# --- good ones ----------------------------------------------------------------------------------------------


def test_an_access_token_opens_the_api_for_five_minutes(lama):
    assert lama.app.me().json()["phone"] == LAMA
    with time_machine.travel(timezone.now() + dt.timedelta(seconds=301)):
        assert refused(lama.app.me())


def test_a_refreshed_pair_works_and_the_old_refresh_token_does_not(lama):
    old = lama.app.refresh
    assert lama.app.renew().status_code == 200
    assert lama.app.me().status_code == 200
    assert lama.app.refresh != old
    new, lama.app.refresh = lama.app.refresh, old
    answer = lama.app.renew()
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "invalid_token")
    lama.app.refresh = new
    assert lama.app.renew().status_code == 200


def test_an_app_that_is_used_stays_signed_in_and_one_that_is_not_does_not(lama, settings):
    start = timezone.now()
    left = Session.objects.get().expire_date - start
    assert abs(left.total_seconds() - settings.LOGGED_IN_SESSION_AGE) < 60
    with time_machine.travel(start, tick=False) as clock:
        for _ in range(3):  # nine months, opened every 89 days
            clock.shift(dt.timedelta(days=89))
            assert lama.app.renew().status_code == 200
            assert lama.app.me().status_code == 200
        clock.shift(dt.timedelta(seconds=settings.LOGGED_IN_SESSION_AGE + 1))
        assert lama.app.renew().status_code == 400
        assert refused(lama.app.me())


def test_a_refresh_token_lasts_as_long_as_its_session(lama, settings):
    assert settings.HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN <= settings.LOGGED_IN_SESSION_AGE
    lives = claims(lama.app.refresh)["exp"] - claims(lama.app.refresh)["iat"]
    assert lives == settings.HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN


def test_a_token_does_not_give_its_session_away(lama):
    key = Session.objects.get().session_key
    for token in (lama.app.access, lama.app.refresh):
        assert key not in json.dumps(claims(token))


def test_tokens_and_sessions_outlive_a_change_of_the_secret_key(lama, settings, inbox):
    browser = Guest(inbox)
    cache.clear()
    browser.sign_in()
    old, before = settings.SECRET_KEY, lama.app.access
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a-new-key", [old]
    assert me(before).status_code == 200
    assert len(lama.app.auth("GET", "auth/sessions").json()["data"]) == 2
    assert lama.app.renew().status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert refused(me(before))
    assert lama.app.me().status_code == 200
    settings.SECRET_KEY_FALLBACKS = [old]
    assert browser.user_id == str(lama.user.pk)


def test_every_session_ends_when_the_password_changes(lama):
    lama.user.set_password("something")
    lama.user.save()
    assert refused(lama.app.me())


# --- none ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("use", ["access", "refresh"])
def test_forged_tokens_open_nothing(lama, use):
    token = getattr(lama.app, use)
    head, body, signature = token.split(".")
    other = {"alg": "none", "typ": "JWT"}
    forged = [
        f"{part(other)}.{body}.",
        f"{part(other)}.{body}.{signature}",
        f"{part(other | {'alg': 'None'})}.{body}.",
        forge(token, key="", algorithm="none"),
        forge(token, key="another key, thirty-two bytes long"),
        forge(token, key="tests-only and thirty-two bytes long"),
        forge(token, key=app_tokens._keys().signing[0] * 2, algorithm="HS512"),
        forge(token, exp=1),
        forge(token, exp="soon"),
        forge(token, exp=None),
        forge(token, sub="00000000-0000-0000-0000-000000000000"),
        forge(token, sid="garbage"),
        forge(token, sid=5),
        forge(token, sid=None),
        forge(token, sid=["a"]),
        forge(token, sid="\ud800"),
        forge(token, use=["access"]),
        forge(token, use="anything"),
        forge(token, use=None),
        f"{head}.{part(claims(token) | {'exp': 99999999999})}.{signature}",
        f"{head}.{part(['a'])}.{signature}",
        f"{part({'alg': ['HS256']})}.{body}.{signature}",
        f"{part({'alg': 'HS256', 'kid': 5})}.{body}.{signature}",
        f"{part({'alg': 'HS256', 'crit': ['x']})}.{body}.{signature}",
        token[:-2],
        f"{head}.{body}",
    ]
    for each in forged:
        assert refused(me(each)), each
        answer = Client().post(AUTH + "tokens/refresh", {"refresh_token": each}, content_type="application/json")
        assert answer.status_code == 400, each


GARBAGE = [
    "",
    ".",
    "..",
    "a.b.c",
    "null",
    "\0",
    "a\0b.c.d",
    "رمز",
    "\xff\xfe",
    "é.é.é",
    "x" * 100_000,
    base64.urlsafe_b64encode(b"[" * 3000).decode() + ".e30.x",
    base64.urlsafe_b64encode(b'{"a":' * 600).decode() + ".e30.x",
    "two words",
    "../../etc/passwd",
]


@pytest.mark.parametrize("text", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_opens_nothing(lama, text):
    for header in (f"Bearer {text}", text, f"Token {text}", f"bearer  {text}", f"Basic {text}"):
        # A server hands headers on as Latin-1.
        raw = header.encode().decode("latin-1")
        assert refused(Client().get("/api/v1/me", headers={"Authorization": raw}))
        assert Client().get(AUTH + "auth/session", headers={"Authorization": raw}).status_code == 401
        gone = Client().get(AUTH + "auth/session", headers={"X-Session-Token": raw or "-"})
        assert gone.status_code == 410
        answer = Client().post(AUTH + "tokens/refresh", {"refresh_token": text}, content_type="application/json")
        assert answer.status_code == 400


def test_a_refresh_token_is_no_access_token_nor_the_other_way_round(lama):
    assert refused(me(lama.app.refresh))
    lama.app.refresh = lama.app.access
    assert lama.app.renew().status_code == 400


def test_the_token_of_a_sign_in_is_no_access_token(lama, inbox):
    assert refused(me(lama.app.session))
    assert refused(Client().get("/api/v1/me", headers={"X-Session-Token": lama.app.session}))
    client = Client()
    client.cookies["session"] = lama.app.session
    assert refused(client.get("/api/v1/me"))


# --- over ---------------------------------------------------------------------------------------------------


def everything_is_over(app: App) -> bool:
    return refused(app.me()) and app.renew().status_code == 400


def test_signing_out_ends_access_and_refresh(lama):
    assert lama.app.auth("DELETE", "auth/session").status_code == 401
    assert everything_is_over(lama.app)
    assert not Session.objects.exists()


def test_a_session_ended_from_another_device(lama, inbox):
    cache.clear()
    tablet = App(inbox)
    tablet.sign_in()
    listed = {each["is_current"]: each for each in tablet.auth("GET", "auth/sessions").json()["data"]}
    assert listed.keys() == {True, False}
    answer = tablet.auth("DELETE", "auth/sessions", {"sessions": [listed[False]["id"]]})
    assert (answer.status_code, len(answer.json()["data"])) == (200, 1)
    assert everything_is_over(lama.app)
    assert tablet.me().status_code == 200
    assert tablet.auth("DELETE", "auth/sessions", {"sessions": [listed[True]["id"]]}).status_code == 401
    assert everything_is_over(tablet)


def test_nobody_ends_the_session_of_somebody_else(lama, inbox):
    reem = App(inbox)
    reem.sign_in("+966557654321")
    mine = lama.app.auth("GET", "auth/sessions").json()["data"][0]["id"]
    assert reem.auth("DELETE", "auth/sessions", {"sessions": [mine]}).status_code == 400
    assert lama.app.me().status_code == 200


def test_a_browser_that_ended_an_app_session_ended_its_tokens(lama):
    Session.objects.all().delete()
    assert everything_is_over(lama.app)


def test_a_deactivated_person(lama):
    User.objects.update(is_active=False)
    assert everything_is_over(lama.app)


def test_a_deleted_row(lama):
    User.objects.all().delete()
    assert everything_is_over(lama.app)


def test_an_anonymised_person(lama):
    User.objects.update(anonymised_at=timezone.now(), phone=None, name="")
    assert everything_is_over(lama.app)


@pytest.mark.django_db(transaction=True)
def test_of_many_rivals_with_one_refresh_token_exactly_one_gets_a_pair(app):
    app.sign_in()
    answers, together = [], threading.Barrier(6)

    def rival() -> None:
        mine = App(app.inbox)
        mine.refresh = app.refresh
        together.wait()
        answers.append((mine.renew().status_code, mine))
        connection.close()

    rivals = [threading.Thread(target=rival) for _ in range(6)]
    for each in rivals:
        each.start()
    for each in rivals:
        each.join()
    assert sorted(status for status, _ in answers) == [200, *[400] * 5]
    winner = next(mine for status, mine in answers if status == 200)
    assert winner.me().status_code == 200
    assert winner.renew().status_code == 200


def test_the_key_of_a_session_is_told_to_nobody_once_it_is_signed_in_and_opens_nothing(lama):
    """It would be a second token: as good in a browser as here, for months, and never rotated."""
    key = UserSession.objects.get().session_key
    fresh = App(lama.app.inbox)
    cache.clear()
    answer = fresh.sign_in()
    assert "session_token" not in answer.json()["meta"]
    assert key not in answer.content.decode()
    for held in (key, UserSession.objects.latest("pk").session_key):
        gone = Client().get(AUTH + "auth/session", headers={"X-Session-Token": held})
        assert gone.status_code == 410
    assert fresh.auth("GET", "auth/session").status_code == 200
