"""What may happen to an invoice and a payment, as far as Moyasar documents it; where it does not, the harsher reading.

Harsher readings: a payment begun before its invoice expired or was cancelled still completes; any refund makes the
status `refunded`; a payment made on an invoice does not inherit the invoice's metadata; the bank drops a hold after
seven days (their pages say 7 and 14) and it goes on being called `authorized`.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from salon.payments.simulator import cards, documents, sources, wire
from salon.payments.simulator.documents import shown
from salon.payments.simulator.hooks import Hooks
from salon.payments.simulator.sources import Means
from salon.payments.simulator.store import Doc, Store
from salon.payments.simulator.wire import ApiError, stamp, wrong_state

VOID_WINDOW = timedelta(hours=2)
THREE_D_SECURE_WINDOW = timedelta(minutes=15)
CODE_WINDOW = timedelta(minutes=5)
HOLD_WINDOW = timedelta(days=7)
REFUNDABLE = ("paid", "captured", "refunded")


class Bank:
    """Every change of state, each one transaction with the webhook it owes. `site` is the address of hosted pages."""

    def __init__(self, store: Store, hooks: Hooks, *, site: str, now: Callable[[], datetime]) -> None:
        self._store = store
        self._hooks = hooks
        self.now = now
        self.site = site
        self.coupon_percent = 0  # what a card's own coupon takes off wherever a request does not forbid it

    # --- invoices ---

    def create_invoice(self, body: dict[str, Any]) -> Doc:
        wire.only(
            body,
            "amount",
            "currency",
            "description",
            "callback_url",
            "success_url",
            "back_url",
            "expired_at",
            "metadata",
        )
        now = self.now()
        if "currency" not in body:
            raise wire.invalid(currency="can't be blank")
        expired_at = wire.moment_of(body, "expired_at")
        if expired_at is not None and expired_at <= now:
            raise wire.invalid(expired_at="must be in the future")
        amount, currency, invoice_id = wire.amount_of(body), wire.currency_of(body), str(uuid.uuid4())
        invoice = documents.invoice(
            id=invoice_id,
            amount=amount,
            currency=currency,
            description=wire.text_of(body, "description", required=True, longest=1000),
            url=f"{self.site}/invoices/{invoice_id}?lang=en",
            callback_url=wire.web_address(body, "callback_url"),
            expired_at=expired_at,
            back_url=wire.web_address(body, "back_url"),
            success_url=wire.web_address(body, "success_url"),
            metadata=wire.metadata_of(body),
            now=now,
        )
        with self._store.change():
            self._store.put("invoice", invoice)
        return self._with_payments(invoice)

    def invoice(self, invoice_id: str) -> Doc:
        """As it is now: expiry is noticed when somebody looks."""
        with self._store.change():
            invoice = self._store.get("invoice", invoice_id)
            if invoice is None:
                raise wire.not_found()
            return self._with_payments(self._aged(invoice))

    def invoices(self) -> list[Doc]:
        with self._store.change():
            return [self._with_payments(self._aged(invoice)) for invoice in self._store.newest_first("invoice")]

    def update_invoice(self, invoice_id: str, body: dict[str, Any]) -> Doc:
        wire.only(body, "metadata")
        with self._store.change():
            return self._save("invoice", self.invoice(invoice_id), metadata=wire.metadata_of(body))

    def cancel_invoice(self, invoice_id: str) -> Doc:
        with self._store.change():
            invoice = self.invoice(invoice_id)
            if invoice["status"] != "initiated":
                raise wrong_state(f"Invoice can not be canceled, it is {invoice['status']}")
            return self._save("invoice", invoice, status="canceled")

    # --- payments ---

    def payment(self, payment_id: str) -> Doc:
        payment = self._store.get("payment", payment_id)
        if payment is None:
            raise wire.not_found()
        return payment

    def payments(self) -> list[Doc]:
        return self._store.newest_first("payment")

    def update_payment(self, payment_id: str, body: dict[str, Any]) -> Doc:
        wire.only(body, "description", "metadata")
        change = {}
        if "description" in body:
            change["description"] = wire.text_of(body, "description", longest=1000)
        if "metadata" in body:
            change["metadata"] = wire.metadata_of(body)
        with self._store.change():
            return self._save("payment", self.payment(payment_id), **change)

    def begin(
        self,
        *,
        amount: int,
        currency: str,
        means: Means,
        description: str | None = None,
        callback_url: str | None = None,
        invoice_id: str | None = None,
        metadata: Doc | None = None,
        given_id: str | None = None,
        apply_coupon: bool = False,
    ) -> Doc:
        """Somebody pays. It waits at the bank's page or for a code, unless none is needed or it is turned down."""
        payment_id = given_id or str(uuid.uuid4())
        if means.waits:
            means = sources.at(means, self._next_step(payment_id, means.waits))
        if apply_coupon:
            amount -= amount * self.coupon_percent // 100
        payment = documents.payment(
            id=payment_id,
            amount=amount,
            currency=currency,
            description=description,
            callback_url=callback_url,
            invoice_id=invoice_id,
            metadata=metadata,
            source=means.public,
            now=self.now(),
        )
        with self._store.change():
            if self._store.get("payment", payment_id) is not None:
                raise ApiError(400, "used_given_id", "Payment is already created")
            if invoice_id is not None:
                invoice = self.invoice(invoice_id)
                if invoice["status"] != "initiated":
                    raise wrong_state("Invoice is not open for payment")
                if (invoice["amount"], invoice["currency"]) != (amount, currency):
                    raise wire.invalid(amount="does not match the invoice")
            self._store.put("payment", payment)
            # What the bank will say is kept, not the number: somebody may type a real card into a test page.
            kept = {"code": means.code, "vouched": means.vouched, "manual": means.manual, "waits": means.waits}
            token = sources.token_of(means) if means.save else None
            if token:
                self._store.put("token", token)
            self._store.put("verdict", {"id": payment_id, **kept, "token": token and token["id"]})
            if means.refusal:
                return self._end(payment, "failed", {**payment["source"], "message": means.refusal})
            if not means.waits:
                return self.finish(payment_id, approve=True)
        return payment

    def token(self, token_id: str) -> Doc | None:
        """A card that was kept for later."""
        return self._store.get("token", token_id)

    def finish(self, payment_id: str, *, approve: bool) -> Doc:
        """The payer came back from the bank's page. The money moves now, or it does not."""
        with self._store.change():
            payment = self.payment(payment_id)
            verdict = self._store.get("verdict", payment_id) or {}
            if payment["status"] != "initiated" or verdict["waits"] == "otp":
                return payment
            source = {**payment["source"], "transaction_url": None}
            if not approve or not verdict["vouched"]:
                source["message"] = "3-D Secure authentication failed"
            elif self._age(payment) > THREE_D_SECURE_WINDOW:
                source["message"] = "3-D Secure authentication expired"
            elif self._is_paid_already(payment):
                source["message"] = "Invoice is already paid"
            else:
                source |= {"message": cards.MESSAGES[verdict["code"]], "response_code": verdict["code"]}
                source["reference_number"] = f"{secrets.randbelow(10**12):012d}"
            if source["response_code"] != "00":
                return self._end(payment, "failed", source)
            source["authorization_code"] = f"{secrets.randbelow(10**6):06d}"
            source["token"] = source["token"] or verdict["token"]
            return self._end(payment, "authorized" if verdict["manual"] else "paid", source)

    def finish_by_code(self, payment_id: str, code: str) -> Doc:
        """The payer typed the code of STC Pay. One try: a wrong code fails the payment."""
        with self._store.change():
            payment = self.payment(payment_id)
            if payment["status"] != "initiated":
                raise wrong_state(f"Payment is {payment['status']}")
            source = {**payment["source"], "transaction_url": None}
            if self._age(payment) > CODE_WINDOW:
                source["message"] = "The code has expired"
            elif self._is_paid_already(payment):
                source["message"] = "Invoice is already paid"
            else:
                source["message"] = sources.STC_CODES.get(code, "Invalid OTP")
            if source["message"]:
                return self._end(payment, "failed", source)
            source |= {"message": "Paid", "reference_number": secrets.token_hex(8)}
            return self._end(payment, "paid", source)

    def capture(self, payment_id: str, body: dict[str, Any]) -> Doc:
        with self._store.change():
            payment = self.payment(payment_id)
            amount = self._part(body, most=payment["amount"])
            if payment["status"] != "authorized":
                raise wrong_state("Payment is not authorized")
            if self._age(payment) > HOLD_WINDOW:
                raise wrong_state("The hold was released by the issuer")
            return self._save(
                "payment",
                payment,
                event=True,
                status="captured",
                captured=amount,
                captured_at=stamp(self.now()),
                captured_format=shown(amount, payment["currency"]),
            )

    def void(self, payment_id: str, body: dict[str, Any]) -> Doc:
        wire.only(body)
        with self._store.change():
            payment, now = self.payment(payment_id), self.now()
            if payment["status"] not in ("authorized", "paid", "captured"):
                raise wrong_state(f"Payment can not be voided, it is {payment['status']}")
            since = datetime.fromisoformat(payment["captured_at"] or payment["created_at"])
            if payment["status"] != "authorized" and now - since > VOID_WINDOW:
                raise wrong_state("Payment can not be voided any more")
            payment = self._save("payment", payment, event=True, status="voided", voided_at=stamp(now))
            self._mark_invoice(payment, "voided")
            return payment

    def refund(self, payment_id: str, body: dict[str, Any]) -> Doc:
        with self._store.change():
            payment = self.payment(payment_id)
            if payment["status"] not in REFUNDABLE:
                raise wrong_state(f"Payment can not be refunded, it is {payment['status']}")
            taken = payment["captured"] or payment["amount"]
            total = payment["refunded"] + self._part(body, most=taken - payment["refunded"])
            payment = self._save(
                "payment",
                payment,
                event=True,
                status="refunded",
                refunded=total,
                refunded_at=stamp(self.now()),
                refunded_format=shown(total, payment["currency"]),
            )
            if total == taken:
                self._mark_invoice(payment, "refunded")
            return payment

    def tamper(self, kind: str, doc_id: str, **fields: Any) -> Doc:
        """Change a stored row behind everybody's back; no webhook."""
        with self._store.change():
            doc = self._store.get(kind, doc_id)
            if doc is None:
                raise wire.not_found()
            return self._save(kind, doc, **fields)

    # --- inside ---

    def _part(self, body: dict[str, Any], *, most: int) -> int:
        """The amount of a capture or refund: all that is left, unless a part is named."""
        wire.only(body, "amount")
        amount = wire.amount_of(body, minimum=1) if "amount" in body else most
        if amount > most or most <= 0:
            raise wire.invalid(amount=f"must be less than or equal to {most}")
        return amount

    def _next_step(self, payment_id: str, waits: str) -> str:
        if waits == "3ds":
            return f"{self.site}/3ds/{payment_id}"
        return f"{self.site}/v1/stc_pays/{payment_id}/proceed?otp_token={secrets.token_urlsafe(16)}"

    def _age(self, payment: Doc) -> timedelta:
        return self.now() - datetime.fromisoformat(payment["created_at"])

    def _is_paid_already(self, payment: Doc) -> bool:
        return bool(payment["invoice_id"]) and self.invoice(payment["invoice_id"])["status"] == "paid"

    def _end(self, payment: Doc, status: str, source: Doc) -> Doc:
        payment = self._save("payment", payment, event=True, status=status, source=source)
        if status != "failed":
            self._mark_invoice(payment, "paid")
        return payment

    def _aged(self, invoice: Doc) -> Doc:
        over = invoice["expired_at"] and datetime.fromisoformat(invoice["expired_at"]) <= self.now()
        return (
            self._save("invoice", invoice, status="expired") if over and invoice["status"] == "initiated" else invoice
        )

    def _mark_invoice(self, payment: Doc, status: str) -> None:
        invoice = self._store.get("invoice", payment["invoice_id"] or "")
        if invoice is None:
            return
        invoice = self._save("invoice", invoice, status=status)
        if status == "paid":
            self._hooks.callback(invoice)

    def _with_payments(self, invoice: Doc) -> Doc:
        return {**invoice, "payments": self._store.of_invoice(invoice["id"])}

    def _save(self, kind: str, doc: Doc, *, event: bool = False, **change: Any) -> Doc:
        doc = {**doc, **change, "updated_at": stamp(self.now())}
        self._store.put(kind, {name: value for name, value in doc.items() if name != "payments"})
        if event:
            self._hooks.event(doc, self.now())
        return self._with_payments(doc) if kind == "invoice" else doc


def utc_now() -> datetime:
    return datetime.now(UTC)
