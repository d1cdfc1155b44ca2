from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse


def pay_return(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError


def pay_retry(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError
