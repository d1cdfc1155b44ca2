"""What the tests of booking share: Sunday morning in Riyadh, and the steps of a guest in few words."""

from __future__ import annotations

import datetime as dt
import uuid
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from salon.accounts.models import User
from salon.bookings.models import Booking
from salon.core.clock import to_minute
from salon.flows import booking as flow
from salon.tests.people import at, person

TODAY = "2026-11-22"  # a Sunday
MORNING = at(TODAY, "09:00")
FULL: dict[str, str] = {}
PICKER = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#picker"}
TIMES = PICKER | {"HX-Target": "div#slots"}
BAR = PICKER | {"HX-Target": "div#bar"}


def minute(day: str, clock: str) -> int:
    """How a form names a start: the UTC minute of a wall-clock time in Riyadh."""
    return to_minute(at(day, clock))


def signed_in(client: Client, name: str = "Lama", **extra: Any) -> User:
    guest = person(name, **extra)
    client.force_login(guest)
    session = client.session
    session.set_expiry(settings.LOGGED_IN_SESSION_AGE)  # as signing in does
    session.save()
    return guest


def press(
    client: Client,
    shop: SimpleNamespace,
    start: object,
    *,
    services: tuple[Any, ...] = (),
    headers: dict[str, str] | None = None,
    **fields: Any,
) -> HttpResponse:
    """Choose a time: post the form of the time step. `start` None leaves it out."""
    data: dict[str, Any] = {"service": [str(each.pk) for each in services or (shop.cut,)], "key": str(uuid.uuid4())}
    if start is not None:
        data["start"] = str(start)
    return client.post(f"/en/s/{shop.salon.slug}/book/hold/", data | fields, headers=headers or {})


def kept(client: Client) -> Booking:
    """The hold of this browser."""
    return Booking.objects.get(pk=client.session["hold"])


def confirm(client: Client, shop: SimpleNamespace, **fields: Any) -> HttpResponse:
    """Press the button of the last step, as the page offers it."""
    data = {"hold": str(kept(client).key), "choice": "none", "note": ""} | fields
    return client.post(f"/en/s/{shop.salon.slug}/book/confirm/", data)


def visit(
    shop: SimpleNamespace, guest: User, day: str, clock: str, *, staff: Any = None, now: dt.datetime = MORNING
) -> Booking:
    """A booking without prepayment, made by the flows alone."""
    held = flow.hold(
        salon=shop.salon,
        services=[shop.cut],
        staff=staff,
        start_minute=minute(day, clock),
        key=uuid.uuid4(),
        customer=None,
        held_from="",
        replaces=None,
        now=now,
    )
    return flow.place(booking=held, customer=guest, name=guest.name, note="", choice="none", now=now).booking
