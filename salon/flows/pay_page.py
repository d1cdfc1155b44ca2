"""The page where a guest pays: opened once, however often and from however many tabs it is asked for."""

from __future__ import annotations

import datetime as dt
import logging
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from salon.bookings.errors import HoldExpired
from salon.payments import domain as till
from salon.payments import verdict
from salon.payments.gateways.base import Gateway, GatewayError, Invoice, Unavailable, Uncertain
from salon.payments.models import LIVE_STATES, Checkout, Payment, PaymentState

logger = logging.getLogger("salon.flows.payment")


def start(*, payment: Payment, language: str, now: dt.datetime) -> str:
    """The address of the page to pay on, opened if it was not yet; of the return page if there is nothing to pay.

    With Moyasar's form that is our own page, and the gateway hears nothing before the guest has typed a card.
    However often and from however many tabs it is called, one page is handed out. Raises HoldExpired when the time
    is not kept any more (begin again), GatewayError when the page could not be opened (press again).
    """
    payment = Payment.objects.select_related("booking__salon", "moves_to").get(pk=payment.pk)
    if payment.state in (PaymentState.PAID, PaymentState.AUTHORIZED):
        return _ours("web:pay_return", payment.pk, language=language)
    if payment.state not in LIVE_STATES or payment.expires_at <= now or not till.is_wanted(payment):
        raise HoldExpired
    if payment.checkout == Checkout.FORM:
        return _our_page(payment, language=language, now=now)
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
            close_page(gateway, invoice)
        if payment.state not in LIVE_STATES:
            raise HoldExpired
        return _in_language(payment.invoice_url, language)
    return _in_language(invoice.url, language)


def _our_page(payment: Payment, *, language: str, now: dt.datetime) -> str:
    """Written down first: from here on a browser may begin to pay, so the gateway is asked about it."""
    handed_out = Payment.objects.filter(pk=payment.pk, state__in=LIVE_STATES).update(
        state=PaymentState.INITIATED, synced_at=payment.synced_at or now
    )
    if not handed_out:
        raise HoldExpired
    return _ours("web:pay", payment.pk, language=language)


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
            back_url=_ours("web:pay_return", payment.pk, language=language) + "?back=1",
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


def close_page(gateway: Gateway, invoice: Invoice) -> bool:
    """Nobody shall begin to pay there any more. False when the gateway could not be asked."""
    try:
        gateway.cancel_invoice(invoice.id)
    except (Unavailable, Uncertain) as error:
        logger.warning("invoice %s: could not be closed (%s)", invoice.id, error)
        return False
    except GatewayError as error:  # it is closed already
        logger.info("invoice %s: %s", invoice.id, error)
    return True
