"""Mistakes in the settings of sign-in, found before the first guest finds them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from salon.accounts.otp_providers import NEEDS, PROVIDERS


@register(Tags.security)
def check_provider(**_: Any) -> list[CheckMessage]:
    """OTP_PROVIDER names a provider that exists and has its keys."""
    if settings.OTP_PROVIDER in PROVIDERS:
        return [
            Error(f"{name} is empty, and {settings.OTP_PROVIDER} cannot send without it.", id="accounts.E005")
            for name in NEEDS.get(settings.OTP_PROVIDER, ())
            if not getattr(settings, name)
        ]
    return [
        Error(
            f"OTP_PROVIDER is “{settings.OTP_PROVIDER}”, and there is no such provider.",
            hint=f"Choose one of: {', '.join(sorted(PROVIDERS))}.",
            id="accounts.E001",
        )
    ]


@register(Tags.security)
def check_sessions(**_: Any) -> list[CheckMessage]:
    """The code of a pending sign-in lies in the session, so the session must stay on the server."""
    if "signed_cookies" not in settings.SESSION_ENGINE:
        return []
    return [
        Error(
            "SESSION_ENGINE keeps sessions in cookies: a guest could read the code of any phone there.",
            hint="Use salon.accounts.sessions, which keeps them in the database.",
            id="accounts.E002",
        )
    ]


@register(Tags.security, deploy=True)
def check_console(**_: Any) -> list[CheckMessage]:
    """In production codes must reach phones, not the log."""
    if settings.OTP_PROVIDER != "console":
        return []
    return [
        Error(
            "OTP_PROVIDER is “console”: sign-in codes are written to the log and reach nobody.",
            hint="Set OTP_PROVIDER to a provider that sends SMS, with its keys.",
            id="accounts.E003",
        )
    ]


@register(Tags.security, deploy=True)
def check_cache(**_: Any) -> list[CheckMessage]:
    """The pause between two codes is kept in the cache, which all workers must share."""
    backend = settings.CACHES["default"]["BACKEND"]
    if not backend.endswith((".LocMemCache", ".DummyCache")):
        return []
    return [
        Error(
            f"CACHE_URL gives each worker a cache of its own ({backend}): pauses between codes would not hold.",
            hint="Leave CACHE_URL empty for the database, or give a Redis URL.",
            id="accounts.E004",
        )
    ]
