"""The guest's pages. One name everywhere: view, URL name and template."""

from __future__ import annotations

from django.urls import path

import salon.core.url_parts  # noqa: F401 - registers `reference`
from salon.web import (
    account,
    account_consents,
    account_data,
    book,
    chrome,
    confirm,
    discover,
    invoices,
    legal,
    move,
    my,
    pay,
    pay_form,
    security,
    security_phone,
    security_prove,
)

app_name = "web"

urlpatterns = [
    path("", discover.home, name="home"),
    path("salons/", discover.salons, name="salons"),
    path("s/<slug:slug>/", discover.salon, name="salon"),
    path("s/<slug:slug>/book/", book.book, name="book"),
    path("s/<slug:slug>/book/hold/", book.book_hold, name="book_hold"),
    path("s/<slug:slug>/book/confirm/", confirm.book_confirm, name="book_confirm"),
    path("pay/<uuid:payment_id>/", pay_form.pay, name="pay"),
    path("pay/<uuid:payment_id>/hosted/", pay_form.pay_hosted, name="pay_hosted"),
    path("pay/<uuid:payment_id>/return/", pay.pay_return, name="pay_return"),
    path("bookings/", my.bookings, name="bookings"),
    path("bookings/<reference:reference>/", my.booking, name="booking"),
    path("bookings/<reference:reference>/cancel/", my.booking_cancel, name="booking_cancel"),
    path("bookings/<reference:reference>/move/", move.booking_move, name="booking_move"),
    path("bookings/<reference:reference>/move/confirm/", move.booking_move_confirm, name="booking_move_confirm"),
    path("bookings/<reference:reference>/calendar.ics", my.booking_ics, name="booking_ics"),
    path("bookings/<reference:reference>/invoices/<slug:number>/", invoices.invoice, name="invoice"),
    path("bookings/<reference:reference>/pay/", pay.pay_retry, name="pay_retry"),
    path("account/", account.account, name="account"),
    path("account/offers/", account_consents.account_consents, name="account_consents"),
    path("account/copy/", account_data.account_export, name="account_export"),
    path("account/delete/", account_data.account_delete, name="account_delete"),
    path("account/security/", security.security, name="security"),
    path("account/security/devices/", security.sessions, name="sessions"),
    path("account/security/prove/", security_prove.prove, name="prove"),
    path("account/security/second-factor/", security.second_factor_setup, name="second_factor"),
    path("account/security/phone/", security_phone.phone_change, name="phone_change"),
    path("account/security/phone/code/", security_phone.phone_change_code, name="phone_change_code"),
    path("theme/", chrome.theme, name="theme"),
    path("terms/", legal.terms, name="terms"),
    path("privacy/", legal.privacy, name="privacy"),
]
