"""Mistakes in the settings of the post room, found before the first letter finds them."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from salon.accounts.models import Channel
from salon.messaging.twilio import is_service
from salon.notifications.channels import WHATSAPP_CARRIERS
from salon.notifications.providers import CONSOLE, NEEDS, PROVIDERS

_SENDER_LENGTH: Final = 11  # of an alphanumeric sender, by GSM 03.40


@register(Tags.security)
def check_provider(**_: Any) -> list[CheckMessage]:
    """NOTIFICATION_PROVIDER names a provider that exists and has its keys."""
    if settings.NOTIFICATION_PROVIDER in PROVIDERS:
        return [
            Error(
                f"{name} is empty, and {settings.NOTIFICATION_PROVIDER} cannot send without it.",
                id="notifications.E003",
            )
            for name in NEEDS.get(settings.NOTIFICATION_PROVIDER, ())
            if not getattr(settings, name)
        ]
    return [
        Error(
            f"NOTIFICATION_PROVIDER is “{settings.NOTIFICATION_PROVIDER}”, and there is no such provider.",
            hint=f"Choose one of: {', '.join(sorted(PROVIDERS))}.",
            id="notifications.E001",
        )
    ]


@register(Tags.security)
def check_channels(**_: Any) -> list[CheckMessage]:
    """NOTIFICATION_CHANNELS names ways that exist and that the provider can take."""
    unknown = [name for name in settings.NOTIFICATION_CHANNELS or [""] if name not in Channel.values]
    found: list[CheckMessage] = [
        Error(
            f"NOTIFICATION_CHANNELS says “{name}”, and there is no such way to a phone.",
            hint=f"Choose from: {', '.join(sorted(Channel.values))}; at least one.",
            id="notifications.E004",
        )
        for name in unknown
    ]
    whatsapp = Channel.WHATSAPP in settings.NOTIFICATION_CHANNELS
    if whatsapp and settings.NOTIFICATION_PROVIDER not in WHATSAPP_CARRIERS:
        found.append(
            Error(
                f"NOTIFICATION_CHANNELS says “whatsapp”, and {settings.NOTIFICATION_PROVIDER} takes no letters by it.",
                hint="WhatsApp takes letters only by approved templates, and there are none yet: "
                "set NOTIFICATION_CHANNELS=sms. Sign-in codes have their own, see OTP_CHANNELS.",
                id="notifications.E005",
            )
        )
    return found


@register(Tags.security, deploy=True)
def check_sender(**_: Any) -> list[CheckMessage]:
    """A sender's name is short enough for the operators; numbers and Twilio's messaging services are no names."""
    name = f"NOTIFICATION_{settings.NOTIFICATION_PROVIDER.upper()}_SENDER"
    sender = getattr(settings, name, "")
    if len(sender) <= _SENDER_LENGTH or sender.startswith("+"):
        return []
    if settings.NOTIFICATION_PROVIDER == "twilio" and is_service(sender):
        return []
    return [
        Error(
            f"{name} “{sender}” is longer than {_SENDER_LENGTH} characters.",
            hint="Operators cut or refuse longer names; register a shorter one.",
            id="notifications.E006",
        )
    ]


@register(Tags.security, deploy=True)
def check_console(**_: Any) -> list[CheckMessage]:
    """In production letters must reach phones, not the log."""
    if settings.NOTIFICATION_PROVIDER != CONSOLE:
        return []
    return [
        Error(
            "NOTIFICATION_PROVIDER is “console”: letters are written to the log and reach nobody.",
            hint="Set NOTIFICATION_PROVIDER to a provider that sends SMS, with its keys.",
            id="notifications.E002",
        )
    ]
