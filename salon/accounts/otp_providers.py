"""Who carries the code to the phone. Chosen by OTP_PROVIDER, apart from the provider of notifications.

Two makes, chosen by OTP_MODE. local: our own code, the vendor only delivers it. delegated: the vendor makes, sends and
checks it; ours is empty and never compared. Every name of a setting is written once, in the line that uses it, and
once in NEEDS, from which `checks` tells what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

from django.conf import settings

from salon.accounts.otp_text import code_text
from salon.messaging.authentica import AuthenticaOtpClient
from salon.messaging.base import Verdict, VerifyClient, WireError
from salon.messaging.console import ConsoleSmsClient, ConsoleWhatsAppClient
from salon.messaging.twilio import TwilioSmsClient, TwilioWhatsAppClient
from salon.messaging.twilio_verify import TwilioVerifyClient
from salon.messaging.unifonic import UnifonicSmsClient
from salon.messaging.unifonic_authenticate import UnifonicVerifyClient
from salon.messaging.unifonic_whatsapp import UnifonicWhatsAppClient

PATIENCE: Final[dict[str, Any]] = {"timeout": (3.0, 5.0), "deadline": 5.0}
"""Seconds: somebody is waiting for the page, and a code that comes late is asked for again."""

WHATSAPP: Final = "whatsapp"


class OtpError(Exception):
    """The vendor did not do it. `permanent`: the same number will not work with this provider.

    `left` is False only when the request surely never left the building.
    """

    def __init__(self, *, permanent: bool, reason: str = "", left: bool = True) -> None:
        super().__init__(reason or ("permanent" if permanent else "temporary"))
        self.permanent = permanent
        self.left = left


@contextmanager
def _as_otp_errors() -> Iterator[None]:
    """A lost answer is a failure here, too: the guest presses "try again"."""
    try:
        yield
    except WireError as error:
        raise OtpError(permanent=error.permanent, reason=str(error), left=error.sent) from error
    except OSError as error:  # the inbox of the console provider
        raise OtpError(permanent=False, reason=type(error).__name__) from error


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

    def send_code(self, *, phone: str, code: str, language: str, channel: str = "sms") -> None:
        """Never reaches a phone."""
        text = code_text(code=code, language=language)
        with _as_otp_errors():
            if channel == WHATSAPP:
                client = ConsoleWhatsAppClient(settings.DEV_INBOX)
                client.send_template(phone, template="code", language=language, parameters=[text], button=code)
            else:
                ConsoleSmsClient(settings.DEV_INBOX).send(phone, text)


class UnifonicOtp:
    """Our own code as a service SMS or a WhatsApp template of the authentication kind."""

    def send_code(self, *, phone: str, code: str, language: str, channel: str = "sms") -> None:
        with _as_otp_errors():
            if channel == WHATSAPP:
                UnifonicWhatsAppClient(
                    public_id=settings.OTP_UNIFONIC_WHATSAPP_PUBLIC_ID,
                    secret=settings.OTP_UNIFONIC_WHATSAPP_SECRET,
                    api_url=settings.OTP_UNIFONIC_WHATSAPP_API_URL,
                    **PATIENCE,
                ).send_template(
                    phone,
                    template=settings.OTP_UNIFONIC_WHATSAPP_TEMPLATE,
                    language=language,
                    parameters=[code],
                    button=code,
                )
            else:
                UnifonicSmsClient(
                    app_sid=settings.OTP_UNIFONIC_APP_SID,
                    sender=settings.OTP_UNIFONIC_SENDER,
                    api_url=settings.OTP_UNIFONIC_API_URL,
                    **PATIENCE,
                ).send(phone, code_text(code=code, language=language))


class AuthenticaOtp:
    """Our own code in Authentica's words: each template belongs to one channel and one language."""

    def send_code(self, *, phone: str, code: str, language: str, channel: str = "sms") -> None:  # noqa: ARG002
        with _as_otp_errors():
            _authentica().send_code(phone, code=code, channel=channel)


class TwilioOtp:
    """Our own code as an SMS, or by a content template of WhatsApp, of which there is one for each language."""

    def send_code(self, *, phone: str, code: str, language: str, channel: str = "sms") -> None:
        keys = {"account_sid": settings.OTP_TWILIO_ACCOUNT_SID, "auth_token": settings.OTP_TWILIO_AUTH_TOKEN}
        keys["api_url"] = settings.OTP_TWILIO_API_URL
        arabic, english = settings.OTP_TWILIO_WHATSAPP_CONTENT_SID_AR, settings.OTP_TWILIO_WHATSAPP_CONTENT_SID_EN
        with _as_otp_errors():
            if channel == WHATSAPP:
                client = TwilioWhatsAppClient(sender=settings.OTP_TWILIO_WHATSAPP_SENDER, **keys, **PATIENCE)
                template = arabic if language == "ar" else english
                client.send_template(phone, template=template, language=language, parameters=[code], button=code)
            else:
                # Twilio must not keep a code that it cannot send for longer than the code lives.
                sms = TwilioSmsClient(
                    sender=settings.OTP_TWILIO_SENDER,
                    validity=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT,
                    **keys,
                    **PATIENCE,
                )
                sms.send(phone, code_text(code=code, language=language))


