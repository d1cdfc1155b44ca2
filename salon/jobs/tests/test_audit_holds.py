"""The truths about reserved money, each broken by hand."""

from __future__ import annotations

import datetime as dt

import pytest

from salon.bookings.models import Booking
from salon.flows.tests.till import Clock, about_to_pay
from salon.jobs.audit import audit
from salon.payments.models import LedgerEntry, Payment
from salon.payments.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def visit(settings):
    settings.MOYASAR_CHECKOUT = "form"
    clock = Clock()
    with Simulator(now=clock) as gateway:
        settings.MOYASAR_API_URL = gateway.api_url
        visit = about_to_pay(clock, gateway, prepayment="hold")
        visit.start()
        visit.pay_in_form()
        visit.settle()
        yield visit


def broken(visit, **later: float) -> list[str]:
    return [each.name for each in audit(now=visit.clock() + dt.timedelta(**later)) if each.broken]


def test_healthy_while_it_is_reserved(visit):
    assert broken(visit) == []


@pytest.mark.parametrize("status", ["arrived", "completed", "no_show", "cancelled"])
def test_a_visit_began_or_ended_and_nobody_decided(visit, status):
    Booking.objects.update(status=status)
    assert "a hold of a visit that began or ended, undecided" in broken(visit)
    Payment.objects.update(wish="void")
    assert "a hold of a visit that began or ended, undecided" not in broken(visit)


@pytest.mark.parametrize(("days", "counted"), [(6, False), (7.9, False), (8.1, True)])
def test_it_outlived_its_end(visit, days, counted):
    assert ("a hold that outlived its end" in broken(visit, days=days)) is counted


@pytest.mark.parametrize("fields", [{"hold_ends_at": None}, {"hold": False}])
def test_reserved_and_yet_no_hold(visit, fields):
    Payment.objects.update(**fields)
    assert "a hold that outlived its end" in broken(visit)


@pytest.mark.parametrize(("state", "amount"), [("authorized", 100), ("paid", 4501)])
def test_the_ledger_says_something_else(visit, state, amount):
    Payment.objects.update(state=state)
    LedgerEntry.objects.create(payment=visit.payment, kind="capture", ref="x", amount=amount, at=visit.clock())
    assert "a hold and the ledger disagree" in broken(visit)


def test_what_the_gateway_refuses_needs_a_look(visit):
    Payment.objects.update(problem="The gateway refused to capture it")
    assert broken(visit) == ["money that needs a person's look"]


def test_what_was_never_reserved_is_unpaid(visit):
    Payment.objects.update(hold_ends_at=None, state="expired")
    assert "promised though the prepayment never came" in broken(visit)
