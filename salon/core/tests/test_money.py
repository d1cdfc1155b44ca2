from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salon.core.money import format_amount, percent_of, vat_inside

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
