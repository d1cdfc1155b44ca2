"""Money is whole halalas (1 SAR = 100 halalas) as int. No float touches an amount."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from salon.core.digits import to_ascii_digits

Halalas = int
"""Integer hundredths of a Saudi riyal."""

VAT_PERCENT = 15


def _divide(numerator: int, denominator: int) -> int:
    """Rounded quotient, a half going away from zero, so that a refund mirrors the charge it undoes."""
    rounded = (2 * abs(numerator) + denominator) // (2 * denominator)
    return rounded if numerator >= 0 else -rounded


def percent_of(amount: Halalas, percent: int) -> Halalas:
    """`percent` hundredths of `amount`, rounded half up to the halala."""
    return _divide(amount * percent, 100)


def vat_inside(total: Halalas, rate_percent: int = VAT_PERCENT) -> Halalas:
    """The tax contained in a tax-inclusive `total`: P x 15 / 115, rounded half up to the halala."""
    return _divide(total * rate_percent, 100 + rate_percent)


def format_amount(amount: Halalas) -> str:
    """Riyals as people write them, without the currency: "1,284.50", and "180" when there are no halalas."""
    riyals, halalas = divmod(abs(amount), 100)
    sign = "-" if amount < 0 else ""
    return f"{sign}{riyals:,}.{halalas:02}" if halalas else f"{sign}{riyals:,}"


MOST_TYPED: Final[Halalas] = 1_000_000_00
"""What nobody pays at a salon's counter: a million riyals. A longer number is a slip of the hand."""

_TYPED: Final = re.compile(r"(\d{1,9}|\d{1,3}(?:,\d{3}){1,2})(?:[.,](\d{1,2}))?", re.ASCII)
_UNITS: Final = re.compile(r"ر\.?\s?س\.?|ريال|SAR|SR|\u20c1", re.IGNORECASE)


def parse_riyals(text: str) -> Halalas:
    """Riyals as people type them: "45", "45.5", "1,284.50", "٤٥٫٥٠", "45 ر.س". Raises ValueError for anything else.

    A comma with one or two digits behind it is a decimal point on many keyboards; with three it parts the thousands.
    """
    visible = "".join(letter for letter in text if unicodedata.category(letter) != "Cf").replace("،", ",")
    found = _TYPED.fullmatch(_UNITS.sub("", to_ascii_digits(visible)).strip())
    if found is None:
        raise ValueError(f"{text!r} is no amount")
    amount = int(found[1].replace(",", "")) * 100 + int((found[2] or "").ljust(2, "0"))
    if amount > MOST_TYPED:
        raise ValueError(f"{text!r} is too much")
    return amount
