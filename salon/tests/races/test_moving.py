"""Whoever moves takes one chair and leaves one: rivals in separate processes, on the database this suite runs on."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.race


def test_eight_guests_move_into_one_chair_and_a_ninth_books_it(arena):
    report = arena.run("move_herd", rivals=9, rounds=10)
    assert report["winners_a_round"] == [1]
    assert (report["errors"], report["tried_again"], report["overlaps"]) == (0, 0, 0)
    assert (report["chairs"], report["sound"]) == (0, "yes")


def test_two_guests_move_crosswise(arena):
    report = arena.run("move_crosswise", rivals=2, rounds=12)
    assert report["winners_a_round"] == [2]
    assert (report["errors"], report["tried_again"], report["overlaps"]) == (0, 0, 0)
    assert (report["moves"], report["sound"]) == (24, "yes")


def test_moved_and_called_off_at_once(arena):
    report = arena.run("move_or_cancel", rivals=6, rounds=8)
    assert report["winners_a_round"] == [1]
    assert (report["errors"], report["overlaps"]) == (0, 0)
    assert (report["statuses"], report["left"], report["sound"]) == (["cancelled"], 0, "yes")
