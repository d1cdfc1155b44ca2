"""What changing a time means, in plain sentences. Sums and terms come from `flows.moving`; nothing here decides."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from salon.bookings import rules
from salon.bookings.errors import IllegalMove
from salon.bookings.models import Booking
from salon.bookings.states import Status
from salon.core import clock
from salon.core.templatetags import salon as words
from salon.flows.moving import Proposal
from salon.salons.models import Staff
from salon.web import policy_words


@dataclass(frozen=True, slots=True)
class MovePage:
    """The step that changes a time. Amounts in halalas."""

    proposal: Proposal
    lines: list[dict[str, Any]]
    money: list[str]
    """What happens to the price and what was paid, a sentence each."""
    told: policy_words.Told
    """What cancelling will mean at the new time."""
    bound: str
    """Why some of the money stays even if the visit is cancelled; "" in the usual case."""
    answer: str
    """What becomes of the salon's answer, where it confirms by hand."""

    @property
    def due(self) -> int:
        return self.proposal.due


def move_page(proposal: Proposal, *, now: dt.datetime) -> MovePage:
    """Names of the people are one query."""
    booking, seat = proposal.booking, proposal.seat
    names = {each.pk: words.loc(each, "name") for each in Staff.objects.filter(pk__in=seat.staff_ids)}
    at_the_new_time = Booking(salon=booking.salon, policy=proposal.terms, starts_at=seat.starts_at)
    paid = proposal.paid + proposal.due - proposal.back
    reserved = proposal.reserved + (proposal.due if proposal.due_held else 0)
    return MovePage(
        proposal=proposal,
        lines=[
            {"service": item.service, "variant": item.variant, "minutes": minutes, "who": names[who], "price": price}
            for item, who, (_, minutes), price in zip(
                booking.items.all(), seat.staff_ids, seat.times, seat.prices, strict=True
            )
        ],
        money=_money(proposal),
        told=policy_words.for_visit(at_the_new_time, now=now, paid=paid, reserved=reserved),
        bound=_bound(proposal),
        answer=_answer(proposal, now),
    )


def may_move(booking: Booking, *, moves: int, now: dt.datetime) -> bool:
    """Whether the visit's page offers it. No query: items and salon came with the booking."""
    try:
        rules.move(booking, moves=moves, most=most_moves(), now=now)
    except IllegalMove:
        return False
    return all(item.service.is_active for item in booking.items.all())


def most_moves() -> int:
    return settings.MOVES_PER_BOOKING


def move_url(booking: Booking) -> str:
    """The times, with the same person first where one does it all."""
    people = {item.staff_id for item in booking.items.all()}
    query = f"?staff={people.pop()}" if len(people) == 1 else ""
    return reverse("web:booking_move", args=[booking.reference]) + query


def _money(proposal: Proposal) -> list[str]:
    booking, told = proposal.booking, []
    if booking.price != proposal.seat.price:
        told.append(
            gettext("The price changes from %(old)s to %(new)s.")
            % {"old": words.money_text(booking.price), "new": words.money_text(proposal.seat.price)}
        )
    if proposal.due:
        asked = {"amount": words.money_text(proposal.due)}
        if proposal.due_held:
            now = gettext("%(amount)s is reserved on the card now: the new day asks for more in advance.")
        else:
            now = gettext("%(amount)s is paid now: the new day asks for more in advance.")
        told.append(now % asked)
        told.append(gettext("The appointment stays where it is until the payment has arrived."))
    elif proposal.paid and proposal.reserved == proposal.paid:
        told.append(
            gettext("Nothing is paid now: the %(amount)s reserved on the card stays reserved for the new time.")
            % {"amount": words.money_text(proposal.reserved)}
        )
    elif proposal.paid:
        told.append(
            gettext("Nothing is paid now: the %(amount)s paid before counts for the new time.")
            % {"amount": words.money_text(proposal.paid - proposal.back)}
        )
    else:
        told.append(gettext("Nothing is paid now; payment is at the salon."))
    if proposal.back:
        told.append(
            gettext("%(amount)s goes back to the card that paid.") % {"amount": words.money_text(proposal.back)}
        )
    return told


def _bound(proposal: Proposal) -> str:
    bound = min(proposal.terms["bound"], proposal.paid)
    if not bound:
        return ""
    return gettext(
        "The time of free cancellation has passed. The appointment can still be moved, but %(amount)s then stays with "
        "the salon even if it is cancelled later."
    ) % {"amount": words.money_text(bound)}


def _answer(proposal: Proposal, now: dt.datetime) -> str:
    booking, salon = proposal.booking, proposal.booking.salon
    if booking.status == Status.REQUESTED:
        until = min(now + dt.timedelta(minutes=salon.approval_minutes), proposal.seat.starts_at)
        local = clock.zone(salon.zone)
        return gettext("The salon answers the request for the new time by %(day)s, %(time)s.") % {
            "day": words.day_long(until, local),
            "time": words.clock_time(until, local),
        }
    if salon.manual_approval:
        return gettext(
            "The appointment stays confirmed. Should the new time not suit the salon, it cancels, and everything paid "
            "goes back."
        )
    return ""
