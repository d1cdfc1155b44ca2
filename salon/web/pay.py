"""Back from the gateway's page. The gateway is asked what happened; nothing on the URL is believed."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from typing import Final

from django.contrib import messages
from django.db import OperationalError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from salon.bookings.errors import BookingError, HoldExpired, TooManyHolds
from salon.bookings.models import Booking
from salon.bookings.states import Status
from salon.core.htmx import go, is_partial, vary_htmx
from salon.flows import booking as booking_flow
from salon.flows import moving
from salon.flows import payment as flow
from salon.payments.gateways.base import GatewayError
from salon.payments.models import LIVE_STATES, Payment, PaymentState
from salon.web import bank_words, holds
from salon.web.guests import guest, private
from salon.web.till import choice_of, to_gateway, waiting_room

logger = logging.getLogger("salon.web.pay")

_MAY_BE_DECLINED: Final = frozenset({*LIVE_STATES, PaymentState.FAILED})
"""On the gateway's page another card may be tried; in our form a declined one ends the payment."""

MOST_LOOKS: Final = 12
"""How often the waiting page looks by itself (about a minute); after that it waits for the guest's press."""


@private
@require_safe
def pay_return(request: HttpRequest, payment_id: uuid.UUID) -> HttpResponse:
    """Where the gateway sends a guest, and where "check again" leads.

    `back` in the query: the guest turned round on the gateway's page. A card that was declined there is talked about;
    otherwise it leads back to the details.
    """
    now = timezone.now()
    payment = get_object_or_404(_payments(), pk=payment_id, booking__customer=guest(request))
    reached = True
    try:
        payment = flow.settle(payment=payment, now=now)
    except (GatewayError, OperationalError) as error:  # who has paid must not read that nothing happened
        logger.warning("payment %s: no answer on return (%s)", payment.pk, error)
        reached = False
    payment = _payments().get(pk=payment.pk)
    if "back" in request.GET and payment.state in LIVE_STATES and not payment.decline_code:
        if payment.moves_to:
            return go(request, reverse("web:booking", args=[payment.booking.reference]))
        return go(request, reverse("web:book_confirm", args=[payment.booking.salon.slug]))
    return vary_htmx(_show(request, payment, reached=reached, now=now))


@private
@require_POST
def pay_retry(request: HttpRequest, reference: str) -> HttpResponse:
    """Another try at paying for the chair that is still kept."""
    now = timezone.now()
    booking = get_object_or_404(
        Booking.objects.select_related("salon"), reference=reference.upper(), customer=guest(request)
    )
    if booking.status not in {Status.HELD, Status.EXPIRED}:
        return _retry_move(request, booking, now=now)
    try:
        placed = booking_flow.place(
            booking=booking,
            customer=guest(request),
            name=guest(request).name,
            note=booking.note,
            choice=choice_of(booking),
            now=now,
        )
        if placed.payment:
            return to_gateway(request, booking=placed.booking, payment=placed.payment, now=now)
    except TooManyHolds as problem:
        response = waiting_room(request, booking=booking, state="trouble", now=now, status=429)
        response["Retry-After"] = str(problem.retry_after)
        return response
    except HoldExpired:
        messages.warning(request, gettext("The time was kept for ten minutes, and they are over. Nothing was charged."))
        return go(request, holds.times_url(request, booking, mark=True))
    except BookingError:
        return go(request, reverse("web:book_confirm", args=[booking.salon.slug]))
    return go(request, reverse("web:booking", args=[placed.booking.reference]))


def _retry_move(request: HttpRequest, booking: Booking, *, now: dt.datetime) -> HttpResponse:
    """Of a booking that stands only a change of its time can still be unpaid."""
    try:
        payment = moving.pay_again(booking=booking, now=now)
        return to_gateway(request, booking=booking, payment=payment, now=now)
    except HoldExpired:
        return go(request, reverse("web:booking", args=[booking.reference]))


def _payments() -> QuerySet[Payment]:
    return Payment.objects.select_related("booking__salon", "moves_to")


def _show(request: HttpRequest, payment: Payment, *, reached: bool, now: dt.datetime) -> HttpResponse:
    booking = payment.booking
    if payment.state in {PaymentState.PAID, PaymentState.AUTHORIZED}:
        if booking.status in {Status.CONFIRMED, Status.REQUESTED} and request.session.get(holds.HOLD) == str(
            booking.pk
        ):
            holds.mark_booked(request, booking)
        if payment.moves_to:
            _tell_of_move(request, booking, payment.moves_to)
        return go(request, reverse("web:booking", args=[booking.reference]))
    if payment.state == PaymentState.MISMATCH:
        return waiting_room(request, booking=booking, state="look", now=now, moves_to=payment.moves_to)
    if payment.decline_code and payment.state in _MAY_BE_DECLINED:
        refusal = bank_words.refusal(payment.decline_code)
        return waiting_room(
            request, booking=booking, state="failed", refusal=refusal, now=now, moves_to=payment.moves_to
        )
    if payment.problem or payment.state not in LIVE_STATES:
        return waiting_room(request, booking=booking, state="closed", now=now, moves_to=payment.moves_to)
    return _wait(request, payment, reached=reached, now=now)


def _tell_of_move(request: HttpRequest, booking: Booking, wanted: Booking) -> None:
    if booking.events.filter(moved_to=wanted.starts_at).exists():
        messages.success(request, gettext("The time is changed. A message with the details is on its way."))
    else:
        messages.warning(request, gettext("The new time had gone before the payment arrived. All of it goes back."))


def _wait(request: HttpRequest, payment: Payment, *, reached: bool, now: dt.datetime) -> HttpResponse:
    look = request.GET.get("look", "")
    count = min(int(look), MOST_LOOKS) if look.isdecimal() and len(look) < 4 else 0
    context = {
        "payment": payment,
        "booking": payment.booking,
        "reached": reached,
        "next_look": count + 1 if count < MOST_LOOKS else None,
        "check_url": reverse("web:pay_return", args=[payment.pk]),
    }
    if is_partial(request):
        return render(request, "web/pay_wait.html#waiting", context)
    return waiting_room(request, state="wait", now=now, moves_to=payment.moves_to, **context)
