from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salon.core.hijri import hijri_day, hijri_label, hijri_month_label

DAY = date(2026, 11, 26)


def test_the_label_in_both_languages():
    assert hijri_label(DAY, "ar") == "16 جمادى الآخرة 1448"
    assert hijri_label(DAY, "en") == "16 Jumada al-Akhirah 1448"
    assert hijri_day(DAY) == "16"
    assert hijri_month_label(DAY, "ar") == "جمادى الآخرة 1448"
    assert hijri_month_label(DAY, "en-gb") == "Jumada al-Akhirah 1448"


def test_ramadan_of_1448_begins_in_february_2027():
    assert hijri_label(date(2027, 2, 8), "ar") == "1 رمضان 1448"


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(2200, 1, 1), date.min, date.max])
def test_out_of_range_is_no_label(day):
    assert hijri_label(day, "ar") == hijri_day(day) == hijri_month_label(day, "en") == ""


@given(st.dates())
def test_no_date_ever_breaks_a_page(day):
    assert hijri_label(day, "ar").startswith(hijri_day(day))
