"""The post room: a letter is a row written with the change it tells of, and sent after the commit, at least once.

A row is leased by compare-and-swap before it is sent and finished under the same attempt number. A sender that dies
leaves a lease that runs out, and the letter goes again: twice now and then, never not at all.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Iterable
from functools import partial

from django.db.models import Q, QuerySet

from salon.bookings.models import Booking
from salon.core import backoff
from salon.core.circuit import Circuit
from salon.core.transactions import after_commit, require_transaction
from salon.messaging.base import WireError
from salon.notifications import channels, letters, messages
from salon.notifications.models import Letter, Notification, NotificationState
from salon.salons.models import Membership, Role

logger = logging.getLogger("salon.notifications")

LEASE = dt.timedelta(seconds=60)
"""Longer than any provider may take to answer."""

GIVE_UP_AFTER = 5
"""Failures in a row that end one round: the provider is down, and the rest would only wait for its timeout too."""

circuit = Circuit()

OFFICE = (Role.OWNER, Role.MANAGER)


def tell_customer(letter: Letter, *, booking: Booking, now: dt.datetime, occasion: str = "") -> None:
    """Write a letter to the guest, inside the caller's transaction; it is sent after the commit.

    The same letter about the same version of the booking is written once. `occasion` replaces the version where
    something else may happen only once (a payment's id). A booking without a guest has nobody to tell.
    """
    if booking.customer_id is not None:
        _write(letter, booking, [booking.customer_id], now=now, occasion=occasion)


def tell_salon(letter: Letter, *, booking: Booking, now: dt.datetime, occasion: str = "") -> None:
    """The same to everyone in the salon's office: its owners and managers."""
    office = Membership.objects.filter(salon_id=booking.salon_id, role__in=OFFICE, user__is_active=True)
    _write(letter, booking, office.order_by("pk").values_list("user_id", flat=True), now=now, occasion=occasion)


def dispatch(*, now: dt.datetime, limit: int = 50, only: Iterable[str] | None = None) -> int:
    """Send up to `limit` letters that are due, oldest first; how many left the house. `only` names dedupe keys.

    Never raises for one letter's trouble. Calls the network, so it must not run inside a transaction.
    """
    began, sent, failed_in_a_row = time.monotonic(), 0, 0
    due = due_letters(now=now)
    if only is not None:
        due = due.filter(dedupe_key__in=list(only))
    for row in list(due.select_related("booking__salon", "recipient").order_by("next_at", "pk")[:limit]):
        moment = now + dt.timedelta(seconds=time.monotonic() - began)  # a slow round must not shorten its later leases
        try:
            outcome = _carry(row, now=moment)
        except Exception:  # not even looked at: a lease that was taken runs out
            logger.exception("letter %s", row.pk)
            continue
        if outcome is not None:
            circuit.tell(sent=outcome)
        sent += outcome is True
        failed_in_a_row = failed_in_a_row + 1 if outcome is False else 0
        if failed_in_a_row >= GIVE_UP_AFTER:
            logger.error("%d letters failed in a row: this round ends", failed_in_a_row)
            break
    return sent


def due_letters(*, now: dt.datetime) -> QuerySet[Notification]:
    """Letters whose time has come, and letters whose sender died."""
    return Notification.objects.filter(
        Q(state=NotificationState.QUEUED, next_at__lte=now) | Q(state=NotificationState.SENDING, lease_until__lte=now)
    )


def send_again(row: Notification, *, now: dt.datetime) -> bool:
    """Put a failed letter back into the queue, with a fresh life. False if it is not a failed one."""
    return bool(
        Notification.objects.filter(pk=row.pk, state=NotificationState.DEAD).update(
            state=NotificationState.QUEUED,
            next_at=now,
            expires_at=now + letters.LONGEST_LIFE,
            error="",
        )
    )


def overtake(*, booking: Booking) -> None:
    """Take letters that wait and name a time out of the queue, because the time is about to be another one.

    What is being sent this moment goes out. One that waits would name the new time, and so say it twice.
    """
    require_transaction()
    waiting = Notification.objects.filter(booking=booking, state=NotificationState.QUEUED)
    waiting.filter(letter__in=letters.OVERTAKEN_BY_A_MOVE).update(state=NotificationState.SUPERSEDED)


def _write(letter: Letter, booking: Booking, people: Iterable[object], *, now: dt.datetime, occasion: str) -> None:
    require_transaction()
    rows = [
        Notification(
            dedupe_key=f"{letter}:{booking.pk}:{(occasion or str(booking.version))[:32]}:{str(person)[:13]}",
            letter=letter,
            booking=booking,
            recipient_id=person,
            next_at=now,
            expires_at=letters.expires_at(letter, booking, now=now),
            created_at=now,
        )
        for person in people
    ]
    if not rows:
        return
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    keys = [row.dedupe_key for row in rows]
    after_commit(partial(_poke, keys, now=now))


def _poke(keys: list[str], *, now: dt.datetime) -> None:
    """Send what was just committed, unless the provider is down. Whatever does not go here is sent by `tick`."""
    if circuit.lets_through():
        dispatch(now=now, only=keys, limit=len(keys))


def _carry(row: Notification, *, now: dt.datetime) -> bool | None:
    """Claim, render, send, finish one letter. True: sent. False: the provider failed. None: nothing to send."""
    if not _claim(row, now=now):
        return None
    row.booking.refresh_from_db(fields=["status", "starts_at", "ends_at"])  # a cancellation may have come meanwhile
    row.recipient.refresh_from_db(fields=["phone", "is_active"])  # the number may be somebody else's by now
    state, why = _stopped(row, now=now)
    if state is not None:
        _finish(row, state=state, error=why)
        return None
    try:
        text = messages.render(row.letter, booking=row.booking, recipient=row.recipient)
        to, language = str(row.recipient.phone), row.recipient.language
        receipt = channels.send(row.channel, to=to, text=text, letter=row.letter, language=language)
    except Exception as error:  # noqa: BLE001 - one bad letter must not keep the others in the house
        return _failed(row, error, now=now)
    _finish(row, state=NotificationState.SENT, sent_at=now, provider_ref=receipt.reference[:80])
    return True


def _stopped(row: Notification, *, now: dt.datetime) -> tuple[NotificationState | None, str]:
    """Why the letter is not sent any more, if so."""
    if not letters.is_true(row.letter, row.booking):
        return NotificationState.SUPERSEDED, ""
    if row.expires_at <= now:
        logger.error("letter %s could not be sent in time", row.pk)
        return NotificationState.DEAD, row.error or "It could not be sent in time."
    if not row.recipient.is_active:
        return NotificationState.DEAD, "The recipient's account is closed."
    return None, ""


def _failed(row: Notification, error: Exception, *, now: dt.datetime) -> bool | None:
    """Later, or never where the provider says that never will help."""
    if isinstance(error, WireError) and error.permanent:
        logger.error("letter %s was refused for good: %s", row.pk, error)
        _finish(row, state=NotificationState.DEAD, error=str(error))
        return None
    if isinstance(error, WireError):
        logger.warning("letter %s was not sent: %s", row.pk, error)
    else:
        logger.error("letter %s", row.pk, exc_info=error)
    Notification.objects.filter(pk=row.pk, attempts=row.attempts, state=NotificationState.SENDING).update(
        state=NotificationState.QUEUED,
        next_at=now + backoff.pause(row.attempts),
        lease_until=None,
        error=f"{type(error).__name__}: {error}"[:200],
    )
    return False


def _claim(row: Notification, *, now: dt.datetime) -> bool:
    """Take the next attempt, by the way that its recipient wants now."""
    channel = channels.channel_for(row.recipient)
    mine = (
        due_letters(now=now)
        .filter(pk=row.pk, attempts=row.attempts)
        .update(state=NotificationState.SENDING, attempts=row.attempts + 1, lease_until=now + LEASE, channel=channel)
    )
    if mine:
        row.attempts += 1
        row.channel = channel
    return bool(mine)


def _finish(
    row: Notification,
    *,
    state: NotificationState,
    error: str = "",
    sent_at: dt.datetime | None = None,
    provider_ref: str = "",
) -> None:
    """End the attempt that this row began; if a later attempt has begun meanwhile, it decides."""
    Notification.objects.filter(pk=row.pk, attempts=row.attempts, state=NotificationState.SENDING).update(
        state=state, error=error[:200], lease_until=None, sent_at=sent_at, provider_ref=provider_ref
    )
