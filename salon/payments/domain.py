"""The verbs of the till. Nothing here calls the gateway: `flows.payment` and `payments.refunds` do, after commits.

Every write wants the caller's transaction and the booking's lock (Staff, then Booking, then Payment).
"""

from __future__ import annotations

import datetime as dt
from functools import partial

from django.conf import settings

from salon.accounts.models import User
from salon.bookings.models import Booking
from salon.bookings.policy_terms import HOLD, read
from salon.bookings.states import MOVABLE, Status
from salon.core.transactions import after_commit, require_transaction
from salon.payments import refunds
from salon.payments.chosen import gateway
from salon.payments.ledger import balance, refundable
from salon.payments.models import LIVE_STATES, Checkout, Payment, PaymentState, Refund, RefundState

__all__ = [
    "RefundInFlight",
    "balance",
    "chair_of",
    "close_payments",
    "gateway",
    "is_wanted",
    "live_payment",
    "open_payment",
    "order_refund",
    "order_refund_of",
]


class RefundInFlight(Exception):  # noqa: N818 - it reads as a fact, as the domain errors do
    """A refund of this payment is on its way this second: order the next when it has arrived."""


def live_payment(booking: Booking) -> Payment | None:
    """The payment that the guest may still complete, if there is one."""
    return Payment.objects.filter(booking=booking, state__in=LIVE_STATES).first()


def chair_of(payment: Payment) -> Booking:
    """The hold that this payment buys: of the booking itself, or of the time that it moves to."""
    return payment.moves_to or payment.booking


def is_wanted(payment: Payment) -> bool:
    """Whether its money still has something to buy: a chair that is kept, for a move also a visit still to come."""
    kept = chair_of(payment).status == Status.HELD
    return kept and (payment.moves_to is None or payment.booking.status in MOVABLE)


def open_payment(
    *, booking: Booking, amount: int, expires_at: dt.datetime, now: dt.datetime, moves_to: Booking | None = None
) -> Payment:
    """The one live payment of a booking: the one there is, if it still fits, or else a new one of `amount` halalas.

    A live one of another amount (the guest changed between deposit and whole price), of another way to pay or one that
    ran out is closed; its page at the gateway is closed by the next `flows.payment.settle` of it. A payment in our form
    is good for one attempt: once the gateway has heard of it, trying again is a new payment. A hosted page that was
    taken instead of the form (flows.pay_instead) stays.

    `moves_to` is the hold of another time that it buys for a promised booking: then the terms of that time say whether
    the money is only reserved.
    """
    require_transaction()
    checkout = Checkout(settings.MOYASAR_CHECKOUT)
    hold = checkout == Checkout.FORM and read((moves_to or booking).policy)["prepayment"] == HOLD
    ways = {checkout} if hold else {checkout, Checkout.INVOICE}
    live = Payment.objects.select_for_update().filter(booking=booking, state__in=LIVE_STATES).first()
    if live is not None:
        used_up = live.checkout == Checkout.FORM and live.raw_status != ""
        same = (live.amount, live.gateway, live.hold) == (amount, settings.PAYMENT_GATEWAY, hold)
        fits = same and live.moves_to_id == (moves_to and moves_to.pk) and live.checkout in ways and not used_up
        if fits and live.expires_at > now:
            if not live.invoice_id and live.synced_at is None and live.expires_at != expires_at:
                live.expires_at = expires_at  # nobody was told the old end yet
                live.save(update_fields=["expires_at"])
            return live
        _close(live, PaymentState.CANCELLED if live.expires_at > now else PaymentState.EXPIRED, now=now)
    return Payment.objects.create(
        booking=booking,
        moves_to=moves_to,
        amount=amount,
        gateway=settings.PAYMENT_GATEWAY,
        checkout=checkout,
        hold=hold,
        expires_at=expires_at,
        created_at=now,
        next_sync_at=now + dt.timedelta(minutes=1),
    )


def close_payments(*, booking: Booking, now: dt.datetime) -> int:
    """Close what the guest could still pay, because the booking does not want it any more. How many were open.

    The gateway hears of it after the commit, by `flows.payment.cancel_open` or by the next `reconcile`.
    """
    require_transaction()
    live = list(Payment.objects.select_for_update().filter(booking=booking, state__in=LIVE_STATES))
    for payment in live:
        _close(payment, PaymentState.CANCELLED, now=now)
    return len(live)


def order_refund(
    *, booking: Booking, amount: int, reason: str, requested_by: User | None, now: dt.datetime
) -> list[Refund]:
    """Promise `amount` halalas back, from the newest capture to the oldest; never more than is with us.

    The refunds are sent when the caller's transaction commits, and by `tick` if that fails.
    """
    require_transaction()
    ordered = []
    for payment in Payment.objects.select_for_update().filter(booking=booking).order_by("-created_at", "pk"):
        part = min(amount, refundable(payment))
        if part > 0:
            ordered.append(
                order_refund_of(payment=payment, amount=part, reason=reason, requested_by=requested_by, now=now)
            )
            amount -= part
    return ordered


def order_refund_of(
    *, payment: Payment, amount: int, reason: str, requested_by: User | None, now: dt.datetime
) -> Refund:
    """Promise `amount` halalas of one locked payment back. A promise not yet sent grows instead of a second one.

    Raises ValueError for more than is with us, RefundInFlight while another one is being sent.
    """
    require_transaction()
    if not 0 < amount <= refundable(payment):
        raise ValueError(f"{amount} is more than can be given back")
    waiting = Refund.objects.select_for_update().filter(payment=payment, state__in=refunds.OPEN).first()
    if waiting is None:
        waiting = Refund.objects.create(
            payment=payment,
            amount=amount,
            reason=reason[:200],
            requested_by=requested_by,
            created_at=now,
            next_at=now,
        )
    elif Refund.objects.filter(pk=waiting.pk, state=RefundState.WANTED).update(amount=waiting.amount + amount):
        waiting.refresh_from_db()
    else:
        raise RefundInFlight
    after_commit(partial(refunds.send, waiting, now=now))
    return waiting


def _close(payment: Payment, state: PaymentState, *, now: dt.datetime) -> None:
    payment.state = state
    payment.next_sync_at = now  # its page may be open at the gateway, and money may be on its way
    payment.save(update_fields=["state", "next_sync_at"])
