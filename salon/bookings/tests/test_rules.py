"""When a button may be pressed, to the second."""

from __future__ import annotations

import datetime as dt

import pytest

from salon.bookings import rules
from salon.bookings.errors import IllegalMove
from salon.bookings.models import ActorKind, Booking
from salon.bookings.states import Status
from salon.tests.chairs import DAY
from salon.tests.people import at

START = at(DAY, "16:00")
SECOND = dt.timedelta(seconds=1)


def visit(status: str) -> Booking:
    return Booking(status=status, starts_at=START, ends_at=START + dt.timedelta(hours=1))


@pytest.mark.parametrize(
    ("rule", "status", "now", "allowed"),
    [
        (rules.arrive, "confirmed", START - dt.timedelta(hours=3), True),
        (rules.arrive, "confirmed", START - dt.timedelta(hours=3) - SECOND, False),
        (rules.arrive, "requested", START, False),
        (rules.arrive, "no_show", START + dt.timedelta(hours=25), True),
        (rules.arrive, "no_show", START + dt.timedelta(hours=25) + SECOND, False),
        (rules.complete, "confirmed", START, True),
        (rules.complete, "confirmed", START - SECOND, False),
        (rules.complete, "arrived", START + dt.timedelta(days=9), True),
        (rules.complete, "no_show", START + dt.timedelta(days=9), False),
        (rules.complete, "cancelled", START, False),
        (rules.no_show, "confirmed", START, True),
        (rules.no_show, "confirmed", START - SECOND, False),
        (rules.no_show, "arrived", START, False),
    ],
)
def test_when_a_button_may_be_pressed(rule, status, now, allowed):
    if allowed:
        rule(visit(status), now=now)
    else:
        with pytest.raises(IllegalMove) as error:
            rule(visit(status), now=now)
        assert str(error.value)


@pytest.mark.parametrize("by", sorted(ActorKind))
@pytest.mark.parametrize("status", sorted(Status))
def test_who_may_cancel_what(status, by):
    for now, started in ((START - SECOND, False), (START, True)):
        allowed = status in {"held", "requested", "confirmed", "arrived"}
        if by == "guest":
            allowed = allowed and status != "arrived" and not started
        try:
            rules.cancel(visit(status), by, now)
            assert allowed
        except IllegalMove:
            assert not allowed


def test_only_requests_are_answered():
    rules.answer(visit("requested"), Status.CONFIRMED, START - SECOND)
    rules.answer(visit("requested"), Status.DECLINED, START)
    for status, now in (("held", START - SECOND), ("confirmed", START - SECOND), ("requested", START)):
        with pytest.raises(IllegalMove):
            rules.answer(visit(status), Status.CONFIRMED, now)
