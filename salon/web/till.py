"""The way to the gateway's page and what a guest sees when it is not there."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language

from salon.bookings import policy
from salon.bookings.models import Booking
from salon.flows import payment as flow
from salon.payments.gateways.base import GatewayError
from salon.payments.models import Payment
from salon.web import holds
from salon.web.move_words import move_url

logger = logging.getLogger("salon.web.till")


def to_gateway(request: HttpRequest, *, booking: Booking, payment: Payment, now: dt.datetime) -> HttpResponse:
    """Off to the hosted page (303, another origin: never for htmx), or a friendly 503 while the chair is kept.

    Raises bookings.errors.HoldExpired when the chair is not kept any more.
    """
    try:
        url = flow.start(payment=payment, language=get_language() or "ar", now=now)
    except GatewayError as error:
        logger.warning("payment %s: no page to pay on (%s)", payment.pk, error)
        return waiting_room(request, booking=booking, state="trouble", now=now, moves_to=payment.moves_to, status=503)
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def waiting_room(
    request: HttpRequest,
    *,
    booking: Booking,
    state: str,
    now: dt.datetime,
    moves_to: Booking | None = None,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    """The page between us and the gateway. `state`: wait | trouble | failed | closed | look (see the template).

    `moves_to` is the chair that the payment is for, where the booking has one already.
    """
    chair = moves_to or booking
    kept = holds.is_open(chair, now)
    context = {
        "booking": booking,
        "chair": chair,
        "moves_to": moves_to,
        "state": state,
        "kept": kept,
        "hold_until": chair.expires_at if kept and state != "wait" else None,
        "hold_zone": booking.salon.zone,
        "times_url": move_url(booking) if moves_to else holds.times_url(request, booking, mark=True),
        **extra,
    }
    return render(request, "web/pay_wait.html", context, status=status)


def choice_of(booking: Booking) -> policy.Choice:
    """How this booking was to be paid, read back from what it asks for."""
    for way in policy.choices(booking.policy):
        if policy.amount_due(booking.policy, booking.price, way) == booking.due_now:
            return way
    return policy.choices(booking.policy)[0]
