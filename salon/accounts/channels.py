"""By which way a code goes: what the site offers, what this visit asked for, what the person is used to.

A remembered way is followed only in a browser where the phone was proved before. Elsewhere it would answer, without
a code, whether a number is known here.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from salon.accounts.models import Channel, User

_WISH: Final = "_code_channel"
_YEAR: Final = 365 * 24 * 3600


def offered() -> tuple[str, ...]:
    """The ways of OTP_CHANNELS in their order; the first is the default. Never empty."""
    known = dict.fromkeys(name for name in settings.OTP_CHANNELS if name in Channel.values)
    return tuple(known) or (Channel.SMS.value,)


def pick(*wishes: str) -> str:
    """The first of `wishes` that is offered, or the default."""
    return next((wish for wish in wishes if wish in offered()), offered()[0])


def other(channel: str) -> str:
    """What to offer instead of `channel`; "" when there is nothing else."""
    return next((name for name in offered() if name != channel), "")


def wish(request: HttpRequest, channel: str) -> None:
    """Note that `request` asks for `channel` by name; anything that is not offered is no wish."""
    if channel in offered():
        setattr(request, _WISH, channel)


def wished(request: HttpRequest) -> str:
    """What this request asked for, or ""."""
    return getattr(request, _WISH, "")


def remembered(request: HttpRequest, user: User | None) -> str:
    """The way `user` took last, if this browser has proved their phone before; else ""."""
    if user is None or user._state.adding:  # noqa: SLF001 - Django's own mark of an unsaved row
        return ""
    mark = request.COOKIES.get(_cookie(), "")
    return user.code_channel if constant_time_compare(mark, _mark(str(user.phone))) else ""


def remember(response: HttpResponse, user: User, *, chosen: str) -> None:
    """After the right code: this browser knows the phone, and `chosen` (or "") becomes what the person is used to."""
    response.set_cookie(
        _cookie(),
        _mark(str(user.phone)),
        max_age=_YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    if chosen in offered() and user.code_channel != chosen:
        user.code_channel = chosen
        user.save(update_fields=["code_channel"])


def _cookie() -> str:
    return "__Host-proved" if settings.SESSION_COOKIE_SECURE else "proved"


def _mark(phone: str) -> str:
    return salted_hmac("salon.accounts.channels", phone, algorithm="sha256").hexdigest()[:32]
