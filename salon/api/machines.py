"""Programs are no browsers: their language is what they ask for, and what goes wrong is told in their shape.

For everything under /api/ and /_allauth/; pages never pass through here.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from salon.api import problems

API: Final = "/api/"
MACHINES: Final = (API, "/_allauth/")


class MachineMiddleware:
    """Stands right behind LocaleMiddleware, which knows the language of a page by its address only."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(MACHINES):
            return self.get_response(request)
        language = language_of(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
        response = self.get_response(request)
        if request.path_info.startswith(API) and _is_page(response):
            response = problems.of_status(request, response)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language",))
        return response


def language_of(request: HttpRequest) -> str:
    """`?lang=`, else the best of Accept-Language that we speak, else Arabic. No cookie has a say."""
    spoken = dict(settings.LANGUAGES)
    with suppress(SuspiciousOperation):  # a query that cannot be read is told by whoever needs it
        if (asked := request.GET.get("lang", "")) in spoken:
            return asked
    for code, quality in parse_accept_lang_header(request.headers.get("Accept-Language", "").lower()[:500]):
        language = code.partition("-")[0]
        if quality and language in spoken:
            return language
    return settings.LANGUAGE_CODE


def _is_page(response: HttpResponse) -> bool:
    """Whether Django answered for people: a broken request that never came to a view, or a view that broke."""
    return response.status_code >= 400 and response.headers.get("Content-Type", "").startswith("text/html")
