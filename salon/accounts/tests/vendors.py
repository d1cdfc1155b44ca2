"""Every way a code can take to a phone: the stand-in at its end, the keys it knows, and where it shows the code."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from salon.messaging.tests.authentica_server import authentica_server
from salon.messaging.tests.stand_in import Vendor
from salon.messaging.tests.twilio_server import twilio_server, twilio_verify_server
from salon.messaging.tests.unifonic_server import (
    unifonic_authenticate_server,
    unifonic_server,
    unifonic_whatsapp_server,
)


def _in_text(field: str) -> Callable[[Vendor, str], str]:
    return lambda vendor, _phone: re.findall(r"\d{6}", str(vendor.asked[-1][field]))[0]


def _of_vendor(vendor: Any, phone: str) -> str:
    return vendor.codes[phone]


@dataclass(frozen=True)
class Way:
    """A provider, a mode and a channel. `check` is where the vendor checks codes, "" when they are ours."""

    provider: str
    mode: str
    channel: str
    server: Callable[..., AbstractContextManager[Any]]
    url: str
    keys: dict[str, Any]
    known: str
    code: Callable[[Any, str], str]
    check: str = ""

    def __str__(self) -> str:
        return f"{self.provider}-{self.mode}-{self.channel}"

    @contextmanager
    def open(self, settings: Any) -> Iterator[Any]:
        """The stand-in, and a site whose settings lead there."""
        with self.server(self.known) as vendor:
            settings.OTP_PROVIDER, settings.OTP_MODE, settings.OTP_CHANNELS = self.provider, self.mode, [self.channel]
            setattr(settings, self.url, vendor.url)
            for name, value in self.keys.items():
                setattr(settings, name, value)
            yield vendor


_UNIFONIC_SMS = {"OTP_UNIFONIC_APP_SID": "codes-app", "OTP_UNIFONIC_SENDER": "CODES"}
_UNIFONIC_WHATSAPP = {
    "OTP_UNIFONIC_WHATSAPP_PUBLIC_ID": "codes-id",
    "OTP_UNIFONIC_WHATSAPP_SECRET": "codes-secret",
    "OTP_UNIFONIC_WHATSAPP_TEMPLATE": "salon_code",
}
_AUTHENTICATE = {"OTP_UNIFONIC_AUTHENTICATE_APP_ID": "codes-app", "OTP_UNIFONIC_AUTHENTICATE_TOKEN": "codes-token"}
_AUTHENTICA = {
    "OTP_AUTHENTICA_API_KEY": "$2y$codes",
    "OTP_AUTHENTICA_SMS_TEMPLATE_ID": 1,
    "OTP_AUTHENTICA_WHATSAPP_TEMPLATE_ID": 5,
}
_ACCOUNT = {"OTP_TWILIO_ACCOUNT_SID": "AC0", "OTP_TWILIO_AUTH_TOKEN": "codes-token"}
_TWILIO_SMS = {**_ACCOUNT, "OTP_TWILIO_SENDER": "CODES"}
_TWILIO_WHATSAPP = {
    **_ACCOUNT,
    "OTP_TWILIO_WHATSAPP_SENDER": "+14155238886",
    "OTP_TWILIO_WHATSAPP_CONTENT_SID_AR": "HXar",
    "OTP_TWILIO_WHATSAPP_CONTENT_SID_EN": "HXen",
}
_VERIFY = {**_ACCOUNT, "OTP_TWILIO_VERIFY_SERVICE_SID": "VA0"}


def _template_code(vendor: Vendor, _phone: str) -> str:
    return vendor.asked[-1]["content"]["components"][0]["parameters"][0]["text"]


def _variable(vendor: Vendor, _phone: str) -> str:
    return json.loads(vendor.asked[-1]["ContentVariables"])["1"]


WAYS = [
    Way(
        "unifonic", "local", "sms", unifonic_server,
        "OTP_UNIFONIC_API_URL", _UNIFONIC_SMS, "codes-app", _in_text("Body"),
    ),
    Way(
        "unifonic", "local", "whatsapp", unifonic_whatsapp_server,
        "OTP_UNIFONIC_WHATSAPP_API_URL", _UNIFONIC_WHATSAPP, "codes-id:codes-secret", _template_code,
    ),
    *(
        Way(
            "unifonic", "delegated", channel, unifonic_authenticate_server,
            "OTP_UNIFONIC_AUTHENTICATE_API_URL", _AUTHENTICATE, "codes-app:codes-token", _of_vendor,
            check="/verifications/check",
        )
        for channel in ("sms", "whatsapp")
    ),
    *(
        Way(
            "authentica", mode, channel, authentica_server,
            "OTP_AUTHENTICA_API_URL", _AUTHENTICA, "$2y$codes", _of_vendor,
            check="/verify-otp" if mode == "delegated" else "",
        )
        for mode in ("local", "delegated")
        for channel in ("sms", "whatsapp")
    ),
    Way(
        "twilio", "local", "sms", twilio_server,
        "OTP_TWILIO_API_URL", _TWILIO_SMS, "AC0:codes-token", _in_text("Body"),
    ),
    Way(
        "twilio", "local", "whatsapp", twilio_server,
        "OTP_TWILIO_API_URL", _TWILIO_WHATSAPP, "AC0:codes-token", _variable,
    ),
    *(
        Way(
            "twilio", "delegated", channel, twilio_verify_server,
            "OTP_TWILIO_VERIFY_API_URL", _VERIFY, "AC0:codes-token", _of_vendor,
            check="/VerificationCheck",
        )
        for channel in ("sms", "whatsapp")
    ),
]  # fmt: skip
DELEGATED = [way for way in WAYS if way.check]
