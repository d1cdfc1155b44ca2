"""Unifonic Authenticate: Unifonic makes, sends and checks the code. Form-encoded, numbers with their plus.

The facts are Unifonic's own OpenAPI file (Authenticate 2.0.0).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from salon.messaging.base import Receipt, Verdict
from salon.messaging.wire import Reply, Wire, reference, same_number

API_URL: Final = "https://authenticate.cloud.api.unifonic.com/services/api/v2"

_VENDOR: Final = "unifonic authenticate"
_CORRECT: Final = "101"
_WRONG: Final = "107"
_SPENT: Final = frozenset({"108", "109", "110"})  # too many tries, too late, verified before


@dataclass(frozen=True, slots=True)
class UnifonicVerifyClient(Wire):
    """One Authenticate app. `length` is how many digits its codes are to have."""

    app_id: str = field(repr=False)
    token: str = field(repr=False)
    length: int = field(default=6, kw_only=True)
    api_url: str = field(default=API_URL, kw_only=True)

    def start(self, to: str, *, channel: str, language: str) -> Receipt:
        """See `VerifyClient`."""
        data = {"to": to, "channel": channel, "locale": language, "length": str(self.length)}
        return self._ask(
            "POST", "/verifications/start", _receipt, vendor=_VENDOR, to=to, data=data, headers=self._keys()
        )

    def check(self, to: str, *, channel: str, code: str) -> Verdict:
        """See `VerifyClient`."""
        data = {"to": to, "channel": channel, "code": code}

        def read(reply: Reply) -> Verdict:
            return _verdict(reply, to)

        return self._ask("POST", "/verifications/check", read, vendor=_VENDOR, to=to, data=data, headers=self._keys())

    def _keys(self) -> dict[str, str]:
        return {"x-authenticate-app-id": self.app_id, "Authorization": f"Bearer {self.token}"}


def _receipt(reply: Reply) -> Receipt:
    name, code = reference(reply.body.get("id")), reply.code("error_code")
    if reply.accepted and name and code in ("", "0", _CORRECT):
        return Receipt(name)
    raise reply.refusal(code)


def _verdict(reply: Reply, to: str) -> Verdict:
    code, said = reply.code("error_code"), reply.text("response_status")
    if code in _SPENT:
        return Verdict.SPENT
    if code == _WRONG or (said == "incorrect" and code in ("", "0")):
        return Verdict.WRONG
    right = said == "correct" and code in ("", "0", _CORRECT) and same_number(reply.body.get("to"), to)
    if reply.accepted and right:
        return Verdict.CORRECT
    raise reply.refusal(code)
