"""Numbers without gaps, however many payments of one salon arrive at once."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.race


def test_every_payment_gets_a_number_and_none_is_skipped(arena):
    rounds = 4
    report = arena.run("numbers", rounds=rounds)
    last = arena.rivals * rounds
    assert report["outcomes"] == {"won": last}
    assert report["invoices"] == report["credit_notes"] == list(range(1, last + 1))
    assert (report["book"], report["entries"], report["broken"]) == ([last, last], 2 * last, 0)


def test_without_the_lock_of_the_book_numbers_collide(throwaway):
    """The negative control: a number is read, and later written, by whoever comes."""
    report = throwaway.run("numbers_bare", rounds=2)
    last = throwaway.rivals * 2
    collided = [outcome for outcome in report["outcomes"] if "IntegrityError" in outcome]
    assert collided or report["invoices"] != list(range(1, last + 1)), report
    assert report["outcomes"].get("won", 0) < last
