from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from salon.core.digits import to_ascii_digits


def test_arabic_and_persian_digits_and_separators_fold():
    assert to_ascii_digits("٠١٢٣٤٥٦٧٨٩ ۰۱۲۳۴۵۶۷۸۹ ١٬٢٨٤٫٥٠") == "0123456789 0123456789 1,284.50"


def test_other_text_is_left_alone():
    assert to_ascii_digits("صالون Reem 7، نورة") == "صالون Reem 7، نورة"


@given(st.text())
def test_folding_keeps_length_and_settles_at_once(text):
    once = to_ascii_digits(text)
    assert len(once) == len(text)
    assert to_ascii_digits(once) == once
