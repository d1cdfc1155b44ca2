"""Opening the gateway's hosted page, over real HTTP on loopback, transactions truly committed."""

from __future__ import annotations

import itertools
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection, transaction

from salon.bookings.errors import HoldExpired
from salon.core.http import NetworkInTransaction
from salon.flows import pay_page
from salon.flows import payment as paying
from salon.flows.tests.till import paid
from salon.payments import domain as till
from salon.payments.gateways.base import GatewayError
from salon.payments.models import Payment

pytestmark = pytest.mark.django_db(transaction=True)

DEPOSIT = 4500


def test_the_page_is_opened_with_all_that_binds_it(visit):
    url = visit.start()
    invoice = visit.gateway.invoice(visit.invoice_id())
    assert parse_qs(urlsplit(url).query)["lang"] == ["ar"]
    assert invoice["amount"] == DEPOSIT
    assert invoice["metadata"] == {
        "payment_id": str(visit.payment.pk),
        "booking_reference": visit.booking.reference,
    }
    assert invoice["success_url"] == f"http://testserver/pay/{visit.payment.pk}/return/"
    assert invoice["back_url"] == f"http://testserver/pay/{visit.payment.pk}/return/?back=1"
    assert invoice["callback_url"] == f"http://testserver/webhooks/moyasar/{visit.payment.pk}/"
    assert invoice["expired_at"].startswith(visit.booking.expires_at.strftime("%Y-%m-%dT%H:%M:%S"))


def test_english_guests_come_back_to_english_pages(visit):
    url = paying.start(payment=visit.payment, language="en", now=visit.clock())
    assert url.endswith("?lang=en")
    assert visit.gateway.invoice(visit.invoice_id())["success_url"].startswith("http://testserver/en/pay/")


def test_pressing_again_opens_the_same_page(visit):
    assert visit.start() == visit.start()
    assert len(visit.gateway.invoices()) == 1


def test_two_tabs_at_once_get_one_page(visit):
    urls, barrier = [], threading.Barrier(2)

    def tab():
        try:
            barrier.wait()
            urls.append(visit.start())
        finally:
            connection.close()

    tabs = [threading.Thread(target=tab) for _ in range(2)]
    for each in tabs:
        each.start()
    for each in tabs:
        each.join()
    assert len(urls) == 2
    assert len(set(urls)) == 1
    assert [each["status"] for each in visit.gateway.invoices()].count("initiated") == 1


def test_the_slower_tab_closes_its_own_page(visit, monkeypatch):
    real = pay_page._open_page

    def rival_first(*args, **kwargs):
        invoice = real(*args, **kwargs)
        monkeypatch.setattr(pay_page, "_open_page", real)
        Payment.objects.filter(pk=visit.payment.pk).update(synced_at=None)  # neither tab saw the other begin
        visit.start()
        return invoice

    monkeypatch.setattr(pay_page, "_open_page", rival_first)
    url = visit.start()
    assert visit.invoice_id() in url
    states = {each["id"]: each["status"] for each in visit.gateway.invoices()}
    assert states.pop(visit.invoice_id()) == "initiated"
    assert list(states.values()) == ["canceled"]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["reset", "timeout", "500", "truncated", "wrong_amount", "wrong_metadata", "html200"])
def test_a_page_whose_address_was_lost_is_adopted(visit, kind, monkeypatch):
    visit.gateway.fault("create_invoice", kind, applied=True, seconds=0.3)
    url = visit.start()
    assert len(visit.gateway.invoices()) == 1
    assert visit.gateway.invoices()[0]["id"] in url


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["429", "401", "500", "hang_up", "html403"])
def test_when_the_page_cannot_be_opened_the_guest_presses_again(visit, kind):
    visit.gateway.fault("create_invoice", kind)
    with pytest.raises(GatewayError):
        visit.start()
    assert visit.status() == "held"
    visit.start()
    assert len(visit.gateway.invoices()) == 1


def test_a_crash_after_the_page_was_made_leaves_one_to_adopt(visit, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Payment.objects, "filter", _dies_on_second_call(Payment.objects.filter))
        with pytest.raises(KeyboardInterrupt):
            visit.start()
    assert visit.invoice_id() == ""
    visit.start()
    assert len(visit.gateway.invoices()) == 1


def _dies_on_second_call(real):
    calls = itertools.count()

    def once(*args, **kwargs):
        if next(calls):
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    return once


def test_no_page_after_the_hold(visit):
    visit.clock.pass_(minutes=11)
    with pytest.raises(HoldExpired):
        visit.start()
    assert visit.gateway.invoices() == []


def test_a_paid_payment_leads_to_the_return_page(visit):
    paid(visit)
    assert visit.start() == f"http://testserver/pay/{visit.payment.pk}/return/"


def test_the_network_is_refused_inside_a_transaction(visit):
    visit.start()
    with transaction.atomic(), pytest.raises((NetworkInTransaction, RuntimeError)):
        paying.settle(payment=visit.payment, now=visit.clock())
    with transaction.atomic(), pytest.raises(NetworkInTransaction):
        till.gateway().fetch_invoice(visit.invoice_id())
