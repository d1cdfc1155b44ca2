"""The JSON API under /v1: who may ask, which verb it is, and lists."""

from __future__ import annotations

import base64
import binascii
import hmac
import math
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from salon.payments.simulator import wire
from salon.payments.simulator.bank import Bank
from salon.payments.simulator.store import Doc
from salon.payments.simulator.wire import ApiError

PER_PAGE = 40

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

    def authorize(self, request: Request, operation: str) -> None:
        """The secret key may do everything, the publishable one may only create a payment."""
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        try:
            key, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (ValueError, binascii.Error):
            key, password = "", ""
        if kind.lower() == "basic" and not password:
            if hmac.compare_digest(key.encode(), self._secret_key.encode()):
                return
            if hmac.compare_digest(key.encode(), self._publishable_key.encode()):
                if operation == "create":
                    return
                raise ApiError(403, "authentication_error", "This key is not allowed to do that")
        raise ApiError(401, "authentication_error", "Invalid authorization credentials")

    def answer(self, request: Request, operation: str, thing_id: str) -> tuple[int, Doc]:
        """Do it."""
        if request.body and request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            raise ApiError(400, "invalid_request_error", "Content-Type must be application/json")
        if request.method == "GET" and request.body:
            raise ApiError(400, "invalid_request_error", "A GET request has no body")
        body = wire.load(request.body)
        bank = self._bank
        if operation == "create_invoice":
            return 201, bank.create_invoice(body)
        if operation == "create":
            return 201, self._create_payment(body)
        if operation == "list_invoices":
            return 200, listed("invoices", bank.invoices(), request.query)
        if operation == "list":
            return 200, listed("payments", bank.payments(), request.query)
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

    def _create_payment(self, body: dict[str, Any]) -> Doc:
        wire.only(
            body,
            "given_id",
            "amount",
            "currency",
            "description",
            "callback_url",
            "source",
            "metadata",
            "invoice_id",
            "apply_coupon",
        )
        source = body.get("source")
        if not isinstance(source, dict) or source.get("type") != "creditcard":
            raise wire.invalid(source="only creditcard is simulated")
        given_id = wire.text_of(body, "given_id")
        if given_id is not None:
            try:
                given_id = str(uuid.UUID(given_id))
            except ValueError:
                raise wire.invalid(given_id="is not a UUID") from None
        callback_url = wire.web_address(body, "callback_url")
        if callback_url is None:
            raise wire.invalid(callback_url="can't be blank")
        card = {name: wire.text_of(source, name, required=True) or "" for name in ("name", "number")}
        problems = card_problems(
            name=card["name"],
            number=card["number"],
            month=str(source.get("month", "")),
            year=str(source.get("year", "")),
            cvc=str(source.get("cvc", "")),
            today=self._bank.now(),
        )
        if problems:
            raise wire.invalid(**{name: f"{name} is not valid" for name in problems})
        return self._bank.begin(
            amount=wire.amount_of(body),
            currency=wire.currency_of(body),
            number=card["number"],
            name=card["name"],
            description=wire.text_of(body, "description", longest=1000),
            callback_url=callback_url,
            invoice_id=wire.text_of(body, "invoice_id"),
            metadata=wire.metadata_of(body),
            given_id=given_id,
            manual=source.get("manual") is True,
            three_d_secure=source.get("3ds") is not False,
        )


def card_problems(*, name: str, number: str, month: str, year: str, cvc: str, today: datetime) -> dict[str, str]:
    """What is wrong with a card as typed, a word per field: two names, a future expiry, a CVC of 3 (Amex 4)."""
    problems = {}
    if len(name.split()) < 2:
        problems["name"] = "two_names"
    if not re.fullmatch(r"[0-9]{13,19}", number):
        problems["number"] = "number"
    if not re.fullmatch(r"0?[1-9]|1[0-2]", month):
        problems["month"] = "month"
    if not re.fullmatch(r"(20)?[0-9]{2}", year):
        problems["year"] = "year"
    if not re.fullmatch(r"[0-9]{4}" if re.match(r"3[47]", number) else r"[0-9]{3}", cvc):
        problems["cvc"] = "cvc"
    if "month" not in problems and "year" not in problems:
        full_year = int(year) if len(year) == 4 else 2000 + int(year)
        if (full_year, int(month)) < (today.year, today.month):
            problems["year"] = "past"
    return problems


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
        return doc["source"]["number"][-4:] == value
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
