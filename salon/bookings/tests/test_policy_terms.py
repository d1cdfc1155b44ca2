"""From what a salon asks to the promise of one visit, and snapshots of every age."""

from __future__ import annotations

from datetime import timedelta

import pytest

from salon.bookings import policy
from salon.bookings.policy_terms import Part
from salon.salons.models import Salon, Season, Service
from salon.tests.people import at

START = at("2026-11-26", "16:00")
BRIDE = Service(prepayment="deposit", deposit_percent=50, free_minutes=14 * 1440, price=100000)
NAILS = Service(prepayment="none", free_minutes=60)
CUT = Service()


def salon(**fields) -> Salon:
    return Salon(**({"policy": "standard", "prepayment": "deposit"} | fields))


def promised(*parts: tuple[Service, int], seasons=(), **fields):
    price = sum(price for _, price in parts)
    return policy.promise(salon(**fields), price, parts=[Part(*each) for each in parts], seasons=seasons)


@pytest.mark.parametrize(
    ("preset", "free", "deposit", "no_show"),
    [
        ("flexible", 240, 5000, "deposit"),
        ("standard", 1440, 5000, "deposit"),
        ("strict", 20160, 10000, "all"),
    ],
)
def test_presets(preset, free, deposit, no_show):
    terms = promised((CUT, 20000), policy=preset)
    assert (terms["free_minutes"], terms["deposit"], terms["no_show"]) == (free, deposit, no_show)
    assert (terms["late"], terms["grace_minutes"]) == ("deposit", 15)


def test_a_salon_overrides_each_value():
    terms = promised(
        (CUT, 20000), free_minutes=0, deposit_amount=7500, late_keeps="all", no_show_keeps="nothing", grace_minutes=0
    )
    assert (terms["free_minutes"], terms["grace_minutes"]) == (0, 0)
    assert (terms["deposit"], terms["deposit_percent"]) == (7500, None)
    assert (terms["late"], terms["no_show"]) == ("all", "all")  # staying away never costs less than saying so


def test_the_salons_fixed_deposit_is_asked_once_a_visit():
    assert promised((CUT, 20000), (CUT, 5000), deposit_amount=7500)["deposit"] == 7500
    assert promised((CUT, 5000), deposit_amount=7500)["deposit"] == 5000


def test_a_visit_has_the_strictest_sensible_combination():
    terms = promised((BRIDE, 100000), (NAILS, 10000), (CUT, 20000))
    assert terms["free_minutes"] == 14 * 1440
    assert terms["deposit"] == 50000 + 0 + 5000
    assert (terms["prepayment"], terms["deposit_percent"]) == ("deposit", None)
    assert promised((NAILS, 10000))["prepayment"] == "none"
    assert promised((NAILS, 10000))["free_minutes"] == 60


def test_what_is_wholly_prepaid_counts_with_its_price():
    full = Service(prepayment="full")
    assert promised((full, 8000), (CUT, 20000))["deposit"] == 8000 + 5000
    assert promised((full, 8000), (CUT, 20000))["prepayment"] == "deposit"
    whole = promised((full, 8000), (CUT, 20000), prepayment="full")
    assert (whole["prepayment"], whole["deposit"]) == ("full", 28000)


def test_a_deposit_that_is_named_is_asked_for():
    named = Service(deposit_amount=3000)
    for prepayment in ("none", "full", "deposit"):
        assert promised((named, 20000), prepayment=prepayment)["deposit"] == 3000


def test_a_season_replaces_the_salons_terms_and_the_stricter_one_holds():
    eid = Season(prepayment="deposit", deposit_percent=40, free_minutes=3 * 1440)
    terms = promised((CUT, 20000), seasons=[eid], prepayment="none")
    assert (terms["deposit"], terms["deposit_percent"], terms["free_minutes"]) == (8000, 40, 3 * 1440)
    both = promised((BRIDE, 100000), (CUT, 20000), seasons=[eid], prepayment="none")
    assert (both["deposit"], both["free_minutes"]) == (50000 + 8000, 14 * 1440)
    assert promised((NAILS, 10000), seasons=[eid])["deposit"] == 4000
    ramadan = Season(free_minutes=120)
    assert promised((CUT, 20000), seasons=[ramadan])["free_minutes"] == 120
    assert promised((CUT, 20000), seasons=[ramadan])["deposit"] == 5000
    assert promised((CUT, 20000), seasons=[ramadan, eid])["free_minutes"] == 3 * 1440


