"""Moyasar's published test cards. A number that is not listed fails, as it does there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """What a test number does. `code` is ISO 8583: 00 approves. `frictionless` skips the 3-D Secure page."""

    company: str
    code: str = "00"
    three_d_secure: bool = True  # whether the bank can vouch for the payer at all
    frictionless: bool = False


# The bank's words, as they end up in `source.message`.
MESSAGES = {
    "00": "APPROVED",
    "05": "DO NOT HONOR",
    "41": "LOST CARD",
    "43": "STOLEN CARD",
    "51": "INSUFFICIENT FUNDS",
    "54": "EXPIRED CARD",
    "61": "EXCEEDS WITHDRAWAL LIMIT",
    "99": "DECLINED",
}

MADA = "4201320111111010"
VISA = "4111111111111111"
VISA_FRICTIONLESS = "4111114005765430"
MASTERCARD = "5421080101000000"
AMEX = "340000000900000"
UNIONPAY = "6200000000000005"
MADA_NO_FUNDS = "4201320000311101"
VISA_3DS_FAILS = "4111118250252531"

CARDS: dict[str, Card] = {
    MADA: Card("mada"),
    "4201320000013020": Card("mada", "99"),
    MADA_NO_FUNDS: Card("mada", "51"),
    "4201320131000508": Card("mada", "41"),
    "4201321234411220": Card("mada", "05"),
    "4201322267774310": Card("mada", "54"),
    "4201326324640570": Card("mada", "61"),
    "4201321144311528": Card("mada", "43"),
    VISA: Card("visa"),
    VISA_FRICTIONLESS: Card("visa", frictionless=True),
    VISA_3DS_FAILS: Card("visa", three_d_secure=False),
    "4111113343111067": Card("visa", three_d_secure=False),
    "4111116611600661": Card("visa", three_d_secure=False),
    "4111112205628150": Card("visa", three_d_secure=False),
    "4111115784228433": Card("visa", three_d_secure=False),
    "4111115620358287": Card("visa", three_d_secure=False),
    "4123120001090000": Card("visa", "51"),
    "4123120001090109": Card("visa", "05"),
    MASTERCARD: Card("master"),
    "5105105105105100": Card("master", "99"),
    "5457210001000092": Card("master", "51"),
    "5204010101000000": Card("master", "41"),
    "5204730000002514": Card("master", "05"),
    "5105107550274126": Card("master", "54"),
    AMEX: Card("amex"),
    "340033000000000": Card("amex", "51"),
    UNIONPAY: Card("unionpay"),
    "6200000000000021": Card("unionpay", "51"),
}

_COMPANIES = (("4201", "mada"), ("34", "amex"), ("37", "amex"), ("5", "master"), ("62", "unionpay"))


def look_up(number: str) -> Card:
    """The listed card, or one of the right scheme that declines."""
    if number in CARDS:
        return CARDS[number]
    return Card(next((company for start, company in _COMPANIES if number.startswith(start)), "visa"), "99")


def masked(number: str) -> str:
    """All that is ever kept of a number."""
    return f"XXXX-XXXX-XXXX-{number[-4:]}"
