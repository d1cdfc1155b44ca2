"""Our pay page with Moyasar's form: who sees it, what it tells the script, what it lets in."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from salon.bookings.models import Booking
from salon.bookings.states import Status
from salon.flows import booking as flow
from salon.payments.gateways import form as embedded
from salon.payments.models import Checkout, Payment, PaymentState
from salon.payments.simulator import Simulator, cards, sources
from salon.salons.models import Prepayment
from salon.tests.people import rose
from salon.web.tests.walks import MORNING, confirm, kept, minute, press, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

START = minute("2026-11-26", "16:30")
POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; style-src-attr 'unsafe-inline'; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
CARD_PAGE = re.compile(r"moyasar|jsdelivr|mysr|applepay", re.IGNORECASE)


def directives(response) -> dict[str, set[str]]:
    parts = (part.split() for part in response["Content-Security-Policy"].split(";"))
    return {name: set(sources) for name, *sources in parts}


def text(response, status=200) -> str:
    assert response.status_code == status
    return response.content.decode()


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def gateway(settings):
    settings.MOYASAR_CHECKOUT = "form"
    with Simulator(now=timezone.now) as simulator:
        settings.MOYASAR_API_URL = simulator.api_url
        yield simulator


@pytest.fixture
def shop(transactional_db):
    return rose(prepayment=Prepayment.DEPOSIT)


@pytest.fixture
def payment(client, shop, gateway):
    """Lama keeps Thursday 16:30 and was sent to the page where a deposit of 45 riyals is paid."""
    signed_in(client)
    press(client, shop, START, day="2026-11-26")
    response = confirm(client, shop, choice="deposit")
    payment = Payment.objects.get()
    assert response.status_code == 303
    assert response["Location"].endswith(page(payment))
    return payment


def page(payment, language="en") -> str:
    return f"{'/en' if language == 'en' else ''}/pay/{payment.pk}/"


def hosted(payment) -> str:
    return f"{page(payment)}hosted/"


def back(payment) -> str:
    return f"{page(payment)}return/"


def retry(payment) -> str:
    return f"/en/bookings/{payment.booking.reference}/pay/"


def type_card(gateway, payment, *, card=cards.MADA, approve=True) -> dict:
    """What the form posts, and a press on the bank's page."""
    begun = gateway.bank.begin(
        means=sources.card(number=card, name="Lama Test", manual=payment.hold),
        amount=payment.amount,
        currency=payment.currency,
        given_id=str(payment.pk),
        metadata={"payment_id": str(payment.pk)},
    )
    return gateway.finish(begun["id"], approve=approve)


# --- the page -----------------------------------------------------------------------------------------------


def test_the_guest_sees_what_is_charged_for_which_visit(client, payment):
    shown = text(client.get(page(payment)))
    assert "Charged now" in shown
    assert "</svg>45<" in shown
    assert "</svg>135<" in shown, "what is left for the salon"
    assert "Free cancellation" in shown
    assert f'action="{hosted(payment)}"' in shown
    assert 'data-until="2026-11-22T' in shown


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_script_is_told_about_this_payment(client, payment, gateway, settings, language):
    shown = text(client.get(page(payment, language)))
    config = json.loads(re.search(r'<script id="pay-config" type="application/json">(.*?)</script>', shown)[1])
    prefix = "/en" if language == "en" else ""
    assert config == {
        "publishable_api_key": "pk_test_simulator",
        "base_url": gateway.site,
        "given_id": str(payment.pk),
        "amount": 4500,
        "currency": "SAR",
        "description": f"{'Touch of Rose' if language == 'en' else 'لمسة ورد'} - {payment.booking.reference}",
        "callback_url": f"{settings.SITE_URL}{prefix}/pay/{payment.pk}/return/",
        "language": language,
        "metadata": {"payment_id": str(payment.pk), "booking_reference": payment.booking.reference},
        "methods": ["creditcard", "stcpay"],
        "supported_networks": ["mada", "visa", "mastercard"],
        "apply_coupon": False,
        "credit_card": {"manual": False, "save_card": False},
    }


