from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse


def home(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError


def salons(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError


def salon(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError
