"""Truths that must hold at every moment, asked of the database. Each invariant counts the rows that break it.

A count above zero is a bug or a hand in the database, and in the last group money or a letter that a person must look
at. Nothing here writes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from salon.accounts.models import DataRequest, DataRequestKind, DataRequestState, User
from salon.bookings import guard
from salon.bookings.models import (
    LONGEST_BUSY_MINUTES,
    ActorKind,
    Booking,
    BookingEvent,
    BookingItem,
    BusyTime,
    Source,
)
from salon.bookings.policy import no_show_due, refund_due
from salon.bookings.states import MOVABLE, MOVES, OCCUPYING, Status
from salon.jobs import audit_counter, audit_gateway, audit_holds, audit_invoices, audit_moves
from salon.notifications.models import Letter, Notification, NotificationState
from salon.payments import guard as ledger_guard
from salon.payments import ledger
from salon.payments.models import (
    LIVE_STATES,
    Checkout,
    EntryKind,
    LedgerEntry,
    Payment,
    PaymentState,
    Refund,
    RefundState,
)

GRACE = dt.timedelta(minutes=5)
"""How late `tick` may be with what runs out."""

STUCK = dt.timedelta(minutes=10)
"""How late it may be with letters."""

SLOW_REFUND = dt.timedelta(hours=24)

PROMISED = (Status.REQUESTED, Status.CONFIRMED, Status.ARRIVED, Status.COMPLETED, Status.NO_SHOW)

# Which letter a guest is owed for which move.
OWED: dict[tuple[str, str], Letter] = {
    (Status.HELD, Status.CONFIRMED): Letter.BOOKED,
    (Status.EXPIRED, Status.CONFIRMED): Letter.BOOKED,
    (Status.HELD, Status.REQUESTED): Letter.REQUESTED,
    (Status.EXPIRED, Status.REQUESTED): Letter.REQUESTED,
    (Status.REQUESTED, Status.CONFIRMED): Letter.CONFIRMED,
    (Status.REQUESTED, Status.DECLINED): Letter.DECLINED,
    (Status.REQUESTED, Status.EXPIRED): Letter.EXPIRED,
    (Status.REQUESTED, Status.CANCELLED): Letter.CANCELLED,
    (Status.CONFIRMED, Status.CANCELLED): Letter.CANCELLED,
    (Status.ARRIVED, Status.CANCELLED): Letter.CANCELLED,
    (Status.REQUESTED, Status.REQUESTED): Letter.MOVED,
    (Status.CONFIRMED, Status.CONFIRMED): Letter.MOVED,
}


class Finding(NamedTuple):
    """One invariant and how many rows break it."""

    name: str
    broken: int


def audit(*, now: dt.datetime) -> list[Finding]:
    """Every invariant, in a fixed order."""
    return [Finding(name, count(now)) for name, count in INVARIANTS.items()]


# --- chairs -----------------------------------------------------------------------------------------------


def _overlaps(now: dt.datetime) -> int:  # noqa: ARG001 - all counters have one shape
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM bookings_busytime a JOIN bookings_busytime b ON b.staff_id = a.staff_id "
            "AND b.lane = a.lane AND b.id > a.id AND b.start_minute > a.start_minute - %s "
            "AND b.start_minute < a.end_minute AND b.end_minute > a.start_minute",
            [LONGEST_BUSY_MINUTES],
        )
        return cursor.fetchone()[0]


def _held_too_long(now: dt.datetime) -> int:
    return Booking.objects.filter(status__in=[Status.HELD, Status.REQUESTED], expires_at__lt=now - GRACE).count()


def _chairless(now: dt.datetime) -> int:  # noqa: ARG001
    chair = BusyTime.objects.filter(booking=OuterRef("pk"))
    return Booking.objects.filter(~Exists(chair), status__in=OCCUPYING).count()


def _haunted_chairs(now: dt.datetime) -> int:  # noqa: ARG001
    return BusyTime.objects.filter(booking__isnull=False).exclude(booking__status__in=OCCUPYING).count()


def _items_outside(now: dt.datetime) -> int:
    """Compared here, not in SQL: the two databases add minutes to a time differently. A month back is enough."""
    rows = BookingItem.objects.filter(booking__ends_at__gt=now - dt.timedelta(days=31)).values_list(
        "starts_at", "minutes", "booking__starts_at", "booking__ends_at"
    )
    return sum(
        start < first or start + dt.timedelta(minutes=minutes) > last
        for start, minutes, first, last in rows.iterator(chunk_size=5000)
    )


def _foreign(now: dt.datetime) -> int:  # noqa: ARG001
    items = BookingItem.objects.exclude(staff__salon=F("booking__salon"), service__salon=F("booking__salon"))
    chairs = BusyTime.objects.filter(booking__isnull=False).exclude(staff__salon=F("booking__salon"))
    return items.count() + chairs.count()


def _guards_missing(now: dt.datetime) -> int:  # noqa: ARG001
    postgres = connection.vendor == "postgresql"
    wanted = {guard.OVERLAP, *guard.POSTGRES_TRIGGERS} if postgres else set(guard.SQLITE_TRIGGERS)
    return len(wanted - guard.present(connection)) + len(ledger_guard.missing(connection))


# --- histories --------------------------------------------------------------------------------------------


def _without_event(now: dt.datetime) -> int:  # noqa: ARG001
    return Booking.objects.filter(~Exists(BookingEvent.objects.filter(booking=OuterRef("pk")))).count()


def _illegal_moves(now: dt.datetime) -> int:  # noqa: ARG001
    # A change of time keeps the status, and only a visit still to come has one (the database asks for both its times).
    legal = Q(old_status="") | Q(old_status=F("new_status"), new_status__in=MOVABLE, moved_to__isnull=False)
    for old, news in MOVES.items():
        legal |= Q(old_status=old, new_status__in=news)
    return BookingEvent.objects.exclude(legal).count()


def _status_without_event(now: dt.datetime) -> int:  # noqa: ARG001
    told = BookingEvent.objects.filter(booking=OuterRef("pk"), new_status=OuterRef("status"))
    return Booking.objects.filter(~Exists(told)).count()


# --- money ------------------------------------------------------------------------------------------------


def _unpaid(now: dt.datetime) -> int:  # noqa: ARG001
    """Promised although its prepayment never came in nor was reserved. What went back since is another matter."""
    captured = LedgerEntry.objects.filter(payment__booking=OuterRef("pk"), kind=EntryKind.CAPTURE)
    captured = captured.filter(payment__hold_ends_at=None)
    total = Subquery(captured.order_by().values("payment__booking").annotate(sum=Sum("amount")).values("sum"))
    without = (
        Booking.objects.filter(status__in=PROMISED, source=Source.WEB, due_now__gt=0)
        .annotate(captured=Coalesce(total, 0))
        .filter(captured__lt=F("due_now"))
    )
    return sum(booking.captured + audit_holds.secured(booking) < booking.due_now for booking in without)


def _kept_though_dead(now: dt.datetime) -> int:  # noqa: ARG001
    """Ended without a visit, and more is with us than the promise lets the salon keep, no refund being ordered."""
    ended = Booking.objects.filter(status__in=[Status.CANCELLED, Status.DECLINED, Status.EXPIRED, Status.NO_SHOW])
    return sum(_owed_back(booking) > 0 for booking in _with_money(ended))


def _owed_back(booking: Booking) -> int:
    """Halalas that should be on their way to the guest and are not."""
    idle = sum(ledger.refundable(payment) for payment in booking.payments.all())
    end = booking.events.filter(new_status=booking.status).order_by("-pk").first()
    if end is None or booking.status not in {Status.CANCELLED, Status.NO_SHOW}:
        return idle
    whole = end.actor_kind != ActorKind.GUEST or end.old_status != Status.CONFIRMED
    came = LedgerEntry.objects.filter(payment__booking=booking, kind=EntryKind.CAPTURE, at__lte=end.at)
    came = came.exclude(payment__checkout=Checkout.COUNTER)  # it goes back by hand
    paid = (came.aggregate(sum=Sum("amount"))["sum"] or 0) + audit_holds.at_stake(booking, end)
    if booking.status == Status.NO_SHOW:
        owed = no_show_due(booking.policy, paid=paid)
    else:
        owed = refund_due(booking.policy, paid=paid, starts_at=booking.starts_at, now=end.at, by_salon=whole)
    return max(0, idle - (paid - owed))  # the policy lets the salon keep the rest


def _with_money(bookings: QuerySet[Booking]) -> QuerySet[Booking]:
    return bookings.annotate(balance=Sum("payments__entries__amount")).filter(balance__gt=0)


def _paid_twice(now: dt.datetime) -> int:  # noqa: ARG001
    """More than one payment of a booking is with us, and the extra one is not on its way back."""
    several = Booking.objects.annotate(
        captures=Count("payments__entries", filter=Q(payments__entries__kind=EntryKind.CAPTURE))
    ).filter(captures__gt=1)
    return sum(
        # What was paid for a new time comes beside the prepayment.
        sum(ledger.refundable(payment) > 0 for payment in booking.payments.filter(moves_to=None)) > 1
        for booking in several
    )


def _overdrawn(now: dt.datetime) -> int:  # noqa: ARG001
    return (
        LedgerEntry.objects.order_by().values("payment").annotate(sum=Sum("amount")).filter(sum__lt=0).count()
        + LedgerEntry.objects.filter(kind=EntryKind.CAPTURE)
        .order_by()
        .values("payment")
        .annotate(captures=Count("pk"))
        .filter(captures__gt=1)
        .count()
    )


def _paid_without_entry(now: dt.datetime) -> int:  # noqa: ARG001
    capture = LedgerEntry.objects.filter(payment=OuterRef("pk"), kind=EntryKind.CAPTURE)
    paid = Q(state=PaymentState.PAID)
    return (
        Payment.objects.filter(paid, ~Exists(capture)).count() + Payment.objects.filter(~paid, Exists(capture)).count()
    )


def _refund_without_entry(now: dt.datetime) -> int:  # noqa: ARG001
    done = Refund.objects.filter(state=RefundState.DONE).count()
    return abs(done - LedgerEntry.objects.filter(kind=EntryKind.REFUND).count())


def _needs_a_look(now: dt.datetime) -> int:
    waiting = Q(state__in=ledger.OPEN_REFUNDS, created_at__lt=now - SLOW_REFUND)
    forgotten = Q(state__in=LIVE_STATES, next_sync_at=None)  # the gateway left it open for two weeks
    stuck = Q(state=PaymentState.AUTHORIZED) & ~Q(problem="")  # it cannot be taken, or not let go
    return (
        Payment.objects.filter(Q(state=PaymentState.MISMATCH) | forgotten | stuck).count()
        + Refund.objects.filter(Q(state=RefundState.STOPPED) | waiting).count()
    )


# --- letters ----------------------------------------------------------------------------------------------


def _letters_missing(now: dt.datetime) -> int:  # noqa: ARG001
    """Moves that owe the guest a letter which was never written.

    Asked of bookings that came in through the site's own door (for a month they know the address they were held from)
    and have a guest. Demo and imported bookings were written whole, nobody was waiting for a message about them.
    """
    through_the_door = BookingEvent.objects.filter(booking__customer__isnull=False).exclude(booking__held_from="")
    missing = 0
    for (old, new), letter in OWED.items():
        written = Notification.objects.filter(booking=OuterRef("booking"), letter=letter)
        missing += through_the_door.filter(~Exists(written), old_status=old, new_status=new).count()
    return missing


def _letters_stuck(now: dt.datetime) -> int:
    line = now - STUCK
    return Notification.objects.filter(
        Q(state=NotificationState.QUEUED, next_at__lt=line) | Q(state=NotificationState.SENDING, lease_until__lt=line)
    ).count()


# --- people -----------------------------------------------------------------------------------------------


def _half_deleted(now: dt.datetime) -> int:  # noqa: ARG001
    """A deleted account that still says who it was, could sign in, or has a visit waiting for nobody."""
    told = Q(phone__isnull=False) | ~Q(name="") | Q(is_active=True) | Q(is_staff=True) | Q(is_superuser=True)
    waiting = Q(status=Status.REQUESTED) | Q(status=Status.HELD, due_now__gt=0)
    waiting |= Q(status=Status.CONFIRMED, ends_at__gt=OuterRef("anonymised_at"))
    ahead = Booking.objects.filter(waiting, customer=OuterRef("pk"))
    return User.objects.filter(told | Exists(ahead), anonymised_at__isnull=False).count()


def _request_without_day(now: dt.datetime) -> int:  # noqa: ARG001
    """A request without thirty days to answer it, or one that was done to an account which is still there."""
    done = Q(kind=DataRequestKind.DELETION, state=DataRequestState.DONE, user__anonymised_at__isnull=True)
    return DataRequest.objects.filter(Q(due_at__lte=F("requested_at")) | done).count()


def _unanswered(now: dt.datetime) -> int:
    return DataRequest.objects.filter(state=DataRequestState.OPEN, due_at__lt=now).count()


INVARIANTS: dict[str, Callable[[dt.datetime], int]] = {
    "two guests in one chair": _overlaps,
    "a hold or request that should have ended": _held_too_long,
    "a booking without its chair": _chairless,
    "a chair kept by an ended booking": _haunted_chairs,
    "a service outside its visit": _items_outside,
    "staff or service of another salon": _foreign,
    "a guard missing in the database": _guards_missing,
    "a booking without an event": _without_event,
    "an illegal move in the history": _illegal_moves,
    "a status that no event led to": _status_without_event,
    "a time that no move led to": audit_moves.elsewhere,
    "promised though the prepayment never came": _unpaid,
    "money of an ended booking not going back": _kept_though_dead,
    "paid twice and not going back": _paid_twice,
    "paid for a new time, not moved and not going back": audit_moves.paid_for_nothing,
    "more money out than in, or in twice": _overdrawn,
    "a paid payment and the ledger disagree": _paid_without_entry,
    "a finished refund and the ledger disagree": _refund_without_entry,
    "money that needs a person's look": _needs_a_look,
    "a hold of a visit that began or ended, undecided": audit_holds.undecided,
    "a hold that outlived its end": audit_holds.outlived,
    "a hold and the ledger disagree": audit_holds.entered,
    "more discount and money than the price": audit_counter.over_the_price,
    "salon credit and the ledger disagree": audit_counter.credit_and_ledger,
    "a finding of the daily comparison": audit_gateway.findings,
    "a paid day that was not compared": audit_gateway.not_compared,
    "payments, and no webhook for a day": audit_gateway.webhooks_silent,
    "a number of an invoice skipped or lost": audit_invoices.gaps,
    "money that moved without its document": audit_invoices.without_document,
    "an invoice and the ledger disagree": audit_invoices.disagree,
    "a letter owed but never written": _letters_missing,
    "a letter stuck in the outbox": _letters_stuck,
    "an account deleted by half": _half_deleted,
    "a data request without its day, or its deed": _request_without_day,
    "a data request that is overdue": _unanswered,
}
