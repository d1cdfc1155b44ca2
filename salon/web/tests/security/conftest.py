from __future__ import annotations

import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client

from salon.accounts import otp
from salon.accounts.tests.guest import LAMA, REEM, Guest
from salon.tests.passkey import SoftPasskey
from salon.tests.people import person, prove


@pytest.fixture(autouse=True)
def _fresh(db):
    """The cache table is not rolled back with every kind of test."""
    cache.clear()
    otp.circuits.clear()


@pytest.fixture(autouse=True)
def _here(settings):
    """Passkeys belong to a host, and WebAuthn knows https and localhost only."""
    settings.SITE_URL = "http://localhost:8000"


@pytest.fixture
def lama():
    return person("Lama", LAMA)


@pytest.fixture
def reem():
    """A stranger to Lama."""
    return person("Reem", REEM)


@pytest.fixture
def guest(inbox, lama):
    """Lama in a session of last week: signed in, and nothing proved lately."""
    guest = Guest(inbox)
    guest.client.force_login(lama)
    return guest


@pytest.fixture
def fresh(guest, lama):
    """Lama, who has just proved her phone."""
    prove(guest.client, lama)
    return guest


@pytest.fixture
def rival(reem):
    """Reem's browser, with a fresh proof of her own."""
    client = Client()
    client.force_login(reem)
    prove(client, reem)
    return client


@pytest.fixture
def passkey():
    return SoftPasskey()


def app_code(secret: str, later: int = 0) -> str:
    """What an authenticator app shows for `secret`, `later` seconds from now."""
    return format_hotp_value(hotp_value(secret, int(time.time() + later) // 30))


@pytest.fixture
def elsewhere(inbox):
    """A browser that is not signed in."""
    cache.clear()
    return Guest(inbox)
