"""A visit as an iCalendar file (RFC 5545): stable UID, SEQUENCE counts changes, so opening it again updates it."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, override
from icalendar import Calendar, Event, Timezone, vGeo

from salon.bookings.models import Booking
from salon.bookings.states import Status
from salon.core import clock
from salon.core.templatetags import salon as words
from salon.core.text import clean_line

_STATUS = {
    Status.REQUESTED: "TENTATIVE",
    Status.CANCELLED: "CANCELLED",
    Status.DECLINED: "CANCELLED",
    Status.EXPIRED: "CANCELLED",
}


def calendar_file(booking: Booking, *, language: str, now: dt.datetime) -> bytes:
    """The file in `language`. Salon, city and items must have come with the booking; no queries are made."""
    with override(language):
        return _calendar(booking, now=now).to_ical()


def _calendar(booking: Booking, *, now: dt.datetime) -> Calendar:
    salon = booking.salon
    calendar = Calendar()
    calendar.add("prodid", f"-//{_line(settings.BRAND_NAME_EN)}//appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(_timezone(salon.zone))
    zone = clock.zone(salon.zone)
    event = Event()
    event.add("uid", f"{booking.reference.lower()}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("dtstamp", now)
    event.add("dtstart", booking.starts_at.astimezone(zone))
    event.add("dtend", booking.ends_at.astimezone(zone))
    event.add("sequence", booking.version)
    event.add("status", _STATUS.get(Status(booking.status), "CONFIRMED"))
    event.add("summary", _line(gettext("Appointment at %(salon)s") % {"salon": words.loc(salon, "name")}))
    event.add("location", _line(_place(booking)))
    if salon.latitude is not None and salon.longitude is not None:
        event.add("geo", vGeo((float(salon.latitude), float(salon.longitude))))
    url = settings.SITE_URL + reverse("web:booking", args=[booking.reference])
    event.add("url", url)
    event.add("description", "\n".join([*_items(booking), _line(_reference(booking)), url]))
    calendar.add_component(event)
    return calendar


def _place(booking: Booking) -> str:
    salon = booking.salon
    parts = [words.loc(salon, "name"), words.loc(salon, "address")]
    if salon.district:
        parts.append(words.loc(salon.district, "name"))
    return gettext(", ").join(part for part in [*parts, words.loc(salon.city, "name")] if part)


def _items(booking: Booking) -> list[str]:
    return [
        _line(
            gettext("%(service)s with %(staff)s")
            % {"service": words.loc(item.service, "name"), "staff": words.loc(item.staff, "name")}
        )
        for item in booking.items.all()
    ]


def _reference(booking: Booking) -> str:
    return gettext("Booking number %(reference)s") % {"reference": booking.reference}


def _line(text: str) -> str:
    """One line without control characters: a name must not be able to start a property of its own."""
    return clean_line(text, 300)


@lru_cache(maxsize=16)
def _timezone(name: str) -> Timezone:
    return Timezone.from_tzid(name)
