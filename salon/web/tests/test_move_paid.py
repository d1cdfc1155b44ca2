"""A new time that is paid for: off to the gateway and back, and each page on the way knows that a visit stands."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
import time_machine
from django.utils import timezone

from salon.bookings.models import Booking
from salon.flows import booking as flow
from salon.payments.models import Payment
from salon.payments.simulator import Simulator
from salon.tests.people import rose
from salon.web.tests.test_move import do, of, text
from salon.web.tests.walks import MORNING, minute, signed_in, visit

pytestmark = pytest.mark.django_db(transaction=True)
NO_FUNDS = "4201320000311101"
FRIDAY = "2026-11-27"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def gateway(settings):
    with Simulator(now=timezone.now) as simulator:
        settings.MOYASAR_API_URL = simulator.api_url
        yield simulator


@pytest.fixture
def lama(client, transactional_db):
    return signed_in(client)


@pytest.fixture
def thursday(lama, gateway) -> Booking:
    """Booked when nothing was asked in advance; since then the salon wants a deposit."""
    shop = rose()
    booking = visit(shop, lama, "2026-11-26", "16:30", staff=shop.noura)
    shop.salon.prepayment = "deposit"
    shop.salon.save()
    booking.shop = shop
    return booking


def go_to_pay(client, booking) -> Payment:
    answer = do(client, booking, "12:15", staff=booking.shop.noura.pk)
    payment = Payment.objects.latest("created_at")
    assert (answer.status_code, payment.amount) == (303, 4500)
    assert answer["Location"].startswith(payment.invoice_url.split("?")[0])
    return payment


def back(payment: Payment) -> str:
    return f"/en/pay/{payment.pk}/return/"


def test_paid_and_moved(client, thursday, gateway):
    payment = go_to_pay(client, thursday)
    gateway.pay(payment.invoice_id)
    assert client.get(back(payment))["Location"] == of(thursday, "")
    page = text(client.get(of(thursday, "")))
    assert "The time is changed." in page
    assert "Moved from Thursday 26 November, 4:30 PM." in page


def test_declined_it_says_until_when_the_new_time_is_kept(client, thursday, gateway):
    payment = go_to_pay(client, thursday)
    gateway.pay(payment.invoice_id, card=NO_FUNDS)
    page = client.get(back(payment))
    assert "The time is kept until 9:10 AM." in text(page)
    assert f'href="{of(thursday, "")}"' in page.content.decode()
    again = client.post(f"/en/bookings/{thursday.reference}/pay/")
    assert again["Location"].startswith(payment.invoice_url.split("?")[0])


def test_turning_round_at_the_gateway_leads_to_the_visit(client, thursday):
    payment = go_to_pay(client, thursday)
    assert client.get(f"{back(payment)}?back=1")["Location"] == of(thursday, "")


def test_not_paid_in_time_the_visit_stays(client, thursday, clock):
    payment = go_to_pay(client, thursday)
    clock.shift(dt.timedelta(minutes=11))
    flow.expire_due(now=timezone.now())
    page = client.get(back(payment))
    assert "The new time is not kept any more. The appointment stays where it is." in text(page)
    assert f'href="{of(thursday)}?staff=' in page.content.decode()
    assert client.post(f"/en/bookings/{thursday.reference}/pay/")["Location"] == of(thursday, "")


def test_paid_too_late_it_says_that_all_goes_back(client, thursday, gateway, clock):
    payment = go_to_pay(client, thursday)
    charge = gateway.begin(payment.invoice_id)
    clock.shift(dt.timedelta(minutes=11))
    flow.expire_due(now=timezone.now())
    flow.hold(
        salon=thursday.shop.salon,
        services=[thursday.shop.cut],
        staff=thursday.shop.noura,
        start_minute=minute(FRIDAY, "12:15"),
        key=uuid.uuid4(),
        customer=None,
        held_from="",
        replaces=None,
        now=timezone.now(),
    )
    gateway.finish(charge["id"])
    assert client.get(back(payment))["Location"] == of(thursday, "")
    assert "The new time had gone before the payment arrived." in text(client.get(of(thursday, "")))


def test_going_back_to_choose_finds_the_kept_time_still_free(client, thursday):
    go_to_pay(client, thursday)
    page = client.get(of(thursday), {"staff": thursday.shop.noura.pk, "day": FRIDAY}).content.decode()
    assert re.search(rf'value="{minute(FRIDAY, "12:15")}"', page)
    assert Payment.objects.count() == 1
    go_to_pay(client, thursday)
    assert Payment.objects.count() == 1


def test_the_gateway_is_down(client, thursday, settings):
    settings.MOYASAR_API_URL = "http://127.0.0.1:1/v1"
    answer = do(client, thursday, "12:15", staff=thursday.shop.noura.pk)
    assert "The payment page did not open" in text(answer, 503)
    assert "The time is kept until 9:10 AM." in text(answer, 503)
