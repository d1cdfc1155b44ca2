"""A guest changes the time of a visit: the chair is never given twice, and the money moves along.

`propose` says what a move would mean, `move` does it under lock or, where the new day asks more in advance, keeps the
new chair and opens a payment for the difference. `flows.moving_paid` carries that move out once the money is there.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext

from salon.accounts.models import User
from salon.bookings import domain, moving, queries, rules, seats
from salon.bookings.errors import HoldExpired, IllegalMove, NotOffered, SlotTaken, StaleState
from salon.bookings.guard import Refusal, refusal
from salon.bookings.models import ActorKind, Booking
from salon.bookings.offers import Offer, Pick
from salon.bookings.policy import LEAST_PAYMENT, Terms, choices, free_until, move_due, read
from salon.bookings.policy_terms import HOLD
from salon.bookings.seats import Seat
from salon.bookings.states import MOVABLE, Status
from salon.core.clock import Minute, from_minute
from salon.core.money import Halalas
from salon.core.templatetags import salon as words
from salon.core.transactions import durably
from salon.flows.moving_paid import reserved, reserved_until, tell_of_move, with_us
from salon.payments import domain as till
from salon.payments.counter import discounted
from salon.payments.ledger import refundable
from salon.payments.models import Payment
from salon.salons.models import Salon

TRIES = 3


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a move would mean at this moment. Money in halalas.

    `due` is paid before the visit moves, `back` goes back when it has, `paid` is with us now. `later` is a difference
    that is not asked now but paid at the salon. `less` is what the salon took off the price: it moves along.
    `reserved` of what is with us is only reserved on a card, and `due_held` says that what is due would be, too.
    """

    booking: Booking
    seat: Seat
    terms: Terms
    paid: Halalas
    due: Halalas
    back: Halalas
    later: Halalas
    less: Halalas = 0
    reserved: Halalas = 0
    due_held: bool = False

    @property
    def mark(self) -> str:
        """All that the guest agrees to, in short: a proposal that has changed since has another one."""
        who = ".".join(map(str, self.seat.staff_ids))
        bound, free = self.terms["bound"], self.terms["free_minutes"]
        parts = (self.booking.version, self.seat.price, self.due, self.back, self.later, bound, free)
        return f"{'-'.join(map(str, parts))}-{who}"

    @property
    def free_until(self) -> datetime:
        """The new deadline of free cancellation."""
        return free_until(self.terms, self.seat.starts_at)

    @property
    def at_salon(self) -> Halalas:
        """What is left to be paid there."""
        return max(0, self.seat.price - self.less - self.paid - self.due)


@dataclass(frozen=True, slots=True)
class Moved:
    """The booking; with a payment it stays where it is until that is paid."""

    booking: Booking
    payment: Payment | None


def propose(*, booking: Booking, start_minute: Minute, staff: int | None, now: datetime) -> Proposal:
    """What moving `booking` to this start would mean. Eight queries, no locks and no promise: `move` asks again.

    `staff` None is anyone. Raises IllegalMove in words for the guest, SlotTaken, NotOffered.
    """
    rules.move(booking, moves=moving.moves_of(booking), most=settings.MOVES_PER_BOOKING, now=now)
    salon, services = _offered(booking)
    people = seats.people(salon=salon, services=services, staff=staff, lock=False)
    return _proposal(booking, salon, services, people, start_minute, now=now)


