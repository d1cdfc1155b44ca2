"""What the public API says, field by field. Money in halalas (1 SAR = 100), time in minutes, weekdays 0 = Sunday."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from ninja import Schema
from pydantic import ConfigDict, Field

AudienceWord = Literal["women", "men", "both", "kids"]
PREPAYMENT = (
    "What is paid when booking: none, deposit (or the whole price if the guest likes), full, or hold: the deposit is "
    "only reserved on the card and taken at the visit; of a visit more than a few days ahead it is paid like a deposit."
)


class Shape(Schema):
    """No field travels that is not written here."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": False})


# --- problems -------------------------------------------------------------------------------------------


class Wrong(Shape):
    where: str = Field(description="Which parameter or field.", examples=["query.days"])
    code: str = Field(description="A word for programs.", examples=["less_than_equal"])
    message: str = Field(examples=["Input should be less than or equal to 31"])


class Problem(Schema):
    """RFC 9457 problem details."""

    model_config = ConfigDict(json_schema_extra={"required": ["type", "title", "status", "detail", "instance"]})

    type: str = Field(description="Which kind of problem; its paragraph of the documentation.")
    title: str = Field(examples=["Something asked for makes no sense"])
    status: int = Field(ge=400, le=599, description="The HTTP status, again.")
    detail: str = Field(description="What happened this time.")
    instance: str = Field(description="The path that was asked.", examples=["/api/v1/salons"])
    errors: list[Wrong] = Field(default=[], description="With 422: each parameter that makes no sense.")


# --- places and kinds -----------------------------------------------------------------------------------


class Named(Shape):
    slug: str = Field(examples=["riyadh"])
    name: str = Field(examples=["الرياض"])


class CityShape(Named):
    districts: list[Named] = Field(description="Those that have salons.")


class Cities(Shape):
    cities: list[CityShape] = Field(description="Those that have salons.")


class CategoryShape(Named):
    image: str = Field(description="URL of a picture, 240 by 288.")


class Categories(Shape):
    categories: list[CategoryShape] = Field(description="Those that some salon offers.")


# --- salons ---------------------------------------------------------------------------------------------


class NextTime(Shape):
    starts_at: dt.datetime = Field(description="With the offset of the salon's zone.")
    business_day: dt.date = Field(description="The day it belongs to; a time after midnight may belong to the evening.")


class NextTimes(Shape):
    """The first free times of the service that the search means at this salon."""

    service: str = Field(description="As the availability address names it.", examples=["12", "12-34"])
    name: str = Field(description="Of the service.")
    price: int = Field(ge=0, description="Halalas; the least that anybody there asks.")
    price_from: bool = Field(description="Somebody asks more.")
    times: list[NextTime]


class SalonCard(Shape):
    slug: str = Field(examples=["rose"])
    name: str = Field(examples=["لمسة ورد"])
    audience: AudienceWord
    private_room: bool
    city: Named
    district: Named | None
    rating: float | None = Field(ge=1, le=5, description="The mean of its reviews, one decimal; null without any.")
    rating_count: int = Field(ge=0)
    image: str = Field(description="URL of its cover, 640 wide.")
    url: str = Field(description="Its page for people.")


class FoundSalon(SalonCard):
    next: NextTimes | None = Field(description="With `times` or `day` only; null when nothing can be booked.")


class Salons(Shape):
    salons: list[FoundSalon]
    next: str | None = Field(description="URL of what follows; null at the end.")


class Shift(Shape):
    opens: dt.datetime
    closes: dt.datetime


class DayHours(Shape):
    day: dt.date
    weekday: int = Field(ge=0, le=6, description="0 = Sunday.")
    shifts: list[Shift] = Field(description="None when closed. A shift may end after midnight.")


class Terms(Shape):
    """What booking here asks and promises, as of now."""

    prepayment: Literal["none", "deposit", "full", "hold"] = Field(description=PREPAYMENT)
    deposit_percent: int | None = Field(
        ge=1, le=100, description="Of the price, where a deposit is asked. null: a fixed amount."
    )
    deposit: int | None = Field(ge=100, description="The fixed amount of a visit's deposit, in halalas, if it is one.")
    free_cancellation_minutes: int = Field(ge=0, description="Cancelling costs nothing until this long before.")
    confirmed_by_hand: bool = Field(description="The salon answers each booking itself.")
    notice_minutes: int = Field(ge=0, description="The shortest notice for a booking.")
    horizon_days: int = Field(ge=0, description="How far ahead it can be booked.")