@dataclass(frozen=True, slots=True)
class Delegated:
    """A vendor that makes, sends and checks codes itself."""

    client: VerifyClient

    def send_code(self, *, phone: str, code: str, language: str, channel: str = "sms") -> None:  # noqa: ARG002
        """Ask the vendor for a code of its own; there is none of ours."""
        with _as_otp_errors():
            self.client.start(phone, channel=channel, language=language)

    def check_code(self, *, phone: str, code: str, channel: str) -> Verdict:
        with _as_otp_errors():
            return self.client.check(phone, channel=channel, code=code)


def _authentica() -> AuthenticaOtpClient:
    return AuthenticaOtpClient(
        api_key=settings.OTP_AUTHENTICA_API_KEY,
        sms_template=settings.OTP_AUTHENTICA_SMS_TEMPLATE_ID,
        whatsapp_template=settings.OTP_AUTHENTICA_WHATSAPP_TEMPLATE_ID,
        api_url=settings.OTP_AUTHENTICA_API_URL,
        **PATIENCE,
    )


def _unifonic_authenticate() -> UnifonicVerifyClient:
    return UnifonicVerifyClient(
        app_id=settings.OTP_UNIFONIC_AUTHENTICATE_APP_ID,
        token=settings.OTP_UNIFONIC_AUTHENTICATE_TOKEN,
        length=settings.ALLAUTH_USER_CODE_FORMAT["length"],
        api_url=settings.OTP_UNIFONIC_AUTHENTICATE_API_URL,
        **PATIENCE,
    )


def _twilio_verify() -> TwilioVerifyClient:
    return TwilioVerifyClient(
        account_sid=settings.OTP_TWILIO_ACCOUNT_SID,
        auth_token=settings.OTP_TWILIO_AUTH_TOKEN,
        service_sid=settings.OTP_TWILIO_VERIFY_SERVICE_SID,
        api_url=settings.OTP_TWILIO_VERIFY_API_URL,
        **PATIENCE,
    )


PROVIDERS: Final[dict[str, Callable[[], OtpProvider]]] = {
    "console": ConsoleOtp,
    "unifonic": UnifonicOtp,
    "authentica": AuthenticaOtp,
    "twilio": TwilioOtp,
}
VERIFIERS: Final[dict[str, Callable[[], OtpVerifier]]] = {
    "unifonic": lambda: Delegated(_unifonic_authenticate()),
    "authentica": lambda: Delegated(_authentica()),
    "twilio": lambda: Delegated(_twilio_verify()),
}

_TWILIO: Final = ("OTP_TWILIO_ACCOUNT_SID", "OTP_TWILIO_AUTH_TOKEN")
_AUTHENTICATE: Final = ("OTP_UNIFONIC_AUTHENTICATE_APP_ID", "OTP_UNIFONIC_AUTHENTICATE_TOKEN")
_CONTENT: Final = ("OTP_TWILIO_WHATSAPP_CONTENT_SID_AR", "OTP_TWILIO_WHATSAPP_CONTENT_SID_EN")

NEEDS: Final[dict[tuple[str, str, str], tuple[str, ...]]] = {
    ("unifonic", "local", "sms"): ("OTP_UNIFONIC_APP_SID", "OTP_UNIFONIC_SENDER"),
    ("unifonic", "local", "whatsapp"): (
        "OTP_UNIFONIC_WHATSAPP_PUBLIC_ID",
        "OTP_UNIFONIC_WHATSAPP_SECRET",
        "OTP_UNIFONIC_WHATSAPP_TEMPLATE",
    ),
    ("unifonic", "delegated", "sms"): _AUTHENTICATE,
    ("unifonic", "delegated", "whatsapp"): _AUTHENTICATE,
    ("authentica", "local", "sms"): ("OTP_AUTHENTICA_API_KEY", "OTP_AUTHENTICA_SMS_TEMPLATE_ID"),
    ("authentica", "local", "whatsapp"): ("OTP_AUTHENTICA_API_KEY", "OTP_AUTHENTICA_WHATSAPP_TEMPLATE_ID"),
    ("authentica", "delegated", "sms"): ("OTP_AUTHENTICA_API_KEY", "OTP_AUTHENTICA_SMS_TEMPLATE_ID"),
    ("authentica", "delegated", "whatsapp"): ("OTP_AUTHENTICA_API_KEY", "OTP_AUTHENTICA_WHATSAPP_TEMPLATE_ID"),
    ("twilio", "local", "sms"): (*_TWILIO, "OTP_TWILIO_SENDER"),
    ("twilio", "local", "whatsapp"): (*_TWILIO, "OTP_TWILIO_WHATSAPP_SENDER", *_CONTENT),
    ("twilio", "delegated", "sms"): (*_TWILIO, "OTP_TWILIO_VERIFY_SERVICE_SID"),
    ("twilio", "delegated", "whatsapp"): (*_TWILIO, "OTP_TWILIO_VERIFY_SERVICE_SID"),
}
"""Settings without which a (provider, mode, channel) cannot send."""


def delegated() -> bool:
    """Whether the vendor makes and checks the codes (OTP_MODE)."""
    return settings.OTP_MODE == "delegated"


def otp_provider() -> OtpProvider:
    """The provider named by OTP_PROVIDER. An unknown name is caught by `manage.py check` before it gets here."""
    return otp_verifier() if delegated() else PROVIDERS[settings.OTP_PROVIDER]()


def otp_verifier() -> OtpVerifier:
    """The same for codes that the vendor makes and checks."""
    return VERIFIERS[settings.OTP_PROVIDER]()
