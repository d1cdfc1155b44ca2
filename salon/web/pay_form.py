"""Our own pay page: Moyasar's form in it, for payments with `checkout=form`.

The card goes from the browser to Moyasar and never through us. What the page lets in beyond the site's own policy is
exactly what this one form needs, and only in the answer that shows it.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import unicodedata
import uuid
from typing import Any, Final

from csp.constants import SELF
from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_POST, require_safe

from salon.bookings import policy
from salon.bookings.errors import HoldExpired
from salon.bookings.models import Booking
from salon.core.htmx import go
from salon.flows import payment as flow
from salon.flows.pay_instead import switch_to_hosted
from salon.payments import domain as till
from salon.payments import verdict
from salon.payments.gateways import form as embedded
from salon.payments.gateways.base import GatewayError
from salon.payments.gateways.form import Form, Method
from salon.payments.models import LIVE_STATES, Checkout, Payment, PaymentState
from salon.salons.models import Salon
from salon.web import holds, policy_words
from salon.web.guests import guest, private
from salon.web.till import to_gateway, waiting_room

logger = logging.getLogger("salon.web.pay")

_ELSEWHERE: Final = frozenset({PaymentState.PAID, PaymentState.AUTHORIZED, PaymentState.MISMATCH})
"""What the return page has an answer for."""


@private
@require_safe
def pay(request: HttpRequest, payment_id: uuid.UUID) -> HttpResponse:
    """The page with the form, while its payment can still be made. Anything else has a page that says so."""
    now = timezone.now()
    payment = _payment_of(request, payment_id)
    if payment.checkout != Checkout.FORM or payment.state in _ELSEWHERE or payment.raw_status:
        return go(request, reverse("web:pay_return", args=[payment.pk]))
    visit = till.chair_of(payment)
    wanted = payment.state in LIVE_STATES and till.is_wanted(payment)
    if not wanted or payment.expires_at <= now or not holds.is_open(visit, now):
        return waiting_room(request, booking=payment.booking, state="closed", now=now, moves_to=payment.moves_to)
    try:
        form = form_of(payment, visit, language=get_language() or "ar")
    except ValueError as error:  # the installation's fault, which the checks name too: nobody shall press in vain
        logger.error("payment %s: %s", payment.pk, error)  # noqa: TRY400 - the sentence says it all
        return waiting_room(
            request, booking=payment.booking, state="trouble", now=now, moves_to=payment.moves_to, status=503
        )
    response = render(request, "web/pay.html", _context(payment, visit, form, now=now))
    return _let_in(request, response, form)


@private
@require_POST
def pay_hosted(request: HttpRequest, payment_id: uuid.UUID) -> HttpResponse:
    """Where the form does not open: the same amount on Moyasar's own page."""
    now = timezone.now()
    payment = _payment_of(request, payment_id)
    if payment.checkout != Checkout.FORM or payment.hold:
        return go(request, reverse("web:pay", args=[payment.pk]))
    try:
        payment = flow.settle(payment=payment, now=now)  # the form may have done its work after all
    except (GatewayError, OperationalError) as error:
        logger.warning("payment %s: no answer before going to the hosted page (%s)", payment.pk, error)
    payment = _payment_of(request, payment_id)
    if payment.state in _ELSEWHERE:
        return go(request, reverse("web:pay_return", args=[payment.pk]))
    try:
        hosted = switch_to_hosted(payment=payment, now=now)
        return to_gateway(request, booking=payment.booking, payment=hosted, now=now)
    except HoldExpired:
        if payment.moves_to:
            return go(request, reverse("web:pay_return", args=[payment.pk]))
        messages.warning(request, gettext("The time was kept for ten minutes, and they are over. Nothing was charged."))
        return go(request, holds.times_url(request, payment.booking, mark=True))


def form_of(payment: Payment, visit: Booking, *, language: str) -> Form:
    """The form of one payment. Raises ValueError when these settings cannot show it."""
    salon, reference = visit.salon, payment.booking.reference
    return Form(
        publishable_key=settings.MOYASAR_PUBLISHABLE_KEY,
        base_url=embedded.base_of(settings.MOYASAR_API_URL) or "",
        given_id=payment.pk,
        amount=payment.amount,
        currency=payment.currency,
        description=f"{salon.name_ar if language == 'ar' else salon.name_en or salon.name_ar} - {reference}",
        callback_url=settings.SITE_URL + reverse("web:pay_return", args=[payment.pk]),
        language=language,
        label=label_of(salon),
        metadata={verdict.METADATA_KEY: str(payment.pk), "booking_reference": reference},
        hold=payment.hold,
        methods=[Method(each) for each in settings.MOYASAR_METHODS],
        files=settings.MOYASAR_FORM_URL or embedded.FILES,
    )


def label_of(salon: Salon) -> str:
    """The name on Apple's sheet, which knows ASCII only."""
    for name in (salon.name_en, settings.BRAND_NAME_EN):
        letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()  # é is e and an accent
        plain = " ".join(re.sub(r"[^\x20-\x7e]", " ", letters).split())
        if plain:
            return plain
    return "Salon"


def _payment_of(request: HttpRequest, payment_id: uuid.UUID) -> Payment:
    return get_object_or_404(
        Payment.objects.select_related("booking__salon", "moves_to__salon"),
        pk=payment_id,
        booking__customer=guest(request),
    )


def _let_in(request: HttpRequest, response: HttpResponse, form: Form) -> HttpResponse:
    """What the form needs, beside ourselves, in the policy of this one answer."""
    needs = form.csp()
    wider = {name: [SELF, *sources] if name.endswith("-src") else sources for name, sources in needs.items()}
    return csp_update(wider)(lambda _request: response)(request)


def _context(payment: Payment, visit: Booking, form: Form, *, now: dt.datetime) -> dict[str, Any]:
    salon = visit.salon
    return {
        "payment": payment,
        "booking": payment.booking,
        "visit": visit,
        "salon": salon,
        "form": form,
        "config": form.config(),
        "integrity": {"script": embedded.SCRIPT_SRI, "style": embedded.STYLE_SRI},
        "rest": None if payment.moves_to_id else visit.price - payment.amount,
        "told": policy_words.for_visit(visit, now=now),
        "asked": policy_words.asked(policy.read(visit.policy)) if payment.hold else "",
        "back_url": reverse("web:booking", args=[payment.booking.reference])
        if payment.moves_to_id
        else reverse("web:book_confirm", args=[salon.slug]),
        "hold_until": visit.expires_at,
        "hold_zone": salon.zone,
    }
