"""Invoices and payments as they are born, with every documented field."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from salon.payments.simulator.store import Doc
from salon.payments.simulator.wire import stamp


def invoice(*, id: str, amount: int, currency: str, expired_at: datetime | None, now: datetime, **rest: Any) -> Doc:  # noqa: A002 - the field's name
    """Open, and without payments."""
    return {
        "id": id,
        "status": "initiated",
        "amount": amount,
        "currency": currency,
        "description": rest["description"],
        "logo_url": None,
        "amount_format": shown(amount, currency),
        "url": rest["url"],
        "callback_url": rest["callback_url"],
        "expired_at": stamp(expired_at) if expired_at else None,
        "created_at": stamp(now),
        "updated_at": stamp(now),
        "back_url": rest["back_url"],
        "success_url": rest["success_url"],
        "metadata": rest["metadata"],
    }


def payment(*, id: str, amount: int, currency: str, source: Doc, now: datetime, **rest: Any) -> Doc:  # noqa: A002 - the field's name
    """Begun, and no money moved."""
    fee = 100 + round(amount * 0.0275)
    return {
        "id": id,
        "status": "initiated",
        "amount": amount,
        "fee": fee,
        "currency": currency,
        "refunded": 0,
        "refunded_at": None,
        "captured": 0,
        "captured_at": None,
        "voided_at": None,
        "description": rest["description"],
        "amount_format": shown(amount, currency),
        "fee_format": shown(fee, currency),
        "refunded_format": shown(0, currency),
        "captured_format": shown(0, currency),
        "invoice_id": rest["invoice_id"],
        "ip": "127.0.0.1",
        "callback_url": rest["callback_url"],
        "created_at": stamp(now),
        "updated_at": stamp(now),
        "metadata": rest["metadata"],
        "source": source,
    }


def shown(amount: int, currency: str) -> str:
    """`12.50 SAR`."""
    return f"{amount // 100}.{amount % 100:02d} {currency}"
