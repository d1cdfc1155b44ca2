"""Who carries the code to the phone. Chosen by OTP_PROVIDER, apart from the provider of notifications."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from django.conf import settings

from salon.accounts.otp_text import code_text
from salon.messaging.base import WireError
from salon.messaging.console import ConsoleSmsClient
from salon.messaging.unifonic import UnifonicSmsClient


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


class UnifonicOtp:
    """Our own code, delivered by Unifonic as a service message, with keys of its own beside those of letters."""

    TIMEOUT: Final = (3.0, 5.0)
    DEADLINE: Final = 5.0
    """Seconds: somebody is waiting for the page, and a code that comes late is asked for again."""

    def send_code(self, *, phone: str, code: str, language: str) -> None:
        """One SMS. A lost answer is a failure here: the guest presses "try again"."""
        client = UnifonicSmsClient(
            app_sid=settings.OTP_UNIFONIC_APP_SID,
            sender=settings.OTP_UNIFONIC_SENDER,
            api_url=settings.OTP_UNIFONIC_API_URL,
            timeout=self.TIMEOUT,
            deadline=self.DEADLINE,
        )
        try:
            client.send(phone, code_text(code=code, language=language))
        except WireError as error:
            raise OtpError(permanent=error.permanent, reason=str(error)) from error


PROVIDERS: Final[dict[str, Callable[[], OtpProvider]]] = {"console": ConsoleOtp, "unifonic": UnifonicOtp}

NEEDS: Final[dict[str, tuple[str, ...]]] = {"unifonic": ("OTP_UNIFONIC_APP_SID", "OTP_UNIFONIC_SENDER")}
"""Settings without which a provider cannot send; `checks` asks for them."""


def otp_provider() -> OtpProvider:
    """The provider named by OTP_PROVIDER. An unknown name is caught by `manage.py check` before it gets here."""
    return PROVIDERS[settings.OTP_PROVIDER]()
