"""Why a payment was turned down, as one short code that can be kept and spoken about. Pure.

For cards it is the bank's answer (ISO 8583, `source.response_code`). Where no bank answered (3-D Secure, STC Pay) it
is a word of ours, read from the gateway's message. The message itself is for operators: no guest ever reads it.
"""

from __future__ import annotations

import re
from enum import StrEnum

from salon.payments.gateways.base import Charge, Status


class Decline(StrEnum):
    """The words of ours. A bank's code has two to four letters or digits and is never one of them."""

    NOT_PROVED = "not_proved"  # 3-D Secure was refused, or not finished in time
    WALLET_CODE = "code"  # the wallet's code was wrong, or its tries are used up
    WALLET_LATE = "late"  # the wallet's code came too late, or the wallet did not answer
    WALLET_FUNDS = "funds"
    WALLET_LIMIT = "limit"
    WALLET_ACCOUNT = "account"  # not registered, to be updated, or a trouble of the account
    WALLET_WAIT = "wait"  # to be tried again a minute later
    UNSAID = "unsaid"


_WALLETS = ("stcpay",)
_BANKS_CODE = re.compile(r"[0-9A-Z]{2,4}", re.ASCII)
_WALLETS_WORDS = (
    (re.compile(r"balance|insufficient|funds"), Decline.WALLET_FUNDS),
    (re.compile(r"limit|maximum|exceed"), Decline.WALLET_LIMIT),
    (re.compile(r"time.?out|timed out|expired"), Decline.WALLET_LATE),
    (re.compile(r"registered|update|account"), Decline.WALLET_ACCOUNT),
    (re.compile(r"\bwait\b|seconds"), Decline.WALLET_WAIT),
    (re.compile(r"otp|code"), Decline.WALLET_CODE),
)
"""The first that fits. Their sentences are not published, so whole sentences are never compared."""

_PROOF = re.compile(r"3.?d|authenti[cf]|time ?frame")


def code_of(charge: Charge) -> str:
    """Empty unless this attempt has failed; else never empty."""
    if charge.status != Status.FAILED:
        return ""
    said = charge.message.lower()
    if charge.source_type in _WALLETS:
        return next((word for words, word in _WALLETS_WORDS if words.search(said)), Decline.UNSAID)
    code = charge.response_code.strip().upper()
    if _BANKS_CODE.fullmatch(code) and code != "00":
        return code
    return Decline.NOT_PROVED if _PROOF.search(said) else Decline.UNSAID
