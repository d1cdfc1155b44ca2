from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse


def inbox(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError


def kit(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError
