from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salon.core.text import clean_line, fold_arabic, sms_safe, sms_segments

tricky = st.text() | st.text(
    alphabet="نورة لآأإىئؤـَّ\u200c\u200d\u202e\u2066\u200b\u0300e \n\x07\ud800\ue000", max_size=30
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("صَالُون الوَرْد", "صالون الورد"),
        ("أحمد إبراهيم آمال ٱلنور", "احمد ابراهيم امال النور"),
        ("شعر مـمـيّز", "شعر مميز"),
        ("مستشفى", "مستشفي"),
        ("مكياج سهرة", "مكياج سهره"),
        ("رؤى شاطئ", "روي شاطي"),
        ("الملقا", "ملقا"),
        ("حي ٣٥", "حي 35"),
        ("Café REEM", "cafe reem"),
        ("ﻻﻣﻊ", "لامع"),
        ("نو\u200cر\u202eة", "نوره"),
        ("  ريم \n صالون ", "ريم صالون"),
    ],
)
def test_spellings_of_one_name_meet(one, other):
    assert fold_arabic(one) == fold_arabic(other)


def test_the_article_stays_where_it_is_most_of_the_word():
    assert fold_arabic("الي") == "الي"
    assert fold_arabic("الو") == "الو"


@given(tricky)
def test_a_folded_name_holds_no_marks(text):
    assert not {unicodedata.category(character) for character in fold_arabic(text)} & {"Mn", "Cf"}


def test_a_line_loses_what_hides_in_it():
    assert clean_line("  نورة\u202e  \u200bالعتيبي\x07\n", 80) == "نورة العتيبي"
    assert clean_line("e\u0301", 80) == "é"
    assert clean_line("abc\ud800\ue000", 80) == "abc"


def test_joiners_stay_only_between_arabic_letters():
    assert clean_line("می\u200cخواهم", 80) == "می\u200cخواهم"
    assert clean_line("Re\u200dem \u200cنورة\u200c", 80) == "Reem نورة"


def test_a_long_line_is_cut():
    assert clean_line("نورة العتيبي", 5) == "نورة"
    assert clean_line("abcdef", 3) == "abc"


@given(tricky, st.integers(0, 30))
def test_a_clean_line_is_clean_for_good(text, max_length):
    line = clean_line(text, max_length)
    assert len(line) <= max_length
    assert clean_line(line, max_length) == line
    hidden = {character for character in line if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co"}}
    assert hidden <= {"\u200c", "\u200d"}
    assert line == line.strip()


def test_sms_text_has_plain_spaces_and_no_marks():
    assert sms_safe("1,284.50\u00a0SAR\u202f\u200fx\u2067y\u2069\ufeff") == "1,284.50 SAR xy"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 0),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),  # an escaped character does not straddle: 152, then 2 + 151, then 1
        ("م" * 70, 1),
        ("م" * 71, 2),
        ("م" * 134, 2),
        ("م" * 135, 3),
        ("💐" * 35, 1),
        ("م" + "💐" * 35, 2),
        ("a\u00a0", 1),
    ],
)
def test_sms_parts_as_the_operator_bills_them(text, parts):
    assert sms_segments(text) == parts


@given(st.text(max_size=400))
def test_more_text_never_costs_less(text):
    assert sms_segments(text) <= sms_segments(text + "م")
