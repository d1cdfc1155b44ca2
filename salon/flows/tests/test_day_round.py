"""When days are compared: each once, by one worker, also those that were missed, and later if nobody answers."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connections

from salon.flows import day_round
from salon.flows.day_check import ZONE
from salon.flows.day_round import compare_due, due
from salon.flows.tests.test_day_check import orphan, today
from salon.flows.tests.till import paid
from salon.payments.day_models import DayCheck, DayWatch, Finding
from salon.payments.models import Payment
from salon.payments.simulator.wire import stamp

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def at(visit, *, days: int, hour: int, minute: int = 0) -> dt.datetime:
    """Riyadh's wall clock so many days after the visit was booked."""
    local = visit.payment.created_at.astimezone(ZONE) + days * DAY
    visit.clock.now = local.replace(hour=hour, minute=minute, second=0, microsecond=0).astimezone(dt.UTC)
    return visit.clock()


def lists(visit) -> int:
    return sum(path == "/v1/payments" for _, path, _ in visit.gateway.seen)


def test_yesterday_after_three_in_the_morning_and_once(visit):
    visit.start()
    visit.pay()
    Payment.objects.update(next_sync_at=None)
    first = today(visit)
    assert compare_due(now=at(visit, days=0, hour=23)) == 0
    assert compare_due(now=at(visit, days=1, hour=2, minute=59)) == 0
    assert lists(visit) == 0
    assert compare_due(now=at(visit, days=1, hour=3)) == 1
    assert DayCheck.objects.get().day == first
    assert visit.status() == "confirmed"
    asked = lists(visit)
    assert compare_due(now=at(visit, days=1, hour=3, minute=1)) == 0
    assert compare_due(now=at(visit, days=2, hour=2)) == 0
    assert lists(visit) == asked
    assert DayWatch.objects.get().until is None


def test_without_payments_nothing_is_asked(db, clock, gateway):
    assert due(now=clock()) == []
    assert compare_due(now=clock()) == 0
    assert gateway.seen == []


def test_every_day_of_a_fortnight_is_looked_at_again(visit):
    paid(visit)
    first = today(visit)
    compare_due(now=at(visit, days=1, hour=4))
    for days in range(2, 15):
        assert first in due(now=at(visit, days=days, hour=4))
        assert compare_due(now=visit.clock()) == days
    assert first not in due(now=at(visit, days=15, hour=4))


def test_a_refund_in_the_dashboard_after_a_fortnight_is_found(visit):
    """Nobody asks about the payment any more, and its day is not listed any more either."""
    paid(visit)
    at(visit, days=19, hour=4)
    compare_due(now=visit.clock())
    at(visit, days=20, hour=18)
    Payment.objects.update(next_sync_at=None)
    visit.gateway.refund_in_dashboard(visit.gateway.payments()[0]["id"], 2000)
    compare_due(now=at(visit, days=21, hour=4))
    assert visit.ledger() == [("capture", 4500), ("external_refund", -2000)]
    assert not Finding.objects.exists()


def test_days_that_were_missed_are_made_up_for(visit):
    paid(visit)
    first = today(visit)
    assert compare_due(now=at(visit, days=20, hour=4)) == 20
    assert set(DayCheck.objects.values_list("day", flat=True)) == {first + days * DAY for days in range(20)}
    assert first not in due(now=at(visit, days=21, hour=4)), "that old, once is enough"


def test_no_further_back_than_thirty_days(visit):
    paid(visit)
    assert len(due(now=at(visit, days=90, hour=4))) == 30


def test_the_gateway_is_down(visit):
    """Two days without an answer end the round; the next may begin later and later, until one succeeds."""
    paid(visit)
    visit.gateway.fault("list", "503", times=1000)
    now, waits = at(visit, days=10, hour=4), []
    for _ in range(4):
        asked = lists(visit)
        assert compare_due(now=now) == 0
        assert lists(visit) == asked + 2
        until = DayWatch.objects.get().until
        waits.append(until - now)
        assert compare_due(now=until - dt.timedelta(seconds=1)) == 0
        assert lists(visit) == asked + 2, "it is given a rest"
        now = until
    assert waits == sorted(waits)
    assert waits[-1] > dt.timedelta(minutes=10)
    visit.gateway.clear_faults()
    assert compare_due(now=now) == 10
    assert (DayWatch.objects.get().until, DayWatch.objects.get().failures) == (None, 0)


def test_one_bad_day_stops_no_other(visit, monkeypatch):
    paid(visit)
    bad = today(visit) + 3 * DAY
    compare = day_round.compare

    def refuse(*, day, **how):
        if day == bad:
            raise RuntimeError("this one only")
        return compare(day=day, **how)

    monkeypatch.setattr(day_round, "compare", refuse)
    assert compare_due(now=at(visit, days=10, hour=4)) == 9
    assert due(now=visit.clock()) == [bad]
    assert DayWatch.objects.get().failures == 1


def test_a_round_is_short(visit, monkeypatch):
    """What is not done in time is done by the next round, without waiting for it."""
    paid(visit)
    monkeypatch.setattr(day_round, "ROUND_SECONDS", 0.0)
    now = at(visit, days=5, hour=4)
    assert [compare_due(now=now) for _ in range(6)] == [1, 1, 1, 1, 1, 0]
    assert DayWatch.objects.get().failures == 0


def test_a_worker_that_died_gives_its_turn_back(visit):
    paid(visit)
    now = at(visit, days=1, hour=4)
    DayWatch.objects.create(gateway="simulator", until=now + day_round.LEASE)
    assert compare_due(now=now + day_round.LEASE - dt.timedelta(seconds=1)) == 0
    assert compare_due(now=now + day_round.LEASE) == 1


def test_an_old_finding_is_looked_at_again(visit):
    """Somebody refunds the guest of an unknown charge at the gateway: that stays a finding until it is closed.

    What was wrong with a charge of ours and is right now closes by itself, however old its day is.
    """
    paid(visit)
    charge = visit.gateway.payments()[0]["id"]
    visit.gateway.tamper_payment(charge, status="failed")
    stranger = orphan(visit.gateway)["id"]
    compare_due(now=at(visit, days=1, hour=4))
    assert Finding.objects.filter(resolved_at=None).count() == 2
    at(visit, days=40, hour=1)
    visit.gateway.bank.tamper("payment", charge, status="paid")
    db = visit.gateway._store._db
    db.execute("UPDATE docs SET doc = json_set(doc, '$.updated_at', ?)", (stamp(visit.payment.created_at),))
    compare_due(now=at(visit, days=40, hour=4))
    assert list(Finding.objects.filter(resolved_at=None).values_list("charge_id", flat=True)) == [stranger]
    assert Finding.objects.get(charge_id=stranger).seen_at == visit.clock()


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once(visit):
    """Eight of them, let go together: one compares, and nothing is found or written twice."""
    visit.start()
    visit.pay()
    orphan(visit.gateway)
    Payment.objects.update(next_sync_at=None)
    now, gate, done = at(visit, days=1, hour=4), threading.Barrier(8), []

    def tick() -> None:
        try:
            gate.wait(10)
            done.append(compare_due(now=now))
        except Exception as error:  # noqa: BLE001 - told by the assertion
            done.append(repr(error))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=tick) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(done) == [0] * 7 + [1]
    assert lists(visit) == 2
    assert DayCheck.objects.count() == Finding.objects.count() == 1
    assert visit.ledger() == [("capture", 4500)]
