"""A new time that costs something now: its chair is kept while the guest pays, and the visit moves with the money."""

from __future__ import annotations

import datetime as dt

import pytest

from salon.bookings.errors import HoldExpired, SlotTaken
from salon.bookings.models import ActorKind, Booking, BusyTime
from salon.bookings.states import Status
from salon.core.clock import from_minute
from salon.flows import booking as visits
from salon.flows import moving
from salon.flows import payment as paying
from salon.flows.tests.till import about_to_pay, event, hold, knock, paid, tomorrow
from salon.jobs.audit import audit
from salon.payments import domain as till
from salon.payments.models import Payment, PaymentState
from salon.tests.chairs import assert_sound
from salon.tests.people import person

pytestmark = pytest.mark.django_db(transaction=True)
FREE = 3  # days from today; the visit is on the second


@pytest.fixture
def visit(clock, gateway):
    """Paid 45 riyals; from now on the salon asks for 90."""
    visit = paid(about_to_pay(clock, gateway))
    visit.shop.salon.deposit_amount = 9000
    visit.shop.salon.save()
    return visit


def move(visit, *, days: int = FREE, hour: int = 16) -> Payment | None:
    start, staff = tomorrow(visit.clock, hour, days=days), visit.shop.noura.pk
    now, booking = visit.clock(), Booking.objects.select_related("salon").get(pk=visit.booking.pk)
    mark = moving.propose(booking=booking, start_minute=start, staff=staff, now=now).mark
    moved = moving.move(booking=booking, start_minute=start, staff=staff, agreed=mark, actor=visit.lama, now=now)
    visit.payment = moved.payment or visit.payment
    return moved.payment


def where(visit) -> dt.datetime:
    return Booking.objects.get(pk=visit.booking.pk).starts_at


def there(visit, days: int = FREE, hour: int = 16) -> dt.datetime:
    return from_minute(tomorrow(visit.clock, hour, days=days))


def broken(visit) -> list[str]:
    return [each.name for each in audit(now=visit.clock()) if each.broken]


def test_the_difference_moves_the_visit(visit):
    old = where(visit)
    payment = move(visit)
    assert (payment.amount, payment.booking_id, payment.moves_to.status) == (4500, visit.booking.pk, "held")
    assert where(visit) == old
    assert_sound()
    visit.start()
    visit.pay()
    visit.settle()
    booking = Booking.objects.get(pk=visit.booking.pk)
    assert (booking.starts_at, booking.status, booking.due_now) == (there(visit), "confirmed", 9000)
    assert booking.policy["deposit"] == 9000
    assert till.balance(booking) == 9000
    assert Booking.objects.get(pk=payment.moves_to_id).status == Status.CANCELLED
    assert visit.letters() == ["booked", "moved", "owner_moved", "owner_new"]
    assert BusyTime.objects.count() == 1
    visit.settle()  # once more changes nothing
    assert booking.events.filter(moved_to__isnull=False).count() == 1
    assert visit.refunds() == []
    assert_sound()
    assert broken(visit) == []


def test_by_webhook_too(visit):
    move(visit)
    visit.start()
    charge = visit.pay()
    assert knock(event(charge)) == 200
    assert where(visit) == there(visit)


def test_nobody_else_gets_the_new_chair_meanwhile(visit):
    move(visit)
    with pytest.raises(SlotTaken):
        hold(visit.shop, None, visit.clock, days=FREE)
    with pytest.raises(SlotTaken):  # nor the old one
        hold(visit.shop, None, visit.clock, days=2)


def test_the_same_press_twice_opens_one_payment(visit):
    assert move(visit) == move(visit)
    assert Booking.objects.filter(status=Status.HELD).count() == 1


def test_another_time_gives_the_first_one_up(visit):
    first = move(visit)
    visit.start()
    second = move(visit, hour=18)
    assert second.pk != first.pk
    first.refresh_from_db()
    assert first.state == PaymentState.CANCELLED
    assert Booking.objects.filter(status=Status.HELD).get().starts_at == there(visit, hour=18)
    hold(visit.shop, None, visit.clock, days=FREE)


def test_money_for_a_time_given_up_goes_back(visit):
    first = move(visit)
    visit.start()
    visit.pay()
    move(visit, hour=18)
    paying.settle(payment=first, now=visit.clock())
    assert where(visit) == there(visit, days=2)
    assert visit.refunds() == [(4500, "done")]
    assert "not_moved" in visit.letters()
    assert broken(visit) == []


