from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse


def book(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError


def book_hold(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError


def book_confirm(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError
