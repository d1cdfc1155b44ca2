"""The chair that this browser keeps: one hold a session. Only its key is in the session, the truth is in the row."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from salon.bookings.models import Booking
from salon.bookings.states import Status
from salon.core.clock import to_minute
from salon.web.book_picks import Picks

HOLD, PICKS, BOOKED = "hold", "hold_picks", "just_booked"


def remember(request: HttpRequest, booking: Booking, picks: Picks) -> None:
    """Bind the hold to this browser, with the choice that led to it, in case it runs out."""
    request.session[HOLD] = str(booking.pk)
    request.session[PICKS] = picks.query


def held(request: HttpRequest) -> Booking | None:
    """The booking this browser last kept a chair for, whatever became of it. One query, none without a session."""
    pk = str(request.session.get(HOLD, ""))
    if not pk.isdecimal():
        return None
    return Booking.objects.select_related("salon__city", "salon__district").filter(pk=pk).first()


def is_open(booking: Booking, now: dt.datetime) -> bool:
    """Whether the chair is still kept at `now`."""
    return booking.status == Status.HELD and booking.expires_at is not None and booking.expires_at > now


def times_url(request: HttpRequest, booking: Booking, *, mark: bool) -> str:
    """The time step with the choice behind this hold; `mark` asks for its time too, if that should be free again."""
    query = str(request.session.get(PICKS, "")) or picks_of(booking).query
    start = f"&{urlencode({'start': to_minute(booking.starts_at)})}" if mark else ""
    return f"{reverse('web:book', args=[booking.salon.slug])}?{query}{start}"


def picks_of(booking: Booking) -> Picks:
    """The services of a booking as picks for the time step, with anyone, on a day still to be chosen."""
    return Picks(
        services=tuple(
            f"{item.service_id}-{item.variant_id}" if item.variant_id else str(item.service_id)
            for item in booking.items.all()
        )
    )


def mark_booked(request: HttpRequest, booking: Booking) -> None:
    """Let the booking page bloom, once."""
    request.session[BOOKED] = booking.reference


def just_booked(request: HttpRequest, booking: Booking) -> bool:
    """Whether this is the first look at a booking made a moment ago; forgets it."""
    if request.session.get(BOOKED) != booking.reference:
        return False
    del request.session[BOOKED]
    return True
