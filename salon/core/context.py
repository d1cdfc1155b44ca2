"""What the frame of every page needs: names, theme, language and the same page in the other language."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.translation import get_language

THEMES = frozenset({"light", "dark"})


def chrome(request: HttpRequest) -> dict[str, str]:
    """Context of `base.html`.

    `theme` is "light", "dark" or "" (as the device prefers), from the cookie of the same name; the server writes it
    into <html>, so a page never flashes in the wrong colours. `alternate_url` is this page in the other language with
    its query kept, or that language's home when the page has no twin.
    """
    arabic = (get_language() or settings.LANGUAGE_CODE).startswith("ar")
    theme = request.COOKIES.get("theme", "")
    other = "en" if arabic else "ar"
    here = request.get_full_path()
    there = translate_url(here, other)
    return {
        "brand": settings.BRAND_NAME_AR if arabic else settings.BRAND_NAME_EN,
        "brand_mark": settings.BRAND_MARK,
        "theme": theme if theme in THEMES else "",
        "language": "ar" if arabic else "en",
        "direction": "rtl" if arabic else "ltr",
        "here": here,
        "alternate_language": other,
        "alternate_url": there if there != here else ("/" if other == settings.LANGUAGE_CODE else f"/{other}/"),
    }
