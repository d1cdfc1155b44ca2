"""The truths between the gateway and us, and the step of the clock that keeps them."""

from __future__ import annotations

import datetime as dt

import pytest

from salon.flows.day_check import bounds
from salon.flows.tests.test_day_check import orphan, today
from salon.flows.tests.till import event, knock, paid
from salon.jobs import audit_gateway, maintenance
from salon.payments import findings
from salon.payments.day_models import DayCheck, DayWatch, Finding
from salon.payments.models import Payment, WebhookEvent

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def moyasar(settings):
    """The real one, as far as its name goes: it listens on loopback."""
    settings.PAYMENT_GATEWAY = "moyasar"


@pytest.fixture
def sold(moyasar, visit):
    Payment.objects.update(gateway="moyasar")
    return paid(visit)


def test_the_clock_compares_days(visit):
    """A payment that nobody asked about any more, found by `tick`; the next round has nothing left to do."""
    visit.start()
    visit.pay()
    Payment.objects.update(next_sync_at=None)
    visit.clock.now = bounds(today(visit))[1] + 4 * HOUR
    done, failed = maintenance.run(clock=visit.clock)
    assert (done["days"], failed) == (1, 0)
    assert visit.ledger() == [("capture", 4500)]
    assert maintenance.run(clock=visit.clock)[0]["days"] == 0


def test_a_gateway_that_is_down_fails_no_round(visit):
    paid(visit)
    visit.clock.now = bounds(today(visit))[1] + 4 * HOUR
    visit.gateway.fault("list", "503", times=50)
    done, failed = maintenance.run(clock=visit.clock)
    assert (done["days"], failed) == (0, 0)
    assert DayWatch.objects.get().failures == 1


def test_a_finding_waits_for_a_person(visit):
    paid(visit)
    orphan(visit.gateway)
    visit.clock.now = bounds(today(visit))[1] + 4 * HOUR
    maintenance.run(clock=visit.clock)
    assert audit_gateway.findings(visit.clock()) == 1
    findings.close(finding=Finding.objects.get(), by=visit.shop.owner, words="not ours", now=visit.clock())
    assert audit_gateway.findings(visit.clock()) == 0


def test_a_paid_day_must_be_compared(sold):
    morning = bounds(today(sold))[1] + 3 * HOUR
    assert audit_gateway.not_compared(morning + audit_gateway.PATIENCE - HOUR) == 0, "there is time until the afternoon"
    late = morning + audit_gateway.PATIENCE
    assert audit_gateway.not_compared(late) == 1
    assert audit_gateway.not_compared(late + dt.timedelta(days=6)) == 1
    assert audit_gateway.not_compared(late + dt.timedelta(days=7)) == 0, "the newest week is enough"
    sold.clock.now = late
    maintenance.run(clock=sold.clock)
    assert DayCheck.objects.get().ledger_taken == 4500
    assert audit_gateway.not_compared(late) == 0


def test_a_day_without_a_paid_payment_need_not_be(moyasar, visit):
    Payment.objects.update(gateway="moyasar")
    assert audit_gateway.not_compared(bounds(today(visit))[1] + 20 * HOUR) == 0


def test_what_was_paid_at_the_counter_is_not_the_gateways(sold):
    Payment.objects.update(checkout="counter")
    late = bounds(today(sold))[1] + 20 * HOUR
    assert audit_gateway.not_compared(late) == 0
    assert audit_gateway.webhooks_silent(sold.clock() + 5 * HOUR) == 0


def test_no_webhook_for_a_day_while_guests_pay(sold):
    now = sold.clock()
    assert audit_gateway.webhooks_silent(now + 3 * HOUR) == 0, "they may still be trying"
    assert audit_gateway.webhooks_silent(now + 5 * HOUR) == 1
    assert audit_gateway.webhooks_silent(now + 25 * HOUR) == 0, "nobody paid since"


@pytest.mark.parametrize(
    ("kind", "live", "heard"),
    [
        ("payment_paid", False, True),
        ("payment_faild", False, True),
        ("payment_paid", True, False),
        ("webhook_verification", False, False),
        ("payout_initiated", False, False),
    ],
)
def test_what_counts_as_a_webhook(sold, kind, live, heard):
    assert knock(event(sold.gateway.payments()[0], kind=kind, live=live)) == 200
    WebhookEvent.objects.update(received_at=sold.clock())
    assert audit_gateway.webhooks_silent(sold.clock() + 5 * HOUR) == (not heard)


def test_the_stand_in_is_not_asked_of(visit):
    """A developer's machine sleeps at night and may have no webhook at all."""
    paid(visit)
    assert audit_gateway.not_compared(bounds(today(visit))[1] + 20 * HOUR) == 0
    assert audit_gateway.webhooks_silent(visit.clock() + 5 * HOUR) == 0
