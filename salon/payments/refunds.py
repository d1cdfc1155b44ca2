"""Sending money back. Moyasar's refund call has no idempotency key, so: look, compare, and only then post.

Within two hours a whole payment is voided, which costs no fee; when that is refused, it is refunded. What is voided
cannot be refunded and the other way round, so a post that arrives late finds nothing left to give.

WANTED   nothing was posted
SENDING  a post was begun; `before` is the gateway's total at that moment. Until `next_at` it belongs to one worker
DONE     the gateway's total rose by the amount, or all was voided: written into the ledger in the same transaction
STOPPED  the gateway refused or its total makes no sense: a person must look, and lets it go on or drops it
DROPPED  an operator dealt with it at the gateway; what went back there is in the ledger as an external refund
"""

from __future__ import annotations

import datetime as dt
import logging
import time

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet, Sum

from salon.core import backoff
from salon.core.transactions import durably, require_transaction
from salon.payments import ledger
from salon.payments.chosen import gateway
from salon.payments.gateways.base import Charge, Gateway, GatewayError, NotFound, Refused, Status, Uncertain
from salon.payments.models import EntryKind, Payment, Refund, RefundState

logger = logging.getLogger("salon.payments.refunds")

OPEN = ledger.OPEN_REFUNDS

REPOST_AFTER = dt.timedelta(minutes=15)
"""A post without an answer may still arrive. Only after this long does an unchanged total mean that it did not."""

VOID_WINDOW = dt.timedelta(minutes=115)
"""Moyasar voids what was charged up to about two hours ago. Some minutes less: a refusal costs a call, no more."""

STALE_SECONDS = 60.0
"""A worker that was frozen this long between claim and post does not post: its claim may be someone else's soon."""


def due(*, now: dt.datetime) -> QuerySet[Refund]:
    """Refunds to send or to look after, the longest waiting first."""
    return Refund.objects.filter(state__in=OPEN, next_at__lte=now, payment__gateway=settings.PAYMENT_GATEWAY).order_by(
        "next_at", "pk"
    )


