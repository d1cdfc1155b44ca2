from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salon.payments import vat

amounts = st.integers(0, 10**9)


@pytest.mark.parametrize(
    ("gross", "tax"), [(0, 0), (1, 0), (3, 0), (4, 1), (100, 13), (115, 15), (11500, 1500), (18000, 2348), (4500, 587)]
)
def test_the_tax_inside_a_price(gross, tax):
    assert (vat.split(gross).vat, vat.split(gross).net) == (tax, gross - tax)


@given(amounts)
def test_rounded_half_up_to_the_halala(gross):
    exact = Fraction(gross * 15, 115)
    assert -Fraction(1, 2) < vat.split(gross).vat - exact <= Fraction(1, 2)


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=20))
def test_lines_sum_to_their_total(grosses):
    lines, whole = vat.split_lines(grosses), vat.split(sum(grosses))
    assert [line.gross for line in lines] == grosses
    assert sum(line.vat for line in lines) == whole.vat
    assert sum(line.net for line in lines) == whole.net
    for line in lines:
        assert line.vat >= 0
        assert line.net >= 0
        assert abs(line.vat - vat.split(line.gross).vat) <= 1


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**7), min_size=1, max_size=12))
def test_shares_sum_to_the_amount(total, weights):
    parts = vat.share(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert part >= 0
        if whole:
            assert abs(part - Fraction(total * weight, whole)) < 1


@given(st.integers(1, 10**7), st.data())
def test_credit_notes_take_back_the_tax_of_their_invoice(gross, data):
    back, tax = 0, 0
    while back < gross:
        part = vat.part_of(back, data.draw(st.integers(max(1, gross // 8), max(1, gross // 2)).map(int)))
        part = vat.part_of(back, min(part.gross, gross - back))
        back, tax = back + part.gross, tax + part.vat
    assert tax == vat.split(gross).vat


def test_without_tax_nothing_is_taken():
    assert vat.split(11500, rate_percent=0) == vat.Split(11500, 0)


@pytest.mark.parametrize("asked", [(10, []), (10, [1, -1]), (-1, [1])])
def test_nonsense_is_refused(asked):
    with pytest.raises(ValueError, match="share"):
        vat.share(*asked)
    with pytest.raises(ValueError, match="zero up"):
        vat.split(-1)
