"""To the gateway and back, over real HTTP on loopback: the gateway is asked, the URL is never believed."""

from __future__ import annotations

import datetime as dt
import uuid
from urllib.parse import urlsplit

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from salon.bookings.models import Booking
from salon.bookings.states import Status
from salon.flows import booking as flow
from salon.payments.models import Payment, PaymentState
from salon.payments.simulator import Simulator
from salon.salons.models import Prepayment
from salon.tests.people import person, rose
from salon.web.pay import MOST_LOOKS
from salon.web.tests.walks import MORNING, TIMES, confirm, kept, minute, press, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

NO_FUNDS = "4201320000311101"
START = minute("2026-11-26", "16:30")


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
def shop(transactional_db):
    return rose(prepayment=Prepayment.DEPOSIT)


@pytest.fixture
def lama(client, shop, gateway):
    """Lama, who keeps Thursday 16:30 and is about to pay a deposit of 45 riyals."""
    guest = signed_in(client)
    press(client, shop, START, day="2026-11-26")
    return guest


@pytest.fixture
def gone(client, shop, lama):
    """She is on the gateway's page now."""
    confirm(client, shop, choice="deposit")
    return Payment.objects.get()


def back(payment) -> str:
    return f"/en/pay/{payment.pk}/return/"


def retry(payment) -> str:
    return f"/en/bookings/{payment.booking.reference}/pay/"


def text(response, status=200) -> str:
    assert response.status_code == status
    return response.content.decode()


# --- going --------------------------------------------------------------------------------------------------


def test_confirming_with_a_deposit_leads_to_the_hosted_page(client, shop, lama, gateway):
    response = confirm(client, shop, choice="deposit")
    payment = Payment.objects.get()
    assert response.status_code == 303
    assert response["Location"].startswith(f"{gateway.site}/invoices/")
    assert "lang=en" in response["Location"]
    assert (payment.amount, payment.state) == (4500, PaymentState.INITIATED)
    assert kept(client).status == Status.HELD


def test_the_whole_price_can_be_paid(client, shop, lama):
    confirm(client, shop, choice="full")
    assert Payment.objects.get().amount == 18000


def test_pressing_twice_opens_one_page(client, shop, lama):
    first = confirm(client, shop, choice="deposit")
    assert confirm(client, shop, choice="deposit")["Location"] == first["Location"]


def test_a_gateway_that_is_down_keeps_the_chair_and_offers_another_try(client, shop, lama, gateway):
    gateway.fault("any", "500", times=9)
    response = confirm(client, shop, choice="deposit")
    page = text(response, 503)
    assert "The payment page did not open" in page
    assert "The time is kept until 9:10 AM." in page
    assert kept(client).status == Status.HELD
    gateway.clear_faults()
    again = client.post(retry(Payment.objects.get()))
    assert again.status_code == 303
    assert again["Location"].startswith(gateway.site)


def test_a_hold_that_ran_out_is_not_paid(client, shop, gone, clock):
    clock.move_to(MORNING + dt.timedelta(minutes=11))
    response = confirm(client, shop, choice="deposit")
    assert response["Location"] == f"/en/s/rose/book/?service={shop.cut.pk}&day=2026-11-26&start={START}"


# --- coming back --------------------------------------------------------------------------------------------


def test_paid_is_booked(client, gone, gateway):
    gateway.pay(gone.invoice_id)
    response = client.get(back(gone))
    booking = kept(client)
    assert (response.status_code, response["Location"]) == (303, f"/en/bookings/{booking.reference}/")
    assert booking.status == Status.CONFIRMED
    page = text(client.get(response["Location"]))
    assert 'class="bloom"' in page
    assert "</svg>45<" in page
    assert "</svg>135<" in page
    assert client.get("/en/s/rose/book/confirm/")["Location"] == response["Location"]
    assert client.get(back(gone))["Location"] == response["Location"]


def test_what_the_url_says_is_not_believed(client, gone):
    page = text(client.get(f"{back(gone)}?id=x&status=paid&message=APPROVED&amount=1"))
    assert "The payment is not confirmed yet" in page
    assert kept(client).status == Status.HELD


