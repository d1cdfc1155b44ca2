from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse


def moyasar(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise NotImplementedError
