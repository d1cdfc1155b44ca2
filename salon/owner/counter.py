"""What is pressed at the counter. Every press goes through `flows.counter`; what was typed is never lost.

422: a field is wrong. 409: the visit is not what the page showed, or not in a state for it. 403: not their right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from salon.bookings.errors import IllegalMove, StaleState
from salon.bookings.models import Booking
from salon.core.htmx import go
from salon.core.money import format_amount
from salon.core.templatetags.salon import money_text
from salon.flows import counter as desk
from salon.owner.access import Office, desk_view, money_step
from salon.owner.booking_page import CHANGED, show
from salon.owner.counter_forms import CloseForm, CounterForm, CreditForm, DiscountForm, PaymentForm, RefundForm
from salon.owner.visit_money import could_go_back, sentences
from salon.payments import counter
from salon.payments.counter import TooMuch

NO_DISCOUNT = gettext_lazy("A discount is given by the owner or a manager.")
NO_REFUND = gettext_lazy("Money is given back by the owner or a manager.")
PAID = gettext_lazy("This visit is paid already. Somebody was faster.")

Act = Callable[..., object]


@require_POST
@desk_view
def booking_payment(request: HttpRequest, office: Office, reference: str) -> HttpResponse:
    """Money was taken in cash or on the card machine."""
    found = office.booking(reference)
    form = PaymentForm(request.POST)

    def act(data: dict[str, Any], **who: Any) -> None:
        desk.take_payment(booking=found, amount=data["amount"], method_kind=data["method"], **who)

    return _press(request, office, found, form, act, done=gettext_lazy("The payment is written down."))


@require_POST
@desk_view
def booking_discount(request: HttpRequest, office: Office, reference: str) -> HttpResponse:
    """Something comes off the price."""
    found = office.booking(reference)
    if not office.may_discount:
        return show(request, office, found, problem=NO_DISCOUNT, status=403)

    def act(data: dict[str, Any], **who: Any) -> None:
        desk.give_discount(booking=found, amount=data["amount"], reason=data["reason"], **who)

    form = DiscountForm(request.POST)
    return _press(request, office, found, form, act, done=gettext_lazy("The discount is given."))


@require_POST
@desk_view
def booking_close(request: HttpRequest, office: Office, reference: str) -> HttpResponse:
    """The rest is taken and the visit is over."""
    found = office.booking(reference)

    def act(data: dict[str, Any], **who: Any) -> None:
        desk.close_visit(booking=found, method_kind=data["method"], **who)

    return _press(request, office, found, CloseForm(request.POST), act, done=gettext_lazy("The visit is finished."))


@require_POST
@desk_view
def booking_credit(request: HttpRequest, office: Office, reference: str) -> HttpResponse:
    """The guest's credit pays."""
    found = office.booking(reference)

    def act(data: dict[str, Any], **who: Any) -> None:
        desk.use_credit(booking=found, amount=data["amount"], **who)

    form = CreditForm(request.POST)
    return _press(request, office, found, form, act, done=gettext_lazy("The credit is used for this visit."))


@require_POST
@desk_view
def booking_refund(request: HttpRequest, office: Office, reference: str) -> HttpResponse:
    """Money goes back: first the page says how much goes where, then it is done."""
    found = office.booking(reference)
    if not office.may_refund:
        return show(request, office, found, problem=NO_REFUND, status=403)
    if step := money_step(request, reverse("owner:booking", args=[found.reference])):
        return step
    form = RefundForm(request.POST)

    def act(data: dict[str, Any], **who: Any) -> None:
        desk.refund(booking=found, amount=data["amount"], reason=data["reason"], only=data["source"], **who)

    if form.is_valid() and not form.cleaned_data["agreed"]:
        return _ask_once_more(request, office, found, form)
    return _press(request, office, found, form, act, done=gettext_lazy("The refund is written down."))


def _ask_once_more(request: HttpRequest, office: Office, found: Booking, form: RefundForm) -> HttpResponse:
    """The same page with a sentence for each payment that would give back."""
    data, could = form.cleaned_data, could_go_back(found)
    if sum(could.values()) != data["seen"]:
        return show(request, office, found, problem=CHANGED, status=409)
    try:
        parts = counter.spread(data["amount"], could, only=data["source"])
    except TooMuch as error:
        return _too_much(request, office, found, form, error)
    typed = format_amount(data["amount"])
    return show(
        request, office, found, agree=data | {"parts": sentences(parts), "total": data["amount"], "typed": typed}
    )


def _press(
    request: HttpRequest, office: Office, found: Booking, form: CounterForm, act: Act, *, done: Promise
) -> HttpResponse:
    """Do it and return to the booking; else the page again, with the form as it was typed."""
    problem: str | Promise = CHANGED
    if not form.is_valid():
        if not form.is_stale:
            return show(request, office, found, refused=(form.prefix, form), status=422)
    else:
        data, now = form.cleaned_data, timezone.now()
        try:
            act(data, seen=data["seen"], key=data["key"], actor=request.user, now=now)
        except TooMuch as error:
            return _too_much(request, office, found, form, error)
        except IllegalMove as refusal:
            problem = str(refusal)
        except StaleState:
            problem = PAID if isinstance(form, (PaymentForm, CloseForm)) and _is_paid(found) else CHANGED
        else:
            messages.success(request, done)
            return go(request, reverse("owner:booking", args=[found.reference]))
    return show(request, office, office.booking(found.reference), problem=problem, status=409)


def _is_paid(found: Booking) -> bool:
    return not counter.left_to_pay(found)


def _too_much(request: HttpRequest, office: Office, found: Booking, form: CounterForm, error: TooMuch) -> HttpResponse:
    said = {"amount": money_text(error.left)}
    form.add_error(
        "amount",
        _("At most %(amount)s can be given back.") % said
        if isinstance(form, RefundForm)
        else _("At most %(amount)s is possible.") % said,
    )
    return show(request, office, found, refused=(form.prefix, form), status=422)
