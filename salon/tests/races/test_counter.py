"""Two people press the same button of the counter: one press counts, and the other is told."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.race

ROUNDS = 6


@pytest.mark.parametrize("scenario", ["refunds", "rest"])
def test_one_press_counts(arena, scenario):
    report = arena.run(scenario, rounds=ROUNDS)
    assert report["outcomes"] == {"won": ROUNDS, "told": ROUNDS * (arena.rivals - 1)}
    assert (report["done"], report["broken"], report["overpaid"]) == (ROUNDS, 0, 0)
    assert report["entries_out"] == (ROUNDS if scenario == "refunds" else 0)


@pytest.mark.parametrize("scenario", ["refunds", "rest"])
def test_without_the_lock_several_count(throwaway, scenario):
    """The negative control: what the test above would look like if the lock did nothing."""
    report = throwaway.run(f"{scenario}_unlocked", rounds=ROUNDS)
    assert report["done"] > ROUNDS


def test_one_credit_is_used_once(arena):
    report = arena.run("credits", rivals=6, rounds=3)
    assert report["outcomes"] == {"won": 3, "told": 15}
    assert (report["done"], report["used"]) == (3, [[4000, 4000]])
    assert (report["errors"], report["broken"], report["overpaid"]) == (0, 0, 0)
