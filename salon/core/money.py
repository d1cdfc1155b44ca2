"""Money is whole halalas (1 SAR = 100 halalas) as int. No float touches an amount."""

from __future__ import annotations

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
