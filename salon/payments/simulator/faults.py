"""Things that go wrong between two computers, on demand.

A fault waits for its operation and is used up by it. Some come before the operation is done (then nothing happened),
some after (it happened and the answer is lost or spoiled): `applied` overrides which.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass

OPERATIONS = frozenset(
    (
        *("create_invoice", "fetch_invoice", "list_invoices", "update_invoice", "cancel_invoice"),
        *("create", "otp", "fetch", "list", "update", "capture", "void", "refund"),
        "webhook",
    )
)
"""What can go wrong. `webhook` is what we send, all others are what we are asked."""

REPLIES: dict[str, tuple[int, str, bytes]] = {
    "400": (400, "application/json", b'{"type":"invalid_request_error","message":"Bad request","errors":null}'),
    "404": (404, "application/json", b'{"type":"api_error","message":"Object not found","errors":null}'),
    "409": (409, "application/json", b'{"type":"api_error","message":"Conflict","errors":null}'),
    "used_given_id": (400, "application/json", b'{"type":"used_given_id","message":"Used","errors":null}'),
    "429": (429, "application/json", b'{"type":"rate_limit_error","message":"Too many requests","errors":null}'),
    "401": (401, "application/json", b'{"type":"authentication_error","message":"Invalid credentials","errors":null}'),
    "403": (403, "application/json", b'{"type":"authentication_error","message":"Forbidden","errors":null}'),
    "405": (405, "application/json", b'{"type":"account_inactive_error","message":"Not active","errors":null}'),
    "500": (500, "application/json", b'{"type":"api_error","message":"Something went wrong","errors":null}'),
    "502": (502, "text/html", b"<html><body>502 Bad Gateway</body></html>"),
    "503": (503, "application/json", b'{"type":"api_error","message":"Under maintenance","errors":null}'),
    "html403": (403, "text/html", b"<html><body>error code: 1010</body></html>"),
    "html404": (404, "text/html", b"<html><body>not found</body></html>"),
    "redirect": (302, "text/html", b""),
    "html200": (200, "text/html", b"<html><body>Welcome</body></html>"),
    "empty": (200, "application/json", b""),
    "array": (200, "application/json", b"[]"),
    "null": (200, "application/json", b"null"),
    "not_utf8": (200, "application/json", b'{"id":"\xff\xfe"}'),
    "deep": (200, "application/json", b'{"a":' * 50_000),
    "huge": (200, "application/json", b'{"a":"' + b"x" * (2 * 1024 * 1024) + b'"}'),
}
"""Answers that stand in for the real one, whole."""

NOT_APPLIED = frozenset(
    {
        *("400", "401", "403", "404", "405", "409", "429", "used_given_id"),
        *("500", "502", "503", "html403", "html404", "redirect", "hang_up"),
    }
)
"""Kinds that by default stop the operation from happening at all."""

BROKEN = frozenset({"timeout", "reset", "reset_mid_body", "hang_up", "truncated", "drip"})
"""Kinds in which no whole HTTP answer is sent."""

SPOILED = frozenset(
    {
        "nan",
        "wrong_amount",
        "wrong_currency",
        "wrong_id",
        "wrong_metadata",
        "unknown_status",
        "float_amount",
        "no_status",
        "no_amount",
        "no_currency",
        "no_id",
        "unmoved",
    }
)
"""Kinds that change one thing in an otherwise true answer; `unmoved` tells it as if no money had moved."""

OF_WEBHOOKS = frozenset({"wrong_live", "wrong_secret", "misspelt", "lost", "twice"})
"""Kinds for the operation `webhook`, and only for it."""

KINDS = frozenset(REPLIES) | BROKEN | SPOILED | OF_WEBHOOKS

_STILL = (
    (r'"refunded":[0-9]+', '"refunded":0'),
    (r'"captured":[0-9]+', '"captured":0'),
    (r'"voided_at":"[^"]*"', '"voided_at":null'),
    (r'"status":"(captured|voided|refunded|canceled)"', '"status":"initiated"'),
)


@dataclass(slots=True)
class Fault:
    """One fault in waiting. `seconds` is how long a `timeout` or a `drip` lasts."""

    operation: str
    kind: str
    times: int
    applied: bool
    seconds: float

    def reply(self) -> tuple[int, str, bytes] | None:
        return REPLIES.get(self.kind)

    def spoil(self, status: int, body: bytes) -> bytes:
        """The true answer with one thing wrong. Errors are left as they are."""
        if status >= 300 or self.kind not in SPOILED:
            return body
        text = body.decode()
        if self.kind == "unmoved":
            for pattern, still in _STILL:
                text = re.sub(pattern, still, text)
            return text.encode()
        for old, new in _spoils(self.kind):
            if old not in text:
                raise AssertionError(f"{self.kind}: nothing to spoil in {text[:200]}")
            text = text.replace(old, new, 1)
        return text.encode()


def _spoils(kind: str) -> tuple[tuple[str, str], ...]:
    return {
        "nan": (('"amount":', '"amount":NaN,"was":'),),
        "wrong_amount": (('"amount":', '"amount":1'),),  # a digit in front: ten times and more
        "wrong_currency": (('"currency":"SAR"', '"currency":"USD"'),),
        "wrong_id": (('"id":"', '"id":"0'),),
        "wrong_metadata": (('"metadata":', '"metadata":{"someone":"else"},"was":'),),
        "unknown_status": (('"status":"', '"status":"un'),),
        "float_amount": (('"amount":', '"amount":0.5,"was":'),),
        "no_status": (('"status":', '"state":'),),
        "no_amount": (('"amount":', '"sum":'),),
        "no_currency": (('"currency":', '"money":'),),
        "no_id": (('"id":', '"identity":'),),
    }[kind]


class Faults:
    """The switchboard. Faults of one operation are used in the order they were set."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(
        self,
        operation: str,
        kind: str,
        *,
        times: int = 1,
        applied: bool | None = None,
        seconds: float = 30.0,
    ) -> None:
        if operation != "any" and operation not in OPERATIONS:
            raise ValueError(f"no such operation: {operation}")
        if kind not in KINDS or (kind in OF_WEBHOOKS) != (operation == "webhook"):
            raise ValueError(f"no such fault: {kind}")
        happens = kind not in NOT_APPLIED if applied is None else applied
        with self._lock:
            self._waiting.append(Fault(operation, kind, times, happens, seconds))

    def take(self, operation: str) -> Fault | None:
        with self._lock:
            for fault in self._waiting:
                if fault.operation == operation or (fault.operation == "any" and operation != "webhook"):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._waiting.remove(fault)
                    return fault
        return None

    def waiting(self) -> list[Fault]:
        with self._lock:
            return list(self._waiting)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()
