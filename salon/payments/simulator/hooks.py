"""Webhooks and invoice callbacks: written down beside the change that causes them, sent by a thread of their own."""

from __future__ import annotations

import http.client
import logging
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from salon.payments.simulator.faults import Faults
from salon.payments.simulator.store import Doc, Store
from salon.payments.simulator.wire import dump, stamp

logger = logging.getLogger("salon.payments.simulator")

SCHEDULE = (0.0, 60.0, 600.0, 1800.0, 3600.0, 7200.0)
"""Seconds to wait before each of the six attempts, as Moyasar documents them."""

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
"""A stand-in for development knocks at no door but this machine's."""

EVENTS = {
    "paid": "payment_paid",
    "failed": "payment_failed",
    "authorized": "payment_authorized",
    "captured": "payment_captured",
    "refunded": "payment_refunded",
    "voided": "payment_voided",
}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


class Hooks:
    """The sender. `url` empty means that no webhook is configured; invoice callbacks are sent all the same."""

    def __init__(
        self, store: Store, *, url: str, secret: str, faults: Faults, schedule: Sequence[float] = SCHEDULE
    ) -> None:
        self.url = url
        self.secret = secret
        self._store = store
        self._faults = faults
        self._schedule = tuple(schedule)
        self._wake = threading.Event()
        self._stopping = False
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())
        self._thread = threading.Thread(target=self._loop, name="simulator-hooks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()
        self._thread.join(timeout=5)

    def event(self, payment: Doc, now: datetime, *, kind: str | None = None) -> None:
        """Owe the webhook for what a payment has just become."""
        if not self.url:
            return
        fault = self._faults.take("webhook")
        wrong = fault.kind if fault else ""
        if wrong == "lost":
            return
        body = {
            "id": str(uuid.uuid4()),
            "type": kind or EVENTS[payment["status"]],
            "created_at": stamp(now),
            "secret_token": "somebody-else" if wrong == "wrong_secret" else self.secret,
            "account_name": "Salon (test)",
            "live": wrong == "wrong_live",
            "data": payment,
        }
        if wrong == "misspelt":
            body["type"] = body["type"].replace("failed", "faild")
        if wrong == "twice":
            self._owe(self.url, body, retries=len(self._schedule) - 1)
        self._owe(self.url, body, retries=len(self._schedule) - 1)

    def callback(self, invoice: Doc) -> None:
        """Owe the invoice's own callback: one try, no secret, as documented."""
        if invoice["callback_url"]:
            self._owe(invoice["callback_url"], invoice, retries=0)

    def again(self) -> None:
        """Send every delivery once more, with the same event ids: duplicates do happen."""
        for delivery in self._store.deliveries():
            self._store.enqueue(url=delivery["url"], body=delivery["body"], due=time.time(), retries=0)
        self._wake.set()

    def wait(self, seconds: float = 5.0, *, until: Callable[[list[Doc]], bool] | None = None) -> list[Doc]:
        """All deliveries, once none is due now (or once `until` says so). AssertionError after `seconds`."""
        deadline = time.monotonic() + seconds
        while True:
            first = self._store.next_delivery()  # one that is being sent still counts as waiting
            idle = first is None or first[5] > time.time()
            done = self._store.deliveries()
            if until(done) if until else idle:
                return done
            if time.monotonic() > deadline:
                raise AssertionError(f"deliveries still waiting: {done}")
            time.sleep(0.01)

    def _owe(self, url: str, body: Doc, *, retries: int) -> None:
        self._store.enqueue(url=url, body=dump(body), due=time.time() + self._schedule[0], retries=retries)
        self._wake.set()

    def _loop(self) -> None:
        while not self._stopping:
            self._wake.clear()
            delivery = self._store.next_delivery()  # waits for a change in progress, so it never runs ahead of it
            pause = 0.5 if delivery is None else delivery[5] - time.time()
            if delivery is not None and pause <= 0:
                self._deliver(*delivery[:5])
            else:
                self._wake.wait(min(pause, 0.5))

    def _deliver(self, seq: int, url: str, body: str, retries: int, attempts: int) -> None:
        answer, delivered = self._post(url, body)
        logger.info("hook to %s: %s", url, answer)
        if self._stopping:  # the answer came too late: the store is being closed
            return
        attempts += 1
        if delivered:
            state, due = "delivered", time.time()
        elif attempts <= retries:
            state, due = "waiting", time.time() + self._schedule[attempts]
        else:
            state, due = "dropped", time.time()
        self._store.record_delivery(seq, state=state, attempts=attempts, due=due, answer=answer)

    def _post(self, url: str, body: str) -> tuple[str, bool]:
        if urlsplit(url).hostname not in LOOPBACK:
            return "not a loopback address", False
        request = urllib.request.Request(  # noqa: S310 - `wire.web_address` let only http and https in
            url,
            data=body.encode(),
            headers={"Content-Type": "application/json", "User-Agent": "Moyasar-Simulator"},
            method="POST",
        )
        try:
            with self._opener.open(request, timeout=10) as response:
                response.read(4096)
                return str(response.status), 200 <= response.status < 300
        except urllib.error.HTTPError as error:
            error.close()
            return str(error.code), False
        except (OSError, http.client.HTTPException, ValueError) as error:
            return type(error).__name__, False
