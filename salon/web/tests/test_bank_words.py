"""What a guest reads when a payment did not go through: calm, helpful, never a vendor's text, never an accusation."""

from __future__ import annotations

import re

import pytest
from django.utils.translation import override

from salon.payments.declines import Decline
from salon.payments.simulator import cards, sources
from salon.web import bank_words

CODES = [*(code for code in cards.MESSAGES if code != "00"), *map(str, Decline)]
VENDORS = [*cards.MESSAGES.values(), *sources.STC_REFUSALS.values(), *filter(None, sources.STC_CODES.values())]


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("code", CODES)
def test_every_code_has_three_whole_sentences(code, language):
    with override(language):
        said = bank_words.refusal(code)
    assert all(said)
    assert said.why.endswith(".")
    assert said.helps.endswith(".")
    whole = " ".join(said)
    assert not [words for words in VENDORS if words in whole]
    assert not re.search(r"stolen|lost|fraud|مسروق|مفقود", whole.lower())


@pytest.mark.parametrize("code", ["41", "43", "04", "07", "59"])
def test_a_card_reported_lost_or_stolen_is_only_declined(code):
    with override("en"):
        assert bank_words.refusal(code).why == "The bank declined this card."


@pytest.mark.parametrize("code", ["", "99", "05x", "<b>", "DECLINED", "unsaid"])
def test_what_nobody_knows_is_said_calmly(code):
    with override("en"):
        assert bank_words.refusal(code) == bank_words.refusal("")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("51", "not enough"),
        ("61", "raise the card's limit in the bank's app"),
        ("54", "has expired"),
        ("05", "The bank's app often asks for an approval"),
        ("not_proved", "approve the payment in the bank's app"),
        ("late", "came too late"),
        ("funds", "top the wallet up"),
        ("wait", "in a minute"),
    ],
)
def test_what_helps(code, words):
    with override("en"):
        assert words in " ".join(bank_words.refusal(code))
