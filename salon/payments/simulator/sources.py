"""What somebody pays with, as `source` of a payment: checked field by field, and what the bank will say to it.

The published test numbers and amounts decide. What they do not cover is turned down, as it is there.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from salon.payments.simulator import cards, wire
from salon.payments.simulator.store import Doc

NO_MEANS = "must be one of creditcard, token, stcpay, applepay, samsungpay"

STC_REFUSALS = {
    "0515555555": "The mobile number is not registered",
    "0515555556": "The STC Pay app needs an update",
    "0515555557": "There is a problem with the account",
    "0515555558": "The attempts for a code are used up",
    "0515555559": "Wait 60 seconds before trying again",
}
"""Mobile numbers that fail before any code is sent. Every other one gets a code."""

STC_CODES = {
    "123456": "",
    "000000": "",
    "111111": "Insufficient balance",
    "222222": "The daily limit is exceeded",
    "333333": "The maximum amount is exceeded",
    "444444": "Timeout",
}
"""What a code leads to; empty is paid. Every other one is invalid."""

WALLET_AMOUNTS = (((20000, 30000), "00"), ((100000, 110000), "99"), ((110100, 120000), "51"))
"""In test mode the amount (halalas) decides about a wallet's payment. What is in none of the spans fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """`public` is what is shown of it. `waits` says for what the payer is asked first: "3ds", "otp" or nothing."""

    public: Doc
    code: str = "00"
    vouched: bool = True
    manual: bool = False
    waits: str = ""
    refusal: str = ""
    save: bool = False


def card(*, number: str, name: str, manual: bool = False, secure: bool = True, save: bool = False) -> Means:
    """A card as it was typed. Of its number four digits are kept: somebody may type a real one into a test page."""
    known = cards.look_up(number)
    asks = number in cards.CARDS and not known.frictionless and secure
    return Means(
        public=_card_shown("creditcard", known.company, name, cards.masked(number)),
        code=known.code,
        vouched=known.three_d_secure,
        manual=manual,
        waits="3ds" if asks else "",
        save=save,
    )


def read(source: Any, *, amount: int, now: datetime, secret: bool, saved: Callable[[str], Doc | None]) -> Means:
    """The `source` of a request, or 400 naming the field. `secret` is whether the secret key asks."""
    if not isinstance(source, dict):
        raise wire.invalid(source="must be an object")
    match source.get("type"):
        case "creditcard":
            return _typed_card(source, now)
        case "token":
            return _saved_card(source, secret=secret, saved=saved)
        case "stcpay":
            return _stc_pay(source)
        case "applepay" | "samsungpay" as wallet:
            return _wallet(wallet, source, amount)
        case _:
            raise wire.invalid(source=NO_MEANS)


def _typed_card(source: Doc, now: datetime) -> Means:
    wire.only(
        source,
        *("type", "name", "number", "month", "year", "cvc"),
        *("statement_descriptor", "3ds", "manual", "save_card"),
    )
    name, number = (wire.text_of(source, field, required=True) or "" for field in ("name", "number"))
    month, year, cvc = (_digits(source, field) for field in ("month", "year", "cvc"))
    problems = card_problems(name=name, number=number, month=month, year=year, cvc=cvc, today=now)
    if problems:
        raise wire.invalid(**{field: f"{field} is not valid" for field in problems})
    _descriptor(source)
    secure, save = wire.flag_of(source, "3ds", default=True), wire.flag_of(source, "save_card")
    if save and not secure:
        raise wire.invalid(save_card="needs 3ds")
    return card(number=number, name=name, manual=wire.flag_of(source, "manual"), secure=secure, save=save)


