"""What every vendor's wire shares: one request, its answer read as if a stranger wrote it, one log line if it failed.

A client gives the request and a reader; the reader returns what it found or raises what `Reply` makes. Whatever comes
back, the caller sees its result or a `WireError`, and the log names the vendor, the masked number and the reason.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal, TypeVar

import requests

from salon.core import http
from salon.core.phones import mask
from salon.messaging.base import WireError

logger = logging.getLogger("salon.messaging")

MAX_BYTES: Final = 64 * 1024
"""A receipt is a few hundred bytes; a megabyte is somebody else's page."""

SHORTEST_KEY: Final = 8

_T = TypeVar("_T")
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z_.-]{0,31}-?[0-9]{0,6}|[0-9]{1,6}", re.ASCII)
# Numbers, codes and keys that a vendor's words may quote back at us: four digits or more, or one long word.
_PRIVATE: Final = re.compile(r"\+?\d(?:[\s().-]?\d){3,}|[^\s\"'<>]{20,}")
_UNPRINTABLE: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+")


class Fault(Enum):
    """Whose fault a refusal is, which decides what helps: another message, somebody's repair, or time."""

    MESSAGE = "message"
    ACCOUNT = "account"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. `body` is its JSON object, {} where there is none (`readable` is False then).

    `keys`: what proved us to the vendor, which its words may quote back.
    """

    status: int
    body: Mapping[str, Any] = field(repr=False)
    readable: bool
    keys: tuple[str, ...] = field(default=(), repr=False)

    @property
    def accepted(self) -> bool:
        """A 2xx with a JSON object."""
        return 200 <= self.status <= 299 and self.readable

    def part(self, name: str) -> Mapping[str, Any]:
        """The object under `name`, {} where there is none."""
        value = self.body.get(name)
        return value if isinstance(value, dict) else {}

    def text(self, name: str) -> str:
        """The text under `name`, "" where there is none."""
        value = self.body.get(name)
        return value if isinstance(value, str) else ""

    def code(self, name: str) -> str:
        """The vendor's code under `name`, "" where there is none that looks like one."""
        value = self.body.get(name)
        text = str(value) if isinstance(value, str) or type(value) is int else ""
        return text if _CODE.fullmatch(text) else ""

    def refusal(self, code: str = "", *, faults: Mapping[str, Fault] | None = None) -> WireError:
        """The error to raise: by the vendor's own code where `faults` knows it ("HTTP 440" too), else by the status."""
        named = code or self._name()
        fault = (faults or {}).get(named) or self._fault()
        return WireError(
            permanent=fault is Fault.MESSAGE,
            config=fault is Fault.ACCOUNT,
            code=named,
            vendor_message=_words(self.body, self.keys),
        )

    def _name(self) -> str:
        if not 200 <= self.status <= 299:
            return f"HTTP {self.status}"
        return "no success" if self.readable else "unreadable"

    def _fault(self) -> Fault:
        if 300 <= self.status <= 399:  # nothing is followed: the address is not the vendor's any more
            return Fault.ACCOUNT
        if self.status == 403 and not self.readable:  # a page of the firewall in front: the vendor never saw it
            return Fault.MOMENT
        if self.status in (401, 402, 403, 404, 405):
            return Fault.ACCOUNT
        if self.status in (408, 429) or not 400 <= self.status <= 499:
            return Fault.MOMENT
        return Fault.MESSAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """Where a vendor listens and how long we wait, in seconds: `timeout` (connect, silence), `deadline` the whole."""

    api_url: str
    timeout: tuple[float, float] = http.TIMEOUT
    deadline: float = http.DEADLINE

    def _ask(
        self,
        method: Literal["GET", "POST"],
        path: str,
        read: Callable[[Reply], _T],
        *,
        vendor: str,
        to: str = "",
        headers: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> _T:
        """One request and what `read` makes of its answer. Raises WireError, after one line in the log.

        A fault of the account is logged as an error, so that somebody is woken; anything else as a warning.
        """
        try:
            return read(self._send(method, path, headers=headers, data=data, json=json, auth=auth))
        except WireError as error:
            level = logging.ERROR if error.config else logging.WARNING
            logger.log(level, "%s did not take a request for %s: %s", vendor, mask(to) or "nobody", error)
            raise

    def _send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None,
        data: Mapping[str, str] | None,
        json: Mapping[str, Any] | None,
        auth: tuple[str, str] | None,
    ) -> Reply:
        try:
            answer = http.send(
                method,
                self.api_url.rstrip("/") + path,
                headers={"Accept": "application/json", **(headers or {})},
                data=data,
                json=json,
                auth=auth,
                timeout=self.timeout,
                deadline=self.deadline,
                max_bytes=MAX_BYTES,
            )
        except http.HttpError as error:
            # An address or a key nobody can send, and a certificate that is not theirs, do not pass by themselves.
            ours = error.kind == "request" or isinstance(error.__cause__, requests.exceptions.SSLError)
            raise WireError(permanent=False, config=ours, code=error.kind, sent=error.sent) from error
        except UnicodeError as error:  # a key with a letter no header can carry, or half a surrogate pair in a text
            raise WireError(permanent=False, config=True, code="request", sent=False) from error
        try:
            body = answer.json()
        except http.BadJson:
            body = None
        if isinstance(body, dict):
            return Reply(answer.status, body, readable=True, keys=_keys(headers, data, auth))
        return Reply(answer.status, {}, readable=False)


def is_true(value: object) -> bool:
    """Some of them say "true" for true."""
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")


def reference(value: object) -> str:
    """A vendor's name of a message as text, "" where there is none: some count, some give a word."""
    return str(value)[:80] if (isinstance(value, str) and value.strip()) or type(value) is int else ""


def same_number(one: object, other: str) -> bool:
    """Whether an answer speaks of our number, with or without its plus. One that names none is not held against it."""
    return one is None or (isinstance(one, str) and one.strip().lstrip("+") == other.lstrip("+"))


def _keys(
    headers: Mapping[str, str] | None, data: Mapping[str, str] | None, auth: tuple[str, str] | None
) -> tuple[str, ...]:
    """Every word of a header or of Basic auth, and every field of a form, that is long enough to be a key."""
    words = " ".join([*(headers or {}).values(), *(data or {}).values(), *(auth or ())]).split()
    return tuple(sorted((word for word in words if len(word) >= SHORTEST_KEY), key=len, reverse=True))


def _words(body: Mapping[str, Any], keys: Sequence[str] = ()) -> str:
    """Their words, wherever they put them, with nothing private left in them; at most 200 characters."""
    found: list[str] = []
    waiting: list[object] = [body.get("message"), body.get("errors"), body.get("error")]
    while waiting and len(found) < 4:
        item = waiting.pop(0)
        if isinstance(item, str) and item.strip():
            found.append(item[:1000])
        elif isinstance(item, list):
            waiting = [*item[:4], *waiting]
        elif isinstance(item, dict):
            waiting = [*list(item.values())[:4], *waiting]
    words = _PRIVATE.sub("…", _UNPRINTABLE.sub(" ", "; ".join(found)))
    for key in keys:
        words = words.replace(key, "…")
    return words.strip()[:200]
