"""A visit goes to another time, and its money with it: what stays, what goes back, what is bound."""

from __future__ import annotations

import uuid

import pytest
from django.utils.translation import override

from salon.bookings import policy
from salon.bookings.errors import IllegalMove
from salon.bookings.models import ActorKind, Booking
from salon.core.clock import to_minute
from salon.flows import booking as visits
from salon.flows import moving
from salon.flows.tests.moves import ask, broken, go, prepaid
from salon.payments.models import Discount, Payment, PaymentState, Refund
from salon.salons.models import StaffService
from salon.tests.chairs import DAY, NOW
from salon.tests.people import at, person, rose

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop():
    return rose()


@pytest.fixture
def lama():
    return person("Lama")


def test_what_was_paid_moves_along(shop, lama):
    booking = prepaid(shop, lama, 4500)
    proposal = ask(booking, "16:00", day="2026-11-27", staff=shop.noura)
    assert (proposal.paid, proposal.due, proposal.back, proposal.at_salon) == (4500, 0, 0, 13500)
    go(booking, "16:00", day="2026-11-27", staff=shop.noura)
    assert not Refund.objects.exists()
    assert Payment.objects.count() == 1
    assert broken() == []


def test_the_terms_are_of_the_new_day_as_they_are_now(shop, lama):
    booking = prepaid(shop, lama, 4500)
    shop.salon.free_minutes = 180
    shop.salon.save()
    proposal = ask(booking, "16:00", day="2026-11-27", staff=shop.noura)
    assert proposal.free_until == at("2026-11-27", "13:00")
    go(booking, "16:00", day="2026-11-27", staff=shop.noura)
    assert policy.read(Booking.objects.get().policy)["free_minutes"] == 180


def test_what_is_cheaper_there_goes_back(shop, lama):
    booking = prepaid(shop, lama, 18000)
    Booking.objects.filter(pk=booking.pk).update(starts_at=at("2026-11-27", "16:00"), ends_at=at("2026-11-27", "17:00"))
    StaffService.objects.filter(staff=shop.reem, service=shop.cut).update(price=15000)
    proposal = ask(booking, "16:00", day="2026-11-28", staff=shop.reem)
    assert (proposal.due, proposal.back, proposal.at_salon) == (0, 3000, 0)
    moving.move(
        booking=booking, start_minute=to_minute(at("2026-11-28", "16:00")), staff=shop.reem.pk, agreed=proposal.mark,
        actor=lama, now=NOW,
    )  # fmt: skip
    assert list(Refund.objects.values_list("amount", "reason")) == [(3000, "The new time costs less.")]
    assert Booking.objects.get().price == 15000


def test_a_discount_moves_along(shop, lama):
    booking = prepaid(shop, lama, 4500)
    Discount.objects.create(
        booking=booking, amount=3000, reason="A regular", key=uuid.uuid4(), granted_by=shop.owner, at=NOW
    )
    asked = ask(booking, "14:00")
    assert (asked.less, asked.due, asked.at_salon) == (3000, 0, 18000 - 3000 - 4500)
    go(booking, "14:00")
    assert broken() == []


def test_moved_late_it_stays_bound(shop, lama):
    booking = prepaid(shop, lama, 4500, "16:00")  # today, and free until yesterday
    proposal = ask(booking, "16:00", day="2026-11-30", staff=shop.noura)
    assert proposal.terms["bound"] == 4500
    go(booking, "16:00", day="2026-11-30", staff=shop.noura)
    booking.refresh_from_db()
    visits.cancel(booking=booking, actor=lama, by=ActorKind.GUEST, now=NOW)  # days before, and yet
    assert not Refund.objects.exists()
    assert broken() == []


def test_moved_late_and_called_off_by_the_salon_all_goes_back(shop, lama):
    booking = prepaid(shop, lama, 4500)
    go(booking, "16:00", day="2026-11-30", staff=shop.noura)
    booking.refresh_from_db()
    visits.cancel(booking=booking, actor=shop.owner, by=ActorKind.SALON, now=NOW)
    assert Refund.objects.get().amount == 4500


def test_a_request_moved_is_bound_to_nothing(lama):
    shop = rose(manual_approval=True)
    booking = prepaid(shop, lama, 4500)
    assert booking.status == "requested"
    assert ask(booking, "16:00", day="2026-11-30", staff=shop.noura).terms["bound"] == 0


def test_a_riyal_is_the_least_and_less_is_paid_there(shop, lama):
    booking = prepaid(shop, lama, 4500)
    shop.salon.deposit_amount = 4550
    shop.salon.save()
    proposal = ask(booking, "16:00", day="2026-11-30", staff=shop.noura)
    assert (proposal.due, proposal.later, proposal.at_salon) == (0, 50, 13500)


def test_a_chair_beside_its_own_asks_for_nothing_now(shop, lama):
    booking = prepaid(shop, lama, 4500)
    shop.salon.deposit_amount = 9000
    shop.salon.save()
    assert ask(booking, "17:00", day=DAY, staff=shop.noura).due == 4500
    proposal = ask(booking, "16:15", day=DAY, staff=shop.noura)
    assert (proposal.due, proposal.later) == (0, 4500)


def test_reserved_money_does_not_wait_for_ever(shop, lama):
    booking = prepaid(shop, lama, 4500)
    reserved = Payment.objects.create(
        booking=booking, amount=4500, state=PaymentState.AUTHORIZED, gateway="simulator", charge_id="held",
        checkout="form", hold=True, hold_ends_at=at("2026-11-28", "17:00"), expires_at=NOW, created_at=NOW,
    )  # fmt: skip
    assert ask(booking, "16:00", day="2026-11-28", staff=shop.noura).paid == 9000
    with override("en"), pytest.raises(IllegalMove, match="28 November"):
        ask(booking, "16:15", day="2026-11-28", staff=shop.noura)
    assert reserved.state == "authorized"
