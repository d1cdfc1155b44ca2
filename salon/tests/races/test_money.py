"""No payment is lost, doubled or used twice, from whichever sides it comes: six processes, a real gateway over HTTP.

RACE_PAYMENTS=2000 runs as many payments as the numbers in docs/reliability.md were taken with.
"""

from __future__ import annotations

import os

import pytest

pytestmark = pytest.mark.race

PAYMENTS = int(os.environ.get("RACE_PAYMENTS", "60"))


def test_a_payment_from_all_sides_at_once(throwaway):
    report = throwaway.run("payments", rivals=6, rounds=PAYMENTS, seconds=120 + 2 * PAYMENTS)
    assert report["rounds"] == PAYMENTS
    assert report["outcomes"]["settled"] + report["outcomes"]["killed"] == 3 * PAYMENTS
    assert report["outcomes"]["swept"] == 2 * PAYMENTS
    assert (report["errors"], report["wrong"], report["doubled"], report["overlaps"]) == (0, 0, 0, 0)
    assert report["broken"] == []
    assert {"paid: confirmed", "paid: expired"} <= set(report["stands"]), "both ends of the race were seen"


def test_without_the_locks_money_goes_wrong(throwaway):
    """The negative control: were this to pass silently, the test above would prove nothing."""
    report = throwaway.run("payments_bare", rivals=6, rounds=15)
    assert report["wrong"] > 0
    assert report["doubled"] > 0
