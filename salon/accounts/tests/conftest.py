from __future__ import annotations

import pytest
from django.core.cache import cache

from salon.accounts import otp, otp_queue
from salon.accounts.tests.guest import Guest


@pytest.fixture(autouse=True)
def _fresh_pauses(request):
    """The cache table is not rolled back with every kind of test."""
    if any(request.node.get_closest_marker(mark) for mark in ("django_db",)):
        request.getfixturevalue("db")
        cache.clear()


@pytest.fixture(autouse=True)
def _fresh_circuits():
    """What one test broke is whole for the next."""
    otp.circuits.clear()
    otp_queue.circuit.tell(sent=True)


@pytest.fixture
def inbox(settings, tmp_path):
    """Where the console provider keeps what it "sent"."""
    settings.DEV_INBOX = tmp_path / "inbox.jsonl"
    return settings.DEV_INBOX


@pytest.fixture
def guest(inbox):
    """Somebody with a browser and the SMS that reach the phone."""
    return Guest(inbox)
