"""Each invariant is silent about a healthy house and counts what somebody broke by hand."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.management import call_command
from django.db import connection

from salon.accounts.models import DataRequest, User
from salon.bookings import guard
from salon.bookings.models import ActorKind, Booking, BookingEvent, BookingItem, BusyTime
from salon.flows import booking as visits
from salon.jobs.audit import INVARIANTS, audit
from salon.notifications.models import Notification
from salon.payments import guard as ledger_guard
from salon.payments.models import Invoice, LedgerEntry, Payment, Refund
from salon.tests.people import person, rose, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def booked(visit):
    """Lama's paid and confirmed visit, held from the site's own door."""
    visit.start()
    visit.pay()
    visit.settle()
    Booking.objects.update(held_from="a" * 32)
    return visit


@pytest.fixture
def unguarded(booked):
    """The database's own refusals are off, as after a bad restore; the test's rollback brings them back."""
    connection.check_constraints()  # PostgreSQL alters no table while foreign keys wait to be looked at
    guard.remove(connection)
    ledger_guard.remove(connection)
    ledger_guard.remove(connection, ledger_guard.INVOICES)
    ledger_guard.remove(connection, ledger_guard.DISCOUNTS)
    return booked


def broken(visit):
    return {finding.name: finding.broken for finding in audit(now=visit.clock()) if finding.broken}


def test_a_healthy_house_is_silent(booked, capsys):
    assert broken(booked) == {}
    call_command("audit_invariants")
    assert len(capsys.readouterr().out.splitlines()) == len(INVARIANTS) + 1


@pytest.mark.django_db(transaction=True)
def test_healthy_after_every_end(booked):
    visits.cancel(booking=booked.booking, actor=booked.lama, by=ActorKind.GUEST, now=booked.clock())
    assert broken(booked) == {}


@pytest.mark.django_db(transaction=True)
def test_money_kept_by_the_policy_is_healthy(booked):
    now = booked.booking.starts_at - dt.timedelta(hours=1)
    booked.clock.now = now
    visits.cancel(booking=booked.booking, actor=booked.lama, by=ActorKind.GUEST, now=now)
    assert LedgerEntry.objects.count() == 1
    assert broken(booked) == {}


def test_a_broken_house_ends_with_one(booked, capsys):
    BusyTime.objects.all().delete()
    with pytest.raises(SystemExit) as end:
        call_command("audit_invariants")
    assert end.value.code == 1
    assert "BROKEN" in capsys.readouterr().out


def test_demo_and_imported_bookings_owe_no_letters(booked):
    Notification.objects.all().delete()
    Booking.objects.update(held_from="")
    assert broken(booked) == {}


def test_chairs(unguarded):
    row = BusyTime.objects.get()
    BusyTime.objects.create(
        staff=row.staff, start_minute=row.start_minute + 10, end_minute=row.end_minute + 10, reason="x"
    )
    found = broken(unguarded)
    assert found["two guests in one chair"] == 1
    assert found["a guard missing in the database"] >= 4


def test_states(unguarded):
    Booking.objects.update(status="cancelled")
    found = broken(unguarded)
    assert found["a chair kept by an ended booking"] == 1
    assert found["a status that no event led to"] == 1
    assert found["money of an ended booking not going back"] == 1
    BusyTime.objects.all().delete()
    Booking.objects.update(status="held", expires_at=unguarded.clock() - dt.timedelta(minutes=6))
    found = broken(unguarded)
    assert found["a booking without its chair"] == 1
    assert found["a hold or request that should have ended"] == 1


def test_histories(unguarded):
    BookingEvent.objects.create(
        booking=unguarded.booking, at=unguarded.clock(), actor_kind="system", old_status="cancelled", new_status="held"
    )
    assert broken(unguarded)["an illegal move in the history"] == 1
    BookingEvent.objects.all().delete()
    assert broken(unguarded)["a booking without an event"] == 1


def test_strangers(unguarded):
    other = rose(slug="jasmine")
    BookingItem.objects.update(staff=staff(other.salon))
    assert broken(unguarded)["staff or service of another salon"] == 1
    BookingItem.objects.update(minutes=600)
    assert broken(unguarded)["a service outside its visit"] == 1


def test_money(unguarded):
    payment = Payment.objects.get()
    LedgerEntry.objects.create(payment=payment, kind="refund", ref="x", amount=-9000, at=unguarded.clock())
    found = broken(unguarded)
    assert found["more money out than in, or in twice"] == 1
    assert found["a finished refund and the ledger disagree"] == 1
    assert found["money that moved without its document"] == 1
    Invoice.objects.all().delete()
    assert broken(unguarded)["a number of an invoice skipped or lost"] == 1
    LedgerEntry.objects.all().delete()
    found = broken(unguarded)
    assert found["promised though the prepayment never came"] == 1
    assert found["a paid payment and the ledger disagree"] == 1


def test_invoices(unguarded):
    """A sum that is not the ledger's, and a number that was jumped over."""
    Invoice.objects.update(gross=4600, net=4600)
    assert broken(unguarded)["an invoice and the ledger disagree"] == 1
    Invoice.objects.update(gross=4500, net=4500, number=2)
    found = broken(unguarded)
    assert found["a number of an invoice skipped or lost"] == 1
    assert "an invoice and the ledger disagree" not in found


def test_paid_twice(unguarded):
    payment = Payment.objects.get()
    second = Payment.objects.create(
        booking=payment.booking,
        amount=4500,
        gateway="simulator",
        state="paid",
        charge_id="c2",
        expires_at=unguarded.clock(),
        created_at=unguarded.clock(),
    )
    LedgerEntry.objects.create(payment=second, kind="capture", ref="c2", amount=4500, at=unguarded.clock())
    assert broken(unguarded)["paid twice and not going back"] == 1
    Refund.objects.create(payment=second, amount=4500, reason="x", created_at=unguarded.clock())
    assert "paid twice and not going back" not in broken(unguarded)


def test_what_needs_a_look(booked):
    for state in ("mismatch", "initiated"):
        Payment.objects.filter(pk=booked.payment.pk).update(state=state, next_sync_at=None)
        assert broken(booked)["money that needs a person's look"] == 1


def test_letters(booked):
    Notification.objects.update(state="queued", next_at=booked.clock() - dt.timedelta(minutes=11))
    assert broken(booked)["a letter stuck in the outbox"] == 2
    Notification.objects.all().delete()
    assert broken(booked)["a letter owed but never written"] == 1


def test_people(booked):
    """Half a deletion, a request that was not done though it says so, one that nobody answered."""
    now = booked.clock()
    User.objects.filter(pk=booked.lama.pk).update(anonymised_at=now, phone=None, name="", is_active=False)
    assert broken(booked) == {"an account deleted by half": 1}  # a visit is ahead, and nobody will come
    for left in ({"name": "Lama"}, {"is_active": True}, {"phone": "+966551234567"}):
        reem = person("Reem")
        User.objects.filter(pk=reem.pk).update(
            **({"anonymised_at": now, "phone": None, "name": "", "is_active": False} | left)
        )
    assert broken(booked)["an account deleted by half"] == 4
    hind, day = booked.shop.owner, dt.timedelta(days=1)
    DataRequest.objects.create(
        user=hind, kind="deletion", state="done", requested_at=now, due_at=now + day, closed_at=now
    )
    DataRequest.objects.create(user=hind, kind="export", requested_at=now, due_at=now)
    assert broken(booked)["a data request without its day, or its deed"] == 2
    DataRequest.objects.create(user=hind, kind="deletion", requested_at=now - 2 * day, due_at=now - day)
    assert broken(booked)["a data request that is overdue"] == 1
