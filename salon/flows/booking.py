"""A visit from the first press to the last: hold, place, confirm, decline, arrive, complete, no-show, cancel, expire.

Each verb is one transaction of its own, tried again on deadlock. What changed, the letters that tell of it and the
refund it owes are written together; the network is only used after the commit.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Q

from salon.accounts.closing import lock_person
from salon.accounts.models import User
from salon.bookings import domain, rules
from salon.bookings.errors import HoldExpired, SlotTaken, StaleState, TooManyHolds
from salon.bookings.guard import Refusal, refusal
from salon.bookings.models import ActorKind, Booking
from salon.bookings.offers import Pick
from salon.bookings.policy import Choice, amount_due
from salon.bookings.states import Status
from salon.core.clock import Minute, from_minute
from salon.core.text import clean_line
from salon.core.transactions import durably
from salon.flows import money_out
from salon.flows import payment as paying
from salon.notifications.models import Letter
from salon.notifications.outbox import tell_customer, tell_salon
from salon.payments import domain as till
from salon.payments.models import Payment
from salon.salons.models import Salon, Staff

logger = logging.getLogger("salon.flows.booking")

KEY_TRIES = 4
"""How often one form may choose the same time again after giving it up, each time as one booking."""

REFERENCE_TRIES = 5

DEAD = frozenset({Status.CANCELLED, Status.DECLINED, Status.EXPIRED})


class Placed(NamedTuple):
    """The booking, and the payment to be made now; None when there is nothing to prepay."""

    booking: Booking
    payment: Payment | None


# --- the guest ------------------------------------------------------------------------------------------


def hold(
    *,
    salon: Salon,
    services: Sequence[Pick],
    staff: Staff | int | None,
    start_minute: Minute,
    key: uuid.UUID,
    customer: User | None,
    held_from: str,
    replaces: Booking | None,
    now: datetime,
) -> Booking:
    """Keep the chair for HOLD_MINUTES, giving up the hold it `replaces`. Eight queries, twelve with a replacement.

    The same form key and start give the same booking, however often they come. `held_from` is the keyed hash of the
    address. Raises SlotTaken, NotOffered, and TooManyHolds, which is only looked at once the chair was free.
    """

    def work() -> Booking:
        known, fresh_key = _by_key(key, salon, start_minute, now)
        if known is not None:
            return known
        booking = domain.reserve(
            salon=salon,
            services=services,
            staff=staff,
            start_minute=start_minute,
            key=fresh_key,
            customer=customer,
            held_from=held_from,
            replaces=replaces,
            expires_at=now + timedelta(minutes=settings.HOLD_MINUTES),
            now=now,
        )
        if replaces is not None and replaces.due_now:
            till.close_payments(booking=replaces, now=now)
        _not_too_many(booking, customer, held_from, now=now)
        return booking

    booking = _once(work, lambda: _by_key(key, salon, start_minute, now)[0])
    if replaces is not None and replaces.due_now:
        paying.cancel_open(booking=replaces, now=now)
    return booking


def _once(work: Callable[[], Booking], known: Callable[[], Booking | None]) -> Booking:
    """Run `work`, reading what the guard says: a rival's chair, or our own answer that was lost on the way."""
    for _ in range(REFERENCE_TRIES):
        try:
            return durably(work)
        except SlotTaken:
            if (ours := known()) is not None:  # the same form, pressed twice: the first press took the chair
                return ours
            raise
        except IntegrityError as error:
            why = refusal(error)
            if why == Refusal.OVERLAP:
                raise SlotTaken("the guard refused it") from error
            if why == Refusal.OTHER:
                raise
            # The same key came in between, or the reference is in use: look again, draw again.
    raise SlotTaken("no booking could be written")


def _by_key(key: uuid.UUID, salon: Salon, start_minute: Minute, now: datetime) -> tuple[Booking | None, uuid.UUID]:
    """The living booking that this form made for this start, or else the key for a new one. One query.

    A guest may go back in the browser and press another time, or the same one again after the hold ended, in a form
    with the same key: each such choice has a key of its own, derived from the form's.
    """
    keys = [key, *(uuid.uuid5(key, f"{salon.pk}@{start_minute} #{number}") for number in range(KEY_TRIES))]
    made = {each.key: each for each in Booking.objects.filter(key__in=keys)}
    for each in made.values():
        lives = each.status not in DEAD and (each.status != Status.HELD or each.expires_at > now)
        if lives and each.salon_id == salon.pk and each.starts_at == from_minute(start_minute):
            return each, key
    return None, next((each for each in keys if each not in made), uuid.uuid4())