def test_its_files_come_with_their_hashes(client, payment):
    shown = text(client.get(page(payment)))
    for address, integrity in (
        (f'href="{embedded.FILES}/moyasar.css"', embedded.STYLE_SRI),
        (f'src="{embedded.FILES}/moyasar.umd.js"', embedded.SCRIPT_SRI),
    ):
        assert f'{address} integrity="{integrity}" crossorigin="anonymous"' in shown
    assert not re.search(r"<script(?![^>]*(src=|application/json))", shown), "no inline script"


def test_its_files_may_lie_with_us(client, payment, settings):
    settings.MOYASAR_FORM_URL = "https://salon.test/files"
    answer = client.get(page(payment))
    assert 'src="https://salon.test/files/moyasar.umd.js" integrity="sha384-' in text(answer)
    assert "jsdelivr" not in text(answer) + answer["Content-Security-Policy"]


def test_money_that_is_only_reserved_is_called_so_and_has_no_hosted_page(client, payment, shop):
    Payment.objects.update(hold=True)
    Booking.objects.update(policy=payment.booking.policy | {"prepayment": "hold"})
    shop.salon.phone = "+966112345678"
    shop.salon.save()
    shown = text(client.get(page(payment)))
    assert "Only reserved now" in shown
    assert "only reserved on the card now" in shown
    assert '"manual": true' in shown
    assert "stcpay" not in shown
    assert hosted(payment) not in shown
    assert 'href="tel:+966112345678"' in shown
    assert client.post(hosted(payment))["Location"] == page(payment)
    assert Payment.objects.count() == 1


def test_apple_pay_where_it_is_set_up(client, payment, settings):
    settings.MOYASAR_METHODS = ["creditcard", "applepay", "stcpay"]
    answer = client.get(page(payment))
    assert '"apple_pay": {"country": "SA", "label": "Touch of Rose", "manual": false}' in text(answer)
    assert embedded.APPLE_SDK in directives(answer)["script-src"]


# --- the policy ---------------------------------------------------------------------------------------------


def test_exactly_what_the_form_needs_is_let_in(client, payment, gateway):
    assert directives(client.get(page(payment))) == {
        "default-src": {"'self'"},
        "script-src": {"'self'", f"{embedded.FILES}/moyasar.umd.js"},
        "style-src": {"'self'", f"{embedded.FILES}/moyasar.css"},
        "style-src-attr": {"'unsafe-inline'"},
        "img-src": {"'self'", "data:"},
        "connect-src": {"'self'", gateway.site},
        "object-src": {"'none'"},
        "base-uri": {"'none'"},
        "frame-ancestors": {"'none'"},
    }


def test_no_other_page_lets_it_in_or_speaks_of_it(client, shop, payment):
    reference = payment.booking.reference
    for path in (
        "/en/",
        "/en/salons/",
        "/en/s/rose/",
        "/en/s/rose/book/confirm/",
        "/en/bookings/",
        f"/en/bookings/{reference}/",
        back(payment),
        f"/en/pay/{uuid.uuid4()}/",
        "/en/account/",
        "/en/accounts/login/",
    ):
        answer = client.get(path, follow=True)
        assert directives(answer) == {name: set(rest) for name, *rest in map(str.split, POLICY.split(";"))}, path
        assert not CARD_PAGE.search(answer.content.decode()), path


def test_the_same_address_without_the_form_lets_nothing_in(client, payment, clock):
    client.get(page(payment))
    clock.move_to(MORNING + dt.timedelta(minutes=11))
    answer = client.get(page(payment))
    assert "script-src" not in directives(answer)
    assert "This payment was not completed" in text(answer)


