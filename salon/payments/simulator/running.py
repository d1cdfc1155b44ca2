"""A simulator that runs: what tests and the command line start."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from salon.payments.simulator import cards, sources
from salon.payments.simulator.api import Api
from salon.payments.simulator.bank import Bank, utc_now
from salon.payments.simulator.hooks import SCHEDULE, Hooks
from salon.payments.simulator.server import Server
from salon.payments.simulator.store import Doc, Store

SECRET_KEY = "sk_test_simulator"  # noqa: S105 - a test key that opens nothing else
PUBLISHABLE_KEY = "pk_test_simulator"
WEBHOOK_SECRET = "simulator-webhook-secret"  # noqa: S105 - the same


class Simulator:
    """Moyasar on this machine. Use as a context manager, or `start()` and `stop()`.

    `port` 0 takes any free one. `db` names a file that survives a restart; without one everything is in memory.
    `schedule` is the seconds before each webhook attempt, `now` the clock it lives by (aware).
    """

    def __init__(
        self,
        *,
        port: int = 0,
        db: Path | str | None = None,
        secret_key: str = SECRET_KEY,
        publishable_key: str = PUBLISHABLE_KEY,
        webhook_url: str = "",
        webhook_secret: str = WEBHOOK_SECRET,
        schedule: Sequence[float] = SCHEDULE,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        if not secret_key.startswith("sk_test_") or not publishable_key.startswith("pk_test_"):
            raise ValueError("The simulator takes test keys only: sk_test_... and pk_test_...")
        self._server = Server(port)
        self.site = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.api_url = f"{self.site}/v1"
        self.secret_key = secret_key
        self.webhook_secret = webhook_secret
        self._store = Store(db)
        self.hooks = Hooks(
            self._store, url=webhook_url, secret=webhook_secret, faults=self._server.faults, schedule=schedule
        )
        self.bank = Bank(self._store, self.hooks, site=self.site, now=now)
        self._server.bank = self.bank
        self._server.secret_key = secret_key
        self._server.api = Api(self.bank, secret_key=secret_key, publishable_key=publishable_key)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def start(self) -> Self:
        self.hooks.start()
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self.hooks.stop()
        self._store.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()
        if self._server.mistakes and exc[0] is None:
            raise AssertionError(f"the simulator itself failed: {self._server.mistakes}")

    # --- what guests and the dashboard do, without a browser ---

    def begin(self, invoice_id: str, *, card: str = cards.MADA, manual: bool = False) -> Doc:
        """Enter a card on the hosted page and stop at the bank's page (if the card has one)."""
        invoice = self.bank.invoice(invoice_id)
        return self.bank.begin(
            amount=invoice["amount"],
            currency=invoice["currency"],
            means=sources.card(number=card, name="Noura Test", manual=manual),
            description=invoice["description"],
            invoice_id=invoice_id,
        )

    def finish(self, payment_id: str, *, approve: bool = True) -> Doc:
        """Press a button on the bank's page."""
        return self.bank.finish(payment_id, approve=approve)

    def pay(self, invoice_id: str, *, card: str = cards.MADA, approve: bool = True, manual: bool = False) -> Doc:
        """Both. Returns the payment, whatever became of it."""
        return self.finish(self.begin(invoice_id, card=card, manual=manual)["id"], approve=approve)

    def refund_in_dashboard(self, payment_id: str, amount: int | None = None) -> Doc:
        """Somebody refunds by hand (halalas; all that is left by default)."""
        return self.bank.refund(payment_id, {} if amount is None else {"amount": amount})

    def void_in_dashboard(self, payment_id: str) -> Doc:
        return self.bank.void(payment_id, {})

    def invoice(self, invoice_id: str) -> Doc:
        return self.bank.invoice(invoice_id)

    def invoices(self) -> list[Doc]:
        """Newest first."""
        return self.bank.invoices()

    def payment(self, payment_id: str) -> Doc:
        return self.bank.payment(payment_id)

    def payments(self) -> list[Doc]:
        """Newest first."""
        return self.bank.payments()

    def tamper_invoice(self, invoice_id: str, **fields: Any) -> Doc:
        """Change a stored row behind everybody's back; no webhook."""
        return self.bank.tamper("invoice", invoice_id, **fields)

    def tamper_payment(self, payment_id: str, **fields: Any) -> Doc:
        """The same for a payment."""
        return self.bank.tamper("payment", payment_id, **fields)

    # --- what goes wrong, and what was seen ---

    def fault(
        self, operation: str, kind: str, *, times: int = 1, applied: bool | None = None, seconds: float = 30.0
    ) -> None:
        """Spoil the next `times` calls of an operation ("any" for whichever comes, "webhook" for what we send).

        Kinds and defaults: faults.py.
        `applied` says whether the thing happens although the answer is bad.
        """
        self._server.faults.add(operation, kind, times=times, applied=applied, seconds=seconds)

    def clear_faults(self) -> None:
        self._server.faults.clear()

    @property
    def seen(self) -> list[tuple[str, str, int]]:
        """(method, path, status) of every API call; status 0 where the answer was broken off."""
        return list(self._server.seen)

    def deliveries(self, *, seconds: float = 5.0) -> list[Doc]:
        """Webhooks and callbacks (url, body, attempts, state, answer), once none is due any more."""
        return self.hooks.wait(seconds)

    def forever(self) -> None:
        """Until interrupted."""
        while self._thread.is_alive():
            time.sleep(0.5)
