from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse


def terms(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError


def privacy(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError
