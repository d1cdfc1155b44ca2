"""What the tests of the till share: a shop that receives webhooks, a small browser, plain calls, a client's invoice."""

from __future__ import annotations

import json
import re
import threading
from datetime import UTC, datetime, timedelta
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urljoin, urlsplit

import requests

from salon.payments.gateways.base import Gateway, Invoice
from salon.payments.simulator import Simulator, cards

AUTH = ("sk_test_simulator", "")
HOUR_AHEAD = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
INVOICE = {"amount": 15000, "currency": "SAR", "description": "عربون موعد"}


class Shop:
    """Whoever receives webhooks: answers with the statuses it was told, and remembers every body."""

    def __init__(self) -> None:
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                shop.got.append((self.path, json.loads(body)))
                self.send_response(shop.answers.pop(0) if shop.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                pass

        self.got: list[tuple[str, dict]] = []
        self.answers: list[int] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()


def api(sim: Simulator, method: str, path: str, *, auth=AUTH, **rest) -> requests.Response:
    return requests.request(method, sim.api_url + path, auth=auth, timeout=5, **rest)


def new_invoice(sim: Simulator, **extra) -> dict:
    answer = api(sim, "POST", "/invoices", json={**INVOICE, **extra})
    assert answer.status_code == 201, answer.text
    return answer.json()


class Browser:
    """A very small one: follows links and redirects on the gateway, fills forms, stops at the shop's door."""

    def __init__(self, url: str) -> None:
        self.session = requests.Session()
        self.open(url)

    def open(self, url: str, **form) -> None:
        method = "POST" if form else "GET"
        self.answer = self.session.request(method, url, data=form, timeout=5, allow_redirects=False)
        self.url = url
        if self.answer.status_code == 303:
            self.url = urljoin(url, self.answer.headers["Location"])
            if urlsplit(self.url).hostname == "127.0.0.1":
                self.open(self.url)

    @property
    def text(self) -> str:
        return unescape(self.answer.text)

    def submit(self, **fields) -> None:
        action = re.search(r'<form method="post"(?: action="([^"]*)")?', self.answer.text)
        assert action, self.answer.text
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', self.answer.text))
        self.open(urljoin(self.url, action[1] or ""), **hidden, **fields)

    def pay(self, number: str, **extra) -> None:
        self.submit(**{"name": "Noura Ahmed", "number": number, "month": "9", "year": "99", "cvc": "123", **extra})


def hosted(sim: Simulator, lang: str = "en", **extra) -> tuple[dict, Browser]:
    invoice = new_invoice(sim, success_url="http://shop.test/pay/?key=a%20b", back_url="http://shop.test/", **extra)
    return invoice, Browser(f"{sim.site}/invoices/{invoice['id']}?lang={lang}")


def card_payment(**extra) -> dict:
    source = {"type": "creditcard", "name": "Noura A", "number": cards.VISA, "month": 9, "year": 2099, "cvc": "123"}
    source |= extra.pop("source", {})
    return {"amount": 5000, "currency": "SAR", "callback_url": "http://shop.test/back?x=1", "source": source, **extra}


def open_invoice(gateway: Gateway, *, payment: str = "p-1", amount: int = 15000) -> Invoice:
    return gateway.create_invoice(
        amount=amount,
        currency="SAR",
        description="عربون موعد",
        success_url="https://salon.test/return/",
        back_url="https://salon.test/back/",
        callback_url="https://salon.test/callback/",
        expired_at=HOUR_AHEAD,
        metadata={"payment": payment},
    )
