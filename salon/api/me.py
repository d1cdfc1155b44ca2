"""One's own: who I am, and my visits. Behind an app's access token (see `tokens` and docs/api.md)."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from ninja import Path, Query, Router
from ninja.errors import AuthenticationError
from ninja.security.http import HttpAuthBase

from salon.accounts import app_tokens, channels
from salon.accounts.models import User
from salon.api import me_shapes, paging
from salon.api.asked import Spoken
from salon.api.me_shapes import MeChange, MyBookingsAsked
from salon.api.pieces import named
from salon.api.problems import Problem, invalid
from salon.api.routes import read
from salon.api.site import absolute
from salon.bookings import policy, queries
from salon.bookings.models import Booking
from salon.bookings.states import Status
from salon.core import clock
from salon.core.templatetags.salon import loc
from salon.core.text import clean_line
from salon.notifications import channels as letters
from salon.payments import ledger

NAME_LENGTH: Final = 80
REFERENCE_LENGTH: Final = 10
REFERENCE: Final = Path(..., description="As letters and pages name it, in any case.", example="K7QX2M")


class AccessToken(HttpAuthBase):
    """`Authorization: Bearer` with an access token. `request.auth` is the person. Two queries."""

    openapi_scheme = "bearer"
    openapi_bearerFormat = "JWT"  # noqa: N815 - OpenAPI's name

    def __call__(self, request: HttpRequest) -> User | None:
        return app_tokens.person_of(app_tokens.bearer(request))


router = Router(auth=AccessToken())


@read(
    router,
    "",
    me_shapes.Me,
    seconds=0,
    operation_id="me",
    summary="Who I am",
    about="The person this app is signed in as.",
    tag="Me",
)
def me(request: HttpRequest, asked: Query[Spoken]) -> dict[str, Any]:  # noqa: ARG001 - nothing here has a language
    """The person this app is signed in as. Two queries."""
    return _told(_person(request))


@router.patch(
    "",
    response=me_shapes.Me,
    operation_id="changeMe",
    summary="Change name, language or channels",
    tags=["Me"],
)
def change_me(request: HttpRequest, change: MeChange) -> dict[str, Any]:
    """Changes what is given. The phone is changed on the site, where both numbers are proved."""
    person, given = _person(request), change.model_dump(exclude_none=True)
    if "name" in given:
        given["name"] = clean_line(given["name"], NAME_LENGTH + 1)
        if not 0 < len(given["name"]) <= NAME_LENGTH:
            raise invalid("body.change.name", "name", f"1 to {NAME_LENGTH} visible characters.")
    for field, offered in (("code_channel", channels.offered()), ("letter_channel", letters.offered())):
        if given.get(field) and given[field] not in offered:
            raise invalid(f"body.change.{field}", "not_offered", f"Offered: {', '.join(offered)}.")
    if given:
        # By condition: an account that is deleted this very second must not get its name back.
        if not User.objects.filter(pk=person.pk, anonymised_at__isnull=True).update(**given):
            raise AuthenticationError
        for field, value in given.items():
            setattr(person, field, value)
    return _told(person)


@read(
    router,
    "/bookings",
    me_shapes.MyBookings,
    seconds=0,
    operation_id="myBookings",
    summary="My bookings",
    about="Upcoming ones with the next first; past and cancelled ones with the latest first.",
    tag="Me",
)
def my_bookings(request: HttpRequest, asked: Query[MyBookingsAsked]) -> dict[str, Any]:
    """Upcoming ones with the next first; past and cancelled ones with the latest first. Four queries."""
    kind = f"me.bookings.{asked.tab}"
    place = paging.place_of(kind, asked.cursor)
    found = queries.visits_after(
        _person(request),
        tab=asked.tab,
        after=(dt.datetime.fromisoformat(place[0]), place[1]) if place else None,
        limit=asked.limit + 1,
        now=timezone.now(),
    )
    shown = found[: asked.limit]
    goes_on = len(found) > len(shown)
    more = paging.cursor_of(kind, [shown[-1].starts_at.isoformat(), shown[-1].pk]) if goes_on else ""
    return {"bookings": [_row(visit) for visit in shown], "next": paging.next_url(request, more) if more else None}


@read(
    router,
    "/bookings/{reference}",
    me_shapes.MyBookingDetail,
    seconds=0,
    operation_id="myBooking",
    summary="One of my bookings",
    about="One's own only: anybody else's is not there.",
    tag="Me",
)
def my_booking(request: HttpRequest, asked: Query[Spoken], reference: str = REFERENCE) -> dict[str, Any]:  # noqa: ARG001 - the language is settled
    """One's own only: anybody else's is not there. Five queries."""
    missing = Problem("not-found", "You have no booking with this reference.")
    if not (reference.isascii() and reference.isalnum() and len(reference) <= REFERENCE_LENGTH):
        raise missing
    try:
        visit = queries.visit_of(_person(request), reference.upper())
    except Booking.DoesNotExist:
        raise missing from None
    if visit.status == Status.HELD and not visit.due_now:  # looked at, never placed
        raise missing
    return _detail(visit)


def _person(request: HttpRequest) -> User:
    return request.auth  # type: ignore[attr-defined] - ninja puts there what AccessToken found


def _told(person: User) -> dict[str, Any]:
    return {
        "id": person.pk,
        "phone": str(person.phone),
        "name": person.name,
        "language": person.language,
        "code_channel": person.code_channel,
        "letter_channel": person.letter_channel,
    }


def _row(visit: Booking) -> dict[str, Any]:
    shop, zone = visit.salon, clock.zone(visit.salon.zone)
    return {
        "reference": visit.reference,
        "status": visit.status,
        "starts_at": visit.starts_at.astimezone(zone),
        "ends_at": visit.ends_at.astimezone(zone),
        "price": visit.price,
        "salon": {
            "slug": shop.slug,
            "name": loc(shop, "name"),
            "city": named(shop.city),
            "district": named(shop.district) if shop.district else None,
            "zone": shop.zone,
        },
        "services": [
            {
                "service": queries.picks_of([item.variant or item.service])[0],
                "name": loc(item.service, "name"),
                "variant": loc(item.variant, "name") if item.variant else "",
                "staff": item.staff_id,
                "staff_name": loc(item.staff, "name"),
                "starts_at": item.starts_at.astimezone(zone),
                "minutes": item.minutes,
                "price": item.price,
            }
            for item in visit.items.all()
        ],
    }


def _detail(visit: Booking) -> dict[str, Any]:
    """With what its page would show. One query more: the balance."""
    row, shop, zone = _row(visit), visit.salon, clock.zone(visit.salon.zone)
    placed = shop.latitude is not None and shop.longitude is not None
    waits = visit.status in {Status.HELD, Status.REQUESTED} and visit.expires_at is not None
    place = {
        "address": loc(shop, "address"),
        "phone": shop.phone,
        "point": {"latitude": shop.latitude, "longitude": shop.longitude} if placed else None,
    }
    return {
        **row,
        "salon": row["salon"] | place,
        "note": visit.note,
        "due_when_booking": visit.due_now,
        "paid": ledger.balance(visit),
        "free_until": policy.free_until(visit.policy, visit.starts_at).astimezone(zone),
        "expires_at": visit.expires_at.astimezone(zone) if waits else None,
        "url": absolute(reverse("web:booking", args=[visit.reference])),
    }
