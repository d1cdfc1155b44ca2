"""What an operator may do with money: ask the gateway again, and let a stopped refund go on.

It stands above `payments.admin`, because an action is a journey: it calls `flows`, and the network.
"""

from __future__ import annotations

import logging

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from salon.flows import payment as paying
from salon.payments import refunds
from salon.payments.admin import PaymentAdmin, RefundAdmin
from salon.payments.gateways.base import GatewayError
from salon.payments.models import Payment, Refund, RefundState

logger = logging.getLogger("salon.owner.admin_money")

for _model in (Payment, Refund):
    admin.site.unregister(_model)


@admin.register(Payment)
class PaymentActions(PaymentAdmin):
    """The payments of `payments.admin`, with a button."""

    actions = ("ask_again",)

    @admin.action(description=_("Ask the gateway again"), permissions=["act"])
    def ask_again(self, request: HttpRequest, rows: QuerySet[Payment]) -> None:
        """`settle` each: the one way money enters, here pressed by hand."""
        silent = 0
        for payment in rows:
            try:
                paying.settle(payment=payment, now=timezone.now())
            except GatewayError as error:
                logger.warning("payment %s: no answer to an operator (%s)", payment.pk, error)
                silent += 1
        _tell(request, rows.count() - silent, silent)


@admin.register(Refund)
class RefundActions(RefundAdmin):
    """The refunds of `payments.admin`, with a button."""

    actions = ("go_on", "give_up")

    @admin.action(description=_("Try stopped refunds again"), permissions=["act"])
    def go_on(self, request: HttpRequest, rows: QuerySet[Refund]) -> None:
        """Look, compare, and post if it makes sense now; what does not stops again with its reason."""
        now, done = timezone.now(), 0
        stopped = list(rows.filter(state=RefundState.STOPPED))
        for refund in stopped:
            if refunds.reopen(refund, now=now):
                done += paying.send_refund(refund=refund, now=now).state == RefundState.DONE
        _tell(request, done, len(stopped) - done)

    @admin.action(description=_("Give stopped refunds up: it was dealt with at the gateway"), permissions=["act"])
    def give_up(self, request: HttpRequest, rows: QuerySet[Refund]) -> None:
        """Asks the gateway first, so that what went back there is in the ledger."""
        given_up = 0
        for refund in rows.filter(state=RefundState.STOPPED).select_related("payment"):
            try:
                paying.settle(payment=refund.payment, now=timezone.now())
            except GatewayError as error:
                logger.warning("refund %s: not given up, no answer (%s)", refund.pk, error)
                continue
            given_up += refunds.drop(refund)
        _tell(request, given_up, rows.count() - given_up)


def _tell(request: HttpRequest, done: int, not_done: int) -> None:
    text = ngettext("The gateway answered for %(count)d.", "The gateway answered for %(count)d.", done)
    messages.success(request, text % {"count": done})
    if not_done:
        messages.warning(request, gettext("Some could not be dealt with. Their rows say why."))
