"""The salon's office."""

from __future__ import annotations

from django.urls import path

from salon.owner import bookings, today

app_name = "owner"

urlpatterns = [
    path("", today.today, name="today"),
    path("switch/", today.switch, name="switch"),
    path("bookings/<str:reference>/", bookings.booking, name="booking"),
    path("bookings/<str:reference>/confirm/", bookings.booking_confirm, name="booking_confirm"),
    path("bookings/<str:reference>/decline/", bookings.booking_decline, name="booking_decline"),
    path("bookings/<str:reference>/arrive/", bookings.booking_arrive, name="booking_arrive"),
    path("bookings/<str:reference>/complete/", bookings.booking_complete, name="booking_complete"),
    path("bookings/<str:reference>/no-show/", bookings.booking_no_show, name="booking_no_show"),
    path("bookings/<str:reference>/cancel/", bookings.booking_cancel, name="booking_cancel"),
]
