"""Codes are guessed at and asked for by many at once, in processes of their own: never one more than is allowed.

11,200 guesses go through `otp.check`, the one function that the page, apps and challenges compare codes with; 240 more
through the whole page.
"""

from __future__ import annotations

import pytest
from django.conf import settings

from salon.tests.races import sign_in

pytestmark = pytest.mark.race

TRIES = settings.ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS


def _total(report):
    """The sum of what the rivals reported, which must be numbers all."""
    return sum(int(outcome) * count for outcome, count in report["outcomes"].items())


def test_eleven_thousand_wrong_guesses_at_a_hundred_codes(arena):
    report = arena.run("guesses", rivals=8, rounds=sign_in.CODES)
    assert report["rounds"] == sign_in.CODES
    assert _total(report) == TRIES * sign_in.CODES
    assert report["spent"] == [0]


def test_counted_in_two_steps_more_are_evaluated(arena):
    report = arena.run("guesses_counted_in_two_steps", rivals=8, rounds=10)
    assert _total(report) > TRIES * 10


def test_guesses_through_the_whole_page(arena):
    report = arena.run("guesses_by_page", rivals=8, rounds=sign_in.PAGES)
    assert _total(report) == TRIES * sign_in.PAGES


@pytest.mark.parametrize(
    ("scene", "allowed"),
    [("codes_for_the_site", 7), ("codes_for_one_phone", 5), ("codes_within_the_pause", 1)],
)
def test_a_hundred_requests_from_eight_workers(arena, scene, allowed):
    report = arena.run(scene, rivals=8, rounds=1)
    assert report["sent"] == allowed
    assert _total(report) == allowed


def test_counted_in_two_steps_more_are_sent(arena):
    report = arena.run("codes_counted_in_two_steps", rivals=8, rounds=1)
    assert report["sent"] > 7