class Point(Shape):
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class SalonShape(SalonCard):
    about: str
    address: str
    phone: str = Field(description='Of the salon, "" when it has none.', examples=["+966112345678"])
    point: Point | None
    zone: str = Field(description="IANA name of its time zone.", examples=["Asia/Riyadh"])
    open_now: bool
    open_until: dt.datetime | None = Field(description="When it closes, while it is open.")
    opens_at: dt.datetime | None = Field(description="When it opens next, within a week, while it is closed.")
    hours: list[DayHours] = Field(description="Today and the six days after it, seasons and closures counted.")
    terms: Terms


# --- services and staff -----------------------------------------------------------------------------------


class Choice(Shape):
    service: str = Field(description="As the availability address names it.", examples=["12", "12-34"])
    variant: str = Field(description='Name of the variant, "" for a service without variants.')
    price: int = Field(ge=0, description="Halalas, VAT included; the least that anybody there asks.")
    price_from: bool = Field(description="Somebody asks more.")
    minutes: int = Field(ge=1, description="The least that anybody there needs.")
    due_when_booking: int = Field(ge=0, description="Halalas to be paid in advance of this price, by the usual choice.")


class ServiceShape(Shape):
    id: int
    name: str
    description: str
    choices: list[Choice] = Field(description="One, or one for each variant.")


class MenuPart(Named):
    services: list[ServiceShape]


class Menu(Shape):
    categories: list[MenuPart] = Field(description="In the salon's own order.")


class StaffShape(Shape):
    id: int
    name: str
    title: str
    services: list[int] = Field(description="Services that this person does, by `id`.")


class Team(Shape):
    staff: list[StaffShape]


# --- reviews ----------------------------------------------------------------------------------------------


class Stars(Shape):
    stars: int = Field(ge=1, le=5)
    count: int = Field(ge=0)


class ReviewShape(Shape):
    author: str = Field(description='The first name of the guest, "" when none was given.')
    rating: int = Field(ge=1, le=5)
    text: str
    reply: str = Field(description='What the salon answered, or "".')
    created_at: dt.datetime


class Reviews(Shape):
    rating: float | None = Field(ge=1, le=5)
    rating_count: int = Field(ge=0)
    stars: list[Stars] = Field(description="How many gave five stars down to one.")
    reviews: list[ReviewShape] = Field(description="The newest first.")
    next: str | None = Field(description="URL of what follows; null at the end.")


# --- availability -----------------------------------------------------------------------------------------


class SlotShape(Shape):
    start: int = Field(description="UTC minutes since 1970, as the booking page takes it.", examples=[29920140])
    starts_at: dt.datetime = Field(description="The same, with the offset of the salon's zone.")
    minutes: int = Field(ge=1, description="The shortest that the visit takes.")
    staff: list[int] = Field(description="Who could take all of it. Empty where only a chain can.")
    chain: list[int] = Field(description="Where nobody can take all: one person for each service, in their order.")


class DaySlots(Shape):
    day: dt.date = Field(description="The business day; its last times may lie after midnight.")
    open: bool = Field(description="The salon works at all; it may be full.")
    slots: list[SlotShape]


class Asked(Shape):
    service: str = Field(examples=["12-34"])
    name: str
    variant: str


class VisitStaff(Shape):
    id: int
    name: str
    title: str
    price: int = Field(ge=0, description="Of the whole visit, halalas.")
    minutes: int = Field(ge=1)


class Availability(Shape):
    zone: str = Field(examples=["Asia/Riyadh"])
    bookable_until: dt.date = Field(description="The last day that can be booked now.")
    services: list[Asked]
    price: int = Field(ge=0, description="Of the visit, halalas; the least that anybody asks.")
    price_from: bool = Field(description="Somebody asks more.")
    minutes: int = Field(ge=1, description="Of the visit; the least that anybody needs.")
    staff: list[VisitStaff] = Field(description="Those who can take the whole visit.")
    days: list[DaySlots]
    book_url: str = Field(description="The page where people book it; add `&day=` and `&start=` of a slot.")
