"""Twilio Verify v2: Twilio makes, sends and checks the code. Form-encoded, Basic auth, numbers as E.164."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar
from urllib.parse import quote

from salon.messaging.base import Receipt, Verdict
from salon.messaging.wire import Fault, Reply, Wire, reference, same_number

API_URL: Final = "https://verify.twilio.com"

_T = TypeVar("_T")
_SPENT: Final = frozenset({"canceled", "max_attempts_reached", "expired", "deleted", "failed"})
_MAX_CHECKS: Final = "60202"
_NOT_FOUND: Final = "20404"
_FAULTS: Final[Mapping[str, Fault]] = {
    "10001": Fault.ACCOUNT,
    "20003": Fault.ACCOUNT,
    "20404": Fault.ACCOUNT,  # the service
    "60200": Fault.MESSAGE,  # a parameter: the number, as we send the others ourselves
    "60203": Fault.MOMENT,  # five codes to one number within ten minutes
    "68008": Fault.ACCOUNT,  # the service has no WhatsApp sender
    "20429": Fault.MOMENT,
}


@dataclass(frozen=True, slots=True)
class TwilioVerifyClient(Wire):
    """One Verify service (VA…). How long a code is and how long it lives is set in Twilio's console."""

    account_sid: str
    auth_token: str = field(repr=False)
    service_sid: str
    api_url: str = field(default=API_URL, kw_only=True)

    def start(self, to: str, *, channel: str, language: str) -> Receipt:
        """See `VerifyClient`."""
        return self._post("Verifications", to, {"To": to, "Channel": channel, "Locale": language}, _receipt)

    def check(self, to: str, *, channel: str, code: str) -> Verdict:  # noqa: ARG002 - they find it by the number alone
        """See `VerifyClient`."""
        return self._post("VerificationCheck", to, {"To": to, "Code": code}, lambda reply: _verdict(reply, to))

    def _post(self, action: str, to: str, data: Mapping[str, str], read: Callable[[Reply], _T]) -> _T:
        path = f"/v2/Services/{quote(self.service_sid, safe='')}/{action}"
        auth = (self.account_sid, self.auth_token)
        return self._ask("POST", path, read, vendor="twilio verify", to=to, data=data, auth=auth)


def _receipt(reply: Reply) -> Receipt:
    name = reference(reply.body.get("sid"))
    if reply.accepted and name and reply.text("status") == "pending":
        return Receipt(name)
    raise reply.refusal(reply.code("code"), faults=_FAULTS)


def _verdict(reply: Reply, to: str) -> Verdict:
    code, status = reply.code("code"), reply.text("status")
    if code == _MAX_CHECKS or (reply.status == 404 and code == _NOT_FOUND):  # tried too often; used, late or never sent
        return Verdict.SPENT
    if reply.accepted and same_number(reply.body.get("to"), to):
        if status == "approved":
            return Verdict.CORRECT
        if status == "pending":
            return Verdict.WRONG
        if status in _SPENT:
            return Verdict.SPENT
    raise reply.refusal(code, faults=_FAULTS)
