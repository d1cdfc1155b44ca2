"""Authentica: codes by SMS and WhatsApp (ours or theirs), their check, SMS letters, the balance. JSON both ways.

The facts are the vendor's OpenAPI file of 2026-09-19 and, for a code of our own and for `/send-sms`, its older
blueprint and guide: the newer file is silent on both, so ask the vendor before relying on them. What a wrong code is
answered with is documented nowhere; whatever does not say it is right does not let anyone in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from salon.messaging.base import Receipt, Verdict
from salon.messaging.wire import Reply, Wire, is_true

API_URL: Final = "https://api.authentica.sa/api/v2"

_VENDOR: Final = "authentica"
_SAYING: Final = ("status", "success", "verified", "valid", "result")


@dataclass(frozen=True, slots=True)
class AuthenticaAccount(Wire):
    """One application's key. It holds dollar signs: quote it in env files."""

    api_key: str = field(repr=False)
    api_url: str = field(default=API_URL, kw_only=True)

    def balance(self) -> int:
        """Credits that are left on the account. Raises WireError."""
        return self._ask("GET", "/balance", _balance, vendor=_VENDOR, headers=self._keys())

    def _keys(self) -> dict[str, str]:
        return {"X-Authorization": self.api_key}


@dataclass(frozen=True, slots=True)
class AuthenticaSmsClient(AuthenticaAccount):
    """SMS letters under a registered `sender` name."""

    sender: str

    def send(self, to: str, text: str) -> Receipt:
        """Send once. There is no message id in their answer."""
        asked = {"phone": to, "message": text, "sender_name": self.sender}
        return self._ask("POST", "/send-sms", _receipt, vendor=_VENDOR, to=to, json=asked, headers=self._keys())


@dataclass(frozen=True, slots=True)
class AuthenticaOtpClient(AuthenticaAccount):
    """Codes. Each template belongs to one channel and one language; the ids are in the vendor's portal."""

    sms_template: int
    whatsapp_template: int

    def send_code(self, to: str, *, code: str, channel: str) -> Receipt:
        """Send our own `code` (digits) by "sms" or "whatsapp", once. Raises WireError."""
        return self._start(to, channel, {"otp": code})

    def start(self, to: str, *, channel: str, language: str) -> Receipt:  # noqa: ARG002 - the template has its language
        """See `VerifyClient`."""
        return self._start(to, channel, {})

    def check(self, to: str, *, channel: str, code: str) -> Verdict:  # noqa: ARG002 - they find it by the number alone
        """See `VerifyClient`. They do not tell a spent code from a wrong one."""
        asked = {"phone": to, "otp": code}
        return self._ask("POST", "/verify-otp", _verdict, vendor=_VENDOR, to=to, json=asked, headers=self._keys())

    def _start(self, to: str, channel: str, extra: dict[str, str]) -> Receipt:
        template = self.whatsapp_template if channel == "whatsapp" else self.sms_template
        asked = {"method": channel, "phone": to, "template_id": template, **extra}
        return self._ask("POST", "/send-otp", _receipt, vendor=_VENDOR, to=to, json=asked, headers=self._keys())


def _receipt(reply: Reply) -> Receipt:
    if reply.accepted and is_true(reply.body.get("success")):
        return Receipt()
    raise reply.refusal()


def _verdict(reply: Reply) -> Verdict:
    """Right only if something says so and nothing says otherwise: `success` may only mean that they looked."""
    said = [place[name] for place in (reply.body, reply.part("data")) for name in _SAYING if name in place]
    if reply.accepted and True in said and all(word is True for word in said):
        return Verdict.CORRECT
    if reply.readable and reply.status in (200, 400, 422) and (False in said or reply.status != 200):
        return Verdict.WRONG
    raise reply.refusal()


def _balance(reply: Reply) -> int:
    value = reply.part("data").get("balance")
    if reply.accepted and is_true(reply.body.get("success")) and type(value) in (int, float):
        return int(value)
    raise reply.refusal()