def send(refund: Refund, *, now: dt.datetime) -> Refund:  # noqa: PLR0911 - each return is one way it can stand
    """Bring one refund as far as it goes now. Never raises for the gateway's troubles: they are written on the row.

    Calls the network, so it must not run inside a transaction. Two workers may call it at once: one of them posts.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund.pk)
    if refund.state not in OPEN or (refund.next_at and refund.next_at > now):
        return refund
    bank = gateway()
    try:
        charge = bank.fetch(refund.payment.charge_id)
    except NotFound:
        return _stop(refund, "The gateway does not know this payment.")
    except GatewayError as error:
        return _later(refund, error, now=now)
    if _arrived(refund, charge):
        return _finish(refund, charge, now=now)
    problem = _obstacle(refund, charge)
    if problem:
        return _stop(refund, problem)
    asked = time.monotonic()
    if _claim(refund, charge, now=now) and time.monotonic() - asked < STALE_SECONDS:
        return _post(refund, charge, bank, now=now)
    refund.refresh_from_db()
    return refund  # another worker has it, or will have


def reopen(refund: Refund, *, now: dt.datetime) -> bool:
    """Let a stopped refund go on from where it stopped; False if it is not stopped, or another one is open."""
    stopped = Refund.objects.filter(pk=refund.pk, state=RefundState.STOPPED)
    state = RefundState.WANTED if refund.before is None else RefundState.SENDING
    try:
        with transaction.atomic():
            return bool(stopped.update(state=state, next_at=now, error=""))
    except IntegrityError:
        return False


def drop(refund: Refund) -> bool:
    """Give a stopped refund up: its amount counts as not promised any more. False if it is not stopped."""
    return bool(
        Refund.objects.filter(pk=refund.pk, state=RefundState.STOPPED).update(state=RefundState.DROPPED, next_at=None)
    )


def _arrived(refund: Refund, charge: Charge) -> bool:
    """All of it went back as a void, ours or one made by hand, or what we sent is in the total."""
    if charge.status == Status.VOIDED:
        return refund.amount == _all_of(charge)
    return refund.state == RefundState.SENDING and charge.refunded == (refund.before or 0) + refund.amount


def _all_of(charge: Charge) -> int:
    """Halalas that this charge brought in: of a hold what was taken of it."""
    return charge.captured or charge.amount


def _may_void(refund: Refund, charge: Charge, *, now: dt.datetime) -> bool:
    """A whole payment, young enough. A hold counts from when it was taken, which is when we wrote it down or before."""
    if not charge.status.is_paid or charge.refunded or refund.amount != _all_of(charge):
        return False
    taken = refund.payment.entries.filter(kind=EntryKind.CAPTURE).first() if charge.captured else None
    since = taken.at if taken else charge.created_at
    return since is not None and now - since < VOID_WINDOW


def finish(refund: Refund, *, total: int, now: dt.datetime) -> bool:
    """Write down that the money went back; False if it was before. `total` is what the gateway has given back in all.

    Wants the caller's transaction and the payment's lock. A refund that had stopped may be in the ledger already, as
    one made by hand: then it is dropped, not counted twice.
    """
    require_transaction()
    known = ledger.given_back(refund.payment) + refund.amount > total
    if not Refund.objects.filter(pk=refund.pk, state__in=OPEN).update(
        state=RefundState.DROPPED if known else RefundState.DONE,
        done_at=now,
        next_at=None,
        error="It is in the ledger as a refund made at the gateway." if known else "",
    ):
        return False
    if not known:
        ref = f"refund:{refund.pk}"
        ledger.enter(refund.payment, EntryKind.REFUND, ref=ref, amount=-refund.amount, reason=refund.reason, now=now)
    return True


def came_in(payment: Payment) -> int:
    """Halalas that one payment brought: of a hold what was taken of it, else its whole amount, once it is paid."""
    brought = payment.entries.filter(kind=EntryKind.CAPTURE)
    return brought.aggregate(sum=Sum("amount"))["sum"] or 0


def _obstacle(refund: Refund, charge: Charge) -> str:
    """Why this must not be posted, in words for an operator; empty when it may."""
    if charge.status == Status.VOIDED:
        return "The payment was voided at the gateway."
    if refund.state == RefundState.SENDING and charge.refunded != refund.before:
        return f"The gateway gave back {charge.refunded} in all; {refund.before} before this refund of {refund.amount}."
    left = _all_of(charge) - charge.refunded
    if left < refund.amount:
        return f"Only {left} halalas are left at the gateway."
    return ""


def _claim(refund: Refund, charge: Charge, *, now: dt.datetime) -> bool:
    """Take it for ourselves until `next_at`. The amount is compared too: a promise may grow until it is taken."""
    mine = Refund.objects.filter(
        pk=refund.pk, state=refund.state, attempts=refund.attempts, amount=refund.amount
    ).update(
        state=RefundState.SENDING,
        before=charge.refunded,
        attempts=refund.attempts + 1,
        next_at=now + REPOST_AFTER,
    )
    if mine:
        refund.state, refund.before, refund.attempts = RefundState.SENDING, charge.refunded, refund.attempts + 1
    return bool(mine)


def _post(refund: Refund, charge: Charge, bank: Gateway, *, now: dt.datetime) -> Refund:
    charge_id = refund.payment.charge_id
    try:
        charge = _give(refund, charge, bank, now=now)
    except Uncertain as error:
        logger.warning("refund %s: no clear answer (%s)", refund.pk, error)
        _note(refund, str(error))
        try:
            charge = bank.fetch(charge_id)
        except GatewayError:
            return refund  # SENDING: looked after at `next_at`
    except Refused as error:
        return _later(refund, error, now=now) if error.needs_operator else _stop(refund, str(error))
    except GatewayError as error:
        return _later(refund, error, now=now)
    return _finish(refund, charge, now=now) if _arrived(refund, charge) else refund


def _give(refund: Refund, charge: Charge, bank: Gateway, *, now: dt.datetime) -> Charge:
    """Void it while that is possible, else refund. Only a definite no to the one leads to the other."""
    if _may_void(refund, charge, now=now):
        try:
            return bank.void(charge.id)
        except Refused as error:
            logger.info("refund %s: not voided (%s), so it is refunded", refund.pk, error)
    return bank.refund(charge.id, refund.amount)


def _finish(refund: Refund, charge: Charge, *, now: dt.datetime) -> Refund:
    def work() -> None:
        Payment.objects.select_for_update().get(pk=refund.payment_id)
        total = refund.amount if charge.status == Status.VOIDED else charge.refunded
        finish(refund, total=total, now=now)

    durably(work)
    refund.refresh_from_db()
    return refund


def _later(refund: Refund, error: GatewayError, *, now: dt.datetime) -> Refund:
    """Nothing was posted this time; what an earlier post may have done is still open, so the state stays."""
    logger.warning("refund %s: put off (%s)", refund.pk, error)
    attempts = refund.attempts + 1
    Refund.objects.filter(pk=refund.pk, attempts=refund.attempts, state=refund.state).update(
        attempts=attempts, next_at=now + backoff.pause(attempts), error=str(error)[:200]
    )
    refund.refresh_from_db()
    return refund


def _stop(refund: Refund, why: str) -> Refund:
    logger.error("refund %s needs a look: %s", refund.pk, why)
    Refund.objects.filter(pk=refund.pk, attempts=refund.attempts, state__in=OPEN).update(
        state=RefundState.STOPPED, next_at=None, error=why[:200]
    )
    refund.refresh_from_db()
    return refund


def _note(refund: Refund, error: str) -> None:
    Refund.objects.filter(pk=refund.pk, attempts=refund.attempts).update(error=error[:200])
