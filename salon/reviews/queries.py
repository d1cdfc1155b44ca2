"""What can be read of reviews. Each function says how many queries it takes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from salon.reviews.models import Review, ReviewStatus
from salon.salons.models import Salon

PAGE = 5
MOST_PAGES = 200


class Star(NamedTuple):
    """One row of the histogram. `percent` is its share of all reviews, rounded."""

    stars: int
    count: int
    percent: int


class Moment(NamedTuple):
    """Where a review stands in the order of time."""

    created_at: dt.datetime
    pk: int


class ShownReview(NamedTuple):
    """A review as everybody may read it. `author` is the guest's first name only, "" when none was given."""

    author: str
    rating: int
    text: str
    reply: str
    created_at: dt.datetime


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """Published reviews, newest first. `next_number` is None on the last page."""

    reviews: list[ShownReview]
    number: int
    next_number: int | None


def page_of(salon: Salon, number: int) -> ReviewPage:
    """Page `number`, from 1, of the published reviews; a page beyond the end is empty. One query."""
    number = min(max(number, 1), MOST_PAGES)
    first = (number - 1) * PAGE
    rows = [review for _, review in _shown(_published(salon)[first : first + PAGE + 1])]
    return ReviewPage(rows[:PAGE], number, number + 1 if len(rows) > PAGE and number < MOST_PAGES else None)


def newest(salon: Salon, *, limit: int, after: Moment | None = None) -> tuple[list[ShownReview], Moment | None]:
    """The `limit` published reviews behind `after`, newest first, and where to go on, None at the end. One query."""
    rows = _published(salon)
    if after:
        older = Q(created_at__lt=after.created_at) | Q(created_at=after.created_at, pk__lt=after.pk)
        rows = rows.filter(older)
    found = _shown(rows[: limit + 1])
    end = Moment(found[limit - 1][1].created_at, found[limit - 1][0]) if len(found) > limit else None
    return [review for _, review in found[:limit]], end


def _published(salon: Salon) -> QuerySet[Review]:
    return Review.objects.filter(salon=salon, status=ReviewStatus.PUBLISHED).order_by("-created_at", "-pk")


def _shown(rows: QuerySet[Review]) -> list[tuple[int, ShownReview]]:
    """The rows as everybody may read them, with their keys. One query."""
    fields = ("pk", "booking__customer__name", "rating", "text", "reply", "created_at")
    return [
        (pk, ShownReview(next(iter((name or "").split()), ""), *said)) for pk, name, *said in rows.values_list(*fields)
    ]


def histogram(salon: Salon) -> list[Star]:
    """How many published reviews gave five stars down to one. One query."""
    counted = dict(
        Review.objects.filter(salon=salon, status=ReviewStatus.PUBLISHED)
        .values_list("rating")
        .annotate(number=Count("pk"))
        .order_by()
    )
    total = sum(counted.values())
    return [
        Star(stars, counted.get(stars, 0), round(100 * counted.get(stars, 0) / total) if total else 0)
        for stars in range(5, 0, -1)
    ]
