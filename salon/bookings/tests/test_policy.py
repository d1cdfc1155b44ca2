"""What was promised about money, at the edges."""

from __future__ import annotations

from datetime import timedelta

import pytest

from salon.bookings import policy, references
from salon.bookings.errors import NotOffered
from salon.salons.models import Policy, Prepayment, Salon
from salon.tests.people import at

START = at("2026-11-24", "16:00")
MINUTE = timedelta(minutes=1)


def terms(prepayment: str = Prepayment.DEPOSIT, preset: str = Policy.STANDARD, price: int = 18000, percent: int = 25):
    return policy.promise(Salon(prepayment=prepayment, policy=preset, deposit_percent=percent), price)


def test_the_promise_is_plain_values():
    assert terms() == {
        "version": 2,
        "preset": "standard",
        "free_minutes": 1440,
        "grace_minutes": 15,
        "prepayment": "deposit",
        "deposit": 4500,
        "deposit_percent": 25,
        "late": "deposit",
        "no_show": "deposit",
        "no_show_credit": False,
        "bound": 0,
    }
    assert {type(each) for each in terms().values()} == {str, int, bool}


@pytest.mark.parametrize(("preset", "hours"), [(Policy.FLEXIBLE, 4), (Policy.STANDARD, 24), (Policy.STRICT, 14 * 24)])
def test_free_until_belongs_to_the_guest(preset, hours):
    promised = terms(preset=preset)
    last = START - timedelta(hours=hours)
    assert policy.free_until(promised, START) == last
    assert policy.refund_due(promised, paid=4500, starts_at=START, now=last, by_salon=False) == 4500
    assert policy.refund_due(promised, paid=4500, starts_at=START, now=last + MINUTE, by_salon=False) == 0


def test_the_salon_gives_everything_back_whenever_it_cancels():
    late = START + timedelta(hours=1)
    assert policy.refund_due(terms(), paid=18000, starts_at=START, now=late, by_salon=True) == 18000


def test_nothing_paid_is_nothing_to_give_back():
    for paid in (0, -100):
        assert policy.refund_due(terms(), paid=paid, starts_at=START, now=START - 9 * MINUTE, by_salon=True) == 0


@pytest.mark.parametrize(
    ("prepayment", "choice", "due"),
    [
        (Prepayment.NONE, "none", 0),
        (Prepayment.DEPOSIT, "deposit", 4500),
        (Prepayment.DEPOSIT, "full", 18000),
        (Prepayment.FULL, "full", 18000),
    ],
)
def test_what_is_due(prepayment, choice, due):
    assert policy.amount_due(terms(prepayment), 18000, choice) == due


@pytest.mark.parametrize(
    ("prepayment", "choice"),
    [
        (Prepayment.NONE, "full"),
        (Prepayment.NONE, "deposit"),
        (Prepayment.DEPOSIT, "none"),
        (Prepayment.FULL, "deposit"),
        (Prepayment.FULL, "none"),
        (Prepayment.FULL, "free, please"),
    ],
)
def test_a_choice_that_was_not_given_is_refused(prepayment, choice):
    with pytest.raises(NotOffered):
        policy.amount_due(terms(prepayment), 18000, choice)


def test_a_deposit_is_what_the_gateway_takes_and_no_more_than_the_price():
    assert policy.amount_due(terms(price=300, percent=1), 300, "deposit") == 100
    assert policy.amount_due(terms(price=100, percent=100), 100, "deposit") == 100
    assert policy.amount_due(terms(price=18050, percent=33), 18050, "deposit") == 5957


def test_under_a_riyal_there_is_nothing_to_prepay():
    assert terms(Prepayment.FULL, price=99)["prepayment"] == "none"
    assert terms(Prepayment.FULL, price=0)["prepayment"] == "none"
    assert terms(Prepayment.FULL, price=100)["prepayment"] == "full"


def test_references_are_six_clear_characters():
    drawn = {references.new_reference() for _ in range(500)}
    assert len(drawn) > 495
    assert all(len(each) == 6 and set(each) <= set(references.ALPHABET) for each in drawn)
    assert not set("0O1IL") & set(references.ALPHABET)
