"""What it changes that money is only reserved on a card, let go again, or taken at last: the rows, in one transaction.

Only `flows.money_in` calls it, under the locks Staff, Booking, Payment. What shall become of a hold is decided by
`payments.holds.wish`, here and in `flows.money_out`.
"""

from __future__ import annotations

import datetime as dt
import logging

from salon.bookings.models import Booking
from salon.bookings.states import OPEN, Status
from salon.notifications.models import Letter
from salon.notifications.outbox import tell_customer
from salon.payments import credit, holds, ledger, methods
from salon.payments import domain as till
from salon.payments.gateways.base import Charge
from salon.payments.models import Payment, PaymentState, Wish
from salon.payments.verdict import CLOSED

logger = logging.getLogger("salon.flows.payment")


def is_over(payment: Payment) -> bool:
    """It was reserved once and is not any more: an answer that still says so is an old one."""
    return payment.hold_ends_at is not None and payment.state in {PaymentState.PAID, *CLOSED}


def reserved(payment: Payment, charge: Charge, *, now: dt.datetime) -> bool:
    """It is reserved. True when that is news: then it may buy a chair. Nothing is entered: the money is the guest's."""
    if is_over(payment):
        return False
    fresh = payment.hold_ends_at is None
    payment.state, payment.charge_id = PaymentState.AUTHORIZED, charge.id
    if fresh:
        payment.hold_ends_at = holds.ends_at(charge, now=now)
        payment.method, payment.method_kind = methods.words_of(charge), methods.kind_of(charge)
    if not payment.wish:
        payment.problem, payment.decline_code = "", ""
    payment.save()
    return fresh


def not_needed(booking: Booking, payment: Payment, *, now: dt.datetime) -> None:
    """The chair has gone, or is paid for already: nothing is taken."""
    holds.wish(payment, take=0, now=now)
    letter = Letter.NOT_MOVED if payment.moves_to_id else Letter.LATE_PAYMENT
    tell_customer(letter, booking=booking, now=now, occasion=payment.pk.hex)


def by_the_clock(payment: Payment, *, now: dt.datetime) -> None:
    """The bank lets go of a hold in time and the gateway does not say so: at its end it is over for us too."""
    if payment.state == PaymentState.AUTHORIZED and not payment.wish and payment.hold_ends_at <= now:
        logger.warning("payment %s: the time it was reserved for is over and nobody took it", payment.pk)
        holds.wish(payment, take=0, now=now, problem="It was reserved for the visit, and nobody took it in time.")


def released(payment: Payment, *, now: dt.datetime) -> None:
    """Nothing is reserved any more and nothing was taken: as we wished, by hand, or because the bank let go of it."""
    if payment.state == PaymentState.AUTHORIZED and payment.wish != Wish.VOID:
        logger.error("payment %s: what was reserved was released at the gateway", payment.pk)
        payment.problem = "It was released at the gateway."
    elif payment.hold_ends_at is None:
        payment.problem = "It was given back at the gateway."
    over = payment.hold_ends_at is not None and payment.hold_ends_at <= now
    payment.state = PaymentState.EXPIRED if over else PaymentState.CANCELLED


def taken(booking: Booking, payment: Payment, *, now: dt.datetime) -> None:
    """What was reserved was taken, by us or by hand at the gateway. What is more than was wished goes back."""
    with_us = ledger.with_us(payment)
    wished = payment.wish_amount or 0 if payment.wish else with_us
    if payment.wish == Wish.VOID and booking.status in OPEN | {Status.COMPLETED}:
        secured = till.balance(booking) - with_us + holds.reserved(booking)
        wished = max(0, booking.due_now - secured)  # the visit that it was reserved for
    if with_us != wished:
        logger.warning("payment %s: %d halalas were taken, and %d were wished", payment.pk, with_us, wished)
    if with_us > wished:
        till.order_refund_of(
            payment=payment,
            amount=with_us - wished,
            reason="More was taken than is kept.",
            requested_by=None,
            now=now,
        )
    credit.keep(booking=booking, now=now)
