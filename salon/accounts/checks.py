"""Mistakes in the settings of sign-in, found before the first guest finds them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

import phonenumbers
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's word

from salon.accounts.models import Channel
from salon.accounts.otp_providers import NEEDS, PROVIDERS, VERIFIERS

MODES: Final = ("local", "delegated")
_SENDER_LENGTH: Final = 11  # of an alphanumeric sender, by GSM 03.40
_VERIFY_KEYS: Final = (
    "OTP_UNIFONIC_AUTHENTICATE_APP_ID",
    "OTP_UNIFONIC_AUTHENTICATE_TOKEN",
    "OTP_TWILIO_VERIFY_SERVICE_SID",
)


@register(Tags.security)
def check_provider(**_: Any) -> list[CheckMessage]:
    """OTP_PROVIDER, OTP_MODE and OTP_CHANNELS name what exists, and every key that they need is there."""
    found = [*_unknown("OTP_PROVIDER", settings.OTP_PROVIDER, PROVIDERS, id="accounts.E001")]
    found += _unknown("OTP_MODE", settings.OTP_MODE, MODES, id="accounts.E006")
    for channel in settings.OTP_CHANNELS or [""]:
        found += _unknown("OTP_CHANNELS", channel, Channel.values, id="accounts.E007")
    if not found and settings.OTP_MODE == "delegated" and settings.OTP_PROVIDER not in VERIFIERS:
        found.append(
            Error(
                f"OTP_MODE is “delegated”, and {settings.OTP_PROVIDER} makes no codes of its own.",
                hint=f"Set OTP_MODE=local, or choose one of: {', '.join(sorted(VERIFIERS))}.",
                id="accounts.E006",
            )
        )
    return found or [*_missing_keys(), *_odd_keys()]


def _unknown(setting: str, value: str, known: Collection[str], *, id: str) -> Iterator[CheckMessage]:  # noqa: A002 - Django's word
    if value not in known:
        yield Error(
            f"{setting} says “{value}”, and there is no such thing.",
            hint=f"Choose from: {', '.join(sorted(known))}.",
            id=id,
        )


def _missing_keys() -> Iterator[CheckMessage]:
    ways = [(settings.OTP_PROVIDER, settings.OTP_MODE, channel) for channel in settings.OTP_CHANNELS]
    for name in dict.fromkeys(name for way in ways for name in NEEDS.get(way, ())):
        if not getattr(settings, name):
            needing = " and ".join(channel for *way, channel in ways if name in NEEDS[(*way, channel)])
            way = f"{settings.OTP_PROVIDER} ({settings.OTP_MODE}, {needing})"
            yield Error(
                f"{name} is empty, and {way} cannot send without it.",
                id="accounts.E005",
            )


def _odd_keys() -> Iterator[CheckMessage]:
    sender = {"unifonic": settings.OTP_UNIFONIC_SENDER, "twilio": settings.OTP_TWILIO_SENDER}.get(settings.OTP_PROVIDER)
    own = sender and not sender.startswith(("+", "MG"))  # a name, not a number or a messaging service
    if own and settings.OTP_MODE == "local" and "sms" in settings.OTP_CHANNELS and len(sender) > _SENDER_LENGTH:
        yield Error(
            f"OTP_{settings.OTP_PROVIDER.upper()}_SENDER “{sender}” is longer than {_SENDER_LENGTH} characters.",
            hint="Operators cut or refuse longer names; register a shorter one.",
            id="accounts.E008",
        )
    for name in _VERIFY_KEYS:
        if settings.OTP_MODE == "local" and getattr(settings, name) and settings.OTP_PROVIDER.upper() in name:
            yield Warning(
                f"{name} is given, and OTP_MODE is “local”: the vendor's own codes are not used.",
                hint="Set OTP_MODE=delegated, or remove the key.",
                id="accounts.W001",
            )
    templates = (settings.OTP_AUTHENTICA_SMS_TEMPLATE_ID, settings.OTP_AUTHENTICA_WHATSAPP_TEMPLATE_ID)
    if settings.OTP_PROVIDER == "authentica" and len(set(settings.OTP_CHANNELS)) > 1 and len(set(templates)) == 1:
        yield Warning(
            f"OTP_AUTHENTICA_WHATSAPP_TEMPLATE_ID is {templates[0]}, as OTP_AUTHENTICA_SMS_TEMPLATE_ID is.",
            hint="At Authentica each template belongs to one channel.",
            id="accounts.W002",
        )


@register(Tags.security)
def check_countries(**_: Any) -> list[CheckMessage]:
    """OTP_COUNTRIES are ISO 3166 codes that a phone number can belong to."""
    known = phonenumbers.SUPPORTED_REGIONS
    return [
        Error(
            f"OTP_COUNTRIES says “{country}”, and no phone number belongs to such a country.",
            hint="Give two-letter codes in capitals, such as SA or SA,AE,KW; at least one.",
            id="accounts.E009",
        )
        for country in settings.OTP_COUNTRIES or [""]
        if country not in known
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


@register(Tags.security, deploy=True)
def check_second_factor(**_: Any) -> list[CheckMessage]:
    """A stolen SIM must not be enough for the administration, nor to send money back."""
    if settings.SECOND_FACTOR_REQUIRED:
        return []
    return [
        Error(
            "SECOND_FACTOR_REQUIRED is off: a code to a phone alone opens the administration and sends money back.",
            hint="Leave SECOND_FACTOR_REQUIRED true.",
            id="accounts.E010",
        )
    ]
