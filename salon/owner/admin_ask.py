"""Asking the gateway because an operator pressed a button, and saying what came of it."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.conf import settings
from django.contrib import messages
from django.db import OperationalError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from salon.flows import payment as paying
from salon.payments.gateways.base import GatewayError
from salon.payments.models import Payment

logger = logging.getLogger("salon.owner.admin_money")


def ask(request: HttpRequest, payments: Iterable[Payment]) -> list[Payment]:
    """`settle` each: the one way money enters, here pressed by hand. Those that were answered, as they are now.

    One without an answer stops no other. Money of the counter, and of a gateway that is not in use, is nobody's to ask.
    """
    every = list(payments)
    asked = [each for each in every if each.gateway == settings.PAYMENT_GATEWAY]
    answered = []
    for payment in asked:
        try:
            answered.append(paying.settle(payment=payment, now=timezone.now()))
        except (GatewayError, OperationalError) as error:
            logger.warning("payment %s: no answer to an operator (%s)", payment.pk, error)
    tell(request, len(answered), len(asked) - len(answered))
    if len(asked) < len(every):
        count = len(every) - len(asked)
        text = ngettext(
            "%(count)d payment is not of this gateway: it was not asked.",
            "%(count)d payments are not of this gateway: they were not asked.",
            count,
        )
        messages.info(request, text % {"count": count})
    return answered


def tell(request: HttpRequest, done: int, not_done: int) -> None:
    """How many were dealt with, and that some were not."""
    text = ngettext("The gateway answered for %(count)d.", "The gateway answered for %(count)d.", done)
    messages.success(request, text % {"count": done})
    if not_done:
        messages.warning(request, gettext("Some could not be dealt with. Their rows say why."))
