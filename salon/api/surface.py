"""What every address under /api/v1/ does around its view: methods, other people's web pages, conditional answers."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers

from salon.accounts.limits import client_address
from salon.api import problems
from salon.api.site import absolute
from salon.api.throttle import throttle

View = Callable[..., HttpResponseBase]

PRIVATE: Final = "/api/v1/me"
"""Below it answers are one person's: no page of a stranger reads them, no cache keeps them."""

FRESH_FOR: Final = 3600
"""Seconds that an answer may be used without asking again; an endpoint that knows better sets `request.fresh_for`."""

CORS_MAX_AGE: Final = 86_400  # seconds a browser may remember what it was allowed


def surface(view: View) -> View:
    """`view` with HEAD, OPTIONS, 405 in our shape, the headers for pages of other origins, ETag and 304."""

    @functools.wraps(view)
    def seen(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        wait = throttle.wait(client_address(request), timezone.now())
        response = problems.too_many(request, wait) if wait else _answer(view, request, *args, **kwargs)
        if request.path_info == PRIVATE or request.path_info.startswith(f"{PRIVATE}/"):
            response.headers.setdefault("Cache-Control", "private, no-store")
            patch_vary_headers(response, ("Authorization",))
            return response
        response = _conditional(request, response)
        _open_to_all(response)
        return response

    seen.csrf_exempt = True  # type: ignore[attr-defined] - no cookie means anything here
    return seen


def _answer(view: View, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
    """HEAD is answered as GET, whose body the server drops; OPTIONS and 405 by the methods that the view takes."""
    method = request.method
    if method in {"HEAD", "OPTIONS"}:
        request.method = "GET" if method == "HEAD" else ""  # no view takes "": it answers what it does take
    try:
        response = view(request, *args, **kwargs)
    finally:
        request.method = method
    if response.status_code != 405:
        return response
    allowed = _allowed(response)
    if method == "OPTIONS":
        return HttpResponse(status=204, headers={"Allow": ", ".join(allowed)})
    return problems.not_allowed(request, allowed)


def index(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django hands it to every view
    """Where to begin."""
    names = ("cities", "categories", "salons", "openapi.json", "docs")
    return JsonResponse({name.removesuffix(".json"): absolute(f"/api/v1/{name}") for name in names})


def missing(request: HttpRequest, **_: object) -> HttpResponse:
    """No such address."""
    return problems.answer(request, "not-found", "There is no such address.")


def _allowed(response: HttpResponseBase) -> list[str]:
    """The methods a view takes, and what follows from them."""
    methods = {each.strip() for each in response.headers.get("Allow", "").split(",") if each.strip()}
    return sorted(methods | ({"HEAD"} if "GET" in methods else set()) | {"OPTIONS"})


def _open_to_all(response: HttpResponseBase) -> None:
    """Any web page may read it: there is no cookie and no token, so it knows nothing that the page could not fetch."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "Content-Language, ETag, Retry-After"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    if response.status_code == 204:
        response["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
        response["Access-Control-Allow-Headers"] = "Accept-Language, If-None-Match"
        response["Access-Control-Max-Age"] = str(CORS_MAX_AGE)


def _conditional(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """304 when the reader has this very text. The tag is made of the text, so that it needs no bookkeeping."""
    if response.status_code != 200 or not isinstance(response, HttpResponse):
        return response
    etag = f'"{hashlib.blake2b(response.content, digest_size=16).hexdigest()}"'
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={getattr(request, 'fresh_for', FRESH_FOR)}"
    return get_conditional_response(request, etag=etag, response=response) or response
