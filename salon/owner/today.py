from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse


def today(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError


def switch(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError
