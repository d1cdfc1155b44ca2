"""A guest's visits as their pages show them: words for the status, what was paid, what would go back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext

from salon.bookings import policy, rules
from salon.bookings.errors import IllegalMove
from salon.bookings.models import ActorKind, Booking, BookingEvent
from salon.bookings.states import OPEN, Status
from salon.core import clock
from salon.core.templatetags import salon as words
from salon.salons.art import cover_file
from salon.web import policy_words
from salon.web.directions import directions_url
from salon.web.holds import picks_of
from salon.web.move_words import may_move, move_url
from salon.web.receipt import Receipt, receipt_of


@dataclass(frozen=True, slots=True)
class VisitPage:
    """One visit on its own page. Amounts in halalas."""

    booking: Booking
    now: dt.datetime
    receipt: Receipt
    last_event: BookingEvent | None
    moves: list[BookingEvent]
    """Its changes of time, the oldest first."""

    @property
    def paid(self) -> int:
        """What is with us, though some of it may be promised back."""
        return self.receipt.paid

    @property
    def going_back(self) -> int:
        return self.receipt.going_back

    @property
    def status(self) -> str:
        return status_words(self.booking)

    @property
    def cover(self) -> str:
        return static(cover_file(self.booking.salon.cover))

    @property
    def is_open(self) -> bool:
        """Still to come or going on."""
        return self.booking.status in OPEN and self.booking.ends_at > self.now

    @property
    def awaits_payment(self) -> bool:
        """Placed, and its chair kept while the money is on its way."""
        expires = self.booking.expires_at
        return self.booking.status == Status.HELD and expires is not None and expires > self.now

    @property
    def told(self) -> policy_words.Told:
        """The promise about cancelling, in words."""
        return policy_words.for_visit(self.booking, now=self.now, paid=self._at_stake, reserved=self.receipt.reserved)

    @property
    def may_move(self) -> bool:
        return may_move(self.booking, moves=len(self.moves), now=self.now)

    @property
    def move_url(self) -> str:
        return move_url(self.booking)

    @property
    def may_cancel(self) -> bool:
        return not self.why_not_cancel

    @property
    def why_not_cancel(self) -> str:
        try:
            rules.cancel(self.booking, ActorKind.GUEST, self.now)
        except IllegalMove as problem:
            return str(problem)
        return ""

    @property
    def refund_now(self) -> int:
        """What goes back if the guest cancels at this moment. A request nobody answered goes back whole."""
        return max(0, self._at_stake - self.receipt.reserved - self.kept_now)

    @property
    def by_hand_now(self) -> int:
        """What of `refund_now` was paid at the salon: it is given back there, as no gateway can send it."""
        if not self.receipt.at_counter:
            return 0
        owed = partial(
            policy.refund_due,
            self.booking.policy,
            starts_at=self.booking.starts_at,
            now=self.now,
            by_salon=self.booking.status == Status.REQUESTED,
        )
        online = self._at_stake - self.receipt.at_counter
        return min(self.receipt.at_counter, owed(paid=self._at_stake) - owed(paid=online))

    @property
    def to_card_now(self) -> int:
        """What of `refund_now` is sent back."""
        return self.refund_now - self.by_hand_now

    @property
    def released_now(self) -> int:
        """What of the money that is only reserved is let go if the guest cancels at this moment."""
        return self.receipt.reserved - self.charged_now

    @property
    def charged_now(self) -> int:
        """What of the money that is only reserved is taken if the guest cancels at this moment."""
        return max(0, self._cost_now - (self._at_stake - self.receipt.reserved))  # what is with us is kept first

    @property
    def back_now(self) -> int:
        """What the guest gets back or keeps if cancelling at this moment: the cancel form shows and sends it."""
        return self.refund_now + self.released_now

    @property
    def _at_stake(self) -> int:
        """What is with us and not promised back, and what is reserved."""
        return max(0, self.paid - self.going_back) + self.receipt.reserved

    @property
    def _cost_now(self) -> int:
        """What cancelling costs at this moment, of all that is there."""
        return self._at_stake - policy.refund_due(
            self.booking.policy,
            paid=self._at_stake,
            starts_at=self.booking.starts_at,
            now=self.now,
            by_salon=self.booking.status == Status.REQUESTED,
        )

    @property
    def kept_now(self) -> int:
        """What stays with the salon of what was paid if the guest cancels at this moment."""
        return self._cost_now - self.charged_now

    @property
    def soon(self) -> str:
        return soon(self.booking, self.now)

    @property
    def directions_url(self) -> str:
        return directions_url(self.booking.salon)

    @property
    def again_url(self) -> str:
        return again_url(self.booking)

    @property
    def by_salon(self) -> bool:
        """Whether the salon, or an operator for it, ended it."""
        event = self.last_event
        return event is not None and event.actor_kind in {ActorKind.SALON, ActorKind.OPERATOR}

    @property
    def unpaid(self) -> bool:
        """An expired one whose money never came, as opposed to a request that nobody answered."""
        return self.last_event is not None and self.last_event.old_status == Status.HELD


def visit_page(booking: Booking, *, now: dt.datetime) -> VisitPage:
    """Five more queries than the booking itself, six once it has ended: its money, and the last event."""
    events = list(BookingEvent.objects.filter(booking=booking).order_by("pk"))
    return VisitPage(
        booking=booking,
        now=now,
        receipt=receipt_of(booking),
        last_event=events[-1] if events else None,
        moves=[event for event in events if event.moved_to],
    )


def visit_cards(bookings: Iterable[Booking], *, now: dt.datetime) -> list[dict[str, Any]]:
    """The rows of "my bookings". No queries: items and salons came with the bookings."""
    return [
        {
            "booking": booking,
            "url": reverse("web:booking", args=[booking.reference]),
            "status": status_words(booking),
            "cover": static(cover_file(booking.salon.cover)),
            "services": gettext(", ").join(words.loc(item.service, "name") for item in booking.items.all()),
            "minutes": sum(item.minutes for item in booking.items.all()),
            "soon": soon(booking, now),
            "directions_url": directions_url(booking.salon),
            "again_url": again_url(booking),
            "move_url": move_url(booking) if may_move(booking, moves=0, now=now) else "",  # the times say if too often
        }
        for booking in bookings
    ]


def status_words(booking: Booking) -> str:
    """The status as a guest would say it."""
    return {
        Status.HELD: gettext("Awaiting payment"),
        Status.REQUESTED: gettext("Awaiting the salon"),
        Status.CONFIRMED: pgettext("booking status", "Confirmed"),
        Status.ARRIVED: pgettext("booking status", "Arrived"),
        Status.COMPLETED: pgettext("booking status", "Completed"),
        Status.NO_SHOW: pgettext("booking status", "No-show"),
        Status.CANCELLED: pgettext("booking status", "Cancelled"),
        Status.DECLINED: pgettext("booking status", "Declined"),
        Status.EXPIRED: pgettext("booking status", "Expired"),
    }[Status(booking.status)]


def soon(booking: Booking, now: dt.datetime) -> str:
    """How far ahead it is: today, tomorrow, in so many days."""
    zone = clock.zone(booking.salon.zone)
    days = (clock.local_day(booking.starts_at, zone) - clock.local_day(now, zone)).days
    if days <= 0:
        return gettext("Today")
    if days == 1:
        return pgettext("the next day", "Tomorrow")
    return ngettext("In %(count)s day", "In %(count)s days", days) % {"count": days}


def again_url(booking: Booking) -> str:
    """The time step with the same services."""
    return f"{reverse('web:book', args=[booking.salon.slug])}?{picks_of(booking).query}"
