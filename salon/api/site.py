"""Whole addresses of the site."""

from __future__ import annotations

from urllib.parse import urljoin

from django.conf import settings


def absolute(path: str) -> str:
    """`path` on the site as SITE_URL names it, never as the request did.

    Answers are kept for everybody: one asked for with a port, a final dot or another scheme must not lead others there.
    """
    return urljoin(settings.SITE_URL, path)
