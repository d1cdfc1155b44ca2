"""What a charge was paid with: in words for a receipt, and as one kind for a cash-up. Pure."""

from __future__ import annotations

from salon.payments.gateways.base import Charge
from salon.payments.models import MethodKind

_WALLETS = {
    "applepay": MethodKind.APPLE_PAY,
    "samsungpay": MethodKind.SAMSUNG_PAY,
    "stcpay": MethodKind.STC_PAY,
}
_CARDS = {
    "mada": MethodKind.MADA,
    "visa": MethodKind.VISA,
    "master": MethodKind.MASTERCARD,
    "mastercard": MethodKind.MASTERCARD,
    "amex": MethodKind.AMEX,
}
"""Their documents write “master”; some of their answers were seen to spell it out."""


def kind_of(charge: Charge) -> MethodKind:
    """A wallet counts as itself, whatever card is in it; what nobody knows is OTHER."""
    return _WALLETS.get(charge.source_type) or _CARDS.get(charge.company.lower(), MethodKind.OTHER)


def words_of(charge: Charge) -> str:
    """Scheme or wallet and the last four digits, at most 40 characters."""
    return f"{charge.company or charge.source_type} {charge.masked_number[-4:]}".strip()[:40]
