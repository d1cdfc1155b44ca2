"""The one door to the network.

Everything that leaves the building over HTTP leaves through `send`. It makes a fresh connection for every request (a
kept-alive one that dies under a POST leaves its outcome unknown), follows no redirect, retries nothing, stops reading
at a size and at a wall-clock moment, and refuses to run while a database transaction is open.
"""

from __future__ import annotations

import http.client
import json as json_module
import logging
import math
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import requests
import urllib3
from django.conf import settings
from django.db import connections
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

logger = logging.getLogger("salon.core.http")

USER_AGENT = "Salon/1.0"
"""Sent with every request: firewalls in front of some vendors turn a library's own name away with a 403 page."""

TIMEOUT = (3.0, 10.0)
"""Seconds to connect, and seconds of silence while waiting for an answer."""

DEADLINE = 15.0
"""Seconds for the whole exchange: a vendor that drips one byte at a time cannot hold a worker longer."""

MAX_BYTES = 1024 * 1024

Kind = Literal["request", "connect", "timeout", "reset", "too_large"]


class NetworkInTransaction(RuntimeError):  # noqa: N818 - it names the mistake, as the house rule does
    """A network call was tried inside `transaction.atomic`: locks would be held for as long as a stranger likes."""


class HttpError(Exception):
    """No whole answer came back.

    `kind` is `request` (the request itself cannot be made), `connect` (refused, unknown host, TLS), `timeout`, `reset`
    (broken off, or an answer that is not HTTP) or `too_large`. `sent` is False only where the request surely did not
    leave, so that doing it again cannot do it twice.
    """

    def __init__(self, kind: Kind, *, sent: bool, detail: str = "") -> None:
        super().__init__(f"{kind} ({detail})" if detail else kind)
        self.kind = kind
        self.sent = sent


class BadJson(ValueError):  # noqa: N818 - reads better where it is caught
    """Bytes that are not JSON as RFC 8259 means it, or that no database of ours could store."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A whole answer, whatever its status. The body stays out of `repr`, and so out of logs."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """The body as strict JSON, or `BadJson`."""
        return strict_json(self.body)


def send(
    method: str,
    url: str,
    *,
    timeout: tuple[float, float] = TIMEOUT,
    deadline: float = DEADLINE,
    params: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
    json: object = None,
    data: Mapping[str, str] | bytes | None = None,
    auth: tuple[str, str] | None = None,
    max_bytes: int = MAX_BYTES,
) -> HttpAnswer:
    """Send one request and read the whole answer. `timeout` is (connect, silence), `deadline` the whole: seconds.

    Raises `HttpError` when no whole answer came, `NetworkInTransaction` when called inside `atomic`. A status of 400
    or 500 is an answer, not an error. The environment's proxies and netrc are not used.
    """
    refuse_inside_transaction()
    began = time.monotonic()
    lifeline = _Lifeline(deadline)
    token = _lifeline.set(lifeline)
    try:
        with _session() as session:
            answer = _exchange(
                session,
                max_bytes,
                {
                    "method": method,
                    "url": url,
                    "params": params,
                    "headers": dict(headers or {}),
                    "json": json,
                    "data": data,
                    "auth": auth and tuple(part.encode() for part in auth),  # as text, only Latin-1 would do
                    "timeout": timeout,
                },
            )
    except (
        HttpError,
        requests.RequestException,
        urllib3.exceptions.HTTPError,
        http.client.HTTPException,
        OSError,
    ) as e:
        error = _told(e, lifeline)
        logger.warning("%s %s: %s after %.1f s", method, _place(url), error, time.monotonic() - began)
        raise error from e
    finally:
        lifeline.release()
        _lifeline.reset(token)
    logger.debug("%s %s: %d in %.2f s", method, _place(url), answer.status, time.monotonic() - began)
    return answer


def refuse_inside_transaction() -> None:
    """Raise `NetworkInTransaction` if any open connection is inside `atomic`.

    The block that Django's TestCase wraps around each test does not count: it stands for "no transaction" there.
    """
    if not settings.configured:  # used without Django: then no connection of Django's can be open either
        return
    for connection in connections.all(initialized_only=True):
        if connection.in_atomic_block and not (
            connection.atomic_blocks and all(block._from_testcase for block in connection.atomic_blocks)  # noqa: SLF001 - Django's only mark
        ):
            raise NetworkInTransaction("Network call inside a database transaction: commit first, then call.")


def strict_json(body: bytes) -> Any:
    """Parse UTF-8 JSON, refusing what others let through: NaN, Infinity, 1e400, NUL, lone surrogates, depth bombs."""
    try:
        value = json_module.loads(body.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise BadJson(type(error).__name__) from None
    if b"\\u" in body and any("\0" in text or not _encodable(text) for text in _texts(value)):
        raise BadJson("a text holds NUL or half a surrogate pair")
    return value


# What follows is the hinge: how a deadline reaches the socket.


class _Lifeline:
    """Cuts the connection at the deadline, whatever the other end drips, and knows whether it was ever made."""

    def __init__(self, seconds: float) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.cut = False
        self.connected = False
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def hold(self, sock: socket.socket) -> None:
        with self._lock:
            if self.cut:  # the time went into DNS or the handshake: nothing has been sent, and nothing will be
                raise TimeoutError
            self._socket = sock
            self.connected = True

    def release(self) -> None:
        self._timer.cancel()
        with self._lock:
            self._socket = None

    def _cut(self) -> None:
        with self._lock:
            self.cut = True
            if self._socket is not None:
                # The plain shutdown, under TLS too: it wakes the reading thread and touches no TLS state.
                with suppress(OSError):  # it may be closing by itself
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


_lifeline: ContextVar[_Lifeline] = ContextVar("salon_http_lifeline")


class _Connection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _lifeline.get().hold(self.sock)


class _SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()  # the TLS handshake is inside, bounded as a whole by the connect timeout
        _lifeline.get().hold(self.sock)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.headers.clear()
    session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "identity"})
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(max_retries=0))
    return session


def _exchange(session: requests.Session, max_bytes: int, request: dict[str, Any]) -> HttpAnswer:
    with session.request(**request, allow_redirects=False, stream=True) as response:
        body = bytearray()
        for chunk in response.iter_content(64 * 1024):
            body += chunk
            if len(body) > max_bytes:
                raise HttpError("too_large", sent=True)
        if _lifeline.get().cut:  # a cut connection can look like the natural end of a body that states no length
            raise HttpError("timeout", sent=True, detail="deadline")
        return HttpAnswer(status=response.status_code, headers=response.headers, body=bytes(body))


def _told(error: Exception, lifeline: _Lifeline) -> HttpError:
    """One of our five words for whichever of their forty exceptions this was. Texts are dropped: they quote URLs."""
    detail = type(error).__name__
    if isinstance(error, HttpError):
        return error
    if lifeline.cut:
        return HttpError("timeout", sent=lifeline.connected, detail="deadline")
    if not lifeline.connected:
        impossible = isinstance(error, ValueError | requests.exceptions.InvalidJSONError)  # a bad URL, header or body
        return HttpError("request" if impossible else "connect", sent=False, detail=detail)
    if isinstance(error, requests.Timeout | TimeoutError) or "timed out" in str(error):
        return HttpError("timeout", sent=True, detail=detail)
    return HttpError("reset", sent=True, detail=detail)


def _place(url: str) -> str:
    """Host and path, for the log: a query may carry a secret, and so may the user part."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an impossible address"
    return f"{parts.hostname}{parts.path}"


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _texts(value: object) -> Iterator[str]:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            waiting += item.keys()
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
