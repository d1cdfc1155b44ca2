"""What a view needs to know about htmx 4, and the two answers it gives it.

A page is never swapped whole: htmx only changes a region inside a page. So a view answers with a partial when
`is_partial` says so, and leaves the page with `go`.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails


def is_htmx(request: HttpRequest) -> bool:
    """The request was sent by htmx, and not to rebuild a page out of the browser's history."""
    details = HtmxDetails(request)
    return bool(details) and not details.history_restore_request


def is_partial(request: HttpRequest) -> bool:
    """The answer will be swapped into a region: render "page.html#name", not the page."""
    return is_htmx(request) and request.headers.get("HX-Request-Type") == "partial"


def go(request: HttpRequest, url: str) -> HttpResponse:
    """Leave the page after a success: 204 with HX-Redirect for htmx, 303 for everybody else."""
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def toast(response: HttpResponse, text: str, **extra: Any) -> HttpResponse:
    """Show `text` as a short message once the answer has arrived. `extra`: `action` (label) with `href`.

    The header is ASCII JSON: raw Arabic in a header is mangled by MIME encoding.
    """
    response["HX-Trigger"] = json.dumps({"toast": {"text": text, **extra}})
    return response


def vary_htmx(response: HttpResponse) -> HttpResponse:
    """Tell caches that the same URL has two answers: the page and its region."""
    patch_vary_headers(response, ("HX-Request", "HX-Request-Type"))
    return response
