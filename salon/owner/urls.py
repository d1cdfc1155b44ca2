"""The salon's office."""

from __future__ import annotations

from django.urls import path

import salon.core.url_parts  # noqa: F401 - registers `reference`
from salon.owner import bookings, invoices, today

app_name = "owner"

urlpatterns = [
    path("", today.today, name="today"),
    path("switch/", today.switch, name="switch"),
    path("bookings/<reference:reference>/", bookings.booking, name="booking"),
    path("bookings/<reference:reference>/confirm/", bookings.booking_confirm, name="booking_confirm"),
    path("bookings/<reference:reference>/decline/", bookings.booking_decline, name="booking_decline"),
    path("bookings/<reference:reference>/arrive/", bookings.booking_arrive, name="booking_arrive"),
    path("bookings/<reference:reference>/complete/", bookings.booking_complete, name="booking_complete"),
    path("bookings/<reference:reference>/no-show/", bookings.booking_no_show, name="booking_no_show"),
    path("bookings/<reference:reference>/cancel/", bookings.booking_cancel, name="booking_cancel"),
    path("bookings/<reference:reference>/invoices/<slug:number>/", invoices.invoice, name="invoice"),
]
