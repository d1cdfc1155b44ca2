from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse


def livez(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError


def readyz(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError
