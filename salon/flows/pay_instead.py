"""Another way to pay for a guest in whose browser Moyasar's form does not open."""

from __future__ import annotations

import datetime as dt

from salon.bookings import domain as bookings
from salon.bookings.errors import HoldExpired
from salon.bookings.models import Booking
from salon.core.transactions import durably
from salon.payments import domain as till
from salon.payments.models import LIVE_STATES, Checkout, Payment


def switch_to_hosted(*, payment: Payment, now: dt.datetime) -> Payment:
    """A payment of the same amount on the gateway's page, instead of this one in our form. Pressed twice, it is one.

    Should the form's charge still arrive, it is money for a closed payment: it buys the chair if nothing else did, and
    goes back if something did. Raises HoldExpired when the time is not kept any more, ValueError for money that was
    only to be reserved, which the gateway's page cannot do.
    """
    if payment.hold:
        raise ValueError("The gateway's page cannot reserve money.")
    return durably(lambda: _switch(payment, now=now))


def _switch(payment: Payment, *, now: dt.datetime) -> Payment:
    booking = bookings.lock(Booking(pk=payment.booking_id))
    payment = Payment.objects.select_for_update(of=("self",)).select_related("moves_to").get(pk=payment.pk)
    payment.booking = booking
    live = till.live_payment(booking)
    if live is None or live.expires_at <= now or not till.is_wanted(payment):
        raise HoldExpired
    if live.pk != payment.pk and live.checkout == Checkout.INVOICE:
        return live  # the other press was faster
    if payment.checkout != Checkout.FORM or payment.state not in LIVE_STATES:
        raise HoldExpired
    till.close_payments(booking=booking, now=now)
    return Payment.objects.create(
        booking=booking,
        moves_to=payment.moves_to,
        amount=payment.amount,
        currency=payment.currency,
        gateway=payment.gateway,
        checkout=Checkout.INVOICE,
        expires_at=payment.expires_at,
        created_at=now,
        next_sync_at=now + dt.timedelta(minutes=1),
    )
