"""A proof of the last ten minutes."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory
from django.utils import timezone

from salon.accounts.freshness import is_fresh, is_fresh_by_factor, mark_fresh
from salon.accounts.models import User
from salon.tests.people import person, prove

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)


def asked(user, session=None):
    request = RequestFactory().get("/")
    request.session = session or SessionStore()
    request.user = user
    return request


def test_signing_in_is_a_proof_for_ten_minutes(guest):
    with time_machine.travel(NOON, tick=False):
        guest.sign_in()
    request = asked(None, guest.client.session)
    request.user = User.objects.get(pk=guest.user_id)
    assert is_fresh(request, NOON + dt.timedelta(minutes=9, seconds=59))
    assert not is_fresh(request, NOON + dt.timedelta(minutes=10))
    assert not is_fresh_by_factor(request, NOON)


def test_a_proof_belongs_to_one_person(client):
    lama, reem = person("Lama"), person("Reem")
    client.force_login(lama)
    prove(client, lama)
    assert is_fresh(asked(lama, client.session), timezone.now())
    assert not is_fresh(asked(reem, client.session), timezone.now())
    assert not is_fresh(asked(AnonymousUser(), client.session), timezone.now())


def test_a_session_alone_is_no_proof(client):
    lama = person("Lama")
    client.force_login(lama)
    request = asked(lama, client.session)
    assert not is_fresh(request, timezone.now())
    mark_fresh(request)
    assert is_fresh(request, timezone.now())
    assert not is_fresh_by_factor(request, timezone.now())
