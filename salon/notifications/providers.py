"""Who carries letters to a phone. Chosen by NOTIFICATION_PROVIDER, apart from the provider of sign-in codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from salon.messaging.base import SmsClient
from salon.messaging.console import ConsoleSmsClient
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


PROVIDERS: Final[dict[str, Callable[[], SmsClient]]] = {CONSOLE: _console, "unifonic": _unifonic}

NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "unifonic": ("NOTIFICATION_UNIFONIC_APP_SID", "NOTIFICATION_UNIFONIC_SENDER"),
}
"""Settings without which a provider cannot send; `checks` asks for them."""


def provider() -> SmsClient:
    """The provider that NOTIFICATION_PROVIDER names. Raises ImproperlyConfigured for a name nobody knows."""
    try:
        build = PROVIDERS[settings.NOTIFICATION_PROVIDER]
    except KeyError:
        raise ImproperlyConfigured(f"NOTIFICATION_PROVIDER={settings.NOTIFICATION_PROVIDER!r} is not known.") from None
    return build()
