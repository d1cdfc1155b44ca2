"""What may happen to an invoice and a payment, as far as Moyasar documents it; where it does not, the harsher reading.

Harsher readings: a payment begun before its invoice expired or was cancelled still completes; any refund makes the
status `refunded`; a payment made on an invoice does not inherit the invoice's metadata.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from salon.payments.simulator import cards, wire
from salon.payments.simulator.hooks import Hooks
from salon.payments.simulator.store import Doc, Store
from salon.payments.simulator.wire import ApiError, stamp, wrong_state

VOID_WINDOW = timedelta(hours=2)
THREE_D_SECURE_WINDOW = timedelta(minutes=15)
REFUNDABLE = ("paid", "captured", "refunded")


class Bank:
    """Every change of state, each one transaction with the webhook it owes. `site` is the address of hosted pages."""

    def __init__(self, store: Store, hooks: Hooks, *, site: str, now: Callable[[], datetime]) -> None:
        self._store = store
        self._hooks = hooks
        self.now = now
        self.site = site

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
        invoice = {
            "id": invoice_id,
            "status": "initiated",
            "amount": amount,
            "currency": currency,
            "description": wire.text_of(body, "description", required=True, longest=1000),
            "logo_url": None,
            "amount_format": shown(amount, currency),
            "url": f"{self.site}/invoices/{invoice_id}?lang=en",
            "callback_url": wire.web_address(body, "callback_url"),
            "expired_at": stamp(expired_at) if expired_at else None,
            "created_at": stamp(now),
            "updated_at": stamp(now),
            "back_url": wire.web_address(body, "back_url"),
            "success_url": wire.web_address(body, "success_url"),
            "metadata": wire.metadata_of(body),
        }
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
        number: str,
        name: str,
        description: str | None = None,
        callback_url: str | None = None,
        invoice_id: str | None = None,
        metadata: Doc | None = None,
        given_id: str | None = None,
        manual: bool = False,
        three_d_secure: bool = True,
    ) -> Doc:
        """A card was entered. The payment waits at the bank's page, unless the card needs none or is turned down."""
        card, now = cards.look_up(number), self.now()
        payment_id = given_id or str(uuid.uuid4())
        payment = {
            "id": payment_id,
            "status": "initiated",
            "amount": amount,
            "fee": 100 + round(amount * 0.0275),
            "currency": currency,
            "refunded": 0,
            "refunded_at": None,
            "captured": 0,
            "captured_at": None,
            "voided_at": None,
            "description": description,
            "amount_format": shown(amount, currency),
            "fee_format": shown(100 + round(amount * 0.0275), currency),
            "refunded_format": shown(0, currency),
            "captured_format": shown(0, currency),
            "invoice_id": invoice_id,
            "ip": "127.0.0.1",
            "callback_url": callback_url,
            "created_at": stamp(now),
            "updated_at": stamp(now),
            "metadata": metadata,
            "source": {
                "type": "creditcard",
                "company": card.company,
                "name": name,
                "number": cards.masked(number),
                "gateway_id": f"moyasar_cc_{secrets.token_hex(10)}",
                "reference_number": None,
                "token": None,
                "message": None,
                "transaction_url": f"{self.site}/3ds/{payment_id}",
                "response_code": None,
                "authorization_code": None,
                "issuer_name": None,
                "issuer_country": "SA",
                "issuer_card_type": "debit" if card.company == "mada" else "credit",
                "issuer_card_category": None,
            },
        }
        with self._store.change():
            if self._store.get("payment", payment_id) is not None:
                raise ApiError(400, "used_given_id", "Payment is already created")
            if invoice_id is not None and self.invoice(invoice_id)["status"] != "initiated":
                raise wrong_state("Invoice is not open for payment")
            self._store.put("payment", payment)
            # What the bank will say is kept, not the number: somebody may type a real card into a test page.
            verdict = {"code": card.code, "vouched": card.three_d_secure, "manual": manual}
            self._store.put("verdict", {"id": payment_id, **verdict})
            if number not in cards.CARDS or card.frictionless or not three_d_secure:
                return self.finish(payment_id, approve=True)
        return payment

    def finish(self, payment_id: str, *, approve: bool) -> Doc:
        """The payer came back from the bank's page. The money moves now, or it does not."""
        with self._store.change():
            payment, now = self.payment(payment_id), self.now()
            if payment["status"] != "initiated":
                return payment
            verdict = self._store.get("verdict", payment_id) or {}
            source = {**payment["source"], "transaction_url": None}
            if not approve or not verdict["vouched"]:
                source["message"] = "3-D Secure authentication failed"
            elif now - datetime.fromisoformat(payment["created_at"]) > THREE_D_SECURE_WINDOW:
                source["message"] = "3-D Secure authentication expired"
            elif payment["invoice_id"] and self.invoice(payment["invoice_id"])["status"] == "paid":
                source["message"] = "Invoice is already paid"
            else:
                source |= {"message": cards.MESSAGES[verdict["code"]], "response_code": verdict["code"]}
                source["reference_number"] = f"{secrets.randbelow(10**12):012d}"
            if source["response_code"] != "00":
                return self._save("payment", payment, event=True, status="failed", source=source)
            source["authorization_code"] = f"{secrets.randbelow(10**6):06d}"
            status = "authorized" if verdict["manual"] else "paid"
            payment = self._save("payment", payment, event=True, status=status, source=source)
            self._mark_invoice(payment, "paid")
            return payment

    def capture(self, payment_id: str, body: dict[str, Any]) -> Doc:
        with self._store.change():
            payment = self.payment(payment_id)
            amount = self._part(body, most=payment["amount"])
            if payment["status"] != "authorized":
                raise wrong_state("Payment is not authorized")
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


def shown(amount: int, currency: str) -> str:
    """`12.50 SAR`."""
    return f"{amount // 100}.{amount % 100:02d} {currency}"


def utc_now() -> datetime:
    return datetime.now(UTC)
