"""Who is at the keyboard now. A session lives for months and can be stolen; some acts want a proof of the last minutes.

The proofs are allauth's own record of the session: signing in leaves one ("code" or "mfa"), and so does every proof
asked for later. They belong to one person and end with the session.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from django.http import HttpRequest

FRESH: Final = timedelta(minutes=10)
"""How long a proof is enough for what wants one."""

FACTOR: Final = "mfa"
_CODE: Final = "code"


def is_fresh(request: HttpRequest, now: datetime) -> bool:
    """The signed-in person proved the phone or a second factor within the last ten minutes. No query."""
    return _proved(request, now, {_CODE, FACTOR})


def is_fresh_by_factor(request: HttpRequest, now: datetime) -> bool:
    """The same by a passkey or an authenticator app; a code to the phone does not count."""
    return _proved(request, now, {FACTOR})


def mark_fresh(request: HttpRequest) -> None:
    """The signed-in person has just given the right code of their own phone."""
    record_authentication(request, request.user, _CODE, phone=str(request.user.phone), reauthenticated=True)


def records(request: HttpRequest) -> list[dict[str, Any]]:
    """Every proof of the signed-in person in this session, oldest first."""
    return get_authentication_records(request, request.user) if request.user.is_authenticated else []


def _proved(request: HttpRequest, now: datetime, methods: Iterable[str]) -> bool:
    since = (now - FRESH).timestamp()
    return any(each.get("method") in methods and each.get("at", 0) > since for each in records(request))
