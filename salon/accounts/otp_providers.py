"""Who carries the code to the phone. Chosen by OTP_PROVIDER, apart from the provider of notifications."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from django.conf import settings

from salon.accounts.otp_text import code_text
from salon.messaging.base import WireError
from salon.messaging.console import ConsoleSmsClient


class OtpError(Exception):
    """The code was not accepted for sending. `permanent`: the same number will not work with this provider."""

    def __init__(self, *, permanent: bool, reason: str = "") -> None:
        super().__init__(reason or ("permanent" if permanent else "temporary"))
        self.permanent = permanent


class OtpProvider(Protocol):
    """Sends one code, once; never retries by itself."""

    def send_code(self, *, phone: str, code: str, language: str) -> None:
        """Send `code` to the E.164 `phone` in `language` ("ar" or "en"), within five seconds. Raises OtpError."""
        ...


class ConsoleOtp:
    """Writes the message to the log and, in development, to the inbox on the screen."""

    def send_code(self, *, phone: str, code: str, language: str) -> None:
        """Never reaches a phone."""
        try:
            ConsoleSmsClient(settings.DEV_INBOX).send(phone, code_text(code=code, language=language))
        except (OSError, WireError) as error:
            raise OtpError(permanent=False, reason=type(error).__name__) from error


PROVIDERS: Final[dict[str, Callable[[], OtpProvider]]] = {"console": ConsoleOtp}


def otp_provider() -> OtpProvider:
    """The provider named by OTP_PROVIDER. An unknown name is caught by `manage.py check` before it gets here."""
    return PROVIDERS[settings.OTP_PROVIDER]()
