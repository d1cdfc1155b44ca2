"""Laws of the promise, whatever a salon asks and whatever was paid."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from salon.bookings import policy
from salon.bookings.policy_terms import Part
from salon.salons.models import Kept, Policy, Salon, Season, Service
from salon.tests.people import at

START = at("2027-03-09", "16:00")
ASKS = st.sampled_from(["none", "deposit", "full", "hold"])
PERCENT = st.none() | st.integers(1, 100)
AMOUNT = st.none() | st.integers(100, 50_000)
CUTOFF = st.none() | st.integers(0, 40_000)
OWN = {"prepayment": st.none() | ASKS, "deposit_percent": PERCENT, "deposit_amount": AMOUNT, "free_minutes": CUTOFF}
PRICE = st.integers(0, 300_000)
PAID = st.integers(-1_000, 600_000)
WHEN = st.integers(-60_000, 3_000)  # minutes from the start

services, seasons = st.builds(Service, **OWN), st.builds(Season, **OWN)
salons = st.builds(
    Salon,
    policy=st.sampled_from(Policy.values),
    prepayment=ASKS,
    deposit_percent=PERCENT,
    deposit_amount=AMOUNT,
    free_minutes=CUTOFF,
    late_keeps=st.none() | st.sampled_from([Kept.DEPOSIT.value, Kept.ALL.value]),
    no_show_keeps=st.none() | st.sampled_from(Kept.values),
    grace_minutes=st.none() | st.integers(0, 120),
)
parts = st.lists(st.builds(Part, st.none() | services, PRICE), max_size=5)


@st.composite
def visits(draw):
    chosen = draw(parts)
    price = sum(each.price for each in chosen) if chosen else draw(PRICE)
    return policy.promise(draw(salons), price, parts=chosen, seasons=draw(st.lists(seasons, max_size=2))), price


old = st.fixed_dictionaries(
    {
        "preset": st.sampled_from(Policy.values),
        "free_minutes": st.integers(0, 20_160),
        "prepayment": st.sampled_from(["none", "deposit", "full"]),
        "deposit_percent": st.integers(1, 100),
    }
)
snapshots = st.one_of(visits(), st.tuples(old, PRICE))


def moment(minutes):
    return START + timedelta(minutes=minutes)


@given(visits())
def test_a_deposit_lies_between_what_the_gateway_takes_and_the_price(visit):
    terms, price = visit
    assert 0 <= terms["deposit"] <= price
    assert terms["deposit"] == 0 or terms["deposit"] >= policy.LEAST_PAYMENT
    assert (terms["prepayment"] == "none") == (terms["deposit"] == 0)
    assert terms["prepayment"] != "full" or terms["deposit"] == price


@given(snapshots)
def test_what_is_due_and_what_is_left_are_the_price(visit):
    terms, price = visit
    for choice in policy.choices(terms):
        due = policy.amount_due(terms, price, choice)
        assert 0 <= due <= price
    assert policy.choices(terms)


@given(snapshots, PAID, st.lists(WHEN, min_size=2, max_size=6))
def test_what_goes_back_shrinks_with_time_and_is_never_more_than_was_paid(visit, paid, minutes):
    terms, _ = visit
    ever = [
        policy.refund_due(terms, paid=paid, starts_at=START, now=moment(each), by_salon=False)
        for each in sorted(minutes)
    ]
    assert ever == sorted(ever, reverse=True)
    assert all(0 <= each <= max(paid, 0) for each in ever)
    assert 0 <= policy.no_show_due(terms, paid=paid) <= min(ever)
    assert policy.refund_due(terms, paid=paid, starts_at=START, now=moment(0), by_salon=True) == max(paid, 0)


@given(snapshots, PAID)
def test_kept_and_given_back_are_what_was_paid(visit, paid):
    terms, _ = visit
    late = policy.free_until(terms, START) + timedelta(seconds=1)
    back = policy.refund_due(terms, paid=paid, starts_at=START, now=late, by_salon=False)
    assert back + policy.kept_late(terms, paid=paid) == max(paid, 0)
    in_time = policy.refund_due(terms, paid=paid, starts_at=START, now=late - timedelta(seconds=1), by_salon=False)
    assert in_time == max(paid, 0)


@given(snapshots, visits(), PAID, WHEN)
def test_a_move_charges_and_returns_only_the_difference(before, after, paid, minutes):
    (old_terms, _), (terms, price) = before, after
    now = moment(minutes)
    cancelled = policy.refund_due(old_terms, paid=paid, starts_at=START, now=now, by_salon=False)
    for choice in policy.choices(terms):
        move = policy.move_due(old_terms, terms, paid=paid, price=price, choice=choice, starts_at=START, now=now)
        assert move.due >= 0
        assert 0 <= move.back <= cancelled
        assert not (move.due and move.back)
        with_us = max(paid, 0) + move.due - move.back
        assert with_us >= policy.amount_due(terms, price, choice)
        assert with_us <= max(price, move.terms["bound"]) or move.back == cancelled
        later = policy.refund_due(
            move.terms, paid=with_us, starts_at=START + timedelta(days=90), now=now, by_salon=False
        )
        assert later + move.back <= cancelled + move.due  # moving first never brings more back than cancelling


@given(salons, parts)
def test_no_service_of_a_visit_is_promised_less_strictly_than_alone(salon, chosen):
    whole = policy.promise(salon, sum(each.price for each in chosen), parts=chosen)
    for part in chosen:
        alone = policy.promise(salon, part.price, parts=[part])
        assert whole["free_minutes"] >= alone["free_minutes"]
        assert whole["deposit"] >= alone["deposit"]
