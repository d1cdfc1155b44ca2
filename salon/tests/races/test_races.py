"""Nobody is ever booked twice: rivals in separate processes, on the database this suite runs on.

The same scenarios with 10,000 attempts are in `python -m bench.bench_contention`.
"""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.race


def test_a_herd_wants_one_chair(arena):
    report = arena.run("herd", rounds=20)
    assert report["winners_a_round"] == [1]
    assert (report["errors"], report["tried_again"], report["overlaps"]) == (0, 0, 0)


def test_anyone_will_do_and_one_chair_is_missing(arena):
    report = arena.run("crowd", rounds=5)
    assert report["winners_a_round"] == [arena.rivals - 1]
    assert (report["errors"], report["tried_again"], report["overlaps"]) == (0, 0, 0)


def test_the_same_form_twenty_times_at_once(arena):
    report = arena.run("same_form", rivals=20, rounds=3)
    assert report["bookings"] == 3
    assert sorted(report["outcomes"].values()) == [20, 20, 20]
    assert report["overlaps"] == 0


def test_two_people_asked_for_in_opposite_orders(arena):
    report = arena.run("chains", rounds=12)
    assert report["winners_a_round"] == [2]
    assert (report["errors"], report["tried_again"], report["overlaps"]) == (0, 0, 0)


def test_yes_and_no_at_once_is_one_answer(arena):
    report = arena.run("approval", rounds=8)
    assert report["winners_a_round"] == [1]
    assert (report["errors"], report["tried_again"], report["letters"], report["sound"]) == (0, 0, 8, "yes")


def test_called_off_while_it_is_confirmed(arena):
    report = arena.run("cancel_or_confirm", rounds=8)
    assert report["winners_a_round"] == [1]
    assert report["statuses"] == ["cancelled"]
    assert (report["errors"], report["tried_again"], report["letters"], report["sound"]) == (0, 0, 8, "yes")


def test_the_last_second_of_a_hold(arena):
    report = arena.run("last_second", rivals=6, rounds=8)
    assert (report["errors"], report["overlaps"], report["chairs_twice"], report["sound"]) == (0, 0, 0, "yes")
    assert report["tried_again"] == 0


def test_the_guard_holds_without_the_lock(arena):
    report = arena.run("herd", rivals=4, rounds=4, bare="lock")
    assert report["overlaps"] == 0


def test_without_lock_and_guard_chairs_are_booked_twice(arena):
    """The negative control: were this to pass silently, the tests above would prove nothing."""
    report = arena.run("herd", rounds=6, bare="lock,guard")
    assert report["overlaps"] > 0
    assert max(report["winners_a_round"]) > 1


def test_the_lock_holds_without_the_guard(arena):
    report = arena.run("herd", rounds=10, bare="guard")
    assert report["winners_a_round"] == [1]
    assert (report["errors"], report["tried_again"], report["overlaps"]) == (0, 0, 0)


def test_the_lock_holds_without_the_guard_for_moves_too(arena):
    report = arena.run("move_herd", rivals=6, rounds=6, bare="guard")
    assert report["winners_a_round"] == [1]
    assert (report["errors"], report["overlaps"]) == (0, 0)
