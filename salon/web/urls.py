"""The guest's pages. One name everywhere: view, URL name and template."""

from __future__ import annotations

from django.urls import path

import salon.core.url_parts  # noqa: F401 - registers `reference`
from salon.web import account, book, chrome, confirm, discover, legal, my, pay

app_name = "web"

urlpatterns = [
    path("", discover.home, name="home"),
    path("salons/", discover.salons, name="salons"),
    path("s/<slug:slug>/", discover.salon, name="salon"),
    path("s/<slug:slug>/book/", book.book, name="book"),
    path("s/<slug:slug>/book/hold/", book.book_hold, name="book_hold"),
    path("s/<slug:slug>/book/confirm/", confirm.book_confirm, name="book_confirm"),
    path("pay/<uuid:payment_id>/return/", pay.pay_return, name="pay_return"),
    path("bookings/", my.bookings, name="bookings"),
    path("bookings/<reference:reference>/", my.booking, name="booking"),
    path("bookings/<reference:reference>/cancel/", my.booking_cancel, name="booking_cancel"),
    path("bookings/<reference:reference>/calendar.ics", my.booking_ics, name="booking_ics"),
    path("bookings/<reference:reference>/pay/", pay.pay_retry, name="pay_retry"),
    path("account/", account.account, name="account"),
    path("theme/", chrome.theme, name="theme"),
    path("terms/", legal.terms, name="terms"),
    path("privacy/", legal.privacy, name="privacy"),
]
