"""One page for operators: everything of the till that a person must look at, and what to do about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from salon.bookings.models import Booking
from salon.core.money import format_amount
from salon.payments import attention as due
from salon.payments.day_models import Finding
from salon.payments.models import Payment, Refund

SHOWN: Final = 50
"""Rows of each kind; the rest is on the list that the section leads to."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row that needs a look. `amount` is riyals, or another currency with its name."""

    url: str
    label: str
    amount: str
    booking: Booking | None
    since: dt.datetime | None
    known: str


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that want the same. `url` is their list, where the buttons are."""

    name: str
    title: Promise
    advice: Promise
    lines: list[Line]
    total: int
    url: str


def attention(model_admin: ModelAdmin) -> Callable[[HttpRequest], HttpResponse]:
    """The page, for those who may see payments. Eight queries at most, whatever there is."""

    def page(request: HttpRequest) -> HttpResponse:
        if not model_admin.has_view_permission(request):
            raise PermissionDenied
        context = {
            **model_admin.admin_site.each_context(request),
            "title": _("Mismatches and what needs a look"),
            "app_name": model_admin.opts.app_config.verbose_name,
            "sections": sections(now=timezone.now()),
        }
        return TemplateResponse(request, "admin/payments/attention.html", context)

    return page


def sections(*, now: dt.datetime) -> list[Section]:
    """All four, also those with nothing in them: that is what one wants to read there."""
    return [
        Section(
            name="mismatched",
            title=_("Payments that do not match"),
            advice=_(
                "Look the payment up in the gateway's dashboard and compare amount, currency and reference. If the"
                " money is not ours to keep, give it back there. Then press “Ask the gateway again” on the list. It is"
                " never counted before it fits."
            ),
            url=_list("payment", "state__exact=mismatch"),
            **_read(due.mismatched(), _mismatch),
        ),
        Section(
            name="stopped",
            title=_("Refunds that stopped"),
            advice=_(
                "The last error says why. If the gateway can do it now, press “Try stopped refunds again”. If it was"
                " given back by another way, press “Give stopped refunds up”: the gateway is asked first."
            ),
            url=_list("refund", "state__exact=stopped"),
            **_read(due.stopped(), _refund),
        ),
        Section(
            name="findings",
            title=_("Findings of the daily comparison"),
            advice=_(
                "The gateway and the ledger tell different stories. Put it right at the gateway or find out whose"
                " charge it is, then mark the finding as dealt with and say what was done."
            ),
            url=_list("finding", "open=yes"),
            **_read(due.found(), _finding),
        ),
        Section(
            name="overdue",
            title=_("Money reserved past its end"),
            advice=_(
                "It should have been taken or released by now. Press “Ask the gateway again” on the list. If it stays,"
                " look at the booking: if the guest was there, the salon takes the money at the counter."
            ),
            url=_list("payment", "look=overdue"),
            **_read(due.overdue(now=now), _hold),
        ),
    ]


def _list(model: str, query: str) -> str:
    return f"{reverse(f'admin:payments_{model}_changelist')}?{query}"


def _read(rows: QuerySet[Any], line: Callable[[Any], Line]) -> dict[str, Any]:
    """Two queries: the first rows, and how many there are."""
    return {"lines": [line(each) for each in rows[:SHOWN]], "total": rows.count()}


def _mismatch(payment: Payment) -> Line:
    return _of_payment(payment, since=payment.synced_at or payment.created_at)


def _hold(payment: Payment) -> Line:
    return _of_payment(payment, since=payment.hold_ends_at)


def _of_payment(payment: Payment, *, since: dt.datetime | None) -> Line:
    return Line(
        url=reverse("admin:payments_payment_change", args=[payment.pk]),
        label=payment.charge_id or payment.invoice_id or str(payment.pk),
        amount=format_amount(payment.amount),
        booking=payment.booking,
        since=since,
        known=payment.problem,
    )


def _refund(refund: Refund) -> Line:
    return Line(
        url=reverse("admin:payments_refund_change", args=[refund.pk]),
        label=refund.payment.charge_id or str(refund.payment_id),
        amount=format_amount(refund.amount),
        booking=refund.payment.booking,
        since=refund.created_at,
        known=refund.error,
    )


def _finding(finding: Finding) -> Line:
    return Line(
        url=reverse("admin:payments_finding_change", args=[finding.pk]),
        label=finding.charge_id,
        amount=f"{format_amount(finding.amount)} {finding.currency}",
        booking=finding.payment.booking if finding.payment else None,
        since=finding.found_at,
        known=f"{finding.get_kind_display()}. {finding.note}",
    )
