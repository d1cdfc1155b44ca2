"""Unifonic's SMS wire against a strict stand-in server on the loopback address."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from salon.messaging.base import WireError
from salon.messaging.unifonic import UnifonicSmsClient

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


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    server = Vendor()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.delay.set()
    server.shutdown()
    server.server_close()


def client(vendor: Vendor, **extra) -> UnifonicSmsClient:
    return UnifonicSmsClient(app_sid="secret-sid", sender="SALON", api_url=vendor.url, **extra)


def test_sends_bare_digits_as_a_service_message(vendor):
    receipt = client(vendor).send("+966551234567", "رمز التحقق 123456")
    assert receipt.reference == "4200000000123"
    assert vendor.asked == [
        {
            "AppSid": "secret-sid",
            "Recipient": "966551234567",
            "Body": "رمز التحقق 123456",
            "SenderID": "SALON",
            "MessageType": "3",
            "responseType": "JSON",
        }
    ]


def test_success_may_be_a_word(vendor):
    vendor.body = json.dumps(GOOD | {"success": "true"}).encode()
    assert client(vendor).send("+966551234567", "x").reference == "4200000000123"


@pytest.mark.parametrize(
    ("status", "body", "permanent", "code"),
    [
        (200, {"success": False, "errorCode": "ER-04", "message": "Dest num is too short"}, True, "ER-04"),
        (200, {"success": "false", "errorCode": "ER-08"}, True, "ER-08"),
        (200, {"success": False, "errorCode": "ER-01", "message": "no funds"}, False, "ER-01"),
        (200, {}, False, "no success"),
        (401, {"success": False, "message": "auth"}, True, "HTTP 401"),
        (410, {"errorCode": "ER-02"}, True, "ER-02"),
        (429, {}, False, "HTTP 429"),
        (440, {}, True, "HTTP 440"),
        (500, {}, False, "HTTP 500"),
        (503, {}, False, "HTTP 503"),
        (599, {}, False, "HTTP 599"),
    ],
)
def test_refusals_say_whether_to_try_again(vendor, status, body, permanent, code):
    vendor.status, vendor.body = status, json.dumps(body).encode()
    with pytest.raises(WireError) as caught:
        client(vendor).send("+966551234567", "x")
    assert (caught.value.permanent, caught.value.code) == (permanent, code)


def test_a_duplicate_counts_as_sent(vendor):
    vendor.body = json.dumps({"success": False, "errorCode": "ER-09"}).encode()
    client(vendor).send("+966551234567", "x")


@pytest.mark.parametrize("body", [b"", b"<html>busy</html>", b"[1]", b'{"success": NaN}', b"\xff\xfe"])
def test_garbage_is_never_a_success(vendor, body):
    vendor.body = body
    with pytest.raises(WireError) as caught:
        client(vendor).send("+966551234567", "x")
    assert not caught.value.permanent


def test_a_silent_vendor_is_given_up(vendor):
    vendor.delay.clear()
    with pytest.raises(WireError) as caught:
        client(vendor, timeout=(1, 0.2)).send("+966551234567", "x")
    assert (caught.value.permanent, caught.value.code) == (False, "timeout")


def test_nobody_there():
    lonely = UnifonicSmsClient(app_sid="s", sender="SALON", api_url="http://127.0.0.1:9")
    with pytest.raises(WireError) as caught:
        lonely.send("+966551234567", "x")
    assert caught.value.code == "connect"


def test_the_secret_is_not_shown(vendor):
    assert "secret-sid" not in repr(client(vendor))
