"""From the form to the hosted page, and what becomes of a form that was quicker than it seemed."""

from __future__ import annotations

import pytest

from salon.bookings.errors import HoldExpired
from salon.flows import booking as visits
from salon.flows import payment as paying
from salon.flows.pay_instead import switch_to_hosted
from salon.flows.tests.till import about_to_pay
from salon.payments.models import Checkout, Payment, PaymentState

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def visit(settings, db, clock, gateway):
    settings.MOYASAR_CHECKOUT = "form"
    visit = about_to_pay(clock, gateway)
    visit.start()
    return visit


def switch(visit) -> Payment:
    return switch_to_hosted(payment=visit.payment, now=visit.clock())


def test_one_payment_takes_the_place_of_the_other(visit):
    hosted = switch(visit)
    before = Payment.objects.get(pk=visit.payment.pk)
    assert (before.state, before.next_sync_at) == (PaymentState.CANCELLED, visit.clock())
    assert (hosted.checkout, hosted.state, hosted.amount) == (Checkout.INVOICE, PaymentState.CREATED, before.amount)
    assert (hosted.expires_at, hosted.hold, hosted.booking_id) == (before.expires_at, False, visit.booking.pk)
    assert switch(visit).pk == hosted.pk, "the other tab"
    assert visit.place("deposit").pk == hosted.pk, "trying again stays there"


def test_money_from_the_form_buys_the_chair_and_closes_the_page(visit):
    hosted = switch(visit)
    address = paying.start(payment=hosted, language="ar", now=visit.clock())
    assert "/invoices/" in address
    visit.pay_in_form()
    visit.settle()
    assert (visit.payment.state, visit.status()) == (PaymentState.PAID, "confirmed")
    hosted = paying.settle(payment=hosted, now=visit.clock())
    assert hosted.state == PaymentState.CANCELLED
    assert visit.ledger() == [("capture", 4500)]


def test_money_from_both_goes_back_once(visit):
    hosted = switch(visit)
    paying.start(payment=hosted, language="ar", now=visit.clock())
    visit.gateway.pay(Payment.objects.get(pk=hosted.pk).invoice_id)
    paying.settle(payment=hosted, now=visit.clock())
    assert visit.status() == "confirmed"
    visit.pay_in_form()
    paying.reconcile(now=visit.clock.pass_(minutes=2))
    paying.send_due_refunds(now=visit.clock())
    assert sum(amount for _, amount in visit.ledger()) == 4500
    assert sorted(amount for _, amount in visit.ledger()) == [-4500, 4500, 4500]
    assert "late_payment" in visit.letters()


def test_money_that_was_to_be_reserved_has_no_other_way(visit):
    Payment.objects.update(hold=True)
    visit.payment.refresh_from_db()
    with pytest.raises(ValueError, match="reserve"):
        switch(visit)


def test_a_time_that_is_not_kept_is_not_paid(visit):
    visit.clock.pass_(minutes=11)
    with pytest.raises(HoldExpired):
        switch(visit)
    visits.expire_due(now=visit.clock())
    with pytest.raises(HoldExpired):
        switch(visit)
    assert Payment.objects.count() == 1


def test_what_is_paid_stays_paid(visit):
    visit.pay_in_form()
    visit.settle()
    with pytest.raises(HoldExpired):
        switch(visit)
    assert Payment.objects.count() == 1
