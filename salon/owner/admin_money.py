"""What an operator may do with money: ask the gateway again, and let a stopped refund go on.

It stands above `payments.admin`, because an action is a journey: it calls `flows`, and the network.
"""

from __future__ import annotations

import logging

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from salon.core.http import BadJson, strict_json
from salon.flows import payment as paying
from salon.owner.admin_ask import ask, tell
from salon.owner.admin_attention import attention
from salon.payments import refunds
from salon.payments.admin import LedgerEntryAdmin, PaymentAdmin, RefundAdmin, WebhookEventAdmin
from salon.payments.binding import payment_of
from salon.payments.gateways.base import GatewayError
from salon.payments.models import LedgerEntry, Payment, Refund, RefundState, WebhookEvent

logger = logging.getLogger("salon.owner.admin_money")

for _model in (Payment, Refund, LedgerEntry, WebhookEvent):
    admin.site.unregister(_model)


@admin.register(Payment)
class PaymentActions(PaymentAdmin):
    """The payments of `payments.admin`, with a button, and the page of what needs a look."""

    actions = ("ask_again",)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(attention(self))
        return [path("attention/", page, name="payments_attention"), *super().get_urls()]

    @admin.action(description=_("Ask the gateway again"), permissions=["act"])
    def ask_again(self, request: HttpRequest, rows: QuerySet[Payment]) -> None:
        ask(request, rows)


@admin.register(LedgerEntry)
class LedgerEntryActions(LedgerEntryAdmin):
    """The ledger of `payments.admin`, with a button."""

    actions = ("ask_again",)

    def has_act_permission(self, request: HttpRequest) -> bool:
        """It is the payment that is settled: nobody changes an entry."""
        return request.user.has_perm("payments.change_payment")

    @admin.action(description=_("Ask the gateway about the payments of these entries"), permissions=["act"])
    def ask_again(self, request: HttpRequest, rows: QuerySet[LedgerEntry]) -> None:
        ask(request, Payment.objects.filter(pk__in=rows.order_by().values("payment")))


@admin.register(WebhookEvent)
class WebhookEventActions(WebhookEventAdmin):
    """The webhook events of `payments.admin`, with a button."""

    actions = ("work_again",)

    def has_act_permission(self, request: HttpRequest) -> bool:
        """As for the payments: that is what it settles."""
        return request.user.has_perm("payments.change_payment")

    @admin.action(description=_("Work on it again: ask the gateway about its payment"), permissions=["act"])
    def work_again(self, request: HttpRequest, rows: QuerySet[WebhookEvent]) -> None:
        """What the event says is not believed this time either: it only names the payment."""
        named = {event: event.payment or _named(event) for event in rows.select_related("payment")}
        answered = {each.pk: each for each in ask(request, {each.pk: each for each in named.values() if each}.values())}
        for event, payment in named.items():
            if payment is None or payment.pk not in answered:
                continue
            event.payment, event.outcome = payment, f"settled: {answered[payment.pk].state}"
            event.save(update_fields=["payment", "outcome"])
        if unnamed := sum(payment is None for payment in named.values()):
            messages.warning(request, gettext("Events that name no payment of ours: %(count)d.") % {"count": unnamed})


def _named(event: WebhookEvent) -> Payment | None:
    """The payment that the stored text names by now, if it does."""
    try:
        said = strict_json(bytes(event.body))
    except BadJson:
        return None
    data = said.get("data") if isinstance(said, dict) else None
    if not isinstance(data, dict):
        return None
    metadata = data.get("metadata")
    return payment_of(
        any_id=data.get("id"),
        invoice_id=data.get("invoice_id"),
        payment_id=metadata.get("payment_id") if isinstance(metadata, dict) else None,
    )


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
        tell(request, done, len(stopped) - done)

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
        tell(request, given_up, rows.count() - given_up)
