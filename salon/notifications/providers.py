"""Who carries letters to a phone. Chosen by NOTIFICATION_PROVIDER, apart from the provider of sign-in codes.

Each vendor has settings of its own, NOTIFICATION_<VENDOR>_<KEY>: letters may go by another vendor than codes, or by the
same one from another account and under another name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from salon.messaging.authentica import AuthenticaSmsClient
from salon.messaging.base import SmsClient
from salon.messaging.console import ConsoleSmsClient
from salon.messaging.twilio import TwilioSmsClient
from salon.messaging.unifonic import UnifonicSmsClient

CONSOLE: Final = "console"


def _console() -> SmsClient:
    """Never reaches a phone: one line in the log and, in development, a letter in the inbox on the screen."""
    return ConsoleSmsClient(settings.DEV_INBOX)


def _unifonic() -> SmsClient:
    return UnifonicSmsClient(
        app_sid=settings.NOTIFICATION_UNIFONIC_APP_SID,
        sender=settings.NOTIFICATION_UNIFONIC_SENDER,
        api_url=settings.NOTIFICATION_UNIFONIC_API_URL,
    )


def _authentica() -> SmsClient:
    return AuthenticaSmsClient(
        api_key=settings.NOTIFICATION_AUTHENTICA_API_KEY,
        sender=settings.NOTIFICATION_AUTHENTICA_SENDER,
        api_url=settings.NOTIFICATION_AUTHENTICA_API_URL,
    )


def _twilio() -> SmsClient:
    return TwilioSmsClient(
        account_sid=settings.NOTIFICATION_TWILIO_ACCOUNT_SID,
        auth_token=settings.NOTIFICATION_TWILIO_AUTH_TOKEN,
        sender=settings.NOTIFICATION_TWILIO_SENDER,
        api_url=settings.NOTIFICATION_TWILIO_API_URL,
    )


PROVIDERS: Final[dict[str, Callable[[], SmsClient]]] = {
    CONSOLE: _console,
    "unifonic": _unifonic,
    "authentica": _authentica,
    "twilio": _twilio,
}

NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "unifonic": ("NOTIFICATION_UNIFONIC_APP_SID", "NOTIFICATION_UNIFONIC_SENDER"),
    "authentica": ("NOTIFICATION_AUTHENTICA_API_KEY", "NOTIFICATION_AUTHENTICA_SENDER"),
    "twilio": (
        "NOTIFICATION_TWILIO_ACCOUNT_SID",
        "NOTIFICATION_TWILIO_AUTH_TOKEN",
        "NOTIFICATION_TWILIO_SENDER",
    ),
}
"""Settings without which a provider cannot send; `checks` asks for them."""


def provider() -> SmsClient:
    """The provider that NOTIFICATION_PROVIDER names. Raises ImproperlyConfigured for a name nobody knows."""
    try:
        build = PROVIDERS[settings.NOTIFICATION_PROVIDER]
    except KeyError:
        raise ImproperlyConfigured(f"NOTIFICATION_PROVIDER={settings.NOTIFICATION_PROVIDER!r} is not known.") from None
    return build()