def test_a_time_that_asks_for_nothing_closes_the_page(visit):
    first = move(visit)
    visit.start()
    visit.shop.salon.deposit_amount = 4500
    visit.shop.salon.save()
    assert move(visit, hour=18) is None
    first.refresh_from_db()
    assert (first.state, Booking.objects.filter(status=Status.HELD).count()) == (PaymentState.CANCELLED, 0)
    assert where(visit) == there(visit, hour=18)


def test_not_paid_nothing_changes(visit):
    move(visit)
    visit.start()
    visit.expire()
    visit.settle()
    assert visit.payment.state == PaymentState.EXPIRED
    assert where(visit) == there(visit, days=2)
    assert visit.status() == "confirmed"
    with pytest.raises(HoldExpired):
        moving.pay_again(booking=visit.booking, now=visit.clock())
    assert broken(visit) == []


def test_declined_and_tried_again(visit):
    move(visit)
    visit.start()
    visit.pay(card="4201320000311101")
    visit.settle()
    assert visit.payment.decline_code
    again = moving.pay_again(booking=visit.booking, now=visit.clock())
    assert again.pk == visit.payment.pk  # the gateway's page takes another card
    visit.pay()
    visit.settle()
    assert where(visit) == there(visit)


def test_late_money_takes_the_chair_if_it_is_still_free(visit):
    move(visit)
    visit.start()
    charge = visit.gateway.begin(visit.invoice_id())
    visit.expire()
    visit.gateway.finish(charge["id"])
    visit.settle()
    assert where(visit) == there(visit)
    assert visit.refunds() == []
    assert_sound()


def test_late_money_for_a_chair_that_has_gone_goes_back(visit):
    move(visit)
    visit.start()
    charge = visit.gateway.begin(visit.invoice_id())
    visit.expire()
    rival = hold(visit.shop, None, visit.clock, days=FREE)
    visit.gateway.finish(charge["id"])
    visit.settle()
    assert where(visit) == there(visit, days=2)
    assert Booking.objects.get(pk=rival.pk).status == Status.HELD
    assert visit.refunds() == [(4500, "done")]
    assert "not_moved" in visit.letters()
    assert_sound()
    assert broken(visit) == []


def test_called_off_while_paying_all_of_it_goes_back(visit):
    move(visit)
    visit.start()
    visits.cancel(booking=visit.booking, actor=visit.lama, by=ActorKind.GUEST, now=visit.clock())
    visit.pay()
    visit.settle()
    assert visit.status() == "cancelled"
    assert till.balance(visit.booking) == 0
    assert_sound()
    assert broken(visit) == []


def test_the_salon_moved_on_while_the_guest_paid(visit):
    """It has begun: the guest sits in the old chair."""
    move(visit)
    visit.start()
    visit.pay()
    Booking.objects.filter(pk=visit.booking.pk).update(status=Status.ARRIVED)
    visit.settle()
    assert where(visit) == there(visit, days=2)
    assert visit.refunds() == [(4500, "done")]


def test_cancelled_afterwards_in_time_both_payments_go_back(visit):
    move(visit)
    visit.start()
    visit.pay()
    visit.settle()
    booking = Booking.objects.get(pk=visit.booking.pk)
    visits.cancel(booking=booking, actor=visit.lama, by=ActorKind.GUEST, now=visit.clock())
    assert sorted(visit.refunds()) == [(4500, "done"), (4500, "done")]
    assert till.balance(booking) == 0
    assert broken(visit) == []


def test_a_request_that_is_declined_after_the_move_gives_all_back(clock, gateway):
    visit = about_to_pay(clock, gateway, manual_approval=True)
    visit.start()
    visit.pay()
    visit.settle()
    visit.shop.salon.deposit_amount = 9000
    visit.shop.salon.save()
    move(visit)
    visit.start()
    visit.pay()
    visit.settle()
    assert (visit.status(), where(visit)) == ("requested", there(visit))
    visits.decline(booking=visit.booking, actor=visit.shop.owner, now=clock())
    assert till.balance(visit.booking) == 0


def test_a_guest_who_has_left_is_moved_nowhere(visit):
    """Nobody stands in the way of it: the payment asks for a booking still to come, and closing called it off."""
    move(visit)
    visit.start()
    visit.pay()
    visits.cancel(booking=visit.booking, actor=None, by=ActorKind.SYSTEM, now=visit.clock())
    Booking.objects.filter(pk=visit.booking.pk).update(customer=person("Nobody"))
    visit.settle()
    assert till.balance(visit.booking) == 0
