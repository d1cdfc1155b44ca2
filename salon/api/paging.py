"""Where a list goes on: the place of the last row that was told, signed, so that it is ours or nothing.

A cursor names a place in an order, not a number of rows, so that rows which come or go meanwhile move nothing. It is
the same text for the same place: answers keep their ETag.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.core.signing import BadSignature, Signer
from django.http import HttpRequest

from salon.api.problems import invalid
from salon.api.site import absolute

LONGEST: Final = 1000
MOST: Final = 100
USUAL: Final = 20


def cursor_of(kind: str, place: Sequence[Any]) -> str:
    """`place` as text for a URL. `kind` names list and order: a cursor of another one is not understood."""
    return Signer(salt=f"salon.api.cursor.{kind}").sign_object(list(place))


def place_of(kind: str, cursor: str | None) -> list[Any] | None:
    """The place that `cursor` names, None without one. Raises Problem (422) for a text that is none of ours."""
    if not cursor:
        return None
    try:
        return Signer(salt=f"salon.api.cursor.{kind}").unsign_object(cursor)
    except BadSignature:
        message = "Take it from `next` of an answer to the same question; it cannot be made or changed."
        raise invalid("query.cursor", "cursor", message) from None


def next_url(request: HttpRequest, cursor: str) -> str:
    """The same question, from `cursor` on."""
    query = request.GET.copy()
    query["cursor"] = cursor
    return absolute(f"{request.path}?{query.urlencode()}")
