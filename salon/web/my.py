from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse


def bookings(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError


def booking(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError


def booking_cancel(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError


def booking_ics(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError
