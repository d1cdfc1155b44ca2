"""What time does, and how it stops."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection

from salon.accounts.models import UsageCounter
from salon.accounts.sessions import SessionStore
from salon.bookings.models import Booking
from salon.flows import data_rights
from salon.flows import payment as paying
from salon.flows.tests.till import hold
from salon.jobs import maintenance
from salon.notifications import outbox
from salon.notifications.models import Notification as Letters
from salon.notifications.models import NotificationState
from salon.payments.models import Refund

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh_hour(transactional_db):
    cache.clear()


def tick(clock):
    return maintenance.run(clock=clock)


def test_everything_that_was_killed_converges(visit, monkeypatch):
    """The browser is closed after paying, the process dies after each commit: the clock brings all to its end."""
    monkeypatch.setattr(outbox, "_poke", lambda *args, **kwargs: None)
    visit.start()
    visit.pay()
    visit.clock.pass_(seconds=61)
    done, failed = tick(visit.clock)
    assert failed == 0
    assert (done["payments"], done["letters"]) == (1, 2)
    assert visit.status() == "confirmed"
    assert set(Letters.objects.values_list("state", flat=True)) == {NotificationState.SENT}
    assert set(tick(visit.clock)[0].values()) == {0}


def test_holds_end(visit):
    visit.clock.pass_(minutes=11)
    done, _ = tick(visit.clock)
    assert done["holds"] == 1
    assert visit.status() == "expired"


def test_a_step_that_fails_stops_no_other(visit, monkeypatch):
    monkeypatch.setitem(maintenance.STEPS, "holds", lambda now: 1 / 0)
    visit.start()
    visit.pay()
    visit.clock.pass_(seconds=61)
    done, failed = tick(visit.clock)
    assert failed == 1
    assert "holds" not in done
    assert done["payments"] == 1


def test_asked_to_stop_it_ends_after_the_step(visit):
    asked = iter([False, False, True])
    done, _ = maintenance.run(clock=visit.clock, stopping=lambda: next(asked))
    assert list(done) == ["holds", "payments"]


def test_one_round_says_when_something_failed(transactional_db, monkeypatch):
    call_command("tick")
    monkeypatch.setitem(maintenance.STEPS, "letters", lambda now: 1 / 0)
    with pytest.raises(SystemExit) as end:
        call_command("tick")
    assert end.value.code == 1


def test_old_counters_go_once_an_hour(transactional_db, clock):
    def old():
        return UsageCounter.objects.create(name="x", key="y", window_start=clock().replace(year=2020), count=1)

    old()
    assert tick(clock)[0]["housekeeping"] == 1
    old()
    assert tick(clock)[0]["housekeeping"] == 0


def test_an_ordered_refund_is_sent(visit, monkeypatch):
    visit.start()
    visit.pay()
    visit.settle()
    charge = visit.gateway.payments()[0]["id"]
    Refund.objects.create(
        payment=visit.payment, amount=1000, reason="x", created_at=visit.clock(), next_at=visit.clock()
    )
    assert tick(visit.clock)[0]["refunds"] == 1
    assert visit.gateway.payment(charge)["refunded"] == 1000
    assert paying.send_due_refunds(now=visit.clock()) == 0


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_the_worker_ends_quietly(transactional_db, sign):
    name = connection.settings_dict["NAME"]
    url = f"sqlite:///{name}" if connection.vendor == "sqlite" else _postgres_url(name)
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "tick", "--forever", "--pause", "0.1"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout.readline() == "tick: at work\n"
    worker.send_signal(sign)
    _, said = worker.communicate(timeout=30)
    assert worker.returncode == 0, said
    assert "Traceback" not in said


def _postgres_url(name):
    place = connection.settings_dict
    user = place["USER"] + (f":{place['PASSWORD']}" if place["PASSWORD"] else "")
    return f"postgres://{user}@{place['HOST']}:{place['PORT']}/{name}"


def test_a_deletion_is_carried_out_once_nothing_is_in_the_way(visit):
    data_rights.ask_deletion(user=visit.lama, now=visit.clock())
    assert tick(visit.clock)[0]["deletions"] == 0  # the money may still come
    visit.start()
    visit.clock.pass_(minutes=11)
    done, failed = tick(visit.clock)
    assert (done["holds"], done["payments"], done["deletions"], failed) == (1, 1, 1, 0)
    visit.lama.refresh_from_db()
    assert visit.lama.phone is None


def test_what_is_kept_for_a_while_goes(visit):
    """Scrambled addresses after thirty days, devices with their sessions."""
    Booking.objects.update(held_from="a" * 32, created_at=visit.clock() - dt.timedelta(days=31))
    fresh = hold(visit.shop, None, visit.clock, days=3)
    Booking.objects.filter(pk=fresh.pk).update(held_from="b" * 32)
    alive = SessionStore()
    alive.create()
    for key, days in ((alive.session_key, 2), ("gone", 2), ("just beginning", 0)):
        UserSession.objects.create(
            user=visit.lama,
            session_key=key,
            ip="10.0.0.1",
            user_agent="x",
            created_at=visit.clock() - dt.timedelta(days=days),
        )
    visit.expire()
    tick(visit.clock)
    assert sorted(Booking.objects.values_list("held_from", flat=True)) == ["", "b" * 32]
    assert set(UserSession.objects.values_list("session_key", flat=True)) == {alive.session_key, "just beginning"}
