"""Paying, told from start to end. The gateway is asked between transactions, never inside one.

`start` gives the page to pay on. `settle` is the only way money enters: the page the guest returns to, the webhook and
`reconcile` all call it, in any order and as often as they like.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from functools import partial

from django.conf import settings

from salon.bookings import domain as bookings
from salon.bookings.models import Booking
from salon.bookings.states import Status
from salon.core.transactions import after_commit, durably
from salon.flows.money_in import write_down
from salon.flows.pay_page import close_page, start
from salon.payments import domain as till
from salon.payments import holds, refunds, verdict
from salon.payments.gateways.base import Charge, Gateway, GatewayError, Invoice, NotFound, Uncertain
from salon.payments.models import Checkout, Payment, Refund, RefundState

__all__ = ["cancel_open", "reconcile", "send_due_refunds", "send_refund", "settle", "settle_soon", "start"]

logger = logging.getLogger("salon.flows.payment")

GIVE_UP_AFTER = 5
"""Unanswered questions in a row that end one round of `reconcile`: the gateway is down."""

ROUND_SECONDS = 60.0
"""How long one round may ask a slow gateway before the letters get their turn; the rest is due in the next one."""


def settle(*, payment: Payment, now: dt.datetime) -> Payment:
    """Ask the gateway about one payment and write down what is true. Returns the row as it is afterwards.

    Where it was decided what shall become of money that is only reserved, that is done too. Idempotent, and a stale
    answer never undoes a later one. Raises GatewayError when there is no answer (nothing was changed), OperationalError
    when the database stays busy.
    """
    payment = Payment.objects.get(pk=payment.pk)
    if payment.gateway != settings.PAYMENT_GATEWAY:
        logger.warning("payment %s belongs to the gateway %r, which is not in use", payment.pk, payment.gateway)
        return payment
    gateway = till.gateway()
    answer = _ask(gateway, payment)
    payment = durably(lambda: write_down(payment, answer, now=now))
    if isinstance(answer, Charge) and (after := holds.carry_out(payment, answer, now=now)) is not None:
        payment = durably(lambda: write_down(payment, after, now=now))
    if payment.state in verdict.CLOSED and isinstance(answer, Invoice) and answer.status.is_open:
        close_page(gateway, answer)
    return payment


def _ask(gateway: Gateway, payment: Payment) -> Invoice | Charge | None:
    """What the gateway has of it; None when that is nothing, as with our form before a card was typed."""
    try:
        if payment.invoice_id:
            return gateway.fetch_invoice(payment.invoice_id)
        if payment.charge_id:
            return gateway.fetch(payment.charge_id)
    except NotFound:
        return None
    if payment.synced_at is None:  # nobody was given a page to pay on: there is nothing to find
        return None
    return gateway.find_charge(payment.pk) if payment.checkout == Checkout.FORM else _lost_page(gateway, payment)


def _lost_page(gateway: Gateway, payment: Payment) -> Invoice | None:
    """The page of an attempt whose answer never came."""
    try:
        return gateway.find_invoice(key=verdict.METADATA_KEY, value=str(payment.pk))
    except Uncertain as error:  # several pages, and nobody was sent to any of them: see `pay_page`
        logger.warning("payment %s: %s", payment.pk, error)
        return None


def settle_soon(payment: Payment, *, now: dt.datetime) -> None:
    """Settle it once the caller's transaction has committed; `reconcile` does it if that fails."""
    after_commit(partial(settle, payment=payment, now=now))


def cancel_open(*, booking: Booking, now: dt.datetime) -> None:
    """Close, here and at the gateway, what this booking does not want paid any more. Call it after the commit.

    While the booking is on hold its live payment stays: only pages of earlier choices are closed. Trouble is logged
    and swallowed: what the caller committed is done and must not look undone, and `reconcile` comes by.
    """

    def close() -> list[Payment]:
        fresh = bookings.lock(booking)
        if fresh.status != Status.HELD:
            till.close_payments(booking=fresh, now=now)
        return list(Payment.objects.filter(booking=fresh, state__in=verdict.CLOSED, next_sync_at__isnull=False))

    try:
        for payment in durably(close):
            _close_at_gateway(payment, now=now)
    except Exception:
        logger.exception("the pages of booking %s were not closed", booking.pk)


def _close_at_gateway(payment: Payment, *, now: dt.datetime) -> None:
    try:
        settle(payment=payment, now=now)
    except GatewayError as error:
        logger.warning("payment %s: could not be closed at the gateway (%s)", payment.pk, error)


def reconcile(*, now: dt.datetime, limit: int = 100) -> int:
    """Ask about every payment whose time has come; how many were settled. One payment's trouble stops no other."""
    began, settled, silent = time.monotonic(), 0, 0
    due = Payment.objects.filter(next_sync_at__lte=now, gateway=settings.PAYMENT_GATEWAY).order_by("next_sync_at")
    for payment in list(due[:limit]):
        try:
            if not _push_ahead(payment, now=now):
                continue
            settle(payment=payment, now=now)
        except GatewayError as error:
            logger.warning("payment %s: no answer (%s)", payment.pk, error)
            silent += 1
            if silent >= GIVE_UP_AFTER:
                logger.error("the gateway left %d questions unanswered: this round ends", silent)  # noqa: TRY400
                break
        except Exception:
            logger.exception("payment %s", payment.pk)
        else:
            settled += 1
            silent = 0
        if time.monotonic() - began > ROUND_SECONDS:
            break
    return settled


def _push_ahead(payment: Payment, *, now: dt.datetime) -> bool:
    """Before the question: a payment that kills its worker does not kill the next one at once. False: it is taken."""
    later = now + max(dt.timedelta(minutes=1), (verdict.next_look(payment, pending=False, now=now) or now) - now)
    mine = Payment.objects.filter(pk=payment.pk, next_sync_at=payment.next_sync_at)
    return bool(mine.update(next_sync_at=later))


def send_refund(*, refund: Refund, now: dt.datetime) -> Refund:
    """Give money back: look, compare, post once. See `payments.refunds`."""
    return refunds.send(refund, now=now)


def send_due_refunds(*, now: dt.datetime, limit: int = 50) -> int:
    """Send every refund that waits; how many arrived. One refund's trouble stops no other."""
    began, done = time.monotonic(), 0
    for refund in list(refunds.due(now=now)[:limit]):
        try:
            done += send_refund(refund=refund, now=now).state == RefundState.DONE
        except Exception:
            logger.exception("refund %s", refund.pk)
        if time.monotonic() - began > ROUND_SECONDS:
            break
    return done
