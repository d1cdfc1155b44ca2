"""Unifonic's SMS REST call: form-encoded, numbers as bare digits, and a failure may come as HTTP 200.

The facts are Unifonic's own OpenAPI files (SMS, `POST /rest/SMS/messages`). `MessageType` 3 is the Saudi class for
service messages, which may be sent at any hour.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from salon.core import http
from salon.messaging.base import Receipt, WireError

API_URL: Final = "https://el.cloud.unifonic.com"

# The number or the text will not do, however often it is tried.
_PERMANENT_CODES: Final = frozenset({"ER-02", "ER-03", "ER-04", "ER-05", "ER-06", "ER-07", "ER-08"})
_DUPLICATE: Final = "ER-09"  # the same text to the same number a moment ago: it is on its way
_SERVICE: Final = "3"
_RETRY_STATUSES: Final = frozenset({408, 429, 599})


@dataclass(frozen=True, slots=True)
class UnifonicSmsClient:
    """One app of one account. `sender` is a name registered for all operators, at most eleven characters.

    `timeout` is (connect, silence) and `deadline` the whole, in seconds.
    """

    app_sid: str = field(repr=False)
    sender: str
    api_url: str = API_URL
    timeout: tuple[float, float] = http.TIMEOUT
    deadline: float = http.DEADLINE

    def send(self, to: str, text: str) -> Receipt:
        """Send once. Raises WireError; one with code "timeout" or "reset" may have been sent all the same."""
        try:
            answer = http.send(
                "POST",
                f"{self.api_url.rstrip('/')}/rest/SMS/messages",
                data={
                    "AppSid": self.app_sid,  # in the body: an address would put it into logs
                    "Recipient": to.removeprefix("+"),
                    "Body": text,
                    "SenderID": self.sender,
                    "MessageType": _SERVICE,
                    "responseType": "JSON",
                },
                headers={"Accept": "application/json"},
                timeout=self.timeout,
                deadline=self.deadline,
            )
        except http.HttpError as error:
            raise WireError(permanent=False, code=error.kind) from error
        try:
            body = answer.json()
        except http.BadJson:
            body = None
        return _receipt(answer.status, body if isinstance(body, dict) else {})


def _receipt(status: int, body: dict[str, Any]) -> Receipt:
    code, words = str(body.get("errorCode") or ""), str(body.get("message") or "")[:200]
    data = body.get("data")
    reference = str(data.get("MessageID") or "") if isinstance(data, dict) else ""
    if code == _DUPLICATE:
        return Receipt(reference)
    if status == 200 and str(body.get("success")).lower() == "true":
        return Receipt(reference)
    if status == 200:
        raise WireError(permanent=code in _PERMANENT_CODES, code=code or "no success", vendor_message=words)
    # Their own statuses run up to 546 and mean a bad request; beyond that, and 500 to 504, they are in trouble.
    temporary = status in _RETRY_STATUSES or 500 <= status <= 504 or status > 546
    raise WireError(permanent=not temporary, code=code or f"HTTP {status}", vendor_message=words)
