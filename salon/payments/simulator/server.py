"""HTTP on the loopback: the API, the hosted pages, and the faults that come between."""

from __future__ import annotations

import logging
import re
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from salon.payments.simulator import admin, pages, sources
from salon.payments.simulator.api import BROWSER, Api, Request
from salon.payments.simulator.bank import Bank
from salon.payments.simulator.faults import Fault, Faults
from salon.payments.simulator.wire import ApiError, dump

logger = logging.getLogger("salon.payments.simulator")

MAX_BODY = 256 * 1024
ANY_SITE = {"Access-Control-Allow-Origin": "*"}
FORM_HEADERS = "Authorization, Content-Type, X-Moyasar-Form-Version"
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789", " -\u200e\u200f")
_HTML_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Server(ThreadingHTTPServer):
    """Listens on 127.0.0.1 only: it takes card numbers and knows no TLS."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.stopping = threading.Event()
        self.faults = Faults()
        self.secret_key = ""
        self.seen: list[tuple[str, str, int]] = []  # (method, path, status) of API calls, for tests
        self.mistakes: list[str] = []
        self.bank: Bank
        self.api: Api

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class's signature
        """A client that hangs up is no news; a mistake of ours must not pass for one."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            logger.error("the simulator failed", exc_info=error)
            self.mistakes.append(repr(error))


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    _for_browsers = False
    protocol_version = "HTTP/1.1"
    server_version = "MoyasarSimulator/1"
    timeout = 30

    def do_GET(self) -> None:
        self._route()

    do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_GET  # noqa: N815 - http.server finds them by these names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        logger.debug(format, *args)

    # --- API ---

    def do_OPTIONS(self) -> None:
        """A browser asks before it sends JSON to another site. Allowed where the shop's own page has to call."""
        try:
            operation, _ = self.server.api.operation("POST", urlsplit(self.path).path)
        except ApiError:
            operation = ""
        allowed = {"Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": FORM_HEADERS}
        self._send(204, "", b"", {**ANY_SITE, **allowed} if operation in BROWSER else {})

    def _route(self) -> None:
        parts = urlsplit(self.path)
        self._for_browsers = False  # a connection may be used again
        body = self._body()
        if body is None:
            return
        if parts.path.startswith("/admin/"):
            status, document = admin.answer(self.server, self.command, parts.path, self.headers, body)
            self._send(status, "application/json", dump(document).encode())
            return
        if not parts.path.startswith("/v1/"):
            self._page(parts.path, dict(parse_qsl(parts.query)), body)
            return
        request = Request(
            method=self.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
        )
        self._api(request)

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY or "chunked" in self.headers.get("Transfer-Encoding", ""):
            self.close_connection = True
            self._send(413, "text/plain", b"too large")
            return None
        return self.rfile.read(int(length))

    def _api(self, request: Request) -> None:
        fault: Fault | None = None
        if re.match(r"(Python-urllib/|$)", request.headers.get("user-agent", "")):
            self._told(request, 403)  # the firewall in front of them turns away who does not say who it is
            self._send(403, "text/html", b"<html><body>error code: 1010</body></html>")
            return
        try:
            operation, thing_id = self.server.api.operation(request.method, request.path)
            self._for_browsers = operation in BROWSER
            secret = self.server.api.authorize(request, operation)
            fault = self.server.faults.take(operation)
            if fault and not fault.applied:
                self._go_wrong(fault, request, 200, b"")
                return
            status, document = self.server.api.answer(request, operation, thing_id, secret=secret)
        except ApiError as error:
            status, document = error.status, error.body
        answer = dump(document).encode()
        if fault:
            self._go_wrong(fault, request, status, answer)
            return
        self._told(request, status)
        self._send(status, "application/json; charset=utf-8", answer)

    def _go_wrong(self, fault: Fault, request: Request, status: int, answer: bytes) -> None:
        reply = fault.reply()
        if reply:
            self._told(request, reply[0])
            self._send(reply[0], reply[1], reply[2], {"Location": "/elsewhere"} if fault.kind == "redirect" else {})
            return
        self._told(request, 0)
        self.close_connection = True
        if fault.kind == "timeout":
            self.server.stopping.wait(fault.seconds)
        elif fault.kind == "truncated":
            self._send(status, "application/json", answer[: len(answer) // 2], {"Content-Length": str(len(answer))})
        elif fault.kind == "drip":
            self._send(status, "application/json", b"", {"Content-Length": str(len(answer))})
            end = time.monotonic() + fault.seconds
            for byte in answer:
                if self.server.stopping.wait(0.05) or time.monotonic() > end:
                    break
                self.wfile.write(bytes([byte]))
        elif fault.kind in ("reset", "reset_mid_body"):
            if fault.kind == "reset_mid_body":
                self._send(status, "application/json", answer[: len(answer) // 2], {"Content-Length": str(len(answer))})
                self.wfile.flush()
                self.server.stopping.wait(0.05)  # so that the head and half of the body arrive before the end does
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        elif fault.kind != "hang_up":
            self._send(status, "application/json; charset=utf-8", fault.spoil(status, answer))

    def _told(self, request: Request, status: int) -> None:
        self.server.seen.append((request.method, request.path, status))
        logger.info("%s %s: %s", request.method, request.path, status or "broken off")

    # --- pages ---

    def _page(self, path: str, query: dict[str, str], body: bytes) -> None:
        form = {name: values[-1] for name, values in parse_qs(body.decode(errors="replace")).items()}
        asked = form.get("lang") or query.get("lang") or "ar"
        lang = asked if asked in pages.LANGUAGES else "ar"
        steps = [step for step in path.split("/") if step]
        try:
            match (self.command, *steps):
                case ("GET", "style.css"):
                    self._send(200, "text/css; charset=utf-8", pages.STYLE.encode())
                case ("GET", "healthz"):
                    self._send(200, "text/plain", b"ok")
                case ("GET", "invoices", invoice_id):
                    self._invoice(invoice_id, lang, query.get("payment"))
                case ("POST", "invoices", invoice_id, "pay"):
                    self._pay(invoice_id, lang, form)
                case ("GET", "3ds", payment_id):
                    self._html(200, pages.three_d_secure_page(self.server.bank.payment(payment_id), lang))
                case ("POST", "3ds", payment_id):
                    payment = self.server.bank.finish(payment_id, approve=form.get("result") == "approve")
                    self._leave(payment, lang)
                case _:
                    self._html(404, pages.missing_page(lang))
        except ApiError as error:
            self._html(404 if error.status == 404 else 409, pages.missing_page(lang))

    def _invoice(self, invoice_id: str, lang: str, tried: str | None) -> None:
        invoice = self.server.bank.invoice(invoice_id)
        failed = next((p for p in invoice["payments"] if p["id"] == tried and p["status"] == "failed"), None)
        self._html(200, pages.invoice_page(invoice, lang, failed=failed))

    def _pay(self, invoice_id: str, lang: str, form: dict[str, str]) -> None:
        invoice = self.server.bank.invoice(invoice_id)
        typed = {name: form.get(name, "").translate(_DIGITS) for name in ("number", "month", "year", "cvc")}
        name = " ".join(form.get("name", "").split())[:60]
        if invoice["status"] != "initiated":
            self._html(409, pages.invoice_page(invoice, lang))
            return
        problems = sources.card_problems(name=name, today=self.server.bank.now(), **typed)
        if problems:
            self._html(422, pages.invoice_page(invoice, lang, typed={**typed, "name": name}, problems=problems))
            return
        payment = self.server.bank.begin(
            amount=invoice["amount"],
            currency=invoice["currency"],
            means=sources.card(number=typed["number"], name=name),
            description=invoice["description"],
            invoice_id=invoice_id,
        )
        if payment["status"] == "initiated":
            self._redirect(f"/3ds/{payment['id']}?lang={lang}")
        else:
            self._leave(payment, lang)

    def _leave(self, payment: dict[str, Any], lang: str) -> None:
        """After the bank has spoken: to the shop if it was paid, back to the invoice if it was not."""
        if payment["callback_url"] or payment["invoice_id"] is None:
            self._redirect(pages.with_result(payment["callback_url"], payment))
            return
        invoice = self.server.bank.invoice(payment["invoice_id"])
        if payment["status"] == "paid" and invoice["success_url"]:
            self._redirect(pages.with_result(invoice["success_url"], payment))
        else:
            self._redirect(f"/invoices/{invoice['id']}?lang={lang}&payment={payment['id']}")

    def _html(self, status: int, text: str) -> None:
        self._send(status, "text/html; charset=utf-8", text.encode(), _HTML_HEADERS)

    def _redirect(self, address: str) -> None:
        self._send(303, "text/plain", b"", {"Location": address, "Cache-Control": "no-store"})

    def _send(self, status: int, kind: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            **self._extra(),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _extra(self) -> dict[str, str]:
        return ANY_SITE if self._for_browsers else {}
