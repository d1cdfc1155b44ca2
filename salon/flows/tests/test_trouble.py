"""What goes wrong in the database must cost nobody a chair, a name, a halala or the truth about what was done."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, OperationalError

from salon.bookings.errors import SlotTaken
from salon.bookings.models import ActorKind
from salon.bookings.states import Status
from salon.flows import booking as flow
from salon.flows import payment as paying
from salon.flows.tests import till
from salon.payments.models import Payment
from salon.salons.models import Salon, SalonStatus, Service, Staff
from salon.tests.chairs import NOW, hold, place
from salon.tests.people import person, rose

pytestmark = pytest.mark.django_db(transaction=True)
DEPOSIT = 4500
ELEVEN = dt.timedelta(minutes=11)


@pytest.mark.parametrize("error", [OperationalError("lock timeout"), DatabaseError("?"), ValueError("?")])
def test_a_row_that_cannot_be_ended_does_not_keep_those_behind_it(monkeypatch, error):
    """It stands first in the queue round after round: whoever holds its lock must not stop all other holds."""
    shop = rose()
    first, second = hold(shop, "10:00"), hold(shop, "12:00")
    real = flow.domain.lock

    def lock(booking):
        if booking.pk == first.pk:
            raise error
        return real(booking)

    monkeypatch.setattr(flow.domain, "lock", lock)
    assert flow.expire_due(now=NOW + ELEVEN) == 1
    second.refresh_from_db()
    assert second.status == Status.EXPIRED


def test_a_name_given_while_the_database_was_busy_is_kept(monkeypatch):
    """The first try is rolled back: the second one must write the name again."""
    shop, guest = rose(), person("")
    kept = hold(shop)
    real, tries = flow.domain.promise_chair, []

    def promise(*args, **kwargs):
        tries.append(1)
        if len(tries) == 1:
            raise OperationalError("deadlock detected")
        return real(*args, **kwargs)

    monkeypatch.setattr(flow.domain, "promise_chair", promise)
    assert place(kept, guest, name="Lama").status == Status.CONFIRMED
    assert len(tries) == 2
    guest.refresh_from_db()
    assert guest.name == "Lama"


@pytest.mark.parametrize("error", [OperationalError("lock timeout"), RuntimeError("?")])
def test_what_is_done_is_not_denied_when_its_page_cannot_be_closed(visit, monkeypatch, error):
    visit.start()

    def settle(**_):
        raise error

    monkeypatch.setattr(paying, "settle", settle)
    flow.cancel(booking=visit.booking, actor=visit.lama, by=ActorKind.GUEST, now=visit.clock())
    assert visit.status() == "cancelled"
    assert Payment.objects.get().next_sync_at <= visit.clock(), "the clock closes it"


def late_money(visit, spoil) -> None:
    """The money of a hold that ran out arrives after `spoil`."""
    visit.start()
    charge = visit.gateway.begin(visit.invoice_id())
    visit.expire()
    spoil()
    visit.gateway.finish(charge["id"])
    visit.settle()
    assert visit.status() == "expired"
    assert visit.refunds() == [(DEPOSIT, "done")]
    assert visit.letters() == ["expired", "late_payment"]


def test_late_money_goes_back_when_the_guard_refuses_the_chair(visit):
    """A buffer that grew meanwhile makes the busy time longer than a row may be: no reason to keep the money."""

    def spoil():
        Service.objects.filter(pk=visit.shop.cut.pk).update(buffer_before=120, buffer_after=120)
        visit.booking.items.update(minutes=1400)

    late_money(visit, spoil)


def test_late_money_goes_back_when_its_person_has_left(visit):
    late_money(visit, lambda: Staff.objects.filter(pk=visit.shop.noura.pk).update(is_active=False))


def test_late_money_goes_back_when_the_salon_is_suspended(visit):
    salons = Salon.objects.filter(pk=visit.shop.salon.pk)
    late_money(visit, lambda: salons.update(status=SalonStatus.SUSPENDED))


@pytest.mark.parametrize("choice", ["none", "deposit"])
def test_a_suspended_salon_takes_no_booking_and_no_money(choice):
    shop = rose(prepayment=choice)
    kept = hold(shop)
    Salon.objects.filter(pk=shop.salon.pk).update(status=SalonStatus.SUSPENDED)
    with pytest.raises(SlotTaken):
        place(kept, person(), choice=choice)
    kept.refresh_from_db()
    assert (kept.status, kept.customer) == (Status.HELD, None)
    assert not Payment.objects.exists()


@pytest.mark.parametrize("choice", ["none", "deposit"])
def test_nothing_is_asked_for_a_visit_that_should_have_begun(choice):
    shop = rose(prepayment=choice)
    kept = hold(shop, "10:00", now=NOW + dt.timedelta(minutes=55))
    with pytest.raises(SlotTaken):
        place(kept, person(), choice=choice, now=NOW + dt.timedelta(minutes=60))
    assert not Payment.objects.exists()


def two_payments(visit) -> Payment:
    """A second one waits behind the visit's own, both due."""
    visit.start()
    visit.pay()
    other = Payment.objects.create(
        booking=hold_later(visit), amount=500, gateway="simulator", expires_at=visit.clock(),
        created_at=visit.clock(), next_sync_at=visit.clock(),
    )  # fmt: skip
    visit.clock.pass_(minutes=2)
    return other


def hold_later(visit):
    return till.hold(visit.shop, visit.lama, visit.clock, hour=18)


def test_a_payment_whose_row_is_locked_does_not_keep_those_behind_it(visit, monkeypatch):
    other = two_payments(visit)
    real = paying.verdict.next_look

    def next_look(payment, **rest):
        if payment.pk == other.pk:
            raise OperationalError("lock timeout")
        return real(payment, **rest)

    monkeypatch.setattr(paying.verdict, "next_look", next_look)
    assert paying.reconcile(now=visit.clock()) == 1
    assert visit.status() == "confirmed"


def test_a_slow_gateway_does_not_keep_the_letters_waiting(visit, monkeypatch):
    """One that answers each question late would hold up refunds and letters for as long as there are questions."""
    two_payments(visit)
    monkeypatch.setattr(paying, "ROUND_SECONDS", 0.0)
    assert paying.reconcile(now=visit.clock()) == 1
    assert paying.reconcile(now=visit.clock()) == 1
