"""The wire format: error bodies, time stamps, and what a request body may hold."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

CURRENCIES = ("SAR", "USD", "AED", "KWD", "BHD", "QAR", "OMR", "EUR", "GBP")


class ApiError(Exception):
    """An answer of 400 or more, in the documented shape."""

    def __init__(self, status: int, kind: str, message: str, errors: dict[str, list[str]] | str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"type": kind, "message": message, "errors": errors}


def invalid(**errors: str) -> ApiError:
    """400 for fields that are wrong."""
    return ApiError(400, "validation_error", "Validation Failed", {name: [text] for name, text in errors.items()})


def wrong_state(message: str) -> ApiError:
    """400 for a verb that does not fit the state."""
    return ApiError(400, "invalid_request_error", message)


def not_found() -> ApiError:
    return ApiError(404, "record_not_found", "Object not found")


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def load(body: bytes) -> dict[str, Any]:
    """A request body: one JSON object, or 400."""
    try:
        value = json.loads(body.decode()) if body else {}
    except (ValueError, RecursionError):
        raise ApiError(400, "invalid_request_error", "The request body is not valid JSON") from None
    if not isinstance(value, dict):
        raise ApiError(400, "invalid_request_error", "The request body is not a JSON object")
    return value


def only(body: dict[str, Any], *names: str) -> None:
    """Refuse a field that the documentation does not know: a misspelt one would be lost without a word there."""
    for name in body:
        if name not in names:
            raise invalid(**{name: "is not a known parameter"})


def amount_of(body: dict[str, Any], *, minimum: int = 100) -> int:
    """Minor units as an integer: 100 halalas at least."""
    value = body.get("amount")
    if type(value) is not int:
        raise invalid(amount="must be an integer in the smallest currency unit")
    if value < minimum:
        raise invalid(amount=f"must be greater than or equal to {minimum}")
    return value


def currency_of(body: dict[str, Any]) -> str:
    value = body.get("currency", "SAR")
    if value not in CURRENCIES:
        raise invalid(currency="is not supported")
    return value


def text_of(body: dict[str, Any], name: str, *, required: bool = False, longest: int = 255) -> str | None:
    value = body.get(name)
    if value is None and not required:
        return None
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        raise invalid(**{name: f"must be a text of 1 to {longest} characters"})
    return value


def web_address(body: dict[str, Any], name: str) -> str | None:
    value = text_of(body, name, longest=2000)
    if value is None:
        return None
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\x00-\x20\x7f]", value):
        raise invalid(**{name: "is not a valid URL"})
    return value


def moment_of(body: dict[str, Any], name: str) -> datetime | None:
    value = text_of(body, name)
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise invalid(**{name: "is not an ISO 8601 time"}) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def flag_of(body: dict[str, Any], name: str, *, default: bool = False) -> bool:
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise invalid(**{name: "must be true or false"})
    return value


def metadata_of(body: dict[str, Any]) -> dict[str, Any] | None:
    """At most 30 keys of 40 characters, values of 500."""
    value = body.get("metadata")
    if value is None:
        return None
    if not isinstance(value, dict) or len(value) > 30:
        raise invalid(metadata="must be an object of at most 30 keys")
    for key, item in value.items():
        if len(key) > 40 or not isinstance(item, str | int | float | bool) or len(str(item)) > 500:
            raise invalid(metadata=f"the value of {key[:40]} is not acceptable")
    return value
