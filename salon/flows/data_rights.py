"""The end of an account, asked for by its owner: at once if nothing is in the way, and otherwise as soon as it is not.

What goes: phone, name, choices, notes for salons, the address a time was held from, sessions and keys. What stays,
because tax law asks for it: bookings with their log, payments, refunds, the ledger, invoices as they were issued (the
buyer's name stands on them, and the database lets nobody change it), credit left at salons, and the gateway's notices
(`WebhookEvent`: raw bytes that prove what the gateway said; changed, they would prove nothing. They hold no phone, at
most the name on the card; the privacy page says so). What stays because it is proof: consents, requests, and that a
letter went out. A review stays without its author.

Lock order: the person, then their bookings. `flows.booking.place` locks the person first too, so a booking is either
seen here, or refused there.
"""

from __future__ import annotations

import datetime as dt
import logging
from enum import StrEnum
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from salon.accounts import data_requests
from salon.accounts.closing import close_account, lock_person
from salon.accounts.models import DataRequest, DataRequestKind, DataRequestState, User
from salon.bookings import domain as bookings
from salon.bookings.models import ActorKind, Booking
from salon.bookings.states import OPEN, Status
from salon.core.transactions import durably
from salon.payments.ledger import OPEN_REFUNDS
from salon.payments.models import LIVE_STATES, Payment, PaymentState, Refund, RefundState
from salon.salons.models import Membership, Staff

logger = logging.getLogger("salon.flows.data_rights")


class Kind(StrEnum):
    """What is in the way of a deletion."""

    BOOKING = "booking"  # a visit ahead, or going on
    PAYMENT = "payment"  # money may be coming in, or is reserved on a card
    REFUND = "refund"  # money is going back, or stopped on its way
    SALON = "salon"  # owner, manager or on the team of a salon
    OPERATOR = "operator"


class Obstacle(NamedTuple):
    """One thing in the way, with the bookings it concerns (each with its salon); none for a role."""

    kind: Kind
    bookings: tuple[Booking, ...] = ()


class Answer(NamedTuple):
    """What became of a request: DONE, or still OPEN with what is in the way."""

    request: DataRequest
    obstacles: list[Obstacle]

    @property
    def is_done(self) -> bool:
        return self.request.state == DataRequestState.DONE


def obstacles(*, user: User, now: dt.datetime) -> list[Obstacle]:
    """What must happen before this account can be deleted; empty when nothing. Five queries."""
    found = []
    for kind, condition in _in_the_way(now).items():
        theirs = Booking.objects.filter(condition, customer=user).select_related("salon").order_by("starts_at", "pk")
        if rows := tuple(theirs):
            found.append(Obstacle(kind, rows))
    works = (
        Membership.objects.filter(user=user).exists(),
        Staff.objects.filter(user=user, is_active=True).exists(),
    )
    if any(works):
        found.append(Obstacle(Kind.SALON))
    if user.is_staff or user.is_superuser:
        found.append(Obstacle(Kind.OPERATOR))
    return found


def ask_deletion(*, user: User, now: dt.datetime) -> Answer:
    """The person asks for the end of the account. Pressed twice it is one request."""

    def work() -> Answer:
        person = lock_person(user)
        if person.anonymised_at is not None:
            return Answer(person.data_requests.filter(kind=DataRequestKind.DELETION).latest("requested_at"), [])
        return _carry_out(person, data_requests.ask_deletion(person, now=now), now=now)

    return durably(work)


def withdraw(*, user: User, now: dt.datetime) -> bool:
    """The person changes their mind; False when nothing was open any more."""

    def work() -> bool:
        request = data_requests.open_deletion(lock_person(user))
        return request is not None and data_requests.close(request, DataRequestState.WITHDRAWN, now=now)

    return durably(work)


def carry_out(*, request: DataRequest, now: dt.datetime) -> Answer:
    """Answer an open request, for the clock and for operators. One that is closed is given back as it is."""

    def work() -> Answer:
        person = lock_person(request.user)
        fresh = DataRequest.objects.get(pk=request.pk)
        if fresh.state != DataRequestState.OPEN or fresh.kind != DataRequestKind.DELETION:
            return Answer(fresh, [])
        return _carry_out(person, fresh, now=now)

    return durably(work)


def open_deletions(rows: QuerySet[DataRequest]) -> QuerySet[DataRequest]:
    """Those of `rows` that wait for a deletion, each with its person."""
    return rows.filter(kind=DataRequestKind.DELETION, state=DataRequestState.OPEN).select_related("user")


def carry_out_open(*, now: dt.datetime, limit: int = 100) -> int:
    """Delete every account that waits for it and has nothing in the way any more; how many. One query when none has.

    One that fails is logged and left for the next round.
    """
    waiting = open_deletions(DataRequest.objects.all())
    for condition in _in_the_way(now).values():
        waiting = waiting.exclude(Exists(Booking.objects.filter(condition, customer=OuterRef("user"))))
    clear = waiting.exclude(
        Q(user__is_staff=True)
        | Q(user__is_superuser=True)
        | Exists(Membership.objects.filter(user=OuterRef("user")))
        | Exists(Staff.objects.filter(user=OuterRef("user"), is_active=True))
    )
    done = 0
    for request in list(clear.order_by("due_at", "pk")[:limit]):
        try:
            done += carry_out(request=request, now=now).is_done
        except Exception:  # whatever it is, those behind it must not wait
            logger.exception("data request %s could not be carried out", request.pk)
    return done


def _in_the_way(now: dt.datetime) -> dict[Kind, Q]:
    """Which of a guest's bookings stop a deletion, and why."""
    coming_in = Payment.objects.filter(booking=OuterRef("pk"), state__in=[*LIVE_STATES, PaymentState.AUTHORIZED])
    going_back = Refund.objects.filter(payment__booking=OuterRef("pk"), state__in=[*OPEN_REFUNDS, RefundState.STOPPED])
    return {
        Kind.BOOKING: Q(status__in=OPEN, ends_at__gt=now),
        Kind.PAYMENT: Q(status=Status.HELD, due_now__gt=0) | Q(Exists(coming_in)),
        Kind.REFUND: Q(Exists(going_back)),
    }


def _carry_out(person: User, request: DataRequest, *, now: dt.datetime) -> Answer:
    """Look once more under the locks, then delete. `person` is locked."""
    theirs = Booking.objects.filter(customer=person)
    # Read for the locks only: nothing is paid, promised or called off between the look and the deed.
    list(theirs.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    found = obstacles(user=person, now=now)
    if found:
        return Answer(request, found)
    for pk in list(theirs.filter(status=Status.HELD).order_by("pk").values_list("pk", flat=True)):
        bookings.drop_hold(pk, Status.CANCELLED, actor_kind=ActorKind.SYSTEM, reason="the account was deleted", now=now)
    theirs.exclude(note="", held_from="").update(note="", held_from="")
    close_account(person, now=now)
    data_requests.close(request, DataRequestState.DONE, now=now)
    request.state, request.closed_at = DataRequestState.DONE, now
    logger.info("an account was deleted on request %s", request.pk)
    return Answer(request, [])
