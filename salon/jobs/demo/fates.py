"""What became of a visit: its state and the legal chain of moves that led there, each with its moment."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from salon.bookings.models import ActorKind
from salon.bookings.states import Status

MINUTE = timedelta(minutes=1)


class Move(NamedTuple):
    status: Status
    by: ActorKind
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Fate:
    """The moves of a visit from its hold on; the last one is its state."""

    moves: tuple[Move, ...]
    expires_at: datetime | None = None

    @property
    def status(self) -> Status:
        return self.moves[-1].status

    @property
    def created_at(self) -> datetime:
        return self.moves[0].at


def fate_of(
    *,
    starts_at: datetime,
    ends_at: datetime,
    by_hand: bool,
    answer_within: timedelta,
    now: datetime,
    dice: random.Random,
) -> Fate:
    """A believable story for a visit, told at `now`. `by_hand`: the salon confirms each booking itself."""
    luck = dice.randrange(100)
    ahead = timedelta(minutes=dice.randrange(3 * 60, 9 * 24 * 60, 5))
    delay = dice.randrange(2, 15)
    created = min(starts_at - ahead, now - (delay + 45) * MINUTE)
    # What waits for an answer is mostly near: requests for later days were answered long ago.
    soon = starts_at <= now + timedelta(hours=36)
    waits = by_hand and starts_at > now and luck >= (60 if soon else 97)
    if waits:
        created = now - (delay + 5) * MINUTE
    booked = _booked(created, by_hand=by_hand, waits=waits, delay=delay)
    if waits:
        return Fate(booked, expires_at=min(created + answer_within, starts_at))

    fallen = luck < (10 if ends_at <= now else 5)
    if fallen:
        at = booked[-1].at + (min(starts_at, now) - booked[-1].at) / 2
        by, reason = (ActorKind.GUEST, "") if luck % 3 else (ActorKind.SALON, dice.choice(REASONS))
        return Fate((*booked, Move(Status.CANCELLED, by, at, reason)))
    return Fate((*booked, *_visit(starts_at, ends_at, now=now, luck=luck, late=dice.randrange(-6, 9) * MINUTE)))


REASONS = ("اعتذار المختصة لظرف صحي", "عطل في الكهرباء", "تواصل الضيف مع الصالون لإلغاء الموعد")


def _booked(created: datetime, *, by_hand: bool, waits: bool, delay: int) -> tuple[Move, ...]:
    held = Move(Status.HELD, ActorKind.GUEST, created)
    sent = created + 2 * MINUTE
    if not by_hand:
        return held, Move(Status.CONFIRMED, ActorKind.GUEST, sent)
    asked = Move(Status.REQUESTED, ActorKind.GUEST, sent)
    return (held, asked) if waits else (held, asked, Move(Status.CONFIRMED, ActorKind.SALON, sent + delay * MINUTE))


def _visit(starts_at: datetime, ends_at: datetime, *, now: datetime, luck: int, late: timedelta) -> tuple[Move, ...]:
    """What happened in the salon so far: nothing yet, the guest is here, was here, or never came."""
    if ends_at <= now and luck < 16:
        return (Move(Status.NO_SHOW, ActorKind.SALON, min(starts_at + 20 * MINUTE, now)),)
    came = Move(Status.ARRIVED, ActorKind.SALON, min(starts_at + late, now))
    if ends_at <= now:
        return came, Move(Status.COMPLETED, ActorKind.SALON, min(ends_at + abs(late), now))
    return (came,) if starts_at <= now + 10 * MINUTE and luck >= 25 else ()
