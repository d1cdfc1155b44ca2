"""The last step: look at the visit, say who is coming, choose how to pay."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from salon.bookings import policy
from salon.bookings.errors import HoldExpired, NotOffered, SlotTaken, StaleState, TooManyHolds
from salon.bookings.models import Booking
from salon.bookings.states import Status
from salon.core.htmx import go
from salon.core.money import vat_inside
from salon.flows import booking as flow
from salon.salons.art import cover_file
from salon.salons.models import Prepayment
from salon.web import holds, policy_words
from salon.web.booking_forms import ConfirmForm
from salon.web.cards import area
from salon.web.guests import guest, private
from salon.web.till import to_gateway


@private
@require_http_methods(["GET", "HEAD", "POST"])
def book_confirm(request: HttpRequest, slug: str) -> HttpResponse:
    now = timezone.now()
    booking = holds.held(request)
    if booking is None or booking.customer_id not in (None, guest(request).pk):
        return _nothing_kept(request, slug)
    if elsewhere := _elsewhere(request, slug, booking, now):
        return elsewhere
    if request.method == "POST":
        return _place(request, booking, now)
    return _page(request, booking, ConfirmForm(booking=booking, customer=guest(request)), now)


def _place(request: HttpRequest, booking: Booking, now: dt.datetime) -> HttpResponse:
    form = ConfirmForm(request.POST, booking=booking, customer=guest(request))
    if request.POST.get("hold") != str(booking.key):
        messages.info(request, gettext("Another time was chosen meanwhile. These are its details."))
        return go(request, request.path)
    if not form.is_valid():
        return _page(request, booking, form, now, status=422)
    try:
        return _go_on(request, booking, form, now)
    except (HoldExpired, SlotTaken):
        return _ran_out(request, booking)
    except (NotOffered, StaleState):
        messages.warning(request, gettext("Something changed meanwhile. Please check once more."))
        return go(request, request.path)
    except TooManyHolds as problem:
        form.add_error(None, gettext("Too many times are kept for this number. Please finish or cancel one first."))
        response = _page(request, booking, form, now, status=429)
        response["Retry-After"] = str(problem.retry_after)
        return response


def _go_on(request: HttpRequest, booking: Booking, form: ConfirmForm, now: dt.datetime) -> HttpResponse:
    placed = flow.place(
        booking=booking,
        customer=guest(request),
        name=form.cleaned_data.get("name") or guest(request).name,
        note=form.cleaned_data["note"],
        choice=form.cleaned_data["choice"],
        now=now,
    )
    if placed.payment:
        return to_gateway(request, booking=placed.booking, payment=placed.payment, now=now)
    holds.mark_booked(request, placed.booking)
    return go(request, reverse("web:booking", args=[placed.booking.reference]))


def _elsewhere(request: HttpRequest, slug: str, booking: Booking, now: dt.datetime) -> HttpResponse | None:
    """Where to go when this page is not about the chair that is kept now: other tab, back button, time over."""
    if booking.status not in {Status.HELD, Status.EXPIRED, Status.CANCELLED}:
        return go(request, reverse("web:booking", args=[booking.reference]))
    if not holds.is_open(booking, now):
        return _ran_out(request, booking)
    if booking.salon.slug != slug:
        messages.info(request, gettext("Another time was chosen meanwhile. These are its details."))
        return go(request, reverse("web:book_confirm", args=[booking.salon.slug]))
    return None


def _ran_out(request: HttpRequest, booking: Booking) -> HttpResponse:
    messages.warning(request, gettext("The time was kept for ten minutes, and they are over. Nothing was charged."))
    return go(request, holds.times_url(request, booking, mark=True))


def _nothing_kept(request: HttpRequest, slug: str) -> HttpResponse:
    messages.info(request, gettext("No time is being kept at the moment. Please choose one."))
    if picks := request.session.get(holds.PICKS):
        return go(request, f"{reverse('web:book', args=[slug])}?{picks}")
    return go(request, reverse("web:salon", args=[slug]))


def _page(
    request: HttpRequest, booking: Booking, form: ConfirmForm, now: dt.datetime, *, status: int = 200
) -> HttpResponse:
    salon = booking.salon
    change_url = holds.times_url(request, booking, mark=False)
    context: dict[str, Any] = {
        "booking": booking,
        "salon": salon,
        "area": area(salon),
        "cover": static(cover_file(salon.cover)),
        "form": form,
        "items": list(booking.items.select_related("service", "variant", "staff")),
        "ways": _ways(booking, form),
        "vat": vat_inside(booking.price) if salon.vat_number else None,
        "told": policy_words.for_visit(booking, now=now),
        "asked": policy_words.asked(policy.read(booking.policy)),
        "held": policy.read(booking.policy)["prepayment"] == Prepayment.HOLD,
        "change_url": change_url,
        "back_url": change_url,
        "hold_until": booking.expires_at,
        "hold_zone": salon.zone,
        "hold_then": request.path,
    }
    return render(request, "web/confirm.html", context, status=status)


def _ways(booking: Booking, form: ConfirmForm) -> list[dict[str, Any]]:
    """The ways to pay with what each asks for now and leaves for the salon, in halalas."""
    chosen = form["choice"].value()
    chosen = chosen if chosen in form.ways else form.ways[0]
    due = {way: policy.amount_due(booking.policy, booking.price, way) for way in form.ways}
    return [
        {
            "value": way,
            "name": policy_words.way_name(booking.policy, way),
            "due": due[way],
            "rest": booking.price - due[way],
            "checked": way == chosen,
        }
        for way in form.ways
    ]
