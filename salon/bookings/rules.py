"""When a button may be pressed, beyond the table of moves: each rule by name, with the reason it gives. Pure.

Each raises IllegalMove with words fit to show to the person who pressed; silence is permission.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from salon.bookings.errors import IllegalMove
from salon.bookings.models import ActorKind, Booking
from salon.bookings.policy import no_show_from, read
from salon.bookings.states import MOVABLE, Status, may_move
from salon.salons.models import SalonStatus

EARLY_ARRIVAL = timedelta(hours=3)
CORRECTION = timedelta(hours=24)
GUEST_CANCELS = frozenset({Status.HELD, Status.REQUESTED, Status.CONFIRMED})


def known_move(booking: Booking, to: Status) -> None:
    """The table of moves has it."""
    if not may_move(booking.status, to):
        raise IllegalMove(
            _("A booking that is “%(old)s” cannot become “%(new)s”.")
            % {"old": Status(booking.status).label, "new": Status(to).label}
        )


def answer(booking: Booking, to: Status, now: datetime) -> None:
    """Only a request is confirmed or declined, and confirmed only while there is something to come to.

    A hold also becomes confirmed, but by its guest (`place`) or by money (`settle`), never by a press of the salon.
    """
    if booking.status != Status.REQUESTED:
        raise IllegalMove(_("Only a booking that awaits confirmation can be confirmed or declined."))
    if to == Status.CONFIRMED and now >= booking.starts_at:
        raise IllegalMove(_("The time of this booking has passed."))


def arrive(booking: Booking, now: datetime) -> None:
    """From three hours before the start: earlier it is the wrong row. A no-show is corrected within a day."""
    known_move(booking, Status.ARRIVED)
    if now < booking.starts_at - EARLY_ARRIVAL:
        raise IllegalMove(_("Arrival can be marked from 3 hours before the start."))
    _correction_in_time(booking, now)


def complete(booking: Booking, now: datetime) -> None:
    """Nothing is finished before it began. A no-show is corrected within a day."""
    known_move(booking, Status.COMPLETED)
    if now < booking.starts_at:
        raise IllegalMove(_("A booking can be completed after its start."))
    _correction_in_time(booking, now)


def no_show(booking: Booking, now: datetime) -> None:
    """Nobody has failed to come before the start, nor before the minutes that the salon promised to wait."""
    known_move(booking, Status.NO_SHOW)
    if now < no_show_from(booking.policy, booking.starts_at):
        minutes = read(booking.policy)["grace_minutes"]
        if not minutes:
            raise IllegalMove(_("A no-show can be marked after the start."))
        raise IllegalMove(
            ngettext_lazy(
                "A no-show can be marked %(count)s minute after the start: the guest was promised that wait.",
                "A no-show can be marked %(count)s minutes after the start: the guest was promised that wait.",
                minutes,
            )
            % {"count": minutes}
        )


def cancel(booking: Booking, by: ActorKind | str, now: datetime) -> None:
    """A guest cancels before the start and not once arrived; the salon and operators also afterwards."""
    known_move(booking, Status.CANCELLED)
    if by != ActorKind.GUEST:
        return
    if booking.status not in GUEST_CANCELS:
        raise IllegalMove(_("This booking cannot be cancelled any more."))
    if now >= booking.starts_at:
        raise IllegalMove(_("A booking can be cancelled until its start."))


def move(booking: Booking, *, moves: int, most: int, now: datetime) -> None:
    """A guest changes the time before the start, at most `most` times; `moves` were made already.

    Its salon must have come with the booking.
    """
    ran_out = booking.status == Status.REQUESTED and booking.expires_at is not None and booking.expires_at <= now
    if booking.status not in MOVABLE or ran_out:
        raise IllegalMove(_("The time of this booking cannot be changed any more."))
    if now >= booking.starts_at:
        raise IllegalMove(_("The time of a booking can be changed until its start."))
    if booking.salon.status != SalonStatus.PUBLISHED:
        raise IllegalMove(_("This salon takes no bookings at the moment."))
    if moves >= most:
        raise IllegalMove(
            ngettext_lazy(
                "The time was changed %(count)s time already. For another change, please call the salon.",
                "The time was changed %(count)s times already. For another change, please call the salon.",
                moves,
            )
            % {"count": moves}
        )


def _correction_in_time(booking: Booking, now: datetime) -> None:
    if booking.status == Status.NO_SHOW and now > booking.ends_at + CORRECTION:
        raise IllegalMove(_("A no-show can be corrected within 24 hours."))
