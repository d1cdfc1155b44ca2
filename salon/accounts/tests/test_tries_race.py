"""Many wrong guesses at once for one code: exactly the allowed number is compared."""

from __future__ import annotations

import threading

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from salon.accounts import otp
from salon.accounts.models import UsageCounter
from salon.accounts.pending import PendingCode

GUESSES = 240
RIVALS = 24


@pytest.fixture
def compared(monkeypatch):
    """Every guess that was really compared with the code."""
    seen = []
    original = otp.compare_user_code

    def comparing(*, actual, expected):
        seen.append(actual)
        return original(actual=actual, expected=expected)

    monkeypatch.setattr(otp, "compare_user_code", comparing)
    return seen


def _storm(guest):
    """GUESSES wrong codes from RIVALS threads that share one session cookie; returns their status codes."""
    cookie = guest.client.cookies["session"].value
    wrong = guest.wrong()
    url = reverse("account_confirm_login_code")
    barrier, statuses = threading.Barrier(RIVALS), []

    def rival():
        client = Client(raise_request_exception=False)
        try:
            barrier.wait()
            for _ in range(GUESSES // RIVALS):
                client.cookies["session"] = cookie
                statuses.append(client.post(url, {"action": "verify", "code": wrong}).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=rival) for _ in range(RIVALS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_exactly_the_allowed_guesses_are_compared(guest, compared, settings):
    guest.ask()
    statuses = _storm(guest)
    assert len(statuses) == GUESSES
    assert len(compared) == settings.ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS
    assert set(statuses) <= {422, 429, 303}, "no guess ends in an error page"
    assert UsageCounter.objects.get(name="code-tries").count == settings.ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS
    assert guest.type(guest.codes()[0]).status_code in {303, 429}, "the right code comes too late"
    assert guest.user_id is None


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_counter_more_would_be_compared(guest, compared, monkeypatch, settings):
    """The negative control: the session's own count can be raced, so the storm above is a real one."""
    monkeypatch.setattr(PendingCode, "take_try", lambda self: True)
    monkeypatch.setattr(PendingCode, "tries_left", lambda self: 1)
    guest.ask()
    _storm(guest)
    assert len(compared) > settings.ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS
