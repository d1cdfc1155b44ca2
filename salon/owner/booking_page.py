"""The office's page of one booking, with every form that may stand on it. The views of its buttons end here too."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from salon.accounts import second_factor
from salon.bookings.models import Booking
from salon.owner.access import Office
from salon.owner.counter_forms import CloseForm, CreditForm, DiscountForm, PaymentForm, RefundForm
from salon.owner.forms import ReasonForm
from salon.owner.visit import GIVES_BACK, facts_of

CHANGED = _("Somebody changed this booking a moment ago. This is how it stands now.")


def show(
    request: HttpRequest,
    office: Office,
    found: Booking,
    *,
    refused: tuple[str, forms.Form] | None = None,
    problem: str | Promise = "",
    agree: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page as it stands now. `refused` is a form with its errors, by name; `agree` a refund to be confirmed."""
    facts = facts_of(found, may_act=office.may_act, may_refund=office.may_refund, now=timezone.now())
    every, money = _forms(facts, office), facts["money"]
    if refused:
        every[refused[0]] = refused[1]
    context = {
        **facts,
        "factor_url": _factor_url(request, facts, office),
        "gives_back": money.paid and facts["can"] & GIVES_BACK,
        "office": office,
        "forms": every,
        "agree": agree,
        "problem": problem,
        "section": "booking",
    }
    return render(request, "owner/booking.html", context, status=status)


def _forms(facts: dict[str, Any], office: Office) -> dict[str, forms.Form]:
    """Those that could work now, by name; each carries what this page says."""
    money = facts["money"]
    every: dict[str, forms.Form] = {name: ReasonForm(prefix=name) for name in GIVES_BACK & facts["can"]}
    if "complete" in facts["can"] and money.left:
        every["close"] = CloseForm.fresh(seen=money.left)
    if facts["pays"]:
        every["pay"] = PaymentForm.fresh(seen=money.left, amount=money.left)
        if office.may_discount:
            every["discount"] = DiscountForm.fresh(seen=money.left)
        if money.credit:
            every["credit"] = CreditForm.fresh(seen=money.left, amount=min(money.credit, money.left))
    if office.may_refund and money.returnable:
        every["refund"] = RefundForm.fresh(seen=money.returnable, amount=money.owed_by_hand or money.returnable)
    return every


def _factor_url(request: HttpRequest, facts: dict[str, Any], office: Office) -> str:
    """Where the second factor is set up or given, when a form of this page would ask for it; else ""."""
    money = facts["money"]
    asks = (money.paid and facts["can"] & GIVES_BACK) or (office.may_refund and money.returnable)
    if not asks or second_factor.is_satisfied(request):
        return ""
    return second_factor.step_url(reverse("owner:booking", args=[facts["booking"].reference]), why="money")
