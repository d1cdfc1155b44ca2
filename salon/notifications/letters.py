"""When a letter is worth sending: its last moment, and the states of the booking that make it true."""

from __future__ import annotations

import datetime as dt

from salon.bookings.models import Booking
from salon.bookings.states import Status
from salon.notifications.models import Letter

LONGEST_LIFE = dt.timedelta(hours=24)
SHORTEST_LIFE = dt.timedelta(hours=1)

_STANDING = frozenset({Status.CONFIRMED, Status.ARRIVED, Status.COMPLETED, Status.NO_SHOW})

# A letter is overtaken, and never sent, once the booking is in a state that is not named here.
TRUE_WHILE: dict[Letter, frozenset[Status]] = {
    Letter.BOOKED: _STANDING,
    Letter.CONFIRMED: _STANDING,
    Letter.REQUESTED: frozenset({Status.REQUESTED}),
    Letter.DECLINED: frozenset({Status.DECLINED}),
    Letter.CANCELLED: frozenset({Status.CANCELLED}),
    Letter.EXPIRED: frozenset({Status.EXPIRED}),
    Letter.LATE_PAYMENT: frozenset(Status),
    Letter.MOVED: _STANDING | {Status.REQUESTED},
    Letter.NOT_MOVED: frozenset(Status),
    Letter.OWNER_NEW: _STANDING | {Status.REQUESTED},
    Letter.OWNER_CANCELLED: frozenset({Status.CANCELLED}),
    Letter.OWNER_MOVED: _STANDING | {Status.REQUESTED},
}

# What is said about a visit ahead means nothing once it is over; what is said about money or an end always does.
_AHEAD = frozenset(
    {Letter.BOOKED, Letter.CONFIRMED, Letter.REQUESTED, Letter.MOVED, Letter.OWNER_NEW, Letter.OWNER_MOVED}
)

OVERTAKEN_BY_A_MOVE = frozenset({Letter.BOOKED, Letter.CONFIRMED, Letter.REQUESTED, Letter.MOVED, Letter.OWNER_MOVED})
"""Letters not sent yet that a change of time makes needless: the one about it says all they would."""


def expires_at(letter: Letter, booking: Booking, *, now: dt.datetime) -> dt.datetime:
    """Until when the letter is tried."""
    end = now + LONGEST_LIFE
    if letter in _AHEAD:
        end = max(min(end, booking.ends_at), now + SHORTEST_LIFE)
    return end


def is_true(letter: Letter | str, booking: Booking) -> bool:
    """Whether the booking is still in a state that the letter tells of."""
    return Status(booking.status) in TRUE_WHILE[Letter(letter)]
