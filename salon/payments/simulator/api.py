"""The JSON API under /v1: who may ask, which verb it is, and lists."""

from __future__ import annotations

import base64
import binascii
import hmac
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from salon.payments.simulator import sources, wire
from salon.payments.simulator.bank import Bank
from salon.payments.simulator.store import Doc
from salon.payments.simulator.wire import ApiError

PER_PAGE = 40

PAYMENT_FIELDS = (
    *("given_id", "amount", "currency", "description", "callback_url", "source", "metadata", "invoice_id"),
    *("apply_coupon", "publishable_api_key"),
)
UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
BROWSER = frozenset({"create", "otp"})
"""What a page of a shop may call from the browser, from whichever address it has."""

_ROUTES = (
    ("POST", r"/v1/invoices", "create_invoice"),
    ("GET", r"/v1/invoices", "list_invoices"),
    ("GET", r"/v1/invoices/([^/]+)", "fetch_invoice"),
    ("PUT", r"/v1/invoices/([^/]+)", "update_invoice"),
    ("PUT", r"/v1/invoices/([^/]+)/cancel", "cancel_invoice"),
    ("POST", r"/v1/payments", "create"),
    ("GET", r"/v1/payments", "list"),
    ("GET", r"/v1/payments/([^/]+)", "fetch"),
    ("PUT", r"/v1/payments/([^/]+)", "update"),
    ("POST", r"/v1/payments/([^/]+)/capture", "capture"),
    ("POST", r"/v1/payments/([^/]+)/void", "void"),
    ("POST", r"/v1/payments/([^/]+)/refund", "refund"),
    ("POST", r"/v1/stc_pays/([^/]+)/proceed", "otp"),
)
_FILTERS = {
    "invoices": {"page", "id", "status", "created[gt]", "created[lt]"},
    "payments": {
        "page",
        "id",
        "status",
        "created[gt]",
        "created[lt]",
        "updated[gt]",
        "updated[lt]",
        "card_last_digits",
        "receipt_no",
    },
}