def _saved_card(source: Doc, *, secret: bool, saved: Callable[[str], Doc | None]) -> Means:
    wire.only(source, "type", "token", "cvc", "3ds", "manual", "statement_descriptor")
    if not secret:
        raise wire.ApiError(403, "authentication_error", "A saved card is charged with the secret key")
    _descriptor(source)
    token = wire.text_of(source, "token", required=True) or ""
    kept = saved(token) if token.startswith("token_") else None
    if kept is None:
        raise wire.invalid(token="is not known")  # noqa: S106 - words, no secret
    if "cvc" in source and not re.fullmatch(r"[0-9]{3,4}", _digits(source, "cvc")):
        raise wire.invalid(cvc="cvc is not valid")
    asks = wire.flag_of(source, "3ds", default=True) and not kept["frictionless"]
    return Means(
        public={**_card_shown("token", kept["company"], kept["name"], kept["number"]), "token": token},
        code=kept["code"],
        vouched=kept["vouched"],
        manual=wire.flag_of(source, "manual"),
        waits="3ds" if asks else "",
    )


def _stc_pay(source: Doc) -> Means:
    wire.only(source, "type", "mobile", "cashier", "branch")
    mobile = wire.text_of(source, "mobile", required=True) or ""
    if not re.fullmatch(r"05[0-9]{8}", mobile):
        raise wire.invalid(mobile="must look like 05XXXXXXXX")
    refusal = STC_REFUSALS.get(mobile, "")
    shown = {
        "type": "stcpay",
        "mobile": f"{mobile[:2]}XXXXX{mobile[-3:]}",
        "reference_number": None,
        "cashier": wire.text_of(source, "cashier"),
        "branch": wire.text_of(source, "branch"),
        "transaction_url": None,
        "message": None,
    }
    return Means(public=shown, waits="" if refusal else "otp", refusal=refusal)


def _wallet(wallet: str, source: Doc, amount: int) -> Means:
    wire.only(source, "type", "token", "manual", "save_card", "statement_descriptor")
    _descriptor(source)
    token = wire.text_of(source, "token", required=True, longest=20_000) or ""
    try:
        wire.load(token.encode())
    except (wire.ApiError, UnicodeEncodeError):
        raise wire.invalid(token="is not a wallet's payload") from None  # noqa: S106 - words, no secret
    wire.flag_of(source, "save_card")
    code = next((code for (low, high), code in WALLET_AMOUNTS if low <= amount <= high), "99")
    shown = {**_card_shown(wallet, "visa", None, "XXXX-XXXX-XXXX-1111"), "dpan": "XXXX-XXXX-XXXX-4242"}
    return Means(public=shown, code=code, manual=wire.flag_of(source, "manual"))


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


def token_of(means: Means) -> Doc:
    """What is kept of a card that was saved: enough to charge it again here, and no number."""
    shown = means.public
    return {
        "id": f"token_{secrets.token_hex(16)}",
        "company": shown["company"],
        "name": shown["name"],
        "number": shown["number"],
        "code": means.code,
        "vouched": means.vouched,
        "frictionless": not means.waits,
    }


def at(means: Means, transaction_url: str) -> Means:
    """The same, with the address where the payer goes on."""
    return replace(means, public={**means.public, "transaction_url": transaction_url})


def _card_shown(kind: str, company: str, name: str | None, number: str) -> Doc:
    return {
        "type": kind,
        "company": company,
        "name": name,
        "number": number,
        "gateway_id": f"moyasar_cc_{secrets.token_hex(10)}",
        "reference_number": None,
        "token": None,
        "message": None,
        "transaction_url": None,
        "response_code": None,
        "authorization_code": None,
        "issuer_name": None,
        "issuer_country": "SA",
        "issuer_card_type": "debit" if company == "mada" else "credit",
        "issuer_card_category": None,
    }


def _digits(source: Doc, name: str) -> str:
    """A number that may come as a number or as a text."""
    value = source.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise wire.invalid(**{name: f"{name} is not valid"})
    return str(value)


def _descriptor(source: Doc) -> None:
    text = wire.text_of(source, "statement_descriptor")
    if text is not None and not re.fullmatch(r"[A-Za-z0-9\s~-]{1,64}", text):
        raise wire.invalid(statement_descriptor="may hold 1 to 64 letters, digits, spaces, - and ~")
