"""The daily comparison, our own form, and money that is only reserved on a card."""

from __future__ import annotations

import pytest

from salon.flows.tests.test_day_check import look, orphan, questions, sums, today
from salon.flows.tests.till import about_to_pay
from salon.payments.day_models import Finding
from salon.payments.models import Payment, PaymentState
from salon.payments.simulator import sources

pytestmark = pytest.mark.django_db


def test_a_charge_in_our_form(visit):
    """Its id is our own: found without a webhook, and without any other mark."""
    Payment.objects.update(checkout="form", next_sync_at=None)
    orphan(visit.gateway, given_id=str(visit.payment.pk), metadata={"payment_id": str(visit.payment.pk)})
    assert sums(look(visit)) == (1, 4500, 0, 4500, 0)
    assert visit.status() == "confirmed"
    assert Payment.objects.get().state == PaymentState.PAID
    assert not Finding.objects.exists()


@pytest.fixture
def reserved(db, clock, gateway, settings):
    """Lama's deposit is to be reserved on her card, and so it was; nobody told us, and nobody would ask."""
    settings.MOYASAR_CHECKOUT = "form"
    visit = about_to_pay(clock, gateway, prepayment="hold")
    visit.start()
    visit.pay_in_form()
    Payment.objects.update(next_sync_at=None)
    return visit


def state(visit) -> str:
    return Payment.objects.get(pk=visit.payment.pk).state


def test_a_hold_that_nobody_told_us_of(reserved):
    assert sums(look(reserved)) == (0, 0, 0, 0, 0)
    assert (state(reserved), reserved.status()) == (PaymentState.AUTHORIZED, "confirmed")
    assert not Finding.objects.exists()


@pytest.mark.parametrize(("part", "taken"), [({}, 4500), ({"amount": 1500}, 1500)])
def test_a_hold_that_somebody_took_in_the_dashboard(reserved, part, taken):
    """On another day than it was made, and perhaps only a part of it."""
    reserved.settle()
    day = today(reserved)
    reserved.clock.pass_(days=2)
    reserved.gateway.bank.capture(str(reserved.payment.pk), part)
    assert sums(look(reserved, day=day)) == (1, taken, 0, taken, 0)
    assert (state(reserved), reserved.ledger()) == (PaymentState.PAID, [("capture", taken)])
    assert not Finding.objects.exists()


@pytest.mark.parametrize("seen", [True, False])
def test_a_hold_that_somebody_released_in_the_dashboard(reserved, seen):
    if seen:
        reserved.settle()
    reserved.gateway.void_in_dashboard(str(reserved.payment.pk))
    assert sums(look(reserved)) == (1, 0, 0, 0, 0)
    assert state(reserved) == PaymentState.CANCELLED
    assert not Finding.objects.exists()
    asked = len(reserved.gateway.seen)
    look(reserved)
    assert questions(reserved, asked) == [], "nor is it asked about again"


@pytest.mark.parametrize("seen", [True, False])
def test_a_wallet_took_it_at_once_and_somebody_voided_it(db, clock, gateway, settings, seen):
    settings.MOYASAR_CHECKOUT = "form"
    visit = about_to_pay(clock, gateway, prepayment="hold")
    visit.start()
    visit.pay_in_form(manual=False)
    if seen:
        visit.settle()
    visit.gateway.void_in_dashboard(str(visit.payment.pk))
    check = look(visit)
    assert check.taken - check.given_back == check.ledger_taken - check.ledger_given_back == 0
    assert not Finding.objects.exists()


def test_a_strangers_hold_is_no_finding(visit):
    means = sources.card(number="4201320111111010", name="Somebody Else", manual=True)
    begun = visit.gateway.bank.begin(amount=4500, currency="SAR", means=means, callback_url="https://x.example/")
    assert visit.gateway.finish(begun["id"])["status"] == "authorized"
    assert sums(look(visit)) == (0, 0, 0, 0, 0)
    assert not Finding.objects.exists()
