from __future__ import annotations

import pytest
from django.core.cache import cache

from salon.accounts import otp
from salon.api.tests.app import App
from salon.api.throttle import throttle
from salon.flows.tests.conftest import clock, gateway, visit

__all__ = ["clock", "gateway", "visit"]


@pytest.fixture
def inbox(db, settings, tmp_path):
    """Where the console provider keeps what it "sent". No pause is left of an earlier test."""
    cache.clear()
    otp.circuits.clear()
    settings.OTP_CHANNELS = ["sms", "whatsapp"]
    settings.DEV_INBOX = tmp_path / "inbox.jsonl"
    return settings.DEV_INBOX


@pytest.fixture
def app(inbox):
    """An app on somebody's phone."""
    return App(inbox)


@pytest.fixture(autouse=True)
def _nobody_asked_before():
    """All tests come from one address, and many of them in one minute."""
    throttle.forget()
