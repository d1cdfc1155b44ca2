"""A strict stand-in for Unifonic's SMS call on the loopback address, written from its documents."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

GOOD = {"success": True, "message": "", "errorCode": "ER-00", "data": {"MessageID": 4200000000123, "Status": "Queued"}}


class Vendor(ThreadingHTTPServer):
    """Answers with `status` and `body`; keeps what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.body = 200, json.dumps(GOOD).encode()
        self.delay = threading.Event()
        self.delay.set()
        self.asked: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Vendor

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.path == "/rest/SMS/messages"
        assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert "requests" not in self.headers["User-Agent"]
        self.server.asked.append({key: value[0] for key, value in parse_qs(raw.decode(), strict_parsing=True).items()})
        self.server.delay.wait(5)
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def unifonic_server() -> Iterator[Vendor]:
    server = Vendor()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server
    finally:
        server.delay.set()
        server.shutdown()
        server.server_close()
