from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.core.cache import cache

from salon.accounts import otp, otp_queue
from salon.accounts.tests.guest import Guest

START = dt.datetime(2026, 11, 22, 15, 0, 5, tzinfo=dt.UTC)


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
def clock():
    """A clock that stands still at 18:00:05 in Riyadh until it is shifted (seconds)."""
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def guest(inbox):
    """Somebody with a browser and the SMS that reach the phone."""
    return Guest(inbox)
