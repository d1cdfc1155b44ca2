"""Codes on their queue: what lies there, who takes it, and what happens when there is no broker to give it to."""

from __future__ import annotations

import datetime as dt
import importlib
import json
import logging
import subprocess
import sys
import time

import pytest
from celery.contrib.testing.worker import start_worker
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured

from salon.accounts import otp, otp_providers, otp_queue
from salon.accounts.models import UsageCounter
from salon.accounts.otp_providers import OtpError
from salon.accounts.tests.guest import LAMA, Guest
from salon.messaging.console import read_inbox

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 22, 15, 0, tzinfo=dt.UTC)
MESSAGE = {"phone": LAMA, "code": "482715", "language": "ar", "channel": "sms"}


@pytest.fixture(autouse=True)
def _fresh():
    cache.clear()
    otp.circuits.clear()
    otp_queue.circuit.tell(sent=True)


@pytest.fixture
def queue(settings):
    """Press to give the site a broker; what it returns is the queue's app."""

    def connect(url):
        settings.CELERY_BROKER_URL = url
        module = sys.modules.get("salon.celery")
        return (importlib.reload(module) if module else importlib.import_module("salon.celery")).app

    return connect


def _waiting(app):
    """Take the next message of the queue, as its headers, properties and arguments."""
    with app.connection_for_read() as connection, connection.SimpleQueue(otp_queue.QUEUE) as messages:
        if not len(messages):
            return None
        message = messages.get_nowait()
        message.ack()
        return message.headers, message.properties, json.loads(message.body)


class Down:
    def send_code(self, **asked):
        raise OtpError(permanent=False, reason="timeout")


def test_a_code_lies_on_its_own_queue_for_a_minute(queue, inbox):
    app = queue("memory://")
    before = dt.datetime.now(dt.UTC)
    guest = Guest(inbox)
    assert guest.ask().status_code == 303
    assert read_inbox(inbox) == [], "not in the request"
    headers, properties, (_args, kwargs, _) = _waiting(app)
    assert _waiting(app) is None
    assert headers["task"] == otp_queue.TASK
    expires = dt.datetime.fromisoformat(headers["expires"])
    assert before + dt.timedelta(seconds=59) < expires < dt.datetime.now(dt.UTC) + dt.timedelta(seconds=61)
    assert headers["ignore_result"] is True
    assert headers["retries"] == 0
    assert properties["delivery_info"]["routing_key"] == "otp"
    assert (kwargs["phone"], kwargs["channel"], kwargs["language"]) == (LAMA, "sms", "ar")
    assert guest.type(kwargs["code"]).status_code == 302
    shown = f"{headers['argsrepr']} {headers['kwargsrepr']}"
    assert kwargs["code"] not in shown
    assert LAMA not in shown


def test_the_worker_delivers_and_stores_nothing(queue, inbox):
    app = queue("memory://")
    assert otp.send(**MESSAGE, now=NOW)
    assert read_inbox(inbox) == []
    with start_worker(app, pool="solo", queues=[otp_queue.QUEUE], perform_ping_check=False):
        for _ in range(100):
            if inbox.exists():
                break
            time.sleep(0.05)
    (letter,) = read_inbox(inbox)
    assert letter.to == LAMA
    assert "482715" in letter.text
    assert type(app.backend).__name__ == "DisabledBackend"


def test_a_code_that_expired_is_thrown_away(queue, inbox, monkeypatch):
    app = queue("memory://")
    monkeypatch.setattr(otp_queue, "EXPIRES", -1)
    assert otp.send(**MESSAGE, now=NOW)
    with start_worker(app, pool="solo", queues=[otp_queue.QUEUE], perform_ping_check=False):
        time.sleep(0.5)
    assert read_inbox(inbox) == []
    assert _waiting(app) is None


def test_what_the_worker_could_not_send_is_paid_back(queue, inbox, monkeypatch):
    queue("memory://")
    from salon.jobs.tasks import send_code  # noqa: PLC0415 - the task binds to the app of this test

    guest = Guest(inbox)
    guest.ask()
    assert UsageCounter.objects.get(name="codes-phone-hour").count == 1
    assert guest.ask().status_code == 302, "a code is pending"
    monkeypatch.setitem(otp_providers.PROVIDERS, "console", Down)
    send_code(**MESSAGE, paid_at=time.time())
    assert UsageCounter.objects.get(name="codes-phone-hour").count == 0
    assert UsageCounter.objects.get(name="codes-address").count == 1
    assert guest.resend().status_code == 303, "nor is there a pause"


def test_a_broker_that_is_down_is_gone_around(queue, inbox, caplog):
    queue("redis://127.0.0.1:1/0")
    guest = Guest(inbox)
    began = time.monotonic()
    assert guest.ask().status_code == 303
    assert time.monotonic() - began < 3
    assert guest.type(guest.codes()[0]).status_code == 302
    assert "not queued" in caplog.text
    masked = [record.getMessage() for record in caplog.records if record.name == "salon.accounts.otp"]
    assert not any(LAMA in line for line in masked)


def test_a_broker_that_stays_down_is_left_alone(queue, inbox, monkeypatch):
    queue("redis://127.0.0.1:1/0")
    for _ in range(5):
        assert otp.send(**MESSAGE, now=NOW)
    monkeypatch.setattr("celery.current_app.send_task", lambda *args, **kwargs: pytest.fail("asked again"))
    assert otp.send(**MESSAGE, now=NOW)
    assert len(read_inbox(inbox)) == 6


def test_without_a_broker_there_is_no_queue(settings):
    settings.CELERY_BROKER_URL = ""
    with pytest.raises(ImproperlyConfigured):
        importlib.reload(sys.modules["salon.celery"]) if "salon.celery" in sys.modules else importlib.import_module(
            "salon.celery"
        )


@pytest.mark.parametrize(("broker", "loaded"), [("", "False"), ("memory://", "True")])
def test_celery_is_loaded_only_where_there_is_a_broker(broker, loaded):
    program = "import sys, django; django.setup(); import salon.urls; print('celery' in sys.modules)"
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={
            "PATH": "",
            "SECRET_KEY": "tests-only",
            "DJANGO_SETTINGS_MODULE": "salon.settings",
            "CELERY_BROKER_URL": broker,
        },
    )
    assert done.stdout.strip() == loaded


def test_a_worker_at_its_loudest_shows_no_message(caplog):
    """Its pool writes what it takes: phone, code and all."""
    caplog.set_level(logging.DEBUG)
    assert logging.getLogger("celery.worker").isEnabledFor(logging.DEBUG)
    assert not logging.getLogger("celery.pool").isEnabledFor(logging.DEBUG)
