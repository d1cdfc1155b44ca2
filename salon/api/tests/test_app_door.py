"""Whatever is sent to the sign-in of apps: one of the documented statuses, in JSON, and never a 500."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from allauth.headless.base.response import AuthenticationResponse
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client

from salon.accounts.models import UsageCounter
from salon.api import tokens
from salon.api.tests.app import AUTH, LAMA, App
from salon.settings import BASE_DIR

pytestmark = pytest.mark.django_db

ADDRESSES = {
    "auth/code/request": {"POST"},
    "auth/code/resend": {"POST"},
    "auth/code/confirm": {"POST"},
    "auth/2fa/authenticate": {"POST"},
    "auth/webauthn/authenticate": {"GET", "POST"},
    "auth/session": {"GET", "DELETE"},
    "auth/sessions": {"GET", "DELETE"},
    "tokens/refresh": {"POST"},
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW")

BODIES = [
    b"", b"{}", b"[]", b"null", b"5", b'"x"', b"{", b"\0", b"\xff\xfe", b"phone=0551234567", b"<x/>", b"[" * 100_000,
    b'{"a":' * 50_000, b"{" + b" " * 300_000 + b"}", b'{"phone": "\\ud800"}', b'{"phone": "0551234567\\u0000"}',
    b'{"phone": NaN, "code": Infinity, "refresh_token": -Infinity, "sessions": [Infinity]}',
    b'{"phone": {"a": []}, "code": [[]], "refresh_token": {}, "sessions": {}}',
    b'{"phone": true, "code": false, "refresh_token": true, "sessions": true, "channel": 5}',
    b'{"code": "\\ud800\\ud800\\ud800", "refresh_token": "\\udfff", "sessions": ["\\ud800"], "channel": "\\ud800"}',
    b'{"code": "12\\u00003456", "refresh_token": "a\\u0000b", "sessions": ["\\u0000"], "channel": "\\u0000"}',
    b'{"code": "123456", "refresh_token": "x", "sessions": [9999999999999999999999999], "channel": "fax"}',
    b'{"code": 123456, "refresh_token": 5, "sessions": [1e999], "channel": null}',
    b'{"sessions": [true, 1, -1, 0, [1], {"a": 1}, null, "1"]}', b'{"sessions": "1"}', b'{"sessions": []}',
    b'{"sessions": [' + b"1," * 5000 + b"1]}",
    b'{"credential": "x", "code": "\xd9\xa1\xd9\xa2"}', b'{"credential": {}}', b'{"credential": {"response": 5}}',
    b'{"credential": {"id": "a", "rawId": "a", "type": "public-key", "response": {"clientDataJSON": "e30"}}}',
    b'{"phone": ' + b"9" * 5000 + b"}", b'{"sessions": [' + b"9" * 5000 + b"]}",
    json.dumps({"phone": "5" * 50_000, "code": "1" * 50_000, "refresh_token": "a." * 50_000}).encode(),
]  # fmt: skip
TYPES = ("application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "")


def send(app: App, method: str, path: str, body: bytes, content_type: str = "application/json"):
    """Raw bytes, with the token the app has."""
    headers = {"Authorization": f"Bearer {app.access}"} if app.access else {}
    headers |= {"X-Session-Token": app.session} if app.session and not app.access else {}
    return app.client.generic(method, AUTH + path, body, content_type=content_type, headers=headers)


def documented() -> dict[str, set[int]]:
    """The statuses that docs/api.md gives for each address."""
    page = (Path(BASE_DIR) / "docs" / "api.md").read_text()
    rows = re.findall(r"^\| `([A-Z, ]+) /_allauth/app/v1/([^`]+)` \|[^|]*\| ([^|]+)\|", page, re.MULTILINE)
    found: dict[str, set[int]] = {}
    for methods, path, statuses in rows:
        for method in methods.split(", "):
            found[f"{method} {path}"] = {int(status) for status in re.findall(r"\b[2-5]\d\d\b", statuses)}
    return found


def test_the_page_documents_exactly_the_addresses_that_are_there():
    ours = {f"{method} {path}" for path, methods in ADDRESSES.items() for method in methods}
    assert documented().keys() == ours
    routed = {str(pattern.pattern) for pattern in tokens.urlpatterns}
    assert routed == {*ADDRESSES, ""}


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("stage", ["stranger", "pending", "signed in"])
def test_any_body_gets_a_documented_answer(app, settings, path, stage):
    settings.OTP_CODES_PER_ADDRESS_HOUR = 10_000
    if stage == "pending":
        app.ask()
    if stage == "signed in":
        app.sign_in()
    everywhere = {400, 405, 413, 429, 503}
    for method in ADDRESSES[path]:
        allowed = documented()[f"{method} {path}"] | everywhere
        for body in BODIES:
            answer = send(app, method, path, body)
            assert answer.status_code in allowed, (method, body[:60], answer.content)
            assert answer["Content-Type"] == "application/json"
            assert answer.json()["status"] == answer.status_code
            assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_wrong_method_costs_nothing_and_names_the_right_ones(app, path):
    app.ask()
    before = list(UsageCounter.objects.order_by("pk").values_list("name", "count"))
    body = json.dumps({"phone": "0557654321", "code": "000000"}).encode()
    for method in METHODS:
        if method in ADDRESSES[path]:
            continue
        answer = send(app, method, path, body)
        assert answer.status_code == 405
        assert set(answer["Allow"].split(", ")) == ADDRESSES[path]
    assert list(UsageCounter.objects.order_by("pk").values_list("name", "count")) == before


@pytest.mark.parametrize("content_type", TYPES)
def test_the_content_type_changes_nothing(app, content_type):
    good = json.dumps({"phone": LAMA}).encode()
    assert send(app, "POST", "auth/code/request", good, content_type).status_code == 401
    assert send(App(app.inbox), "POST", "auth/code/request", b"phone=0551234567", content_type).status_code == 400


def test_a_body_that_is_too_long_is_told_so(app):
    answer = send(app, "POST", "auth/code/request", b" " * 300_000)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (413, "too_long")


def test_a_request_from_another_web_page_brings_no_cookie_in(app):
    browser = Client(enforce_csrf_checks=True)
    browser.cookies["session"] = "a" * 32
    answer = browser.post(AUTH + "auth/code/request", {"phone": LAMA}, content_type="application/json")
    assert answer.status_code == 401
    assert "session" not in answer.cookies


def test_a_session_that_ends_during_the_request_is_gone(app, monkeypatch):
    """Two requests at once: the first one's sign-in gives the session a new key."""
    resend = tokens.resend_code

    def ended_meanwhile(*args):
        resend(*args)
        Session.objects.all().delete()

    monkeypatch.setattr(tokens, "resend_code", ended_meanwhile)
    app.ask()
    cache.clear()
    answer = app.resend()
    assert (answer.status_code, answer.json()["meta"]) == (410, {"is_authenticated": False})
    assert "session" not in answer.cookies


def test_two_confirmations_at_once_are_both_answered(app, monkeypatch):
    clean = tokens.ConfirmCodeInput.clean_code

    def confirmed_meanwhile(self):
        code = clean(self)
        Session.objects.all().delete()
        return code

    monkeypatch.setattr(tokens.ConfirmCodeInput, "clean_code", confirmed_meanwhile)
    app.ask()
    assert app.type(app.codes()[0]).status_code == 200
    assert app.me().status_code == 200


def test_a_database_that_is_busy_for_a_moment_is_no_fault(app, monkeypatch):
    def busy(*args, **kwargs):
        raise OperationalError("database is locked")

    monkeypatch.setattr(AuthenticationResponse, "__init__", busy)
    answer = app.call("GET", AUTH + "auth/session")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
