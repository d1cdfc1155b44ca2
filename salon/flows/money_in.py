"""What one answer of the gateway changes: money, chair, letters and refunds, in one transaction.

Only `flows.payment.settle` calls it, with what the gateway said a moment before.
"""

from __future__ import annotations

import datetime as dt
import logging

from django.db import IntegrityError, transaction

from salon.accounts.models import User
from salon.bookings import domain as bookings
from salon.bookings.errors import BookingError
from salon.bookings.models import Booking
from salon.bookings.states import Status
from salon.flows import money_held as held
from salon.flows import moving_paid
from salon.notifications.models import Letter
from salon.notifications.outbox import tell_customer, tell_salon
from salon.payments import domain as till
from salon.payments import holds, ledger, methods, refunds, verdict
from salon.payments.gateways.base import Charge, Invoice
from salon.payments.gateways.base import Status as ChargeStatus
from salon.payments.models import LIVE_STATES, EntryKind, Payment, PaymentState, Refund, RefundState

logger = logging.getLogger("salon.flows.payment")

FORGOTTEN_AFTER = dt.timedelta(hours=24)
"""An invoice that the gateway denies for this long will not come back."""

_PROMISED = frozenset({Status.REQUESTED, Status.CONFIRMED, Status.ARRIVED, Status.COMPLETED, Status.NO_SHOW})


def write_down(payment: Payment, answer: Invoice | Charge | None, *, now: dt.datetime) -> Payment:
    """The whole consequence of one answer, under the locks Staff, Booking, Payment."""
    booking = bookings.lock(Booking(pk=payment.booking_id), other=payment.moves_to_id)
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    payment.booking = booking
    if answer is None:
        _nothing_there(payment, now=now)
        return payment
    said = verdict.judge(payment, answer) if isinstance(answer, Invoice) else verdict.judge_charge(payment, answer)
    if isinstance(answer, Invoice) and not payment.invoice_id and not said.problem:
        payment.invoice_id, payment.invoice_url = answer.id, answer.url
        payment.state = PaymentState.INITIATED if payment.state == PaymentState.CREATED else payment.state
    if said.problem:
        _does_not_fit(payment, said)
    elif said.taken:
        _money(booking, payment, said, now=now)
    elif said.reserved is not None:
        _reserved(booking, payment, said.reserved, now=now)
    elif said.released or (payment.state == PaymentState.AUTHORIZED and said.closed is not None):
        held.released(payment, now=now)
    elif payment.state in LIVE_STATES:
        _no_money_yet(payment, said)
    if said.taken or said.released or (payment.state != PaymentState.PAID and not held.is_over(payment)):
        payment.raw_status = said.raw_status
    payment.synced_at = now
    payment.next_sync_at = verdict.next_look(payment, pending=said.pending, now=now)
    payment.save()
    return payment


def _nothing_there(payment: Payment, *, now: dt.datetime) -> None:
    """The gateway knows nothing of it. What it once knew is believed for a day longer than it lives."""
    known = payment.invoice_id or payment.raw_status
    if payment.state in LIVE_STATES and payment.expires_at + (FORGOTTEN_AFTER if known else dt.timedelta(0)) <= now:
        payment.state = PaymentState.EXPIRED
    if known and payment.state not in (PaymentState.PAID, PaymentState.AUTHORIZED):
        payment.problem = "The gateway does not know it any more."
        logger.error("payment %s: %s is unknown to the gateway", payment.pk, payment.invoice_id or "its charge")
    payment.next_sync_at = verdict.next_look(payment, pending=False, now=now)
    payment.save()


def _does_not_fit(payment: Payment, said: verdict.Verdict) -> None:
    """Amount, currency or binding differ. Money on it is never counted; the next answer may fit again."""
    logger.error("payment %s does not match: %s", payment.pk, said.problem)
    if payment.state == PaymentState.PAID:
        return
    payment.problem = said.problem[:200]
    news = said.taken or (said.reserved is not None and not held.is_over(payment))
    if news and payment.state != PaymentState.AUTHORIZED:  # a hold stays one until its money is known to have moved
        payment.state = PaymentState.MISMATCH


def _no_money_yet(payment: Payment, said: verdict.Verdict) -> None:
    """A declined card keeps the chair: until the hold ends another one may be tried, in our form as a new payment."""
    payment.problem, payment.decline_code = said.declined[:200], said.decline_code
    if said.closed is not None:
        payment.state = said.closed
    elif not till.is_wanted(payment):
        ran_out = till.chair_of(payment).status == Status.EXPIRED
        payment.state = PaymentState.EXPIRED if ran_out else PaymentState.CANCELLED


def _money(booking: Booking, payment: Payment, said: verdict.Verdict, *, now: dt.datetime) -> None:
    first = next((charge for charge in said.taken if charge.id == payment.charge_id), said.taken[0])
    fresh = payment.state != PaymentState.PAID
    if fresh:
        payment.state, payment.charge_id, payment.problem = PaymentState.PAID, first.id, ""
        payment.decline_code = ""
        payment.method, payment.method_kind = methods.words_of(first), methods.kind_of(first)
        payment.save()
        came = verdict.brought(payment, first)
        ledger.enter(payment, EntryKind.CAPTURE, ref=first.id, amount=came, now=now)
    _given_back(payment, first, now=now)
    if fresh and payment.hold_ends_at is not None:  # its chair was promised when it was reserved
        held.taken(booking, payment, now=now)
    elif fresh:
        _use(booking, payment, now=now)
    for charge in said.taken:
        if charge.id != payment.charge_id:
            _second_charge(booking, payment, charge, now=now)


