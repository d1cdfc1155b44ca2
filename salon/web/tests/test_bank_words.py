"""What a guest reads when a payment did not go through: calm, helpful, never a vendor's text, never an accusation."""

from __future__ import annotations

import re

import pytest
import time_machine
from django.utils import timezone
from django.utils.translation import override

from salon.payments.declines import Decline
from salon.payments.models import Payment
from salon.payments.simulator import Simulator, cards, sources
from salon.salons.models import Prepayment
from salon.tests.people import rose
from salon.web import bank_words
from salon.web.tests.walks import MORNING, confirm, minute, press, signed_in

CODES = [*(code for code in cards.MESSAGES if code != "00"), *map(str, Decline)]
VENDORS = [*cards.MESSAGES.values(), *sources.STC_REFUSALS.values(), *filter(None, sources.STC_CODES.values())]


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("code", CODES)
def test_every_code_has_three_whole_sentences(code, language):
    with override(language):
        said = bank_words.refusal(code)
    assert all(said)
    assert said.why.endswith(".")
    assert said.helps.endswith(".")
    whole = " ".join(said)
    assert not [words for words in VENDORS if words in whole]
    assert not re.search(r"stolen|lost|fraud|مسروق|مفقود", whole.lower())


@pytest.mark.parametrize("code", ["41", "43", "04", "07", "59"])
def test_a_card_reported_lost_or_stolen_is_only_declined(code):
    with override("en"):
        assert bank_words.refusal(code).why == "The bank declined this card."


@pytest.mark.parametrize("code", ["", "99", "05x", "<b>", "DECLINED", "unsaid"])
def test_what_nobody_knows_is_said_calmly(code):
    with override("en"):
        assert bank_words.refusal(code) == bank_words.refusal("")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("51", "not enough"),
        ("61", "raise the card's limit in the bank's app"),
        ("54", "has expired"),
        ("05", "The bank's app often asks for an approval"),
        ("not_proved", "approve the payment in the bank's app"),
        ("late", "came too late"),
        ("funds", "top the wallet up"),
        ("wait", "in a minute"),
    ],
)
def test_what_helps(code, words):
    with override("en"):
        assert words in " ".join(bank_words.refusal(code))


# --- from the form on our page to the words -------------------------------------------------------------------


@pytest.fixture
def in_form(client, settings, transactional_db):
    """Lama on our pay page, and the gateway behind it."""
    settings.MOYASAR_CHECKOUT = "form"
    with time_machine.travel(MORNING, tick=False), Simulator(now=timezone.now) as simulator:
        settings.MOYASAR_API_URL = simulator.api_url
        shop = rose(prepayment=Prepayment.DEPOSIT)
        signed_in(client)
        press(client, shop, minute("2026-11-26", "16:30"), day="2026-11-26")
        confirm(client, shop, choice="deposit")
        yield simulator


def pay_by_phone(gateway: Simulator, payment: Payment, *, mobile: str = "0512345678", code: str = "") -> None:
    """STC Pay in the form: the number, and the code that came by SMS."""
    begun = gateway.bank.begin(
        means=sources.read(
            {"type": "stcpay", "mobile": mobile},
            amount=payment.amount, now=timezone.now(), secret=False, saved=lambda _token: None,
        ),
        amount=payment.amount,
        currency=payment.currency,
        given_id=str(payment.pk),
        metadata={"payment_id": str(payment.pk)},
    )  # fmt: skip
    if code:
        gateway.bank.finish_by_code(begun["id"], code)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"mobile": "0515555555"}, "The wallet&#x27;s account cannot pay at the moment."),
        ({"mobile": "0515555558"}, "The wallet&#x27;s code was not right."),
        ({"code": "111111"}, "The wallet&#x27;s balance was not enough."),
        ({"code": "222222"}, "The amount is above what the wallet may spend for now."),
        ({"code": "444444"}, "The wallet&#x27;s code came too late."),
        ({"code": "654321"}, "The wallet&#x27;s code was not right."),
    ],
)
def test_a_wallet_in_the_form_is_told_and_tried_again(client, in_form, how, words):
    first = Payment.objects.get()
    pay_by_phone(in_form, first, **how)
    page = client.get(f"/en/pay/{first.pk}/return/").content.decode()
    assert words in page
    assert "Nothing was charged." in page
    again = client.post(f"/en/bookings/{first.booking.reference}/pay/")
    second = Payment.objects.exclude(pk=first.pk).get()
    assert again["Location"].endswith(f"/en/pay/{second.pk}/")
    assert (second.amount, second.decline_code) == (first.amount, "")
