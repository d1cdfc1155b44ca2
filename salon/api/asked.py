"""What can be asked of the public API: query parameters with their bounds."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal

from ninja import Schema
from pydantic import BeforeValidator, Field, StringConstraints

from salon.api import paging
from salon.bookings.queries import MOST_PICKS
from salon.salons.search import LONGEST

MOST_DAYS = 31
MOST_TIMES = 3
SLUG = r"^[-a-zA-Z0-9_]{0,60}$"
SALON_SLUG = r"^[-a-zA-Z0-9_]{1,60}$"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def _iso_day(text: object) -> object:
    """Only the long form: pydantic alone would take "5" for the fifth second of 1970."""
    if isinstance(text, str) and not _DAY.fullmatch(text):
        raise ValueError("a day is written like 2026-11-24")
    return text


Day = Annotated[dt.date, BeforeValidator(_iso_day)]
Pick = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,8}(-[1-9][0-9]{0,8})?$")]


class Spoken(Schema):
    lang: Literal["ar", "en"] = Field(
        None, description="The language of names; without it `Accept-Language`, else Arabic."
    )


class Paged(Spoken):
    limit: int = Field(paging.USUAL, ge=1, le=paging.MOST, description="How many at most.")
    cursor: str = Field(None, max_length=paging.LONGEST, description="Where to go on: part of `next`.")


class SalonsAsked(Paged):
    q: str = Field("", max_length=LONGEST, description="Words of a salon, service, category or place, in any spelling.")
    city: str = Field("", pattern=SLUG, description="Slug of a city.", examples=["riyadh"])
    district: str = Field("", pattern=SLUG, description="Slug of a district; name its city too.", examples=["malqa"])
    audience: Literal["women", "men", "kids"] = Field(None, description="For whom.")
    category: str = Field("", pattern=SLUG, description="Slug of a category.", examples=["hair"])
    rating: float = Field(None, ge=1, le=5, allow_inf_nan=False, description="The least mean of its reviews.")
    day: Day = Field(None, description="Only salons with a free time on this day, for the service that is meant there.")
    times: int = Field(0, ge=0, le=MOST_TIMES, description="How many of the next free times to tell for each salon.")
    sort: Literal["rating", "name"] = Field("rating", description="The best first, or by name in the language chosen.")


class AvailabilityAsked(Spoken):
    service: list[Pick] = Field(
        ...,
        min_length=1,
        max_length=MOST_PICKS,
        json_schema_extra={"uniqueItems": True},
        description="A service, or one variant of it as `service-variant`; repeat it for a visit of several, in order.",
        examples=[["12"]],
    )
    staff: int = Field(None, ge=1, le=2**31 - 1, description="One person; without it anyone.", examples=[7])
    first_day: Day = Field(..., description="The first business day.", examples=["2026-11-24"])
    days: int = Field(7, ge=1, le=MOST_DAYS, description="How many business days.")