@dataclass(frozen=True, slots=True)
class Request:
    """One API call as it came in. Header names are lower case; `query` keeps the last of repeated names."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


class Api:
    """Answers `(status, document)`; raises `ApiError` for everything from 400 up."""

    def __init__(self, bank: Bank, *, secret_key: str, publishable_key: str) -> None:
        self._bank = bank
        self._secret_key = secret_key
        self._publishable_key = publishable_key

    def operation(self, method: str, path: str) -> tuple[str, str]:
        """The name of the verb and the id it is about, or 404."""
        for its_method, pattern, name in _ROUTES:
            found = re.fullmatch(pattern, path)
            if found and its_method == method:
                return name, found.group(1) if found.groups() else ""
        raise ApiError(404, "api_error", f"No route matches {method} {path}")

    def authorize(self, request: Request, operation: str) -> bool:
        """Whether it is the secret key, which may do everything; the publishable one may only create a payment.

        The embedded form sends its key inside the body, and the code of STC Pay goes to an address that is the key.
        """
        if operation == "otp":
            return False
        key = self._key_of(request, operation)
        if hmac.compare_digest(key.encode(), self._secret_key.encode()):
            return True
        if not hmac.compare_digest(key.encode(), self._publishable_key.encode()):
            raise ApiError(401, "authentication_error", "Invalid authorization credentials")
        if operation != "create":
            raise ApiError(403, "authentication_error", "This key is not allowed to do that")
        return False

    def _key_of(self, request: Request, operation: str) -> str:
        header = request.headers.get("authorization")
        if header is None and operation == "create":
            try:
                key = wire.load(request.body).get("publishable_api_key")
            except ApiError:
                key = ""
            return key if isinstance(key, str) and key.startswith("pk_") else ""
        kind, _, value = (header or "").partition(" ")
        try:
            key, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (ValueError, binascii.Error):
            return ""
        return key if kind.lower() == "basic" and not password else ""

    def answer(self, request: Request, operation: str, thing_id: str, *, secret: bool) -> tuple[int, Doc]:
        """Do it. `secret` is what `authorize` said."""
        if request.body and request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            raise ApiError(400, "invalid_request_error", "Content-Type must be application/json")
        if request.method == "GET" and request.body:
            raise ApiError(400, "invalid_request_error", "A GET request has no body")
        body = wire.load(request.body)
        bank = self._bank
        if operation in ("create_invoice", "create"):
            return 201, bank.create_invoice(body) if operation == "create_invoice" else self._create(
                body, secret=secret
            )
        if operation in ("list_invoices", "list"):
            kind, docs = (
                ("invoices", bank.invoices()) if operation == "list_invoices" else ("payments", bank.payments())
            )
            return 200, listed(kind, docs, request.query)
        if operation == "otp":
            return 200, self._type_code(request, thing_id, body)
        plain: dict[str, Callable[[str], Doc]] = {
            "fetch_invoice": bank.invoice,
            "cancel_invoice": bank.cancel_invoice,
            "fetch": bank.payment,
        }
        if operation in plain:
            wire.only(body)
            return 200, plain[operation](thing_id)
        with_body: dict[str, Callable[[str, dict[str, Any]], Doc]] = {
            "update_invoice": bank.update_invoice,
            "update": bank.update_payment,
            "capture": bank.capture,
            "void": bank.void,
            "refund": bank.refund,
        }
        return 200, with_body[operation](thing_id, body)

    def _create(self, body: dict[str, Any], *, secret: bool) -> Doc:
        wire.only(body, *PAYMENT_FIELDS)
        given_id = wire.text_of(body, "given_id")
        if given_id is not None and not UUID4.fullmatch(given_id):
            raise wire.invalid(given_id="is not a UUID v4")
        callback_url, amount = wire.web_address(body, "callback_url"), wire.amount_of(body)
        means = sources.read(
            body.get("source"), amount=amount, now=self._bank.now(), secret=secret, saved=self._bank.token
        )
        if callback_url is None and means.public["type"] in ("creditcard", "token"):
            raise wire.invalid(callback_url="can't be blank")
        return self._bank.begin(
            amount=amount,
            currency=wire.currency_of(body),
            means=means,
            description=wire.text_of(body, "description", longest=1000),
            callback_url=callback_url,
            invoice_id=wire.text_of(body, "invoice_id"),
            metadata=wire.metadata_of(body),
            given_id=given_id.lower() if given_id else None,
            apply_coupon=wire.flag_of(body, "apply_coupon", default=True),
        )

    def _type_code(self, request: Request, payment_id: str, body: dict[str, Any]) -> Doc:
        """The second step of STC Pay, by whoever knows the address: the form repeats its own fields beside the code."""
        wire.only(body, "otp_value", *PAYMENT_FIELDS)
        source = self._bank.payment(payment_id)["source"]
        token = (source.get("transaction_url") or "").partition("otp_token=")[2]
        given = request.query.get("otp_token", "")
        if source["type"] != "stcpay" or (token and not hmac.compare_digest(given.encode(), token.encode())):
            raise wire.not_found()
        code = wire.text_of(body, "otp_value", required=True) or ""
        return self._bank.finish_by_code(payment_id, code)


def listed(kind: str, docs: list[Doc], query: Mapping[str, str]) -> Doc:
    """One page of a list: filters, newest first, forty rows."""
    for name in query:
        if name not in _FILTERS[kind] and not re.fullmatch(r"metadata\[[^\]]+\]", name):
            raise wire.invalid(**{name: "is not a known filter"})
    rows = [doc for doc in docs if all(_matches(doc, name, value) for name, value in query.items())]
    if not re.fullmatch(r"[1-9][0-9]{0,8}", query.get("page", "1")):
        raise wire.invalid(page="must be a positive integer")
    page, pages = int(query.get("page", "1")), max(1, math.ceil(len(rows) / PER_PAGE))
    return {
        kind: rows[(page - 1) * PER_PAGE : page * PER_PAGE],
        "meta": {
            "current_page": page,
            "next_page": page + 1 if page < pages else None,
            "prev_page": page - 1 if page > 1 else None,
            "total_pages": pages,
            "total_count": len(rows),
        },
    }


def _matches(doc: Doc, name: str, value: str) -> bool:
    if name in ("id", "status"):
        return doc[name] == value
    if name == "card_last_digits":
        return (doc["source"].get("number") or "")[-4:] == value
    if name == "receipt_no":
        return doc["source"]["reference_number"] == value
    found = re.fullmatch(r"(created|updated)\[(gt|lt)\]", name)
    if found:
        limit = wire.moment_of({name: value}, name)
        moment = datetime.fromisoformat(doc[f"{found[1]}_at"])
        return limit is not None and (moment > limit if found[2] == "gt" else moment < limit)
    if name.startswith("metadata["):
        return str((doc["metadata"] or {}).get(name[9:-1])) == value
    return True
