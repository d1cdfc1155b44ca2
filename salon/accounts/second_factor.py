"""The second proof that some work wants beside the phone: a passkey, or the code of an authenticator app.

Operators need it for every page of the administration, owners and managers to send money back. Whoever has one is
asked for it at every sign-in (allauth does that); here it is asked whether it was given in this session.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Final

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from salon.accounts.freshness import FACTOR, records

FACTORS: Final = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
_KNOWN: Final = "_second_factor"


class Standing(Enum):
    """Where somebody stands in this session."""

    NONE = "none"  # has no passkey and no authenticator app
    UNPROVED = "unproved"  # has one, and signed in here before it was added
    PASSED = "passed"


def standing(request: HttpRequest) -> Standing:
    """One query, once a request, for somebody signed in; NONE without a query for anybody else."""
    known = getattr(request, _KNOWN, None)
    if known is None:
        known = _standing(request)
        setattr(request, _KNOWN, known)
    return known


def forget_standing(request: HttpRequest) -> None:
    """A factor was added, given or removed in this very request."""
    if hasattr(request, _KNOWN):
        delattr(request, _KNOWN)


def is_satisfied(request: HttpRequest) -> bool:
    """Nothing more is asked: a factor was given in this session, or SECOND_FACTOR_REQUIRED is off."""
    return not settings.SECOND_FACTOR_REQUIRED or standing(request) is Standing.PASSED


def step_url(back: str, *, why: str) -> str:
    """Where a factor is set up or given, and then on to `back`, a path of this site. `why`: "money" or "admin"."""
    return f"{reverse('web:second_factor')}?{urlencode({'why': why, 'next': back})}"


def has_factor(user: Any) -> bool:
    """The person has a passkey or an authenticator app. One query."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists()


def _standing(request: HttpRequest) -> Standing:
    """One that was taken away counts no more: what was stolen with it must not pass once there is a new one."""
    if not request.user.is_authenticated:
        return Standing.NONE
    own = dict(Authenticator.objects.filter(user_id=request.user.pk).values_list("pk", "type"))
    if set(FACTORS).isdisjoint(own.values()):
        return Standing.NONE
    given = {each.get("id") for each in records(request) if each.get("method") == FACTOR}
    return Standing.UNPROVED if own.keys().isdisjoint(given) else Standing.PASSED
