"""Twilio's Messages API: SMS and WhatsApp templates. Form-encoded, Basic auth, numbers as E.164.

The facts are Twilio's API reference (2010-04-01) and its error dictionary. Twilio asks not to build on single error
codes: they refine here what the HTTP status already says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from salon.messaging.base import Receipt
from salon.messaging.wire import Fault, Reply, Wire, reference

API_URL: Final = "https://api.twilio.com"

_FAULTS: Final[Mapping[str, Fault]] = {
    **dict.fromkeys(("21211", "21610", "21612", "21614", "21617"), Fault.MESSAGE),
    **dict.fromkeys(("30004", "30005", "30006", "30007"), Fault.MESSAGE),
    **dict.fromkeys(("63003", "63005", "63013", "63016", "63021", "63024", "63032"), Fault.MESSAGE),
    **dict.fromkeys(("10001", "20003", "20404", "30002"), Fault.ACCOUNT),
    **dict.fromkeys(("21212", "21408", "21606", "63007", "63010"), Fault.ACCOUNT),
    **dict.fromkeys(("20429", "21611", "30001", "30003", "30008", "63018", "63049"), Fault.MOMENT),
}
_REFUSED: Final = frozenset({"failed", "undelivered", "canceled"})


def is_service(sender: str) -> bool:
    """Whether `sender` is the id of a messaging service: MG and 32 digits, while a name has eleven letters at most."""
    return sender.startswith("MG") and len(sender) > 11


@dataclass(frozen=True, slots=True)
class _Account(Wire):
    """`sender` is a number, an alphanumeric name of at most eleven characters, or a messaging service (MG…)."""

    account_sid: str
    auth_token: str = field(repr=False)
    sender: str
    api_url: str = field(default=API_URL, kw_only=True)

    def _post(self, vendor: str, to: str, data: Mapping[str, str]) -> Receipt:
        path = f"/2010-04-01/Accounts/{quote(self.account_sid, safe='')}/Messages.json"
        auth = (self.account_sid, self.auth_token)
        return self._ask("POST", path, _receipt, vendor=vendor, to=to, data=data, auth=auth)

    def _from(self, prefix: str = "") -> dict[str, str]:
        if is_service(self.sender):
            return {"MessagingServiceSid": self.sender}
        return {"From": prefix + self.sender.removeprefix(prefix)}


@dataclass(frozen=True, slots=True)
class TwilioSmsClient(_Account):
    """`validity` is how many seconds (1 to 36,000) Twilio may keep a message it cannot send yet; None: its default."""

    validity: int | None = field(default=None, kw_only=True)

    def send(self, to: str, text: str) -> Receipt:
        """Send once. Raises WireError; one that was `sent` without an answer may have reached the phone."""
        kept = {} if self.validity is None else {"ValidityPeriod": str(self.validity)}
        return self._post("twilio", to, {"To": to, **self._from(), "Body": text, **kept})


@dataclass(frozen=True, slots=True)
class TwilioWhatsAppClient(_Account):
    """Content templates from a WhatsApp sender."""

    def send_template(
        self,
        to: str,
        *,
        template: str,
        language: str,  # noqa: ARG002 - the template has its own
        parameters: Sequence[str],
        button: str = "",
    ) -> Receipt:
        """See `WhatsAppClient`. `template` is a ContentSid (HX…), one for each language.

        A template of the authentication kind has one variable, the code: Twilio fills the text and the button from it.
        """
        values = list(parameters) or ([button] if button else [])
        variables = {str(number): value for number, value in enumerate(values, start=1)}
        filled = {"ContentVariables": json.dumps(variables)} if variables else {}
        data = {"To": f"whatsapp:{to}", **self._from("whatsapp:"), "ContentSid": template, **filled}
        return self._post("twilio whatsapp", to, data)


def _receipt(reply: Reply) -> Receipt:
    name, broken = reference(reply.body.get("sid")), reply.code("error_code")
    if reply.accepted and name and not broken and reply.text("status") not in _REFUSED:
        return Receipt(name)
    raise reply.refusal(reply.code("code") or broken, faults=_FAULTS)  # `code` in a refusal, `error_code` in a message
