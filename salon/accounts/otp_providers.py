"""Who carries the code to the phone. Chosen by OTP_PROVIDER, apart from the provider of notifications."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from django.conf import settings

from salon.accounts.otp_text import code_text
from salon.core.http import HttpError
from salon.messaging.base import Verdict, WireError
from salon.messaging.console import ConsoleSmsClient
from salon.messaging.unifonic import UnifonicSmsClient

TIMEOUT: Final = (3.0, 5.0)
DEADLINE: Final = 5.0
"""Seconds: somebody is waiting for the page, and a code that comes late is asked for again."""


class OtpError(Exception):
    """The vendor did not do it. `permanent`: the same number will not work with this provider.

    `left` is False only when the request surely never left the building.
    """

    def __init__(self, *, permanent: bool, reason: str = "", left: bool = True) -> None:
        super().__init__(reason or ("permanent" if permanent else "temporary"))
        self.permanent = permanent
        self.left = left

    @classmethod
    def of(cls, error: WireError) -> OtpError:
        cause = error.__cause__
        return cls(
            permanent=error.permanent, reason=str(error), left=not (isinstance(cause, HttpError) and not cause.sent)
        )


class OtpProvider(Protocol):
    """Sends one code, once; never retries by itself."""

    def send_code(self, *, phone: str, code: str, language: str, channel: str = "sms") -> None:
        """Send `code` to the E.164 `phone` in `language` ("ar" or "en"), within five seconds. Raises OtpError."""
        ...


class OtpVerifier(OtpProvider, Protocol):
    """A provider that makes its own codes, ignores ours, and says itself whether one is right."""

    def check_code(self, *, phone: str, code: str, channel: str) -> Verdict:
        """Within five seconds. Raises OtpError when it could not be told."""
        ...


class ConsoleOtp:
    """Writes the message to the log and, in development, to the inbox on the screen."""

    def send_code(self, *, phone: str, code: str, language: str, channel: str = "sms") -> None:  # noqa: ARG002
        """Never reaches a phone."""
        try:
            ConsoleSmsClient(settings.DEV_INBOX).send(phone, code_text(code=code, language=language))
        except (OSError, WireError) as error:
            raise OtpError(permanent=False, reason=type(error).__name__) from error


class UnifonicOtp:
    """Our own code, delivered by Unifonic as a service message, with keys of its own beside those of letters."""

    def send_code(self, *, phone: str, code: str, language: str, channel: str = "sms") -> None:  # noqa: ARG002
        """One SMS. A lost answer is a failure here: the guest presses "try again"."""
        client = UnifonicSmsClient(
            app_sid=settings.OTP_UNIFONIC_APP_SID,
            sender=settings.OTP_UNIFONIC_SENDER,
            api_url=settings.OTP_UNIFONIC_API_URL,
            timeout=TIMEOUT,
            deadline=DEADLINE,
        )
        try:
            client.send(phone, code_text(code=code, language=language))
        except WireError as error:
            raise OtpError.of(error) from error


PROVIDERS: Final[dict[str, Callable[[], OtpProvider]]] = {"console": ConsoleOtp, "unifonic": UnifonicOtp}
VERIFIERS: Final[dict[str, Callable[[], OtpVerifier]]] = {}

NEEDS: Final[dict[str, tuple[str, ...]]] = {"unifonic": ("OTP_UNIFONIC_APP_SID", "OTP_UNIFONIC_SENDER")}
"""Settings without which a provider cannot send; `checks` asks for them."""


def delegated() -> bool:
    """Whether the vendor makes and checks the codes (OTP_MODE)."""
    return settings.OTP_MODE == "delegated"


def otp_provider() -> OtpProvider:
    """The provider named by OTP_PROVIDER. An unknown name is caught by `manage.py check` before it gets here."""
    return otp_verifier() if delegated() else PROVIDERS[settings.OTP_PROVIDER]()


def otp_verifier() -> OtpVerifier:
    """The same for codes that the vendor makes and checks."""
    return VERIFIERS[settings.OTP_PROVIDER]()
