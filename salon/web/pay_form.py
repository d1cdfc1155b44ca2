"""Our own pay page: Moyasar's form in it, for payments with `checkout=form`."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from salon.core.htmx import go
from salon.payments.models import LIVE_STATES, Checkout, Payment
from salon.web.guests import guest, private
from salon.web.till import waiting_room


@private
@require_safe
def pay(request: HttpRequest, payment_id: uuid.UUID) -> HttpResponse:
    """The page with the form. What is paid, or paid elsewhere, goes to its return page."""
    now = timezone.now()
    payment = get_object_or_404(
        Payment.objects.select_related("booking__salon"), pk=payment_id, booking__customer=guest(request)
    )
    if payment.checkout != Checkout.FORM or payment.state in LIVE_STATES:
        return go(request, reverse("web:pay_return", args=[payment.pk]))
    return waiting_room(request, booking=payment.booking, state="closed", now=now)