def move(
    *, booking: Booking, start_minute: Minute, staff: int | None, agreed: str, actor: User, now: datetime
) -> Moved:
    """Move the visit, or open the payment that moves it. `agreed` is the mark of the proposal the guest has read.

    A booking that is there already is given back as it is, and the same press twice opens one payment. Raises
    StaleState when the booking or what the move would mean has changed since, IllegalMove, SlotTaken, NotOffered.
    """

    def work() -> Moved:
        staff_ids = _who_may(booking, staff)
        fresh = domain.lock(booking, staff_ids=staff_ids)
        if is_there(fresh, start_minute, staff):
            return Moved(fresh, None)
        rules.move(fresh, moves=moving.moves_of(fresh), most=settings.MOVES_PER_BOOKING, now=now)
        salon, services = _offered(fresh)
        people = seats.people(salon=salon, services=services, staff=staff, lock=True)
        if again := _opened_before(fresh, start_minute, staff, now=now):
            return Moved(fresh, again)
        _give_up_earlier(fresh, now=now)
        proposal = _proposal(fresh, salon, services, people, start_minute, now=now)
        if proposal.mark != agreed:
            raise StaleState(f"{fresh.reference}: {agreed} was agreed to, now it would be {proposal.mark}")
        if proposal.due:
            return Moved(fresh, _ask_for(proposal, salon, now=now))
        return Moved(_carry_out(proposal, actor=actor, now=now), None)

    return _taking(work)


def pay_again(*, booking: Booking, now: datetime) -> Payment:
    """Another try at paying for the time that is kept for a move. Raises HoldExpired when none is kept any more."""

    def work() -> Payment:
        fresh = domain.lock(booking)
        kept = _kept_for(fresh, now=now)
        if kept is None or fresh.status not in MOVABLE:
            raise HoldExpired(fresh.reference)
        return _try_again(kept, now=now)

    return durably(work)


def own_chairs(booking: Booking) -> list[int]:
    """The bookings whose chairs stand in no way of a move: its own, and what is kept while its guest pays. One query.

    Choosing another time gives the latter up.
    """
    return [booking.pk, *booking.payments.filter(moves_to__isnull=False).values_list("moves_to", flat=True)]


def is_there(booking: Booking, start_minute: Minute, staff: int | None) -> bool:
    """Whether the visit is at this start, with this person where one is named. At most one query."""
    if booking.starts_at != from_minute(start_minute):
        return False
    return staff is None or all(item.staff_id == staff for item in booking.items.all())


def _taking(work: Callable[[], Moved]) -> Moved:
    """Run `work`, reading what the guard and the till say."""
    for _ in range(TRIES):
        try:
            return durably(work)
        except till.RefundInFlight as error:
            raise StaleState("a refund of this booking is being sent this second") from error
        except IntegrityError as error:
            why = refusal(error)
            if why == Refusal.OVERLAP:
                raise SlotTaken("the guard refused it") from error
            if why != Refusal.SAME_REFERENCE:  # of the hold: draw again
                raise
    raise SlotTaken("no hold could be written")


def _offered(booking: Booking) -> queries.Visit:
    """The salon and the booked services as they are offered now, in their order. Two queries."""
    items = booking.items.order_by("position").values_list("service_id", "variant_id")
    picks = [f"{service}-{variant}" if variant else str(service) for service, variant in items]
    try:
        return queries.load_visit(slug=booking.salon.slug, picks=picks)
    except Salon.DoesNotExist as error:
        raise NotOffered("the salon is not on the site") from error


def _who_may(booking: Booking, staff: int | None) -> list[int]:
    """Everybody whose chair the move may take, for one lock of all in one order. Three queries."""
    known = Booking.objects.select_related("salon").get(pk=booking.pk)
    salon, services = _offered(known)
    return [each.staff_id for each in seats.people(salon=salon, services=services, staff=staff, lock=False)]