def _not_too_many(booking: Booking, customer: User | None, held_from: str, *, now: datetime) -> None:
    """Limit the chairs that one phone keeps at once, or, before a phone is proved, one address. One query.

    An address counts only what nobody has signed for: carriers put a whole quarter of town behind one address, and
    whoever has proved a phone is limited by it. `booking` may be among them.
    """
    if customer is not None:
        whose, limit = Q(customer=customer), settings.HOLDS_PER_PHONE
    elif held_from:
        whose, limit = Q(held_from=held_from, customer=None), settings.HOLDS_PER_ADDRESS
    else:
        return
    ends = list(
        Booking.objects.filter(whose, status=Status.HELD, expires_at__gt=now)
        .exclude(pk=booking.pk)
        .order_by("expires_at")
        .values_list("expires_at", flat=True)
    )
    if len(ends) >= limit:
        raise TooManyHolds(max(1, int((ends[0] - now).total_seconds())))


def place(*, booking: Booking, customer: User, name: str, note: str, choice: Choice, now: datetime) -> Placed:
    """The guest confirms a hold: it becomes a booking, or, with something to prepay, waits for the money.

    With prepayment the hold is lengthened once to HOLD_MINUTES from now and a payment is opened. A booking that this
    guest has placed before is given back as it is. Raises HoldExpired when it is too late, somebody else's or the
    guest's account is closed, NotOffered for a choice that the salon's terms do not give, TooManyHolds, SlotTaken when
    the start has come or the salon takes no bookings any more.
    """
    known_as = customer.name  # read before the first try: a second one must write the name again

    def work() -> Placed:
        person = lock_person(customer)  # before the chair: an account is deleted either before this or after
        fresh = domain.lock(booking)
        if not person.is_active:
            raise HoldExpired(fresh.reference)
        if fresh.customer_id == customer.pk and fresh.status != Status.HELD and fresh.status not in DEAD:
            return Placed(fresh, None)
        _still_held(fresh, customer, now=now)
        due = amount_due(fresh.policy, fresh.price, choice)
        domain.require_promisable(fresh, now=now)  # before any money is asked for it
        _not_too_many(fresh, customer, "", now=now)
        _remember_name(customer, name, known_as)
        details = {"customer": customer, "note": clean_line(note, 280), "due_now": due}
        if due:
            ends = now + timedelta(minutes=settings.HOLD_MINUTES)
            domain.extend_hold(fresh, expires_at=ends, **details)
            return Placed(fresh, till.open_payment(booking=fresh, amount=due, expires_at=fresh.expires_at, now=now))
        domain.promise_chair(fresh, now=now, actor_kind=ActorKind.GUEST, actor=customer, **details)
        tell_customer(Letter.REQUESTED if fresh.status == Status.REQUESTED else Letter.BOOKED, booking=fresh, now=now)
        tell_salon(Letter.OWNER_NEW, booking=fresh, now=now)
        return Placed(fresh, None)

    return durably(work)


def _still_held(booking: Booking, customer: User, *, now: datetime) -> None:
    theirs = booking.customer_id in {None, customer.pk}
    if not theirs or booking.status != Status.HELD or booking.expires_at <= now:
        raise HoldExpired(booking.reference)


def _remember_name(customer: User, name: str, known_as: str) -> None:
    name = clean_line(name, 80)
    if name and name != known_as:
        customer.name = name
        customer.save(update_fields=["name"])


def release(*, booking: Booking, now: datetime) -> Booking:
    """Give up a hold before its time. Anything that is not a hold any more is left as it is."""

    def work() -> Booking:
        fresh = domain.lock(booking)
        if fresh.status == Status.HELD:
            till.close_payments(booking=fresh, now=now)
            domain.drop_hold(
                fresh.pk, Status.CANCELLED, actor_kind=ActorKind.GUEST, actor=fresh.customer, reason="released", now=now
            )
            fresh.refresh_from_db()
        return fresh

    fresh = durably(work)
    if fresh.due_now and fresh.status == Status.CANCELLED:
        paying.cancel_open(booking=fresh, now=now)
    return fresh


# --- the salon ------------------------------------------------------------------------------------------


def confirm(
    *, booking: Booking, actor: User | None, reason: str = "", by: ActorKind = ActorKind.SALON, now: datetime
) -> Booking:
    """The salon says yes to a request. Raises IllegalMove, StaleState."""

    def check(fresh: Booking) -> None:
        rules.answer(fresh, Status.CONFIRMED, now)

    def tell(fresh: Booking) -> None:
        tell_customer(Letter.CONFIRMED, booking=fresh, now=now)

    return _move(booking, Status.CONFIRMED, check, tell, by=by, actor=actor, reason=reason, now=now)


def decline(
    *, booking: Booking, actor: User | None, reason: str = "", by: ActorKind = ActorKind.SALON, now: datetime
) -> Booking:
    """The salon says no to a request; what was prepaid goes back whole. Raises IllegalMove, StaleState."""

    def check(fresh: Booking) -> None:
        rules.answer(fresh, Status.DECLINED, now)

    def tell(fresh: Booking) -> None:
        money_out.give_back(fresh, whole=True, reason="The salon declined.", actor=actor, now=now)
        tell_customer(Letter.DECLINED, booking=fresh, now=now)

    return _move(booking, Status.DECLINED, check, tell, by=by, actor=actor, reason=reason, now=now)