def test_nothing_of_it_is_kept_and_no_window_of_ours_is_closed_to_it(client, payment):
    answer = client.get(page(payment))
    assert "no-store" in answer["Cache-Control"]
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Cross-Origin-Embedder-Policy" not in answer, "the files would need a header they do not have"


# --- who, and when ------------------------------------------------------------------------------------------


def test_a_stranger_and_a_rival_see_nothing(payment):
    rival, stranger = Client(), Client()
    signed_in(rival, "Reem")
    assert rival.get(page(payment)).status_code == rival.post(hosted(payment)).status_code == 404
    answer = stranger.get(page(payment))
    assert answer["Location"] == f"/en/accounts/login/?next={page(payment)}"
    assert stranger.post(hosted(payment)).status_code == 302


def test_only_reading_and_only_pressing(client, payment):
    assert client.post(page(payment)).status_code == 405
    assert client.get(hosted(payment)).status_code == 405
    assert client.get(f"/en/pay/{uuid.uuid4()}/").status_code == 404


@pytest.mark.parametrize("state", [PaymentState.PAID, PaymentState.AUTHORIZED, PaymentState.MISMATCH])
def test_what_is_done_is_told_elsewhere(client, payment, state):
    Payment.objects.update(state=state)
    assert client.get(page(payment))["Location"] == back(payment)
    assert client.post(hosted(payment)).status_code == 303


@pytest.mark.parametrize("state", [PaymentState.CANCELLED, PaymentState.EXPIRED, PaymentState.FAILED])
def test_what_is_over_says_so(client, payment, state):
    Payment.objects.update(state=state)
    shown = text(client.get(page(payment)))
    assert "This payment was not completed" in shown
    assert "pay-config" not in shown


def test_a_booking_that_was_given_up_is_not_paid(client, payment):
    flow.release(booking=payment.booking, now=timezone.now())
    assert "pay-config" not in text(client.get(page(payment)))


def test_an_invoice_has_its_own_page(client, payment):
    Payment.objects.update(checkout=Checkout.INVOICE)
    assert client.get(page(payment))["Location"] == back(payment)
    assert client.post(hosted(payment))["Location"] == page(payment)


@pytest.mark.parametrize("broken", ["", "sk_test_1"])
def test_settings_that_cannot_show_it_are_not_the_guests_fault(client, payment, settings, broken):
    settings.MOYASAR_PUBLISHABLE_KEY = broken
    assert "The payment page did not open" in text(client.get(page(payment)), 503)


# --- and back -----------------------------------------------------------------------------------------------


def test_paid_in_the_form_is_booked(client, payment, gateway):
    type_card(gateway, payment)
    answer = client.get(f"{back(payment)}?id={payment.pk}&status=paid&message=APPROVED")
    assert answer["Location"] == f"/en/bookings/{payment.booking.reference}/"
    assert Booking.objects.get().status == Status.CONFIRMED
    assert client.get(page(payment))["Location"] == back(payment)


def test_a_declined_card_leads_to_another_payment(client, payment, gateway):
    type_card(gateway, payment, card=cards.MADA_NO_FUNDS)
    shown = text(client.get(back(payment)))
    assert f'action="{retry(payment)}"' in shown
    again = client.post(retry(payment))
    second = Payment.objects.exclude(pk=payment.pk).get()
    assert again["Location"].endswith(page(second))
    assert "pay-config" in text(client.get(page(second)))
    assert Payment.objects.get(pk=payment.pk).state == PaymentState.FAILED
    type_card(gateway, second)
    assert client.get(back(second)).status_code == 303
    assert Booking.objects.get().status == Status.CONFIRMED