def _proposal(
    booking: Booking,
    salon: Salon,
    services: Sequence[Pick],
    people: Sequence[Offer],
    start_minute: Minute,
    *,
    now: datetime,
) -> Proposal:
    payments = list(booking.payments.all())
    own = [booking.pk, *(each.moves_to_id for each in payments if each.moves_to_id)]
    seat = seats.find(salon=salon, services=services, people=people, start_minute=start_minute, apart_from=own, now=now)
    if (until := reserved_until(payments)) and seat.ends_at > until:
        raise IllegalMove(_too_far(until, salon.zone))
    paid = with_us(payments)
    old = read(booking.policy)
    if booking.status == Status.REQUESTED:  # nothing was promised yet: calling it off is free, so a move binds nothing
        old = {**old, "free_minutes": 0}
    less = discounted(booking)
    asked = move_due(
        old,
        seat.terms,
        paid=paid,
        price=max(0, seat.price - less),
        choice=choices(seat.terms)[0],
        starts_at=booking.starts_at,
        now=now,
    )
    due = asked.due
    # A riyal is the least the gateway takes. And a chair cannot be kept beside itself: the guard would refuse it.
    if due and (due < LEAST_PAYMENT or moving.overlap(booking, seat.spans)):
        due = 0
    back = min(asked.back, sum(refundable(payment) for payment in payments))  # what is only reserved needs no refund
    held, due_held = reserved(payments), bool(due) and seat.terms["prepayment"] == HOLD
    later = asked.due - due
    return Proposal(
        booking, seat, asked.terms, paid, due, back, later=later, less=less, reserved=held, due_held=due_held
    )


def _too_far(until: datetime, zone: str) -> str:
    """Money that is only reserved does not wait for ever."""
    return gettext("The deposit is only reserved on the card, until %(day)s. The new time must be before that.") % {
        "day": words.day_long(until, zone)
    }


def _opened_before(booking: Booking, start_minute: Minute, staff: int | None, *, now: datetime) -> Payment | None:
    """The payment that this same press has opened already, or another try at it, while its chair is still kept."""
    kept = _kept_for(booking, now=now)
    return _try_again(kept, now=now) if kept and is_there(kept.moves_to, start_minute, staff) else None


def _kept_for(booking: Booking, *, now: datetime) -> Payment | None:
    """The newest payment whose chair is kept for a move of this booking. One query."""
    kept = booking.payments.filter(moves_to__status=Status.HELD, moves_to__expires_at__gt=now)
    return kept.select_related("moves_to").order_by("-created_at").first()


def _try_again(kept: Payment, *, now: datetime) -> Payment:
    """The payment that is open, or a new one where that one is used up; its chair is kept no longer for it."""
    hold = kept.moves_to
    return till.open_payment(
        booking=kept.booking, amount=kept.amount, expires_at=hold.expires_at, moves_to=hold, now=now
    )


def _give_up_earlier(booking: Booking, *, now: datetime) -> None:
    """Another time was chosen before and not paid: its chair is free again, and its page is closed by `tick`."""
    till.close_payments(booking=booking, now=now)
    for hold in booking.payments.filter(moves_to__status=Status.HELD).values_list("moves_to", flat=True).distinct():
        domain.drop_hold(hold, Status.CANCELLED, actor_kind=ActorKind.GUEST, reason="replaced", now=now)


def _ask_for(proposal: Proposal, salon: Salon, *, now: datetime) -> Payment:
    """Keep the new chair while the difference is paid. The visit keeps its old one until then."""
    hold = domain.keep(
        proposal.seat,
        salon=salon,
        key=uuid.uuid4(),
        customer=None,
        held_from="",
        policy=proposal.terms,
        expires_at=now + timedelta(minutes=settings.HOLD_MINUTES),
        now=now,
    )
    return till.open_payment(
        booking=proposal.booking, amount=proposal.due, expires_at=hold.expires_at, moves_to=hold, now=now
    )


def _carry_out(proposal: Proposal, *, actor: User, now: datetime) -> Booking:
    booking, seat = proposal.booking, proposal.seat
    domain.clear(seat, now=now)
    domain.relocate(
        booking,
        items=seat.items(booking),
        spans=seat.spans,
        day=seat.day,
        terms=proposal.terms,
        actor_kind=ActorKind.GUEST,
        actor=actor,
        now=now,
    )
    if proposal.back:
        till.order_refund(
            booking=booking, amount=proposal.back, reason="The new time costs less.", requested_by=actor, now=now
        )
    tell_of_move(booking, now=now)
    return booking
