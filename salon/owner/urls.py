"""The salon's office."""

from __future__ import annotations

from django.urls import path

import salon.core.url_parts  # noqa: F401 - registers `reference`
from salon.owner import bookings, counter, invoices, money, today

app_name = "owner"

urlpatterns = [
    path("", today.today, name="today"),
    path("switch/", today.switch, name="switch"),
    path("money/", money.money, name="money"),
    path("money/csv/", money.money_csv, name="money_csv"),
    path("money/<uuid:payment>/", money.money_payment, name="money_payment"),
    path("bookings/<reference:reference>/", bookings.booking, name="booking"),
    path("bookings/<reference:reference>/confirm/", bookings.booking_confirm, name="booking_confirm"),
    path("bookings/<reference:reference>/decline/", bookings.booking_decline, name="booking_decline"),
    path("bookings/<reference:reference>/arrive/", bookings.booking_arrive, name="booking_arrive"),
    path("bookings/<reference:reference>/complete/", bookings.booking_complete, name="booking_complete"),
    path("bookings/<reference:reference>/no-show/", bookings.booking_no_show, name="booking_no_show"),
    path("bookings/<reference:reference>/cancel/", bookings.booking_cancel, name="booking_cancel"),
    path("bookings/<reference:reference>/payment/", counter.booking_payment, name="booking_payment"),
    path("bookings/<reference:reference>/discount/", counter.booking_discount, name="booking_discount"),
    path("bookings/<reference:reference>/close/", counter.booking_close, name="booking_close"),
    path("bookings/<reference:reference>/refund/", counter.booking_refund, name="booking_refund"),
    path("bookings/<reference:reference>/credit/", counter.booking_credit, name="booking_credit"),
    path("bookings/<reference:reference>/invoices/<slug:number>/", invoices.invoice, name="invoice"),
]
