"""The truths about the counter notice what a hand in the database has broken."""

from __future__ import annotations

import uuid

import pytest

from salon.bookings.models import Booking
from salon.jobs import audit_counter
from salon.owner.tests.office import NOON, book, prepay
from salon.payments.models import Credit, Discount, LedgerEntry, Payment, Refund
from salon.tests.people import person, rose

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    shop = rose()
    shop.lama = person("Lama")
    return shop


@pytest.fixture
def visit(shop) -> Booking:
    return book(shop, "11:00", customer=shop.lama)


def less(shop, visit: Booking, amount: int) -> None:
    Discount.objects.create(booking=visit, amount=amount, reason="x", key=uuid.uuid4(), granted_by=shop.owner, at=NOON)


def test_discounts_and_money_up_to_the_price(shop, visit):
    prepay(visit, 10000)
    less(shop, visit, 3000)
    less(shop, visit, 5000)
    assert audit_counter.over_the_price(NOON) == 0


def test_more_than_the_price_unless_it_is_on_its_way_back(shop, visit):
    payment = prepay(visit, 16000)
    less(shop, visit, 3000)
    less(shop, visit, 1000)
    assert audit_counter.over_the_price(NOON) == 1
    refund = Refund.objects.create(payment=payment, amount=2000, reason="x", created_at=NOON)
    assert audit_counter.over_the_price(NOON) == 0
    Refund.objects.filter(pk=refund.pk).update(state="dropped")
    assert audit_counter.over_the_price(NOON) == 1


def credit(shop, payment: Payment, **extra) -> Credit:
    given = {"customer": shop.lama, "salon": shop.salon, "amount": 4500, "created_at": NOON}
    return Credit.objects.create(payment=payment, **(given | extra))


def transfer(payment: Payment, amount: int) -> None:
    LedgerEntry.objects.create(payment=payment, kind="transfer", ref="to:x", amount=-amount, at=NOON)


def used(shop, amount: int) -> None:
    other = book(shop, "15:00", customer=shop.lama)
    paid = prepay(other, amount)
    Payment.objects.filter(pk=paid.pk).update(method_kind="credit", checkout="counter")


def test_credit_that_moved_as_it_was_used(shop, visit):
    payment = prepay(visit, 4500)
    credit(shop, payment, used=2000)
    transfer(payment, 2000)
    used(shop, 2000)
    assert audit_counter.credit_and_ledger(NOON) == 0


def test_credit_used_without_money_moving(shop, visit):
    credit(shop, prepay(visit, 4500), used=2000)
    assert audit_counter.credit_and_ledger(NOON) == 1


def test_money_that_moved_and_came_in_nowhere(shop, visit):
    payment = prepay(visit, 4500)
    credit(shop, payment, used=2000)
    transfer(payment, 2000)
    assert audit_counter.credit_and_ledger(NOON) == 1


def test_money_that_moved_without_a_credit(shop, visit):
    transfer(prepay(visit, 4500), 2000)
    used(shop, 2000)
    assert audit_counter.credit_and_ledger(NOON) == 1


def test_credit_of_somebody_else(shop, visit):
    credit(shop, prepay(visit, 4500), customer=shop.owner)
    assert audit_counter.credit_and_ledger(NOON) == 1