def test_authorised_only_when_every_service_is_content_with_that():
    held = promised((CUT, 20000), prepayment="hold")
    assert (held["prepayment"], policy.choices(held), held["deposit"]) == ("hold", ("deposit",), 5000)
    assert promised((CUT, 20000), (NAILS, 9000), prepayment="hold")["prepayment"] == "hold"
    assert promised((CUT, 20000), (BRIDE, 90000), prepayment="hold")["prepayment"] == "deposit"


def test_a_snapshot_from_before_there_was_credit_promised_none():
    old = {name: value for name, value in promised((CUT, 20000)).items() if name != "no_show_credit"}
    assert policy.read(old) == {**old, "no_show_credit": False}
    assert policy.read(promised((CUT, 20000), no_show_credit=True))["no_show_credit"] is True


def test_snapshots_of_version_one_keep_what_they_said():
    old = {"preset": "standard", "free_minutes": 1440, "prepayment": "deposit", "deposit_percent": 25}
    assert policy.choices(old) == ("deposit", "full")
    assert policy.amount_due(old, 18050, "deposit") == 4513
    assert policy.free_until(old, START) == START - timedelta(days=1)
    late = {"starts_at": START, "now": START - timedelta(hours=1)}
    assert policy.refund_due(old, paid=18050, by_salon=False, **late) == 0
    assert policy.refund_due(old, paid=18050, by_salon=True, **late) == 18050
    assert policy.no_show_due(old, paid=18050) == 0
    assert policy.no_show_from(old, START) == START


def test_where_nothing_was_written_nothing_is_kept():
    assert policy.choices({}) == ("none",)
    assert policy.refund_due({}, paid=500, starts_at=START, now=START + timedelta(days=1), by_salon=False) == 500
    assert policy.no_show_due({}, paid=500) == 500


def test_late_the_deposit_is_kept_and_the_rest_goes_back():
    late = {"starts_at": START, "now": START - timedelta(hours=1), "by_salon": False}
    assert policy.refund_due(promised((CUT, 20000)), paid=20000, **late) == 15000
    assert policy.refund_due(promised((CUT, 20000)), paid=5000, **late) == 0
    assert policy.refund_due(promised((CUT, 20000), prepayment="full"), paid=20000, **late) == 0
    assert policy.refund_due(promised((CUT, 20000), late_keeps="all"), paid=20000, **late) == 0
    assert policy.no_show_due(promised((CUT, 20000)), paid=20000) == 15000
    assert policy.no_show_due(promised((CUT, 20000), policy="strict"), paid=20000) == 0


def test_a_move_takes_the_money_along():
    old = promised((CUT, 20000))
    in_time = {"starts_at": START, "now": START - timedelta(days=2)}
    same = policy.move_due(old, old, paid=5000, price=20000, choice="deposit", **in_time)
    assert (same.due, same.back, same.terms["bound"]) == (0, 0, 0)
    dearer = promised((CUT, 60000))
    assert policy.move_due(old, dearer, paid=5000, price=60000, choice="deposit", **in_time)[1:] == (10000, 0)
    assert policy.move_due(old, dearer, paid=20000, price=60000, choice="full", **in_time)[1:] == (40000, 0)
    cheaper = promised((CUT, 8000))
    assert policy.move_due(old, cheaper, paid=20000, price=8000, choice="full", **in_time)[1:] == (0, 12000)


def test_a_late_move_is_no_way_around_the_deadline():
    old = promised((CUT, 20000))
    late = {"starts_at": START, "now": START - timedelta(hours=1)}
    moved = policy.move_due(old, old, paid=20000, price=20000, choice="full", **late)
    assert moved.terms["bound"] == 5000
    ahead = START + timedelta(days=30)
    in_time = {"starts_at": ahead, "now": START}
    assert policy.refund_due(moved.terms, paid=20000, by_salon=False, **in_time) == 15000
    assert policy.refund_due(moved.terms, paid=20000, by_salon=True, **in_time) == 20000
    again = policy.move_due(moved.terms, old, paid=20000, price=20000, choice="full", **in_time)
    assert again.terms["bound"] == 5000