def test_a_payment_on_its_way_is_looked_after_for_a_while(client, gone):
    page = text(client.get(back(gone)))
    assert f'hx-get="{back(gone)}?look=1"' in page
    assert f'href="{back(gone)}"' in page
    region = text(client.get(f"{back(gone)}?look=3", headers=TIMES | {"HX-Target": "div#waiting"}))
    assert region.startswith('<div id="waiting"')
    assert "look=4" in region
    for look in (str(MOST_LOOKS), "999", "abc", "-1", "٣"):
        region = text(client.get(f"{back(gone)}?look={look}", headers=TIMES))
        assert ("hx-get" in region) == (look in {"abc", "-1", "٣"})


def test_htmx_is_sent_on_when_the_money_is_there(client, gone, gateway):
    gateway.pay(gone.invoice_id)
    response = client.get(f"{back(gone)}?look=2", headers=TIMES)
    assert response.status_code == 204
    assert response["HX-Redirect"].startswith("/en/bookings/")


def test_a_busy_database_never_says_to_a_guest_who_paid_that_nothing_happened(client, gone, gateway, monkeypatch):
    gateway.pay(gone.invoice_id)

    def busy(*_, **__):
        raise OperationalError("lock timeout")

    with monkeypatch.context() as patch:
        patch.setattr("salon.flows.payment.write_down", busy)
        page = text(client.get(back(gone)))
    assert "did not answer just now" in page
    assert back(gone) in page, "it looks again by itself"
    assert client.get(back(gone)).status_code == 303
    assert Booking.objects.get().status == Status.CONFIRMED


def test_a_silent_gateway_is_named(client, gone, gateway):
    gateway.fault("any", "500", times=9)
    page = text(client.get(back(gone)))
    assert "did not answer just now" in page
    assert "Check again" in page


def test_a_declined_card_may_try_again_on_the_same_page(client, gone, gateway):
    gateway.pay(gone.invoice_id, card=NO_FUNDS)
    page = text(client.get(back(gone)))
    assert "The card was declined" in page
    assert "The balance or the credit left on the card was not enough. Nothing was charged." in page
    assert "The time is kept until" in page
    assert "FUNDS" not in page
    assert Payment.objects.get().decline_code == "51"
    assert urlsplit(client.post(retry(gone))["Location"]).path.endswith(gone.invoice_id)


@pytest.mark.parametrize(
    ("card", "said"),
    [
        ("4201320131000508", "The bank declined this card."),
        ("4201326324640570", "The amount is above what this card may spend for now."),
        ("4111118250252531", "The bank&#x27;s approval did not arrive"),
        ("4201320000013020", "The payment did not go through"),
    ],
)
def test_the_banks_reason_is_told_in_plain_words(client, gone, gateway, card, said):
    gateway.pay(gone.invoice_id, card=card)
    assert said in text(client.get(back(gone)))


def test_once_paid_there_is_no_reason_left(client, gone, gateway):
    gateway.pay(gone.invoice_id, card=NO_FUNDS)
    client.get(back(gone))
    gateway.pay(gone.invoice_id)
    assert client.get(back(gone)).status_code == 303
    payment = Payment.objects.get()
    assert (payment.state, payment.decline_code, payment.problem) == (PaymentState.PAID, "", "")


def test_turning_back_leads_to_the_details_or_to_the_reason(client, gone, gateway):
    turned = f"{back(gone)}?back=1"
    assert client.get(turned)["Location"] == "/en/s/rose/book/confirm/"
    gateway.pay(gone.invoice_id, card=NO_FUNDS)
    assert "The card was declined" in text(client.get(turned))
    gateway.pay(gone.invoice_id)
    assert client.get(turned)["Location"].startswith("/en/bookings/")


def test_a_declined_card_after_the_hold_ended_leads_to_the_times(client, gone, gateway, clock):
    gateway.pay(gone.invoice_id, card=NO_FUNDS)
    client.get(back(gone))
    clock.move_to(MORNING + dt.timedelta(minutes=11))
    page = text(client.get(back(gone)))
    assert "The time is not kept any more." in page
    assert f"start={START}" in page
    assert retry(gone) not in page