def _use(booking: Booking, payment: Payment, *, now: dt.datetime) -> None:
    """New money: it buys what it was meant for, or goes back whole."""
    with_us = ledger.kept(payment)
    if with_us <= 0:
        payment.problem = "It was given back at the gateway."
    elif not _buys(booking, payment, now=now):
        _return_to_guest(booking, payment, with_us, now=now)


def _reserved(booking: Booking, payment: Payment, charge: Charge, *, now: dt.datetime) -> None:
    """Money that waits on the card promises the chair as money does."""
    if held.reserved(payment, charge, now=now) and not _buys(booking, payment, now=now):
        held.not_needed(booking, payment, now=now)
    held.by_the_clock(payment, now=now)


def _buys(booking: Booking, payment: Payment, *, now: dt.datetime) -> bool:
    """Whether this money buys what it was meant for. False: nobody wants it any more."""
    if payment.moves_to_id:
        return moving_paid.buys(booking, payment, now=now)
    late = booking.status == Status.EXPIRED and booking.starts_at > now
    if booking.status == Status.HELD or (late and not _has_left(booking)):
        try:
            with transaction.atomic():  # a savepoint: the guard may refuse the chair
                booking = bookings.promise_chair(booking, now=now, due_now=payment.amount)
        except (BookingError, IntegrityError) as error:
            logger.info("payment %s came too late for booking %s: %s", payment.pk, booking.reference, error)
            booking.refresh_from_db()
        else:
            till.close_payments(booking=booking, now=now)
            letter = Letter.REQUESTED if booking.status == Status.REQUESTED else Letter.BOOKED
            tell_customer(letter, booking=booking, now=now)
            tell_salon(Letter.OWNER_NEW, booking=booking, now=now)
            return True
    # Of a promised booking: whether it is the prepayment that was still owed.
    return booking.status in _PROMISED and till.balance(booking) + holds.reserved(booking) <= booking.due_now


def _has_left(booking: Booking) -> bool:
    """Its guest deleted the account meanwhile: nobody would come.

    Asked anew: the guest that came with the lock may be as they were before it was waited for.
    """
    return User.objects.filter(pk=booking.customer_id, anonymised_at__isnull=False).exists()


def _second_charge(booking: Booking, payment: Payment, charge: Charge, *, now: dt.datetime) -> None:
    """Two charges on one page: the later one gets a row of its own, so that it can be given back by itself."""
    extra, new = Payment.objects.get_or_create(
        charge_id=charge.id,
        defaults={
            "booking": booking,
            "amount": payment.amount,
            "currency": payment.currency,
            "gateway": payment.gateway,
            "state": PaymentState.PAID,
            "method": methods.words_of(charge),
            "method_kind": methods.kind_of(charge),
            "raw_status": str(charge.status),
            "problem": f"A second charge on the page of {payment.pk}.",
            "expires_at": payment.expires_at,
            "created_at": now,
            "synced_at": now,
        },
    )
    if new:
        ledger.enter(extra, EntryKind.CAPTURE, ref=charge.id, amount=extra.amount, now=now)
    _given_back(extra, charge, now=now)
    if new and ledger.kept(extra) > 0:
        _return_to_guest(booking, extra, ledger.kept(extra), now=now)
    Payment.objects.filter(pk=extra.pk).update(next_sync_at=verdict.next_look(extra, pending=False, now=now))


def _return_to_guest(booking: Booking, payment: Payment, amount: int, *, now: dt.datetime) -> None:
    till.order_refund_of(
        payment=payment,
        amount=amount,
        reason="It came after the new time was given up."
        if payment.moves_to_id
        else "It was paid twice."
        if booking.status in _PROMISED
        else "It came after the time was given up.",
        requested_by=None,
        now=now,
    )
    letter = Letter.NOT_MOVED if payment.moves_to_id else Letter.LATE_PAYMENT
    tell_customer(letter, booking=booking, now=now, occasion=payment.pk.hex)


def _given_back(payment: Payment, charge: Charge, *, now: dt.datetime) -> None:
    """What went back at the gateway beyond our ledger: by an operator's hand, or by a refund of ours in flight."""
    came = refunds.came_in(payment)
    total = came if charge.status == ChargeStatus.VOIDED else min(charge.refunded, came)
    ours = Refund.objects.filter(payment=payment, state=RefundState.SENDING).first()
    if ours is not None:
        if total != (ours.before or 0) + ours.amount:
            return  # its worker compares before anything is called foreign
        refunds.finish(ours, total=total, now=now)
    beyond = total - ledger.given_back(payment)
    if beyond > 0:
        ledger.enter(payment, EntryKind.EXTERNAL_REFUND, ref=f"{charge.id}:{total}", amount=-beyond, now=now)
        logger.warning("payment %s: %d halalas were given back at the gateway", payment.pk, beyond)
