"""Paying, told from start to end. The gateway is asked between transactions, never inside one.

`start` opens the hosted page. `settle` is the only way money enters: the page the guest returns to, the webhook and
`reconcile` all call it, in any order and as often as they like.
"""

from __future__ import annotations

import datetime as dt
import logging
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation

from salon.bookings import domain as bookings
from salon.bookings.errors import BookingError, HoldExpired
from salon.bookings.models import Booking
from salon.bookings.states import Status
from salon.core.transactions import durably
from salon.notifications.models import Letter
from salon.notifications.outbox import tell_customer, tell_salon
from salon.payments import domain as till
from salon.payments import ledger, refunds, verdict
from salon.payments.gateways.base import (
    Charge,
    Gateway,
    GatewayError,
    Invoice,
    NotFound,
    Unavailable,
    Uncertain,
)
from salon.payments.gateways.base import Status as ChargeStatus
from salon.payments.models import LIVE_STATES, EntryKind, Payment, PaymentState, Refund, RefundState

logger = logging.getLogger("salon.flows.payment")

FORGOTTEN_AFTER = dt.timedelta(hours=24)
"""An invoice that the gateway denies for this long will not come back."""

GIVE_UP_AFTER = 5
"""Unanswered questions in a row that end one round of `reconcile`: the gateway is down."""

_PROMISED = frozenset({Status.REQUESTED, Status.CONFIRMED, Status.ARRIVED, Status.COMPLETED, Status.NO_SHOW})


# --- the guest goes to pay ------------------------------------------------------------------------------


def start(*, payment: Payment, language: str, now: dt.datetime) -> str:
    """The address of the hosted page for this payment, opened if it was not yet; of the return page if it is paid.

    However often and from however many tabs it is called, one page is handed out. Raises HoldExpired when the time
    is not kept any more (begin again), GatewayError when the page could not be opened (press again).
    """
    payment = Payment.objects.select_related("booking__salon").get(pk=payment.pk)
    if payment.state == PaymentState.PAID:
        return _ours("web:pay_return", payment.pk, language=language)
    if payment.state not in LIVE_STATES or payment.expires_at <= now or payment.booking.status != Status.HELD:
        raise HoldExpired
    if payment.invoice_url:
        return _in_language(payment.invoice_url, language)
    gateway = till.gateway()
    invoice = _open_page(gateway, payment, language=language, now=now)
    adopted = Payment.objects.filter(pk=payment.pk, invoice_id="", state__in=LIVE_STATES).update(
        invoice_id=invoice.id,
        invoice_url=invoice.url,
        raw_status=str(invoice.status),
        state=PaymentState.INITIATED,
    )
    if not adopted:  # another tab was faster, or the booking was given up meanwhile
        payment.refresh_from_db()
        if payment.invoice_id != invoice.id:
            _close_page(gateway, invoice)
        if payment.state not in LIVE_STATES:
            raise HoldExpired
        return _in_language(payment.invoice_url, language)
    return _in_language(invoice.url, language)


def _open_page(gateway: Gateway, payment: Payment, *, language: str, now: dt.datetime) -> Invoice:
    """Create the invoice, or adopt the one that an attempt without an answer left behind."""
    first_attempt = Payment.objects.filter(pk=payment.pk, synced_at=None).update(synced_at=now)
    if not first_attempt:
        left_behind = _find(gateway, payment)
        if left_behind is not None:
            return left_behind
    booking = payment.booking
    with translation.override(language):
        title = booking.salon.name_ar if language == "ar" else booking.salon.name_en or booking.salon.name_ar
    try:
        return gateway.create_invoice(
            amount=payment.amount,
            currency=payment.currency,
            description=f"{title} - {booking.reference}",
            success_url=_ours("web:pay_return", payment.pk, language=language),
            back_url=_ours("web:book_confirm", booking.salon.slug, language=language),
            callback_url=_ours("api:moyasar_callback", payment.pk, language=language),
            expired_at=payment.expires_at,
            metadata={verdict.METADATA_KEY: str(payment.pk), "booking_reference": booking.reference},
        )
    except Uncertain:
        left_behind = _find(gateway, payment)
        if left_behind is None:
            raise
        return left_behind


def _find(gateway: Gateway, payment: Payment) -> Invoice | None:
    """The open page that carries our id, if there is exactly one that fits.

    Several can only be pages that nobody was ever sent to (an address is handed out after it is in our row), so they
    are left to run out.
    """
    try:
        invoice = gateway.find_invoice(key=verdict.METADATA_KEY, value=str(payment.pk))
    except Uncertain as error:
        logger.warning("payment %s: %s", payment.pk, error)
        return None
    if invoice is None or not invoice.status.is_open or verdict.judge(payment, invoice).problem:
        return None
    return invoice


def _ours(name: str, *args: object, language: str) -> str:
    with translation.override(language):
        return settings.SITE_URL + reverse(name, args=args)


