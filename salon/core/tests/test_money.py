from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salon.core.money import MOST_TYPED, format_amount, parse_riyals, percent_of, vat_inside

amounts = st.integers(0, 10**9)


@given(amounts, st.integers(0, 100))
def test_a_percentage_is_the_nearest_halala(amount, percent):
    exact = Fraction(amount * percent, 100)
    assert -Fraction(1, 2) < percent_of(amount, percent) - exact <= Fraction(1, 2)
    assert 0 <= percent_of(amount, percent) <= amount


@given(amounts)
def test_tax_and_net_add_up_to_the_total(total):
    tax = vat_inside(total)
    assert -Fraction(1, 2) < tax - Fraction(total * 15, 115) <= Fraction(1, 2)
    assert abs((total - tax) * 15 - tax * 100) <= 58  # the net carries the rate, within half a halala


@given(amounts, st.integers(0, 100))
def test_a_refund_mirrors_its_charge(amount, percent):
    assert percent_of(-amount, percent) == -percent_of(amount, percent)


def test_a_half_goes_up():
    assert [percent_of(1, 50), percent_of(3, 50), percent_of(49, 1), percent_of(50, 1)] == [1, 2, 0, 1]


def test_the_tax_inside_a_known_price():
    assert vat_inside(11_500) == 1_500
    assert vat_inside(18_000) == 2_348
    assert vat_inside(10_500, 5) == 500


@pytest.mark.parametrize(
    ("halalas", "written"),
    [(0, "0"), (5, "0.05"), (18_000, "180"), (128_450, "1,284.50"), (100_000_000, "1,000,000"), (-525, "-5.25")],
)
def test_amounts_read_as_people_write_them(halalas, written):
    assert format_amount(halalas) == written


@pytest.mark.parametrize(
    ("typed", "halalas"),
    [
        ("45", 4500),
        ("45.5", 4550),
        ("45.50", 4550),
        ("0.05", 5),
        ("0", 0),
        (" 45 ", 4500),
        ("٤٥٫٥٠", 4550),
        ("٤٥", 4500),
        ("۴۵٫۵", 4550),
        ("45,5", 4550),
        ("٤٥،٥٠", 4550),
        ("1,284.50", 128450),
        ("١٬٢٨٤٫٥٠", 128450),
        ("1,000,000", 100000000),
        ("1,284", 128400),
        ("45 ر.س", 4500),
        ("SAR 45", 4500),
        ("\u200f45\u200f", 4500),
        ("007", 700),
    ],
)
def test_riyals_as_they_are_typed(typed, halalas):
    assert parse_riyals(typed) == halalas


@pytest.mark.parametrize(
    "typed",
    ["", " ", "-45", "+45", "4 5", "45.505", "1,2,3", "12,84,5", "1.284,50", "1e5", "½", "²", "NaN", "45.", ".5", "x",
     "1000001", "9" * 400, "١٢٣x", "45;", "4_5", "\x00"],
)  # fmt: skip
def test_what_is_no_amount(typed):
    with pytest.raises(ValueError, match="is"):
        parse_riyals(typed)


@given(st.integers(0, MOST_TYPED))
def test_what_is_shown_can_be_typed(halalas):
    assert parse_riyals(format_amount(halalas)) == halalas