def test_an_id_that_was_used_up_is_not_shown_again(client, payment, gateway):
    """Back from the bank's page without a word: that attempt may still succeed, and its id serves no other."""
    gateway.bank.begin(
        means=sources.card(number=cards.MADA, name="Lama Test"),
        amount=4500,
        currency="SAR",
        given_id=str(payment.pk),
        metadata={"payment_id": str(payment.pk)},
    )
    assert "The payment is not confirmed yet" in text(client.get(back(payment)))
    assert client.get(page(payment))["Location"] == back(payment)
    again = client.post(retry(payment))
    second = Payment.objects.exclude(pk=payment.pk).get()
    assert again["Location"].endswith(page(second))
    gateway.finish(str(payment.pk))  # the first one after all
    assert client.get(back(payment)).status_code == 303
    assert Booking.objects.get().status == Status.CONFIRMED
    assert Payment.objects.get(pk=second.pk).state == PaymentState.CANCELLED


def test_back_to_the_payment_page_before_anything_was_typed(client, payment):
    assert "The payment is not confirmed yet" in text(client.get(back(payment)))
    assert client.post(retry(payment))["Location"].endswith(page(payment))


# --- where the form does not open ---------------------------------------------------------------------------


def test_the_hosted_page_instead(client, payment, gateway):
    answer = client.post(hosted(payment))
    second = Payment.objects.exclude(pk=payment.pk).get()
    assert answer.status_code == 303
    assert answer["Location"].startswith(f"{gateway.site}/invoices/{second.invoice_id}")
    assert (second.checkout, second.amount, second.state) == ("invoice", 4500, PaymentState.INITIATED)
    assert Payment.objects.get(pk=payment.pk).state == PaymentState.CANCELLED
    assert client.post(hosted(payment))["Location"] == answer["Location"], "pressed twice, it is one page"
    assert client.post(retry(payment))["Location"] == answer["Location"], "and trying again leads there too"
    gateway.pay(second.invoice_id)
    assert client.get(back(second)).status_code == 303
    assert Booking.objects.get().status == Status.CONFIRMED


def test_a_form_that_did_its_work_after_all_is_not_paid_twice(client, payment, gateway):
    type_card(gateway, payment)
    assert client.post(hosted(payment))["Location"] == back(payment)
    assert Payment.objects.count() == 1


def test_a_gateway_that_is_down_keeps_the_chair(client, payment, gateway):
    gateway.fault("any", "500", times=9)
    assert "The payment page did not open" in text(client.post(hosted(payment)), 503)
    gateway.clear_faults()
    assert client.post(retry(payment))["Location"].startswith(f"{gateway.site}/invoices/")


def test_too_late_for_the_hosted_page(client, payment, clock):
    clock.move_to(MORNING + dt.timedelta(minutes=11))
    answer = client.post(hosted(payment))
    assert answer["Location"].startswith("/en/s/rose/book/?")
    assert Payment.objects.count() == 1


# --- the difference for another time ------------------------------------------------------------------------


def test_a_move_is_paid_on_the_same_page(client, shop, payment, gateway):
    type_card(gateway, payment)
    client.get(back(payment))
    booking = Booking.objects.get()
    press(client, shop, minute("2026-11-26", "19:00"), day="2026-11-26")
    hold = kept(client)
    difference = Payment.objects.create(
        booking=booking,
        moves_to=hold,
        amount=1500,
        gateway="simulator",
        checkout=Checkout.FORM,
        state=PaymentState.INITIATED,
        expires_at=hold.expires_at,
        created_at=timezone.now(),
        synced_at=timezone.now(),
    )
    shown = text(client.get(page(difference)))
    assert "7:00 – 8:00 PM" in shown
    assert "At the salon" not in shown
    assert f'href="/en/bookings/{booking.reference}/"' in shown
    assert f'"booking_reference": "{booking.reference}"' in shown
    answer = client.post(hosted(difference))
    second = Payment.objects.get(checkout=Checkout.INVOICE)
    assert (second.moves_to, second.amount) == (hold, 1500)
    assert answer["Location"].startswith(f"{gateway.site}/invoices/")
    flow.release(booking=hold, now=timezone.now())
    assert client.post(hosted(difference))["Location"] == back(difference)
    assert "pay-config" not in text(client.get(page(difference)))
