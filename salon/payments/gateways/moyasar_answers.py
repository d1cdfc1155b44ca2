"""Moyasar's answers, read as if a stranger wrote them: which error a bad one is, and what a good one says.

A field of the wrong type makes the whole answer unusable, an unknown status is never paid.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

from salon.core import http
from salon.payments.gateways.base import (
    Charge,
    Invoice,
    InvoiceStatus,
    NotFound,
    Refused,
    Status,
    Unavailable,
    Uncertain,
)

logger = logging.getLogger("salon.payments.moyasar")

ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)

_S = TypeVar("_S", Status, InvoiceStatus)
_CARD_NUMBER = re.compile(r"\d(?:[ -]?\d){11,18}", re.ASCII)
_NOT_PRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True, slots=True)
class Call:
    """One question, and how its failures are named: only a write can leave us uncertain."""

    name: str
    writes: bool

    def unusable(self, kind: str, *, status: int | None = None, vendor_message: str = "") -> NoReturn:
        """No answer one could act on."""
        logger.warning("%s: no usable answer (%s, %s)", self.name, kind, status)
        raise (Uncertain if self.writes else Unavailable)(kind, status=status, vendor_message=vendor_message)

    def judge(self, answer: http.HttpAnswer) -> dict[str, Any]:
        """The JSON object of an accepted call, or the fitting error. Judged by HTTP status: their type words vary."""
        try:
            body = answer.json()
        except http.BadJson:
            body = None
        if not isinstance(body, dict):
            body = None
        status = answer.status
        message = _message(body or {})
        if status == 429:
            raise Unavailable("rate_limited", status=status, vendor_message=message)
        if status == 403 and body is None:  # an HTML 403 is the firewall in front of them: the API never saw the call
            raise Unavailable("firewall", status=status)
        if body is None:
            self.unusable("garbage", status=status)
        if status in (200, 201):
            return body
        if status in (408, 409, 425) or not 400 <= status < 500:
            self.unusable("status", status=status, vendor_message=message)
        error = (NotFound if status == 404 else Refused)("refused", status=status, vendor_message=message)
        logger.log(
            logging.ERROR if error.needs_operator else logging.INFO,
            "%s: refused with %d: %s",
            self.name,
            status,
            message,
        )
        raise error


def read_invoice(call: Call, raw: object, *, expected: str | None = None) -> Invoice:
    """One invoice; `expected` is the id it must have."""
    row = _Row(call, raw, expected)
    url = row.text("url")
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")):
        call.unusable("shape")  # a browser will be sent there
    charges = row.raw.get("payments")
    if charges is not None and not isinstance(charges, list):
        call.unusable("shape")
    return Invoice(
        id=row.id,
        status=_word(InvoiceStatus, row.text("status")),
        amount=row.amount("amount"),
        currency=row.text("currency"),
        url=url,
        expired_at=row.moment("expired_at"),
        metadata=row.metadata(),
        charges=tuple(read_charge(call, charge) for charge in charges or ()),
    )


def read_charge(call: Call, raw: object, *, expected: str | None = None) -> Charge:
    """One charge; `expected` is the id it must have."""
    row = _Row(call, raw, expected)
    source = row.raw.get("source")
    paid_with = _Row(call, source, None, has_id=False) if source is not None else None
    return Charge(
        id=row.id,
        status=_word(Status, row.text("status")),
        amount=row.amount("amount"),
        currency=row.text("currency"),
        refunded=row.amount("refunded", default=0),
        captured=row.amount("captured", default=0),
        voided=row.moment("voided_at") is not None,
        invoice_id=row.text("invoice_id", default=""),
        metadata=row.metadata(),
        source_type=paid_with.text("type", default="") if paid_with else "",
        company=paid_with.text("company", default="") if paid_with else "",
        masked_number=_masked(paid_with.text("number", default="")) if paid_with else "",
        message=_clean(paid_with.text("message", default="")) if paid_with else "",
        response_code=_clean(paid_with.text("response_code", default="")) if paid_with else "",
        created_at=row.moment("created_at"),
        updated_at=row.moment("updated_at"),
    )


class _Row:
    """One JSON object, read field by field; the first field of a wrong type ends the reading."""

    def __init__(self, call: Call, raw: object, expected: str | None, *, has_id: bool = True) -> None:
        if not isinstance(raw, dict):
            call.unusable("shape")
        self.call = call
        self.raw: dict[str, Any] = raw
        self.id = self.text("id") if has_id else ""
        if has_id and not ID.fullmatch(self.id):
            call.unusable("shape")
        if expected is not None and self.id.lower() != expected.lower():
            call.unusable("wrong_id")

    def text(self, name: str, *, default: str | None = None) -> str:
        value = self.raw.get(name)
        value = default if value is None else value
        if not isinstance(value, str):
            self.call.unusable("shape")
        return value

    def amount(self, name: str, *, default: int | None = None) -> int:
        value = self.raw.get(name)
        value = default if value is None else value
        if type(value) is not int or not 0 <= value < 10**12:  # `bool` is an int, and 100.0 is not money
            self.call.unusable("shape")
        return value

    def moment(self, name: str) -> datetime | None:
        text = self.text(name, default="")
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.call.unusable("shape")
        if moment.tzinfo is None:
            self.call.unusable("shape")
        try:
            return moment.astimezone(UTC)
        except OverflowError:  # the year 1 or 9999, at the wrong side of an offset
            self.call.unusable("shape")

    def metadata(self) -> dict[str, str]:
        """What we attached. Numbers come back as numbers, so they are made texts again; other shapes are not ours."""
        value = self.raw.get("metadata") or {}
        if not isinstance(value, dict):
            self.call.unusable("shape")
        return {key: str(item) for key, item in value.items() if isinstance(item, str | int | float)}


def _word(kind: type[_S], word: str) -> _S:
    if word not in kind.__members__.values():
        logger.error("unknown status %r", word[:40])
        word = "unknown"
    return kind(word)


def _message(body: Mapping[str, Any]) -> str:
    """Their words, from `message` and whichever shape `errors` has."""
    errors = body.get("errors")
    if isinstance(errors, dict):
        errors = "; ".join(f"{name}: {_joined(texts)}" for name, texts in errors.items())
    return _clean(" - ".join(text for text in (body.get("message"), errors) if isinstance(text, str) and text))


def _joined(texts: object) -> str:
    return ", ".join(str(text) for text in texts) if isinstance(texts, list) else str(texts)


def _clean(text: str) -> str:
    return _CARD_NUMBER.sub("[number]", _NOT_PRINTABLE.sub(" ", text)).strip()[:300]


def _masked(number: str) -> str:
    """The last four digits are kept even if a whole number should ever arrive."""
    digits = [character for character in number if character.isdigit()]
    return _clean(number) if len(digits) <= 10 else f"XXXX-XXXX-XXXX-{''.join(digits[-4:])}"