def _in_language(url: str, language: str) -> str:
    """The hosted page speaks the language of `lang`."""
    parts = urlsplit(url)
    query = [(key, value) for key, value in parse_qsl(parts.query) if key != "lang"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("lang", language)])))


def _close_page(gateway: Gateway, invoice: Invoice) -> bool:
    """Nobody shall begin to pay there any more. False when the gateway could not be asked."""
    try:
        gateway.cancel_invoice(invoice.id)
    except (Unavailable, Uncertain) as error:
        logger.warning("invoice %s: could not be closed (%s)", invoice.id, error)
        return False
    except GatewayError as error:  # it is closed already
        logger.info("invoice %s: %s", invoice.id, error)
    return True


# --- the money comes ------------------------------------------------------------------------------------


def settle(*, payment: Payment, now: dt.datetime) -> Payment:
    """Ask the gateway about one payment and write down what is true. Returns the row as it is afterwards.

    Idempotent, and a stale answer never undoes a later one. Raises GatewayError when there is no answer (nothing was
    changed), OperationalError when the database stays busy.
    """
    payment = Payment.objects.get(pk=payment.pk)
    if payment.gateway != settings.PAYMENT_GATEWAY:
        logger.warning("payment %s belongs to the gateway %r, which is not in use", payment.pk, payment.gateway)
        return payment
    gateway = till.gateway()
    answer = _ask(gateway, payment)
    payment = durably(lambda: _write_down(payment, answer, now=now))
    if payment.state in verdict.CLOSED and isinstance(answer, Invoice) and answer.status.is_open:
        _close_page(gateway, answer)
    return payment


def _ask(gateway: Gateway, payment: Payment) -> Invoice | Charge | None:
    try:
        if payment.invoice_id:
            return gateway.fetch_invoice(payment.invoice_id)
        if payment.charge_id:
            return gateway.fetch(payment.charge_id)
    except NotFound:
        return None
    if payment.synced_at is None:  # the gateway was never asked for a page: there is nothing to find
        return None
    try:
        return gateway.find_invoice(key=verdict.METADATA_KEY, value=str(payment.pk))
    except Uncertain as error:  # several pages, and nobody was sent to any of them: see `_find`
        logger.warning("payment %s: %s", payment.pk, error)
        return None


def _write_down(payment: Payment, answer: Invoice | Charge | None, *, now: dt.datetime) -> Payment:
    """The whole consequence of one answer, under the locks Staff, Booking, Payment."""
    booking = bookings.lock(Booking(pk=payment.booking_id))
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
    elif payment.state in LIVE_STATES:
        _no_money_yet(booking, payment, said)
    if payment.state != PaymentState.PAID or said.taken:
        payment.raw_status = said.raw_status
    payment.synced_at = now
    payment.next_sync_at = verdict.next_look(payment, pending=said.pending, now=now)
    payment.save()
    return payment


def _nothing_there(payment: Payment, *, now: dt.datetime) -> None:
    """The gateway knows no page for it. A page that was handed out is believed for a day longer than it lives."""
    patience = FORGOTTEN_AFTER if payment.invoice_id else dt.timedelta(0)
    if payment.state in LIVE_STATES and payment.expires_at + patience <= now:
        payment.state = PaymentState.EXPIRED
    if payment.invoice_id and payment.state != PaymentState.PAID:
        payment.problem = "The gateway does not know this invoice."
        logger.error("payment %s: invoice %s is unknown to the gateway", payment.pk, payment.invoice_id)
    payment.next_sync_at = verdict.next_look(payment, pending=False, now=now)
    payment.save()


def _does_not_fit(payment: Payment, said: verdict.Verdict) -> None:
    """Amount, currency or binding differ. Money on it is never counted; the next answer may fit again."""
    logger.error("payment %s does not match: %s", payment.pk, said.problem)
    if payment.state == PaymentState.PAID:
        return
    payment.problem = said.problem[:200]
    if said.taken:
        payment.state = PaymentState.MISMATCH


def _no_money_yet(booking: Booking, payment: Payment, said: verdict.Verdict) -> None:
    """A declined card keeps the chair and the page: the guest may try another one until the hold ends."""
    payment.problem = "" if said.pending else said.declined[:200]
    if said.closed is not None:
        payment.state = said.closed
    elif booking.status != Status.HELD:
        payment.state = PaymentState.EXPIRED if booking.status == Status.EXPIRED else PaymentState.CANCELLED


def _money(booking: Booking, payment: Payment, said: verdict.Verdict, *, now: dt.datetime) -> None:
    first = next((charge for charge in said.taken if charge.id == payment.charge_id), said.taken[0])
    fresh = payment.state != PaymentState.PAID
    if fresh:
        payment.state, payment.charge_id, payment.problem = PaymentState.PAID, first.id, ""
        payment.method = _method(first)
        payment.save()
        ledger.enter(payment, EntryKind.CAPTURE, ref=first.id, amount=payment.amount, now=now)
    _given_back(payment, first, now=now)
    if fresh:
        _use(booking, payment, now=now)
    for charge in said.taken:
        if charge.id != payment.charge_id:
            _second_charge(booking, payment, charge, now=now)


