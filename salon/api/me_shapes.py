"""What one's own part of the API says, field by field. Money in halalas, times with the offset of the salon's zone."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from salon.api.asked import Paged
from salon.api.shapes import Named, Point, Shape
from salon.bookings.queries import Tab

StatusName = Literal[
    "held", "requested", "confirmed", "arrived", "completed", "no_show", "cancelled", "declined", "expired"
]
ChannelName = Literal["", "sms", "whatsapp"]


class Me(Shape):
    id: UUID
    phone: str = Field(
        description="E.164. Changed on the site, where both numbers are proved.", examples=["+966551234567"]
    )
    name: str = Field(description="What salons call this person; may be empty.")
    language: Literal["ar", "en"] = Field(description="Of messages.")
    code_channel: ChannelName = Field(description="How sign-in codes go; empty: as the site does.")
    letter_channel: ChannelName = Field(description="How other messages go; empty: as the site does.")


class MeChange(Shape):
    """Only what is given changes."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=1000)] | None = Field(None, description="1 to 80 visible characters.")
    language: Literal["ar", "en"] | None = None
    code_channel: ChannelName | None = None
    letter_channel: ChannelName | None = None


class MyBookingsAsked(Paged):
    tab: Tab = Field("upcoming", description="upcoming: the next one first; past, cancelled: the latest first.")


class MySalon(Shape):
    slug: str
    name: str
    city: Named
    district: Named | None
    zone: str = Field(description="IANA name of its time zone.", examples=["Asia/Riyadh"])


class MySalonPlace(MySalon):
    address: str
    phone: str = Field(description='Of the salon; "" when it gave none.')
    point: Point | None


class MyService(Shape):
    service: str = Field(description="As the availability address names it.", examples=["12", "12-34"])
    name: str
    variant: str = Field(description='Name of the variant, "" for a service without variants.')
    staff: int
    staff_name: str
    starts_at: dt.datetime
    minutes: int = Field(ge=1)
    price: int = Field(ge=0, description="Halalas, as promised when it was booked.")


class MyBooking(Shape):
    reference: str = Field(examples=["K7QX2M"])
    status: StatusName = Field(description="held: waits for its payment; requested: waits for the salon's yes.")
    starts_at: dt.datetime
    ends_at: dt.datetime
    price: int = Field(ge=0, description="Halalas, as promised when it was booked.")
    salon: MySalon
    services: list[MyService]


class MyBookingDetail(MyBooking):
    salon: MySalonPlace
    note: str = Field(description="The guest's, for the salon.")
    due_when_booking: int = Field(ge=0, description="Halalas that were to be paid in advance.")
    paid: int = Field(description="Halalas that are with us: what was paid less what was sent back.")
    free_until: dt.datetime = Field(description="The last moment at which cancelling is free.")
    expires_at: dt.datetime | None = Field(description="When a held or requested booking lapses; null for others.")
    url: str = Field(description="Its page for people, where it is paid, changed and cancelled.")


class MyBookings(Shape):
    bookings: list[MyBooking]
    next: str | None = Field(description="URL of what follows; null at the end.")
