"""A vendor on the loopback address: strict about what it is asked, and able to fail in every way a network can.

`with twilio_server() as vendor:` gives `vendor.url` for the client, `vendor.asked` (the fields of each good request,
oldest first), and `vendor.answer(...)` to say what comes next. A request the vendor would not understand gets the
vendor's own error and is kept in `vendor.faults`; unless the test takes it from there, leaving the block fails.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

FORM = "application/x-www-form-urlencoded"
E164 = re.compile(r"\+[1-9][0-9]{6,14}")

PAGES = {  # status and body of what is no answer of the vendor's
    "empty": (200, b""),
    "garbage": (200, b"\x00\x01 ok ok ok"),
    "not_utf8": (200, b'{"success": true, "message": "\xff\xfe"}'),
    "cut_json": (200, b'{"success": true, "sid": "SM1", "data": {"Mess'),
    "nan": (200, b'{"success": true, "status": true, "sid": "SM1", "id": "1", "messageId": "1", "price": NaN}'),
    "infinite": (200, b'{"success": true, "status": true, "sid": "SM1", "id": "1", "messageId": "1", "price": 1e999}'),
    "nul": (200, b'{"success": true, "status": true, "sid": "SM\\u0000", "id": "1", "messageId": "1"}'),
    "deep": (200, b"[" * 50_000),
    "list": (200, b'[{"success": true, "status": true, "sid": "SM1", "id": "1", "messageId": "1"}]'),
    "null": (200, b"null"),
    "word": (200, b'"success"'),
    "no_fields": (200, b"{}"),
    "wrong_types": (
        200,
        b"""{"success": {}, "status": [true], "verified": "yes", "sid": {"a": 1}, "id": [], "messageId": false,
        "data": 7, "message": [[[]]], "errors": {"a": {"b": 1}}, "code": [], "errorCode": 1.5, "error_code": {},
        "response_status": 1, "to": 5}""",
    ),
    "wrong_lists": (200, b'{"status": [], "response_status": {}, "errorCode": [], "sid": [], "data": [], "to": []}'),
    "html200": (200, b"<!doctype html><title>Welcome</title>"),
    "html403": (403, b"<!doctype html><title>Error 1010</title>"),
    "html502": (502, b"<html><h1>502 Bad Gateway</h1></html>"),
    "redirect": (302, b""),
    "busy": (429, b"{}"),
    "down": (503, b"{}"),
    "huge": (200, b'{"success": true, "message": "' + b"x" * 2_000_000 + b'"}'),
}
WAYS = ("slow", "drip", "reset", "hang_up", "truncated", "not_http", *PAGES)
"""Every way to give no usable answer."""


class Asked(dict[str, Any]):
    """The fields of one request, with its `path`, its `method` and the `key` it came with."""

    def __init__(self, fields: Mapping[str, Any], *, method: str, path: str, headers: Message) -> None:
        super().__init__(fields)
        self.method, self.path, self.headers, self.key = method, path, headers, ""


class Wrong(Exception):  # noqa: N818 - it is what the vendor says
    """The request is not one this vendor takes: why, and what it answers."""

    def __init__(self, why: str, status: int, body: object) -> None:
        super().__init__(why)
        self.status, self.body = status, body


class Vendor(ThreadingHTTPServer):
    """One vendor. A kind of vendor says in `judge` what it takes and what it answers."""

    daemon_threads = True
    content_type = FORM
    base = ""
    """The path that every address of this vendor begins with."""

    def __init__(self, keys: tuple[str, ...] = ()) -> None:
        """`keys` are those it knows; none: any key that is there."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.keys = keys
        self.asked: list[Asked] = []
        self.faults: list[str] = []
        self.over = threading.Event()
        self._planned: dict[str, tuple[int, bytes, str]] = {}

    @property
    def url(self) -> str:
        """What to point a client's `api_url` at."""
        return f"http://127.0.0.1:{self.server_port}{self.base}"

    def answer(self, body: object = None, *, status: int = 200, how: str = "", at: str = "") -> None:
        """From now on say `body` (JSON, or bytes as they are) with `status`, or fail `how`; nothing given: be yourself.

        `at` narrows it to paths that end so.
        """
        if body is None and not how:
            self._planned.pop(at, None)
            return
        if how in PAGES:
            status, body = PAGES[how]
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._planned[at] = (status, raw, how)

    def judge(self, asked: Asked) -> tuple[int, object]:
        """The answer to a good request; raises Wrong for any other. Each kind of vendor has its own."""
        raise NotImplementedError

    def malformed(self, why: str) -> Wrong:
        """What this vendor says to a request it cannot even read."""
        return Wrong(why, 400, {"message": "Bad request"})

    def check_key(self, key: str, refused: Wrong) -> None:
        """Raise `refused` unless the key is there and known."""
        if not key or (self.keys and key not in self.keys):
            raise refused

    def fields(self, asked: Asked, *, required: str, optional: str = "") -> None:
        """Exactly these fields (names apart by spaces): what we do not know of, we must not send."""
        names = set(asked)
        missing, unknown = set(required.split()) - names, names - {*required.split(), *optional.split()}
        if missing or unknown:
            raise self.malformed(f"missing {sorted(missing)}, unknown {sorted(unknown)}")

    def reply(self, method: str, path: str, headers: Message, raw: bytes) -> tuple[int, bytes, str]:
        """Status, body and way of failing for one request."""
        try:
            fields = self._read(method, path, headers, raw)
            asked = Asked(fields, method=method, path=path.removeprefix(self.base), headers=headers)
            status, body = self.judge(asked)
        except Wrong as wrong:
            self.faults.append(str(wrong))
            return wrong.status, json.dumps(wrong.body).encode(), ""
        except (TypeError, ValueError, LookupError, AttributeError) as error:  # fields of the wrong type
            self.faults.append(repr(error))
            return 400, b"{}", ""
        self.asked.append(asked)
        for end in sorted(self._planned, key=len, reverse=True):
            if path.endswith(end):
                return self._planned[end]
        return status, json.dumps(body, ensure_ascii=False).encode(), ""

    def _read(self, method: str, path: str, headers: Message, raw: bytes) -> dict[str, Any]:
        if "?" in path or not path.startswith(self.base):
            raise self.malformed(f"the address {path}")
        if headers.get_all("User-Agent") != ["Salon/1.0"]:
            raise self.malformed("User-Agent")
        if headers.get_all("Accept") != ["application/json"]:
            raise self.malformed("Accept")
        if method == "GET":
            if raw or "Content-Type" in headers:
                raise self.malformed("a body without need")
            return {}
        if headers.get_all("Content-Type") != [self.content_type]:
            raise self.malformed("Content-Type")
        try:
            return _form(raw) if self.content_type == FORM else _object(raw)
        except ValueError:
            raise self.malformed("encoding") from None


