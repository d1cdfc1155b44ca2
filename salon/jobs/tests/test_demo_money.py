"""The demo's till: true amounts with their documents, in the order they happened, and the same for everybody."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from salon.bookings.models import Booking
from salon.jobs.demo import money
from salon.payments import counter
from salon.payments.models import Discount, Invoice, LedgerEntry, Payment, Refund
from salon.tests.people import at, person, rose

pytestmark = pytest.mark.django_db
NOW = at("2026-11-24", "12:00")


@pytest.fixture
def over():
    """A fortnight of visits that are over, and who works there."""
    shop, lama = rose(vat_number="310122393500003"), person("Lama")
    visits = [
        Booking(
            key=uuid.uuid5(uuid.NAMESPACE_URL, str(number)),
            reference=f"V{number:05}",
            salon=shop.salon,
            customer=lama,
            status="completed" if number % 10 else "no_show",
            starts_at=NOW - dt.timedelta(hours=3 * number + 2),
            ends_at=NOW - dt.timedelta(hours=3 * number + 1),
            business_day=NOW.date(),
            price=18000,
            policy={},
            created_at=NOW - dt.timedelta(days=30),
        )
        for number in range(100)
    ]
    return shop, Booking.objects.bulk_create(visits)


def test_the_till_of_a_fortnight(over):
    shop, visits = over
    steps = money.take(visits, by=shop.owner, until=NOW)
    assert steps == Payment.objects.count() + Discount.objects.count() + Refund.objects.count()
    assert Payment.objects.count() > 80
    assert Discount.objects.exists()
    assert Refund.objects.exists()
    assert set(Payment.objects.values_list("method_kind", flat=True)) == {"cash", "card_machine"}
    assert set(Payment.objects.values_list("gateway", flat=True)) == {counter.GATEWAY}
    assert not Payment.objects.exclude(booking__status="completed").exists()
    assert not LedgerEntry.objects.filter(at__gt=NOW).exists()
    assert all(counter.left_to_pay(each) == 0 for each in visits if each.payments.exists() and not returned(each))
    for kind in set(Invoice.objects.values_list("kind", flat=True)):
        numbers = Invoice.objects.filter(kind=kind).order_by("number")
        issued = list(numbers.values_list("issued_at", flat=True))
        assert issued == sorted(issued), "documents are numbered as their dates go"


def returned(booking: Booking) -> bool:
    return Refund.objects.filter(payment__booking=booking).exists()


def test_a_second_time_nothing_is_taken(over):
    shop, visits = over
    money.take(visits, by=shop.owner, until=NOW)
    before = set(LedgerEntry.objects.values_list("pk", "amount"))
    paid = set(Payment.objects.values_list("booking_id", flat=True))
    money.take([each for each in visits if each.pk in paid], by=shop.owner, until=NOW)
    assert set(LedgerEntry.objects.values_list("pk", "amount")) == before