def _use(booking: Booking, payment: Payment, *, now: dt.datetime) -> None:
    """New money: it buys the chair it was meant for, or goes back whole."""
    with_us = ledger.kept(payment)
    if with_us <= 0:
        payment.problem = "It was given back at the gateway."
        return
    if booking.status == Status.HELD or (booking.status == Status.EXPIRED and booking.starts_at > now):
        try:
            with transaction.atomic():  # a savepoint: the guard may refuse the chair
                booking = bookings.promise_chair(booking, now=now, due_now=payment.amount)
        except BookingError as error:
            logger.info("payment %s came too late for booking %s: %s", payment.pk, booking.reference, error)
            booking.refresh_from_db()
        else:
            till.close_payments(booking=booking, now=now)
            letter = Letter.REQUESTED if booking.status == Status.REQUESTED else Letter.BOOKED
            tell_customer(letter, booking=booking, now=now)
            tell_salon(Letter.OWNER_NEW, booking=booking, now=now)
            return
    if booking.status in _PROMISED and till.balance(booking) <= booking.due_now:
        return  # it is the prepayment that this booking still owed
    _return_to_guest(booking, payment, with_us, now=now)


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
            "method": _method(charge),
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
        reason="It was paid twice." if booking.status in _PROMISED else "It came after the time was given up.",
        requested_by=None,
        now=now,
    )
    tell_customer(Letter.LATE_PAYMENT, booking=booking, now=now, occasion=payment.pk.hex)


def _given_back(payment: Payment, charge: Charge, *, now: dt.datetime) -> None:
    """What went back at the gateway beyond our ledger: by an operator's hand, or by a refund of ours in flight."""
    voided = charge.status == ChargeStatus.VOIDED
    total = payment.amount if voided else min(charge.refunded, payment.amount)
    ours = Refund.objects.filter(payment=payment, state=RefundState.SENDING).first()
    if ours is not None:
        if total != (ours.before or 0) + ours.amount:
            return  # its worker compares before anything is called foreign
        refunds.finish(ours, now=now)
    beyond = total - ledger.given_back(payment)
    if beyond > 0:
        ledger.enter(payment, EntryKind.EXTERNAL_REFUND, ref=f"{charge.id}:{total}", amount=-beyond, now=now)
        logger.warning("payment %s: %d halalas were given back at the gateway", payment.pk, beyond)


def _method(charge: Charge) -> str:
    return f"{charge.company or charge.source_type} {charge.masked_number[-4:]}".strip()[:40]


# --- the clock, and what a cancellation leaves behind -----------------------------------------------------


def cancel_open(*, booking: Booking, now: dt.datetime) -> None:
    """Close, here and at the gateway, what this booking does not want paid any more. Call it after the commit.

    While the booking is on hold its live payment stays: only pages of earlier choices are closed. The gateway's
    troubles are swallowed: `reconcile` comes by.
    """

    def close() -> list[Payment]:
        fresh = bookings.lock(booking)
        if fresh.status != Status.HELD:
            till.close_payments(booking=fresh, now=now)
        return list(Payment.objects.filter(booking=fresh, state__in=verdict.CLOSED, next_sync_at__isnull=False))

    for payment in durably(close):
        try:
            settle(payment=payment, now=now)
        except GatewayError as error:
            logger.warning("payment %s: could not be closed at the gateway (%s)", payment.pk, error)


def reconcile(*, now: dt.datetime, limit: int = 100) -> int:
    """Ask about every payment whose time has come; how many were settled. One payment's trouble stops no other."""
    settled = silent = 0
    due = Payment.objects.filter(next_sync_at__lte=now, gateway=settings.PAYMENT_GATEWAY).order_by("next_sync_at")
    for payment in list(due[:limit]):
        # Pushed ahead before the question: a payment that kills its worker does not kill the next one at once.
        later = now + max(dt.timedelta(minutes=1), (verdict.next_look(payment, pending=False, now=now) or now) - now)
        if not Payment.objects.filter(pk=payment.pk, next_sync_at=payment.next_sync_at).update(next_sync_at=later):
            continue
        try:
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
    return settled


def send_refund(*, refund: Refund, now: dt.datetime) -> Refund:
    """Give money back: look, compare, post once. See `payments.refunds`."""
    return refunds.send(refund, now=now)


def send_due_refunds(*, now: dt.datetime, limit: int = 50) -> int:
    """Send every refund that waits; how many arrived. One refund's trouble stops no other."""
    done = 0
    for refund in list(refunds.due(now=now)[:limit]):
        try:
            done += send_refund(refund=refund, now=now).state == RefundState.DONE
        except Exception:
            logger.exception("refund %s", refund.pk)
    return done
