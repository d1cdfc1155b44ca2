"""Free times: services x staff x days, from the very board that the pages show. The hot read of the API.

Its answer is written without passing through the shapes once more: that took longer than finding the times. The tests
hold it to them.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Final
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router

from salon.api import shapes
from salon.api.asked import AvailabilityAsked
from salon.api.one_salon import SLUG
from salon.api.pieces import variant_name, wall_text
from salon.api.problems import Problem, invalid
from salon.api.routes import read
from salon.api.site import absolute
from salon.bookings.errors import NotOffered
from salon.bookings.queries import Board, Visit, load_board, load_visit
from salon.core import clock
from salon.core.templatetags.salon import loc
from salon.salons.models import Salon, Variant

router = Router()

FRESH: Final = 5  # seconds: a time that was just taken is offered no longer than this


@read(
    router,
    "/salons/{slug:slug}/availability",
    shapes.Availability,
    seconds=FRESH,
    operation_id="findTimes",
    summary="Free times",
    about="The free times of a visit on each of `days` business days, with one person or with anyone. Days that cannot "
    "be booked are told, and empty. This is what the site offers at that moment; a chair is only kept once somebody "
    "picks a time on the booking page.",
)
def availability(request: HttpRequest, asked: Query[AvailabilityAsked], slug: str = SLUG) -> HttpResponse:  # noqa: ARG001 - Django hands it over
    """Three queries, as the page takes."""
    now = timezone.now()
    if len(set(asked.service)) < len(asked.service):
        raise invalid("query.service", "repeated", "Each service once.")
    days = min(asked.days, (dt.date.max - asked.first_day).days + 1)  # the calendar ends in the year 9999
    try:
        visit = load_visit(slug=slug, picks=asked.service)
        board = load_board(
            salon=visit.salon,
            services=visit.services,
            staff=asked.staff,
            first_day=asked.first_day,
            days=days,
            now=now,
        )
    except Salon.DoesNotExist:
        raise Http404(slug) from None
    except NotOffered:
        who = "Nobody there does" if asked.staff is None else "This person does not do"
        raise Problem("not-offered", f"{who} what was asked for, or it is not offered as that.") from None
    told = _told(visit, board, asked) | {
        "bookable_until": _last_day(visit.salon, now),
        "book_url": _book_url(visit.salon, asked),
    }
    return HttpResponse(json.dumps(told, separators=(",", ":")), content_type="application/json")


def _told(visit: Visit, board: Board, asked: AvailabilityAsked) -> dict[str, Any]:
    zone = clock.zone(visit.salon.zone)
    services = [each.service if isinstance(each, Variant) else each for each in visit.services]
    return {
        "zone": visit.salon.zone,
        "services": [
            {"service": pick, "name": loc(service, "name"), "variant": variant_name(thing)}
            for pick, service, thing in zip(asked.service, services, visit.services, strict=True)
        ],
        "price": board.price,
        "price_from": board.price_from,
        "minutes": board.minutes,
        "staff": [
            {
                "id": member.pk,
                "name": loc(member, "name"),
                "title": loc(member, "title"),
                "price": member.price,
                "minutes": member.minutes,
            }
            for member in board.team
        ],
        "days": [
            {
                "day": day.isoformat(),
                "open": day in board.open_days,
                "slots": [
                    {
                        "start": slot.start_minute,
                        "starts_at": wall_text(slot.start_minute, zone),
                        "minutes": slot.minutes,
                        "staff": slot.staff_ids,
                        "chain": slot.chain or (),
                    }
                    for slot in slots
                ],
            }
            for day, slots in sorted(board.slots_by_day.items())
        ],
    }


def _last_day(salon: Salon, now: dt.datetime) -> str:
    return (clock.local_day(now, clock.zone(salon.zone)) + dt.timedelta(days=salon.horizon_days)).isoformat()


def _book_url(salon: Salon, asked: AvailabilityAsked) -> str:
    picks = [("service", pick) for pick in asked.service]
    if asked.staff is not None:
        picks.append(("staff", str(asked.staff)))
    return absolute(f"{reverse('web:book', args=[salon.slug])}?{urlencode(picks)}")
