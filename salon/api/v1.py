"""The API object of /api/v1/ and its addresses. Endpoints live in `public` (everybody's) and `me` (one's own)."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.http import require_safe

from salon.api import availability, docs, me, one_salon, problems, public
from salon.api.openapi import Api, Renderer
from salon.api.surface import index, missing, surface

DESCRIPTION: Final = "Salons, their services and their free times. Reading needs no key."

api = Api(
    title="Salon API",
    version="1.0.0",
    description=DESCRIPTION,
    openapi_url="/openapi.json",
    docs=docs.Page(),
    docs_url="/docs",
    docs_decorator=require_safe,
    renderer=Renderer(),
    urls_namespace="api:v1",
)
problems.install(api)
api.add_router("", public.router)
api.add_router("", one_salon.router)
api.add_router("", availability.router)
api.add_router("/me", me.router)


def _addresses() -> tuple[list[URLPattern | URLResolver], str, str]:
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        pattern.callback = surface(pattern.callback)
    first, last = path("", surface(require_safe(index))), re_path(r"", surface(missing))
    return [first, *patterns, last], app_name, namespace


addresses = _addresses()
"""For `path("api/v1/", addresses)`: all of the API, and a problem for every other path below it."""
