"""Things that go wrong between two computers, on demand.

A fault waits for its operation and is used up by it. Some come before the operation is done (then nothing happened),
some after (it happened and the answer is lost or spoiled): `applied` overrides which.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

OPERATIONS = frozenset(
    (
        *("create_invoice", "fetch_invoice", "list_invoices", "update_invoice", "cancel_invoice"),
        *("create", "fetch", "list", "update", "capture", "void", "refund"),
    )
)

REPLIES: dict[str, tuple[int, str, bytes]] = {
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

NOT_APPLIED = frozenset({"429", "401", "403", "405", "500", "502", "503", "html403", "html404", "redirect", "hang_up"})
"""Kinds that by default stop the operation from happening at all."""

BROKEN = frozenset({"timeout", "reset", "hang_up", "truncated", "drip"})
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
    }
)
"""Kinds that change one thing in an otherwise true answer."""

KINDS = frozenset(REPLIES) | BROKEN | SPOILED


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
        if kind not in KINDS:
            raise ValueError(f"no such fault: {kind}")
        happens = kind not in NOT_APPLIED if applied is None else applied
        with self._lock:
            self._waiting.append(Fault(operation, kind, times, happens, seconds))

    def take(self, operation: str) -> Fault | None:
        with self._lock:
            for fault in self._waiting:
                if fault.operation in (operation, "any"):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._waiting.remove(fault)
                    return fault
        return None

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()