def arrive(
    *, booking: Booking, actor: User | None, reason: str = "", by: ActorKind = ActorKind.SALON, now: datetime
) -> Booking:
    """The guest is here, and what was reserved is taken. Raises IllegalMove (`rules.arrive`), StaleState."""
    check, tell = partial(rules.arrive, now=now), partial(money_out.take_reserved, now=now)
    return _move(booking, Status.ARRIVED, check, tell, by=by, actor=actor, reason=reason, now=now)


def complete(
    *, booking: Booking, actor: User | None, reason: str = "", by: ActorKind = ActorKind.SALON, now: datetime
) -> Booking:
    """The visit is over, and what was reserved is taken. Raises IllegalMove (`rules.complete`), StaleState."""
    check, tell = partial(rules.complete, now=now), partial(money_out.take_reserved, now=now)
    return _move(booking, Status.COMPLETED, check, tell, by=by, actor=actor, reason=reason, now=now)


def no_show(
    *, booking: Booking, actor: User | None, reason: str = "", by: ActorKind = ActorKind.SALON, now: datetime
) -> Booking:
    """The guest did not come; what the promise does not keep goes back (`policy.no_show_due`).

    Raises IllegalMove (`rules.no_show`), StaleState.
    """

    def tell(fresh: Booking) -> None:
        money_out.give_back_missed(fresh, actor=actor, now=now)

    check = partial(rules.no_show, now=now)
    return _move(booking, Status.NO_SHOW, check, tell, by=by, actor=actor, reason=reason, now=now)


# --- both -----------------------------------------------------------------------------------------------


def cancel(*, booking: Booking, actor: User | None, by: ActorKind, reason: str = "", now: datetime) -> Booking:
    """Call a visit off and order the refund that the policy owes (`policy.refund_due`).

    A request that the salon has not answered goes back whole, whoever calls it off: nothing was promised yet.
    Raises IllegalMove (`rules.cancel`), StaleState.
    """
    was = Status.HELD

    def check(fresh: Booking) -> None:
        nonlocal was
        was = Status(fresh.status)
        rules.cancel(fresh, by, now)

    def tell(fresh: Booking) -> None:
        till.close_payments(booking=fresh, now=now)
        whole = by != ActorKind.GUEST or was == Status.REQUESTED
        money_out.give_back(fresh, whole=whole, reason="The visit was cancelled.", actor=actor, now=now)
        if was == Status.HELD:  # nobody had been told of it
            return
        tell_customer(Letter.CANCELLED, booking=fresh, now=now)
        if by != ActorKind.SALON:
            tell_salon(Letter.OWNER_CANCELLED, booking=fresh, now=now)

    fresh = _move(booking, Status.CANCELLED, check, tell, by=by, actor=actor, reason=reason, now=now)
    if was == Status.HELD and fresh.due_now:
        paying.cancel_open(booking=fresh, now=now)
    return fresh


def _move(
    booking: Booking,
    to: Status,
    check: Callable[[Booking], None],
    tell: Callable[[Booking], None] | None = None,
    *,
    by: ActorKind,
    actor: User | None,
    reason: str,
    now: datetime,
) -> Booking:
    """Lock, look at the rules, move, and write what follows from it, in one transaction."""

    def work() -> Booking:
        fresh = domain.lock(booking)
        check(fresh)
        changes = {} if domain.was_placed(fresh) else {"customer": None}
        domain.transition(fresh, to, actor_kind=by, actor=actor, reason=clean_line(reason, 200), now=now, **changes)
        if tell is not None:
            tell(fresh)
        return fresh

    try:
        return durably(work)
    except till.RefundInFlight as error:
        raise StaleState("a refund of this booking is being sent this second") from error


# --- time -----------------------------------------------------------------------------------------------


def expire_due(*, now: datetime, limit: int = 500) -> int:
    """End holds and requests whose time is over, each in a transaction of its own. How many ended.

    A hold whose guest went to pay ends like any other; its money, if it still comes, takes the late path in `settle`.
    One that fails is logged and left for the next round.
    """
    due = Booking.objects.filter(status__in=[Status.HELD, Status.REQUESTED], expires_at__lte=now)
    ended = 0
    for pk in list(due.order_by("expires_at").values_list("pk", flat=True)[:limit]):
        try:
            ended += durably(partial(_expire, pk, now=now))
        except Exception:  # whatever it is, it stands first in the next round too: those behind it must not wait
            logger.exception("booking %s could not be expired", pk)
    return ended


def _expire(pk: int, *, now: datetime) -> bool:
    fresh = domain.lock(Booking(pk=pk))
    if fresh.status not in {Status.HELD, Status.REQUESTED} or fresh.expires_at > now:
        return False
    placed = domain.was_placed(fresh)
    changes = {} if placed else {"customer": None}
    domain.transition(fresh, Status.EXPIRED, actor_kind=ActorKind.SYSTEM, reason="ran out", now=now, **changes)
    if placed:
        money_out.give_back(fresh, whole=True, reason="The salon did not answer.", actor=None, now=now)
        tell_customer(Letter.EXPIRED, booking=fresh, now=now)
    return True
