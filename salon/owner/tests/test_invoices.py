from __future__ import annotations

import html

import pytest
from django.db import transaction

from salon.owner.tests.office import NOON, Office, colleague
from salon.payments import ledger
from salon.payments.models import EntryKind, Payment, PaymentState
from salon.salons.models import Role, Salon
from salon.tests.people import rose


@pytest.fixture
def invoiced(shop, visit):
    """Lama's deposit of 45 riyals, with its tax invoice."""
    Salon.objects.filter(pk=shop.salon.pk).update(vat_number="310122393500003")
    with transaction.atomic():
        payment = Payment.objects.create(
            booking=visit, amount=4500, state=PaymentState.PAID, gateway="simulator", expires_at=NOON, created_at=NOON
        )
        ledger.enter(payment, EntryKind.CAPTURE, ref="c", amount=4500, now=NOON)
    return visit


def of(office: Office, booking, code: str = "INV-1") -> str:
    return f"{office.page(booking)}invoices/{code}/"


def test_the_owner_reads_it_and_hears_that_nobody_reported_it(hind, invoiced):
    answer = hind.client.get(of(hind, invoiced))
    page = html.unescape(answer.content.decode())
    assert "فاتورة ضريبية مبسطة" in page
    assert "Simplified tax invoice" in page
    assert "was not reported to the tax authority" in page
    assert of(hind, invoiced) in hind.see(invoiced).content.decode()


def test_a_receipt_is_nobody_elses_business(hind, visit):
    with transaction.atomic():
        payment = Payment.objects.create(
            booking=visit, amount=4500, state=PaymentState.PAID, gateway="simulator", expires_at=NOON, created_at=NOON
        )
        ledger.enter(payment, EntryKind.CAPTURE, ref="c", amount=4500, now=NOON)
    answer = hind.client.get(of(hind, visit, "RCT-1"))
    assert answer.status_code == 200
    assert "tax authority" not in answer.content.decode()


@pytest.mark.parametrize(("role", "status"), [(Role.MANAGER, 200), (Role.RECEPTION, 200), (Role.STYLIST, 404)])
def test_who_sees_takings_sees_it(shop, invoiced, role, status):
    reem = Office(colleague(shop.salon, role))
    assert reem.client.get(of(reem, invoiced)).status_code == status
    assert (of(reem, invoiced) in reem.see(invoiced).content.decode()) == (status == 200)


def test_a_rival_a_stranger_and_a_wrong_method(hind, invoiced, lama):
    rival = Office(rose(slug="jasmine").owner)
    assert rival.client.get(of(rival, invoiced)).status_code == 404
    assert Office(lama).client.get(of(hind, invoiced)).status_code == 403
    assert Office(None).client.get(of(hind, invoiced)).status_code == 302
    assert hind.client.post(of(hind, invoiced)).status_code == 405
    assert hind.client.get(of(hind, invoiced, "INV-2")).status_code == 404
    assert hind.client.get(of(hind, invoiced, "nonsense")).status_code == 404
