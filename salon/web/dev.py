"""Pages for building the product: what was "sent" to phones, and every component on one sheet. Only with DEBUG."""

from __future__ import annotations

import re
from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from salon.messaging.console import read_inbox

_CODE: Final = re.compile(r"(?<![0-9A-Za-z#])[0-9]{6}(?![0-9A-Za-z])")


@require_safe
@never_cache
def inbox(request: HttpRequest) -> HttpResponse:
    """The last messages of the console providers, newest first, with their codes large enough to type from."""
    _only_in_debug()
    letters = [
        {"at": letter.at, "to": letter.to, "text": letter.text, "code": found[0] if found else ""}
        for letter in read_inbox(settings.DEV_INBOX)
        for found in [_CODE.findall(letter.text)]
    ]
    return render(request, "dev/inbox.html", {"letters": letters})


@require_safe
def kit(request: HttpRequest) -> HttpResponse:
    """The design system, for the eye."""
    _only_in_debug()
    return render(request, "dev/kit.html")


def _only_in_debug() -> None:
    if not settings.DEBUG or settings.DEV_INBOX is None:
        raise Http404
