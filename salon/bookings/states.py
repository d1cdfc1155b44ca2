"""The states of a visit and the one table of legal moves. Pure: no models, no clock.

HELD        a chair kept for minutes while a phone is proved and a card is asked
REQUESTED   waiting for the salon's yes (salons that confirm by hand)
CONFIRMED   promised to both sides
ARRIVED     the guest is here
COMPLETED, NO_SHOW, CANCELLED, DECLINED, EXPIRED: over
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Status(TextChoices):
    HELD = "held", _("on hold")
    REQUESTED = "requested", _("awaiting confirmation")
    CONFIRMED = "confirmed", _("confirmed")
    ARRIVED = "arrived", _("arrived")
    COMPLETED = "completed", _("completed")
    NO_SHOW = "no_show", _("no-show")
    CANCELLED = "cancelled", _("cancelled")
    DECLINED = "declined", _("declined")
    EXPIRED = "expired", _("expired")


MOVES: dict[Status, frozenset[Status]] = {
    Status.HELD: frozenset({Status.REQUESTED, Status.CONFIRMED, Status.EXPIRED, Status.CANCELLED}),
    Status.REQUESTED: frozenset({Status.CONFIRMED, Status.DECLINED, Status.EXPIRED, Status.CANCELLED}),
    Status.CONFIRMED: frozenset({Status.ARRIVED, Status.COMPLETED, Status.NO_SHOW, Status.CANCELLED}),
    Status.ARRIVED: frozenset({Status.COMPLETED, Status.CANCELLED}),
    Status.COMPLETED: frozenset(),
    # The owner corrects a hasty press: the guest came after all.
    Status.NO_SHOW: frozenset({Status.COMPLETED, Status.ARRIVED}),
    Status.CANCELLED: frozenset(),
    Status.DECLINED: frozenset(),
    # Money that arrived late: only after the chair was found free again, under lock.
    Status.EXPIRED: frozenset({Status.CONFIRMED, Status.REQUESTED}),
}

# States whose BusyTime rows keep the chair. All others have none.
OCCUPYING = frozenset(
    {Status.HELD, Status.REQUESTED, Status.CONFIRMED, Status.ARRIVED, Status.COMPLETED, Status.NO_SHOW}
)
MOVABLE = frozenset({Status.REQUESTED, Status.CONFIRMED})
"""Still to come: its guest may change the time. The status stays as it is, so this is no move of the table."""
OPEN = frozenset({Status.REQUESTED, Status.CONFIRMED, Status.ARRIVED})
CALLED_OFF = frozenset({Status.CANCELLED, Status.DECLINED, Status.EXPIRED})
"""Over without a visit: a guest's list keeps them apart."""


def may_move(old: Status | str, new: Status | str) -> bool:
    return Status(new) in MOVES[Status(old)]