def test_a_page_that_the_gateway_lost_is_not_blamed_on_the_card(client, gone):
    Payment.objects.update(problem="The gateway does not know it any more.")
    page = text(client.get(back(gone)))
    assert "declined" not in page


def test_a_hold_that_ran_out_says_so(client, gone, gateway, clock):
    clock.move_to(MORNING + dt.timedelta(minutes=11))
    flow.expire_due(now=timezone.now())
    page = text(client.get(back(gone)))
    assert "This payment was not completed" in page
    assert f"start={START}" in page
    response = client.post(retry(gone), follow=True)
    assert "they are over" in response.content.decode()


def test_money_that_comes_late_still_finds_its_chair(client, gone, gateway, clock):
    gateway.pay(gone.invoice_id)
    clock.move_to(MORNING + dt.timedelta(minutes=11))
    flow.expire_due(now=timezone.now())
    assert client.get(back(gone)).status_code == 303
    assert kept(client).status == Status.CONFIRMED


def test_money_that_comes_too_late_goes_back(client, shop, gone, gateway, clock):
    gateway.pay(gone.invoice_id)
    clock.move_to(MORNING + dt.timedelta(minutes=11))
    flow.expire_due(now=timezone.now())
    hold = flow.hold(
        salon=shop.salon, services=[shop.cut], staff=kept(client).items.get().staff, start_minute=START,
        key=uuid.uuid4(), customer=None, held_from="", replaces=None, now=timezone.now(),
    )  # fmt: skip
    flow.place(booking=hold, customer=person("Reem"), name="", note="", choice="deposit", now=timezone.now())
    page = text(client.get(client.get(back(gone))["Location"]))
    assert "The payment did not arrive in time" in page
    assert "the card" in page


def test_an_amount_that_does_not_fit_is_never_taken_for_paid(client, gone, gateway):
    gateway.pay(gone.invoice_id)
    gateway.tamper_invoice(gone.invoice_id, amount=100)
    page = text(client.get(back(gone)))
    assert "This payment needs a look" in page
    assert kept(client).status == Status.HELD


# --- who, and how -------------------------------------------------------------------------------------------


def test_a_stranger_signs_in_and_comes_back(gone):
    response = Client().get(back(gone))
    assert response["Location"] == f"/en/accounts/login/?next={back(gone)}"
    assert Client().post(retry(gone)).status_code == 302


def test_a_rival_finds_nothing(gone):
    rival = Client()
    rival.force_login(person("Reem"))
    assert rival.get(back(gone)).status_code == 404
    assert rival.get(f"/en/pay/{uuid.uuid4()}/return/").status_code == 404
    assert rival.post(retry(gone)).status_code == 404


def test_wrong_methods(client, gone):
    assert client.post(back(gone)).status_code == 405
    assert client.get(retry(gone)).status_code == 405


def test_private_pages_are_not_kept(client, gone):
    assert "no-store" in client.get(back(gone))["Cache-Control"]


def test_a_booking_that_is_paid_is_not_paid_again(client, gone, gateway):
    gateway.pay(gone.invoice_id)
    client.get(back(gone))
    response = client.post(retry(gone))
    assert response["Location"] == f"/en/bookings/{gone.booking.reference}/"
    assert Payment.objects.count() == 1


def test_the_booking_page_offers_to_pay_while_the_chair_is_kept(client, gone, clock):
    booking = f"/en/bookings/{gone.booking.reference}/"
    page = text(client.get(booking))
    assert "Waiting for the payment" in page
    assert f'action="{retry(gone)}"' in page
    clock.move_to(MORNING + dt.timedelta(minutes=11))
    assert "The payment did not arrive in time" in text(client.get(booking))
    assert Booking.objects.get().status == Status.HELD


def test_a_hold_waiting_for_money_can_be_given_up(client, gone):
    response = client.post(f"/en/bookings/{gone.booking.reference}/cancel/", {"refund": "0"})
    assert response.status_code == 303
    assert kept(client).status == Status.CANCELLED
