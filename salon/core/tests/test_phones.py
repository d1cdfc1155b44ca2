from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salon.core.phones import InvalidPhone, mask, national, parse_mobile

NOURA = "+966501234567"


@pytest.mark.parametrize(
    "text",
    [
        "0501234567",
        "501234567",
        "966501234567",
        "+966501234567",
        "+966 50 123 4567",
        "00966501234567",
        "+966 0501234567",
        "050-123-4567",
        "(050) 123 4567",
        "٠٥٠١٢٣٤٥٦٧",
        "۰۵۰۱۲۳۴۵۶۷",
        "\u200e+966 50 123 4567\u202c",
        "\u2067050\u00a0123\u202f4567\u2069",
        "  050 123 4567\n",
        "050\u2011123\u20134567",
    ],
)
def test_every_spelling_of_one_number_is_one_number(text):
    assert parse_mobile(text) == NOURA


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \u200f\u00a0", "empty"),
        ("نورة", "unreadable"),
        ("050123456", "unreadable"),
        ("05012345678", "unreadable"),
        ("0501234567 x9", "unreadable"),
        ("call 0501234567", "unreadable"),
        ("0501234567;ext=4", "unreadable"),
        ("0501234567\x00", "unreadable"),
        ("+", "unreadable"),
        ("0" * 5000, "unreadable"),
        ("0112345678", "landline"),
        ("920012345", "landline"),
        ("8001234567", "landline"),
        ("+971501234567", "foreign"),
        ("+201001234567", "foreign"),
        ("+97143123456", "foreign"),
    ],
)
def test_a_refusal_says_why(text, reason):
    with pytest.raises(InvalidPhone) as refused:
        parse_mobile(text)
    assert refused.value.reason == reason


def test_the_error_does_not_carry_what_was_typed():
    with pytest.raises(InvalidPhone) as refused:
        parse_mobile("0112345678")
    assert "0112345678" not in repr(refused.value)


def test_other_countries_by_invitation():
    assert parse_mobile("+971501234567", countries=("SA", "AE")) == "+971501234567"
    assert parse_mobile("050 123 4567", countries=("AE",)) == "+971501234567"


phone_like = st.text(alphabet="0123456789٠١٥٩۵+ -().\u200e\u00a0", max_size=20)
near_misses = st.tuples(
    st.sampled_from(["05", "5", "9665", "+9665", "009665", "٠٥"]), st.text(alphabet="0123456789٤ ", max_size=11)
).map("".join)


@given(st.text() | phone_like | near_misses)
def test_any_text_is_one_number_or_a_refusal(text):
    try:
        number = parse_mobile(text)
    except InvalidPhone:
        return
    assert re.fullmatch(r"\+9665[0-9]{8}", number, re.ASCII)
    assert parse_mobile(number) == number
    assert parse_mobile(national(number)) == number
    assert parse_mobile(number[1:]) == number
    assert number[5:-2] not in mask(number)


def test_the_mask_shows_the_ends_only():
    assert mask(NOURA) == "+9665••••••67"
    assert mask("not a number 0501234567") == "•" * 23
    assert mask("") == ""


def test_numbers_are_read_aloud_as_at_home():
    assert national(NOURA) == "050 123 4567"
    assert national("+971501234567") == "+971 50 123 4567"
    assert national("somebody") == "somebody"
