from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse


def booking(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError


def booking_confirm(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError


def booking_decline(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError


def booking_arrive(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError


def booking_complete(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError


def booking_no_show(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError


def booking_cancel(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError
