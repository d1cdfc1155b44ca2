"""The door, tried against real sockets: every way an answer can fail to be one."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from django.db import transaction

from salon.core import http
from salon.core.http import BadJson, HttpError, NetworkInTransaction, send, strict_json

Script = Callable[[socket.socket, bytes], None]
Serve = Callable[[Script], str]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n"


def read_request(sock: socket.socket) -> bytes:
    """Head and body of one request."""
    seen = b""
    while b"\r\n\r\n" not in seen:
        seen += sock.recv(65536)
    head, _, body = seen.partition(b"\r\n\r\n")
    wanted = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < wanted:
        body += sock.recv(65536)
    return head + b"\r\n\r\n" + body


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A loopback server that plays a script on each connection: `serve(script) -> url`."""
    listeners: list[socket.socket] = []

    def start(script: Script) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def loop() -> None:
            while True:
                try:
                    sock, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=play, args=(sock,), daemon=True).start()

        def play(sock: socket.socket) -> None:
            with sock, suppress(OSError):  # the client hangs up, as it should
                script(sock, read_request(sock))

        threading.Thread(target=loop, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def always(answer: bytes) -> Script:
    """Send these bytes and hang up."""
    return lambda sock, _request: sock.sendall(answer)


def drip(first: bytes, *, every: float) -> Script:
    """Send `first`, then one byte at a time for a minute."""

    def script(sock: socket.socket, _request: bytes) -> None:
        sock.sendall(first)
        for _ in range(int(60 / every)):
            time.sleep(every)
            sock.sendall(b"x")

    return script


def test_an_answer_comes_back_whole(serve: Serve) -> None:
    seen: list[bytes] = []

    def script(sock: socket.socket, request: bytes) -> None:
        seen.append(request)
        sock.sendall(OK + b'{"paid":true}')

    answer = send(
        "POST",
        serve(script) + "/pay?x=1",
        params={"metadata[a]": "نورة"},
        json={"amount": 5},
        auth=("sk_test_1", ""),
        headers={"X-Mine": "1"},
    )
    assert answer.status == 200
    assert answer.json() == {"paid": True}
    assert "paid" not in repr(answer)
    request = seen[0].decode()
    assert request.startswith("POST /pay?x=1&metadata%5Ba%5D=%D9%86%D9%88%D8%B1%D8%A9 HTTP/1.1\r\n")
    for line in ("User-Agent: Salon/1.0", "X-Mine: 1", "Authorization: Basic c2tfdGVzdF8xOg=="):
        assert f"\r\n{line}\r\n" in request
    assert "\r\nContent-Type: application/json\r\n" in request
    assert request.endswith('{"amount": 5}')


def test_a_key_pasted_with_a_stray_letter_is_the_vendors_to_refuse(serve: Serve) -> None:
    seen: list[bytes] = []

    def script(sock: socket.socket, request: bytes) -> None:
        seen.append(request)
        sock.sendall(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")

    assert send("GET", serve(script), auth=("sk_ص", "")).status == 401
    assert b"Authorization: Basic c2tf2LU6\r\n" in seen[0]


@pytest.mark.parametrize("status", [204, 400, 404, 429, 500, 503])
def test_any_status_is_an_answer(serve: Serve, status: int) -> None:
    answer = send("GET", serve(always(f"HTTP/1.1 {status} Word\r\nContent-Length: 0\r\n\r\n".encode())))
    assert (answer.status, answer.body) == (status, b"")


def test_a_redirect_is_not_followed(serve: Serve) -> None:
    target = serve(lambda _sock, _request: pytest.fail("followed"))
    found = f"HTTP/1.1 302 Found\r\nLocation: {target}/\r\nContent-Length: 0\r\n\r\n"
    answer = send("GET", serve(always(found.encode())))
    assert answer.status == 302
    assert answer.headers["location"] == f"{target}/"


def test_each_request_has_a_connection_of_its_own(serve: Serve) -> None:
    connections: list[tuple[str, int]] = []

    def script(sock: socket.socket, _request: bytes) -> None:
        connections.append(sock.getpeername())
        sock.sendall(OK + b'{"paid":true}')
        time.sleep(0.2)

    url = serve(script)
    send("GET", url)
    send("POST", url)
    assert len(set(connections)) == 2


def test_nothing_is_tried_twice(serve: Serve) -> None:
    calls: list[bytes] = []
    url = serve(lambda _sock, request: calls.append(request))
    for method in ("GET", "POST"):
        with pytest.raises(HttpError):
            send(method, url)
    assert len(calls) == 2


def test_the_environment_cannot_send_us_elsewhere(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    assert send("GET", serve(always(OK + b'{"paid":true}'))).status == 200


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("url", ["", "http://nowhere.invalid/", "https://nowhere.invalid/"])
def test_never_connected_is_surely_not_sent(url: str) -> None:
    url = url or closed_port()
    with pytest.raises(HttpError) as caught:
        send("POST", url, json={})
    assert (caught.value.kind, caught.value.sent) == ("connect", False)


def test_a_host_that_drops_packets_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as full:  # a full accept queue swallows the handshake, as a firewall does
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(full.getsockname())
        began = time.monotonic()
        with pytest.raises(HttpError) as caught:
            send("POST", f"http://127.0.0.1:{full.getsockname()[1]}", timeout=(0.3, 5))
        for sock in waiting:
            sock.close()
    assert (caught.value.kind, caught.value.sent) == ("connect", False)
    assert time.monotonic() - began < 2


def test_plain_http_behind_an_https_address_is_not_sent(serve: Serve) -> None:
    url = serve(always(b"")).replace("http://", "https://")
    with pytest.raises(HttpError) as caught:
        send("POST", url, timeout=(0.3, 0.3))
    assert (caught.value.kind, caught.value.sent) == ("connect", False)


@pytest.mark.parametrize("url", ["ftp://x/", "no scheme", "http://", "http://[", "http://x:99999/"])
def test_an_impossible_address(url: str) -> None:
    with pytest.raises(HttpError) as caught:
        send("GET", url)
    assert caught.value.sent is False


def test_an_impossible_body() -> None:
    with pytest.raises(HttpError) as caught:
        send("POST", closed_port(), json={"amount": float("nan")})
    assert (caught.value.kind, caught.value.sent) == ("request", False)


def test_silence_after_the_request_is_a_timeout(serve: Serve) -> None:
    url = serve(lambda _sock, _request: time.sleep(5))
    with pytest.raises(HttpError) as caught:
        send("POST", url, timeout=(1, 0.2))
    assert (caught.value.kind, caught.value.sent) == ("timeout", True)


def test_silence_in_the_middle_of_the_body_is_a_timeout(serve: Serve) -> None:
    def script(sock: socket.socket, _request: bytes) -> None:
        sock.sendall(OK + b"{")
        time.sleep(5)

    with pytest.raises(HttpError) as caught:
        send("POST", serve(script), timeout=(1, 0.2))
    assert (caught.value.kind, caught.value.sent) == ("timeout", True)


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n",
    ],
    ids=["status", "head", "sized", "unsized", "chunked"],
)
def test_a_slow_drip_meets_the_deadline(serve: Serve, first: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(HttpError) as caught:
        send("POST", serve(drip(first, every=0.05)), timeout=(1, 1), deadline=0.4)
    assert (caught.value.kind, caught.value.sent) == ("timeout", True)
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    ],
    ids=["hung up", "not http", "truncated", "bad chunk", "false gzip"],
)
def test_a_broken_answer_is_a_reset(serve: Serve, answer: bytes) -> None:
    with pytest.raises(HttpError) as caught:
        send("POST", serve(always(answer)))
    assert (caught.value.kind, caught.value.sent) == ("reset", True)


def test_a_hard_reset(serve: Serve) -> None:
    def script(sock: socket.socket, _request: bytes) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")

    with pytest.raises(HttpError) as caught:
        send("POST", serve(script))
    assert (caught.value.kind, caught.value.sent) == ("reset", True)


def test_a_huge_body_is_not_read(serve: Serve) -> None:
    def script(sock: socket.socket, _request: bytes) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(200):
            sock.sendall(b"x" * 1024 * 1024)

    with pytest.raises(HttpError) as caught:
        send("GET", serve(script))
    assert (caught.value.kind, caught.value.sent) == ("too_large", True)


def test_no_secret_reaches_the_log(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "salon.core.http")
    port = serve(always(OK + b'{"paid":true}')).rsplit(":", 1)[1]
    send("GET", f"http://user:hush@127.0.0.1:{port}/a?token=hush", auth=("hush", "hush"))
    with pytest.raises(HttpError):
        send("GET", closed_port() + "/b?token=hush", auth=("hush", "hush"))
    text = caplog.text
    assert "127.0.0.1/a: 200" in text
    assert "127.0.0.1/b: connect" in text
    assert "hush" not in text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"{",
        b"NaN",
        b'{"a": Infinity}',
        b"-Infinity",
        b"1e400",
        b"\xff\xfe",
        b'"\xed\xa0\x80"',
        b'{"a": "\\ud800"}',
        b'{"\\u0000": 1}',
        b'["\\u0000"]',
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 10_000,
        b'"\x00"',
    ],
)
def test_what_is_not_strict_json(body: bytes) -> None:
    with pytest.raises(BadJson):
        strict_json(body)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 1, "a": 2}', {"a": 2}),
        ('"صالون"'.encode(), "صالون"),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'["\\\\u0000"]', ["\\u0000"]),
        (b" 1.5 ", 1.5),
        (b"null", None),
    ],
)
def test_what_is_strict_json(body: bytes, value: object) -> None:
    assert strict_json(body) == value


@pytest.mark.django_db
def test_refused_inside_a_transaction(serve: Serve) -> None:
    url = serve(always(OK + b'{"paid":true}'))
    assert send("GET", url).status == 200, "the test's own transaction does not count"
    with transaction.atomic(), pytest.raises(NetworkInTransaction):
        send("GET", url)
    assert send("GET", url).status == 200


@pytest.mark.django_db(transaction=True)
def test_refused_inside_a_real_transaction(serve: Serve) -> None:
    url = serve(always(OK + b'{"paid":true}'))
    with transaction.atomic(durable=True), pytest.raises(NetworkInTransaction):
        send("GET", url)
    answers: list[int] = []
    with transaction.atomic():
        transaction.on_commit(lambda: answers.append(send("GET", url).status))
    assert answers == [200], "after commit the door is open"


def test_defaults_are_the_documented_ones() -> None:
    assert (http.TIMEOUT, http.DEADLINE, http.MAX_BYTES) == ((3.0, 10.0), 15.0, 1024 * 1024)
