"""What everybody may read of one salon. Each endpoint says its queries; a salon that guests do not see is 404."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Query, Router

from salon.api import paging, shapes
from salon.api.asked import SALON_SLUG, Paged, Spoken
from salon.api.pieces import card, named, salon_or_404, variant_name
from salon.api.routes import read
from salon.bookings import holding, policy
from salon.core import clock
from salon.core.templatetags.salon import loc
from salon.reviews import queries as reviews
from salon.reviews.queries import Moment
from salon.salons import queries
from salon.salons.models import Salon, Variant
from salon.salons.queries import Choice, Opening

router = Router()

MINUTE: Final = 60
SLUG: Final = Path(..., pattern=SALON_SLUG, description="The salon, as `slug` of the search names it.", example="rose")


@read(
    router,
    "/salons/{slug:slug}",
    shapes.SalonShape,
    seconds=MINUTE,
    operation_id="getSalon",
    summary="One salon",
    about="Address, hours of the next seven days, seasons and closures counted, and the terms of booking.",
)
def one_salon(request: HttpRequest, asked: Query[Spoken], slug: str = SLUG) -> dict[str, Any]:  # noqa: ARG001 - settled
    """Five queries."""
    now = timezone.now()
    shop = salon_or_404(slug)
    opening, week = queries.opening_hours(shop, now)
    zone = clock.zone(shop.zone)
    return card(shop) | {
        "about": loc(shop, "about"),
        "address": loc(shop, "address"),
        "phone": shop.phone,
        "point": _point(shop),
        "zone": shop.zone,
        **_opening(opening, zone),
        "hours": [
            {
                "day": line.day,
                "weekday": clock.weekday_of(line.day),
                "shifts": [{"opens": a.astimezone(zone), "closes": b.astimezone(zone)} for a, b in line.shifts],
            }
            for line in sorted(week, key=lambda line: line.day)
        ],
        "terms": _terms(shop),
    }


@read(
    router,
    "/salons/{slug:slug}/services",
    shapes.Menu,
    seconds=MINUTE,
    operation_id="listServices",
    summary="Services with prices",
    about="What can be booked: services that somebody on the team does. Prices are the least anybody there asks.",
)
def services(request: HttpRequest, asked: Query[Spoken], slug: str = SLUG) -> dict[str, Any]:  # noqa: ARG001 - settled
    """Four queries."""
    shop = salon_or_404(slug)
    return {
        "categories": [
            named(part.category)
            | {
                "services": [
                    {
                        "id": entry.service.pk,
                        "name": loc(entry.service, "name"),
                        "description": loc(entry.service, "description"),
                        "choices": [_choice(shop, choice) for choice in entry.choices],
                    }
                    for entry in part.entries
                ]
            }
            for part in queries.menu(shop)
        ]
    }


@read(
    router,
    "/salons/{slug:slug}/staff",
    shapes.Team,
    seconds=MINUTE,
    operation_id="listStaff",
    summary="The team",
    about="Those who take bookings, in the salon's order, with what they do.",
)
def staff(request: HttpRequest, asked: Query[Spoken], slug: str = SLUG) -> dict[str, Any]:  # noqa: ARG001 - settled
    """Three queries."""
    shop = salon_or_404(slug)
    skills = queries.skills(shop)
    return {
        "staff": [
            {
                "id": member.pk,
                "name": loc(member, "name"),
                "title": loc(member, "title"),
                "services": skills.get(member.pk, []),
            }
            for member in queries.team(shop)
        ]
    }


@read(
    router,
    "/salons/{slug:slug}/reviews",
    shapes.Reviews,
    seconds=MINUTE,
    operation_id="listReviews",
    summary="What guests say",
    about="Published reviews of guests who were there, the newest first.",
)
def list_reviews(request: HttpRequest, asked: Query[Paged], slug: str = SLUG) -> dict[str, Any]:
    """Three queries."""
    shop = salon_or_404(slug)
    kind = f"reviews.{shop.pk}"
    place = paging.place_of(kind, asked.cursor)
    after = Moment(dt.datetime.fromisoformat(place[0]), place[1]) if place else None
    shown, end = reviews.newest(shop, limit=asked.limit, after=after)
    cursor = paging.cursor_of(kind, (end.created_at.isoformat(), end.pk)) if end else ""
    return {
        "rating": shop.rating,
        "rating_count": shop.rating_count,
        "stars": [{"stars": row.stars, "count": row.count} for row in reviews.histogram(shop)],
        "reviews": [review._asdict() for review in shown],
        "next": paging.next_url(request, cursor) if cursor else None,
    }


def _point(salon: Salon) -> dict[str, float] | None:
    if salon.latitude is None or salon.longitude is None:
        return None
    return {"latitude": float(salon.latitude), "longitude": float(salon.longitude)}


def _opening(opening: Opening, zone: dt.tzinfo) -> dict[str, Any]:
    until = opening.until and opening.until.astimezone(zone)
    return {
        "open_now": opening.is_open,
        "open_until": until if opening.is_open else None,
        "opens_at": None if opening.is_open else until,
    }


def _terms(salon: Salon) -> dict[str, Any]:
    usual = policy.usual(salon, can_hold=holding.offered())
    return {
        "prepayment": usual.prepayment,
        "deposit_percent": usual.deposit_percent,
        "deposit": usual.deposit_amount,
        "free_cancellation_minutes": usual.free_minutes,
        "confirmed_by_hand": salon.manual_approval,
        "notice_minutes": salon.lead_minutes,
        "horizon_days": salon.horizon_days,
    }


def _choice(salon: Salon, choice: Choice) -> dict[str, Any]:
    service = choice.thing.service if isinstance(choice.thing, Variant) else choice.thing
    terms = policy.promise(salon, choice.price, parts=[policy.Part(service, choice.price)])
    return {
        "service": choice.pick,
        "variant": variant_name(choice.thing),
        "price": choice.price,
        "price_from": choice.price_from,
        "minutes": choice.minutes,
        "due_when_booking": policy.amount_due(terms, choice.price, policy.choices(terms)[0]),
    }