def _form(raw: bytes) -> dict[str, str]:
    pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
    if len(dict(pairs)) != len(pairs):
        raise ValueError("twice the same field")
    return dict(pairs)


def _object(raw: bytes) -> dict[str, Any]:
    body = json.loads(raw.decode())
    if not isinstance(body, dict):
        raise ValueError("not an object")  # noqa: TRY004 - one kind of error for one kind of trouble
    return body


class Handler(BaseHTTPRequestHandler):
    """Carries the answer to the wire, or breaks it."""

    protocol_version = "HTTP/1.1"
    server: Vendor

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, body, how = self.server.reply(self.command, self.path, self.headers, raw)
        self.close_connection = True
        with suppress(OSError):  # the client has gone, as it should
            getattr(self, f"_{how}", self._whole)(status, body)

    do_GET = do_POST  # noqa: N815 - the server looks for this name

    def _whole(self, status: int, body: bytes, *, more: int = 0) -> None:
        self.send_response(status)
        if 300 <= status <= 399:
            self.send_header("Location", f"{self.server.url}/elsewhere")
        self.send_header("Content-Length", str(len(body) + more))
        self.end_headers()
        self.wfile.write(body)

    def _slow(self, status: int, body: bytes) -> None:
        self.server.over.wait(5)

    def _drip(self, status: int, body: bytes) -> None:
        self._whole(200, b"{", more=10_000)
        began = time.monotonic()
        while time.monotonic() - began < 5 and not self.server.over.wait(0.02):
            self.wfile.write(b" ")

    def _truncated(self, status: int, body: bytes) -> None:
        self._whole(200, b'{"success": true, "sid": "SM1", "id": "1", "messageId": "1"}', more=500)

    def _reset(self, status: int, body: bytes) -> None:
        self._whole(200, b'{"success": tr', more=500)
        self._hang_up(status, body)

    def _hang_up(self, status: int, body: bytes) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _not_http(self, status: int, body: bytes) -> None:
        self.wfile.write(b"SSH-2.0-OpenSSH_9.7\r\n")

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def open_vendor(build: Callable[[], Vendor]) -> Iterator[Vendor]:
    """Serve until the block ends; then every request must have been one the vendor understood."""
    vendor = build()
    threading.Thread(target=vendor.serve_forever, args=(0.001,), daemon=True).start()
    try:
        yield vendor
        assert not vendor.faults, f"{type(vendor).__name__} was asked wrongly: {vendor.faults}"
    finally:
        vendor.over.set()
        vendor.shutdown()
        vendor.server_close()
