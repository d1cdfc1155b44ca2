"""Unifonic's SMS REST call: form-encoded, numbers as bare digits, and a failure may come as HTTP 200.

The facts are Unifonic's own OpenAPI files (SMS, `POST /rest/SMS/messages`). `MessageType` 3 is the Saudi class for
service messages, which may be sent at any hour.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from salon.messaging.base import Receipt
from salon.messaging.wire import Fault, Reply, Wire, is_true, reference

API_URL: Final = "https://el.cloud.unifonic.com"

_SERVICE: Final = "3"
_DUPLICATE: Final = "ER-09"  # the same text to the same number a moment ago: it is on its way
_FAULTS: Final = {
    "ER-01": Fault.ACCOUNT,  # no funds, or no rate
    "ER-02": Fault.MESSAGE,
    "ER-03": Fault.MESSAGE,
    "ER-04": Fault.MESSAGE,
    "ER-05": Fault.MESSAGE,
    "ER-06": Fault.MESSAGE,
    "ER-07": Fault.MESSAGE,
    "ER-08": Fault.ACCOUNT,  # the sender is not registered
    # Their own HTTP statuses beside the usual ones.
    "HTTP 440": Fault.ACCOUNT,  # sender not allowed
    "HTTP 480": Fault.ACCOUNT,
    "HTTP 499": Fault.ACCOUNT,  # the app is not set up
}


@dataclass(frozen=True, slots=True)
class UnifonicSmsClient(Wire):
    """One app of one account. `sender` is a name registered for all operators, at most eleven characters."""

    app_sid: str = field(repr=False)
    sender: str
    api_url: str = field(default=API_URL, kw_only=True)

    def send(self, to: str, text: str) -> Receipt:
        """Send once. Raises WireError; one that was `sent` without an answer may have reached the phone."""
        return self._ask(
            "POST",
            "/rest/SMS/messages",
            _receipt,
            vendor="unifonic",
            to=to,
            data={
                "AppSid": self.app_sid,  # in the body: an address would put it into logs
                "Recipient": to.removeprefix("+"),
                "Body": text,
                "SenderID": self.sender,
                "MessageType": _SERVICE,
                "responseType": "JSON",
            },
        )


def _receipt(reply: Reply) -> Receipt:
    code, name = reply.code("errorCode"), reference(reply.part("data").get("MessageID"))
    if reply.accepted and is_true(reply.body.get("success")):
        return Receipt(name)
    if reply.readable and (code == _DUPLICATE or reply.status == 409):
        return Receipt(name)
    raise reply.refusal(code, faults=_FAULTS)
