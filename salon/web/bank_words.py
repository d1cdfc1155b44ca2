"""Why a payment did not go through and what helps, for a guest: from the code that was kept, never in a vendor's words.

A card reported lost or stolen is only "declined": whoever holds it may be its owner, and the bank has more to say to
them than we have. Nothing was charged in any of these cases.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django.utils.translation import gettext, pgettext

from salon.payments.declines import Decline


class Refusal(NamedTuple):
    """A heading, one sentence on what happened and one on what helps."""

    title: str
    why: str
    helps: str


def refusal(code: str) -> Refusal:
    """In the language of the page. An unknown or empty code gets calm general words."""
    return _WORDS.get(code, _unsaid)()


def _declined(why: str, helps: str) -> Refusal:
    return Refusal(gettext("The card was declined"), why, helps)


def _unsaid() -> Refusal:
    return Refusal(
        gettext("The payment did not go through"),
        gettext("The bank did not accept it and gave no reason."),
        gettext("Another card usually helps, or approving the payment in the bank's app and trying again."),
    )


def _not_approved() -> Refusal:
    return _declined(
        gettext("The bank did not approve this payment."),
        gettext("The bank's app often asks for an approval first; after that, please try again. Or use another card."),
    )


def _this_card() -> Refusal:
    return _declined(
        gettext("The bank declined this card."),
        gettext("Please use another card. The bank can say more about this one."),
    )


def _funds() -> Refusal:
    return _declined(
        gettext("The balance or the credit left on the card was not enough."),
        gettext("Please use another card, or top this one up and try again."),
    )


def _limit() -> Refusal:
    return _declined(
        gettext("The amount is above what this card may spend for now."),
        gettext("Please raise the card's limit in the bank's app and try again, or use another card."),
    )


def _expired() -> Refusal:
    return _declined(gettext("This card has expired."), gettext("Please use a card that is still valid."))


def _details() -> Refusal:
    return _declined(
        gettext("The bank does not recognise the card's details."),
        gettext("Please check the number, the date and the security code, and try again."),
    )


def _online() -> Refusal:
    return _declined(
        gettext("The bank does not allow this kind of payment with this card."),
        gettext("Please switch online purchases on in the bank's app and try again, or use another card."),
    )


def _bank_down() -> Refusal:
    return Refusal(
        gettext("The payment did not go through"),
        gettext("The bank could not be reached."),
        gettext("Please try again in a minute, or use another card."),
    )


def _not_proved() -> Refusal:
    return Refusal(
        gettext("The bank's approval did not arrive"),
        gettext("The bank asks for an approval or a code before it pays, and that step was not completed."),
        gettext("Please try again and approve the payment in the bank's app. Another card helps, too."),
    )


def _wallet(why: str, helps: str) -> Refusal:
    return Refusal(pgettext("a wallet such as STC Pay", "The wallet did not accept the payment"), why, helps)


def _wallet_code() -> Refusal:
    return _wallet(gettext("The wallet's code was not right."), gettext("Please try again with a new code."))


def _wallet_late() -> Refusal:
    return _wallet(gettext("The wallet's code came too late."), gettext("Please try again with a new code."))


def _wallet_funds() -> Refusal:
    return _wallet(
        gettext("The wallet's balance was not enough."),
        gettext("Please top the wallet up and try again, or pay with a card."),
    )


def _wallet_limit() -> Refusal:
    return _wallet(
        gettext("The amount is above what the wallet may spend for now."),
        gettext("Please raise its limit in the wallet's app, or pay with a card."),
    )


def _wallet_account() -> Refusal:
    return _wallet(
        gettext("The wallet's account cannot pay at the moment."),
        gettext("Please check the number and the wallet's app, or pay with a card."),
    )


def _wallet_wait() -> Refusal:
    return _wallet(gettext("It asks to wait a moment."), gettext("Please try again in a minute, or pay with a card."))


_WORDS: dict[str, Callable[[], Refusal]] = {
    # ISO 8583. Of these 05, 41, 43, 51, 54, 61 and 99 have test cards at Moyasar; the rest is from the standard.
    "01": _not_approved,
    "05": _not_approved,
    "04": _this_card,
    "07": _this_card,
    "36": _this_card,
    "41": _this_card,
    "43": _this_card,
    "59": _this_card,
    "62": _this_card,
    "51": _funds,
    "61": _limit,
    "65": _limit,
    "33": _expired,
    "54": _expired,
    "12": _details,
    "14": _details,
    "82": _details,
    "57": _online,
    "68": _bank_down,
    "91": _bank_down,
    "96": _bank_down,
    Decline.NOT_PROVED: _not_proved,
    Decline.WALLET_CODE: _wallet_code,
    Decline.WALLET_LATE: _wallet_late,
    Decline.WALLET_FUNDS: _wallet_funds,
    Decline.WALLET_LIMIT: _wallet_limit,
    Decline.WALLET_ACCOUNT: _wallet_account,
    Decline.WALLET_WAIT: _wallet_wait,
}
