"""Alive, and ready for guests."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from salon.api import health
from salon.notifications.models import Notification

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _forget():
    health._known.clear()


def test_alive(client):
    answer = client.get("/livez")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert client.post("/livez").status_code == 405


def test_alive_asks_the_database_nothing(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/livez")


def test_ready(client, django_assert_num_queries):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "reason": ""})
    with django_assert_num_queries(2):
        client.get("/readyz")


def test_not_without_a_database(client, monkeypatch):
    def down(*args):
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", down)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "database")


def test_not_before_the_migrations(client, monkeypatch):
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *args: ["one"])
    assert client.get("/readyz").json() == {"ready": False, "reason": "migrations"}


@pytest.mark.django_db(transaction=True)
def test_not_while_letters_lie_about(client, visit):
    visit.start()
    visit.pay()
    visit.settle()
    long_ago = timezone.now() - dt.timedelta(minutes=11)
    Notification.objects.update(state="queued", next_at=long_ago)
    assert client.get("/readyz").json() == {"ready": False, "reason": "letters"}
    Notification.objects.update(next_at=timezone.now() + dt.timedelta(minutes=30))
    assert client.get("/readyz").status_code == 200, "a provider that is down is not our worker's fault"
    Notification.objects.update(state="sending", lease_until=long_ago)
    assert client.get("/readyz").status_code == 503


def test_health_is_not_redirected_to_https(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/livez").status_code == 200
