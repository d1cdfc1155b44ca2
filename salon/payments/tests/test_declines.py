"""From what the gateway said of a failed attempt to one short code."""

from __future__ import annotations

import datetime as dt

import pytest

from salon.payments import declines
from salon.payments.gateways.base import Charge, Status
from salon.payments.models import Payment
from salon.payments.simulator import cards, sources

LONGEST = Payment._meta.get_field("decline_code").max_length


def failed(*, message: str = "", code: str = "", source: str = "creditcard", status: Status = Status.FAILED) -> Charge:
    return Charge(
        id="c", status=status, amount=4500, currency="SAR", refunded=0, captured=0, voided=False, invoice_id="",
        metadata={}, source_type=source, company="mada", masked_number="", message=message, response_code=code,
        created_at=dt.datetime(2026, 11, 22, tzinfo=dt.UTC),
    )  # fmt: skip


@pytest.mark.parametrize("code", [code for code in cards.MESSAGES if code != "00"])
def test_the_banks_answer_is_kept_as_it_is(code):
    assert declines.code_of(failed(code=code, message=cards.MESSAGES[code])) == code


@pytest.mark.parametrize("status", [each for each in Status if each != Status.FAILED])
def test_what_did_not_fail_has_none(status):
    assert declines.code_of(failed(code="51", message="x", status=status)) == ""


@pytest.mark.parametrize(
    ("message", "code", "word"),
    [
        ("3-D Secure authentication failed", "", "not_proved"),
        ("3-D Secure authentication expired", "", "not_proved"),
        ("3DS not completed within the time frame", "", "not_proved"),
        ("UNAUTHENTICATED", "", "not_proved"),
        ("Invoice is already paid", "", "unsaid"),
        ("", "", "unsaid"),
        ("", "00", "unsaid"),  # a bank that approved what failed all the same
        ("DECLINED", "<script>", "unsaid"),
        ("", " 5a ", "5A"),
        ("", "٥١", "unsaid"),
        ("", "12345", "unsaid"),
    ],
)
def test_cards(message, code, word):
    assert declines.code_of(failed(message=message, code=code)) == word


STC = {
    **sources.STC_REFUSALS,
    **{code: words for code, words in sources.STC_CODES.items() if words},
    "late": "The code has expired",
    "wrong": "Invalid OTP",
    "none": "",
}
SAID = {
    "0515555555": "account",
    "0515555556": "account",
    "0515555557": "account",
    "0515555558": "code",
    "0515555559": "wait",
    "111111": "funds",
    "222222": "limit",
    "333333": "limit",
    "444444": "late",
    "late": "late",
    "wrong": "code",
    "none": "unsaid",
}


@pytest.mark.parametrize("case", STC)
def test_wallets(case):
    assert declines.code_of(failed(message=STC[case], source="stcpay", code="51")) == SAID[case]


def test_every_word_fits_its_column_and_is_no_banks_code():
    assert all(len(word) <= LONGEST for word in declines.Decline)
    banks = set(cards.MESSAGES)
    assert not banks & {str(word).upper() for word in declines.Decline}
