"""However a price is paid, discounted, shared over services and given back: every halala, and its tax, is somewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from salon.payments import vat

PRICES = st.lists(st.integers(0, 500_000), min_size=1, max_size=6).filter(any)
DEEDS = st.lists(
    st.tuples(st.sampled_from(["pay", "discount", "refund", "move"]), st.fractions(0, 1), st.integers(0, 9)),
    max_size=30,
)


@dataclass
class Document:
    """An invoice and the credit notes on it."""

    whole: vat.Split
    notes: list[vat.Split] = field(default_factory=list)

    @property
    def left(self) -> int:
        return self.whole.gross - sum(note.gross for note in self.notes)


def invoiced(amount: int, prices: list[int]) -> vat.Split:
    """As `payments.invoices` does: shared over the services, split line by line."""
    lines = vat.split_lines(vat.share(amount, prices))
    whole = vat.Split(sum(line.gross for line in lines), sum(line.vat for line in lines))
    assert whole == vat.split(amount)
    assert all(line.gross >= line.vat >= 0 for line in lines)
    return whole


@given(PRICES, DEEDS)
def test_any_sequence_sums_to_the_halala(prices, deeds):
    """`move` is credit: the money leaves one document and comes in with another of the same amount."""
    price, off, documents = sum(prices), 0, []
    for verb, share, index in deeds:
        paid = sum(each.left for each in documents)
        left = price - off - paid
        giving = [each for each in documents if each.left]
        if verb in ("pay", "discount"):
            amount = round(left * share)
            if verb == "pay" and amount:
                documents.append(Document(invoiced(amount, prices)))
            off += amount if verb == "discount" else 0
        elif giving:
            chosen = giving[index % len(giving)]
            amount = round(chosen.left * share)
            before = chosen.whole.gross - chosen.left
            chosen.notes.append(vat.part_of(before, amount))
            if verb == "move" and amount:
                documents.append(Document(invoiced(amount, prices)))

        paid = sum(each.left for each in documents)
        assert 0 <= off <= price
        assert 0 <= paid <= price - off
        for each in documents:
            back = each.whole.gross - each.left
            assert 0 <= back <= each.whole.gross
            assert sum(note.vat for note in each.notes) == vat.split(back).vat
            assert min(note.vat for note in [*each.notes, each.whole]) >= 0
            assert each.left or sum(note.vat for note in each.notes) == each.whole.vat


@given(st.integers(1, 10**9), st.lists(st.fractions(0, 1), max_size=20))
def test_the_net_of_parts_is_the_net_of_the_whole(gross, cuts):
    marks = sorted({0, gross, *(round(gross * cut) for cut in cuts)})
    parts = [vat.part_of(start, end - start) for start, end in pairwise(marks)]
    assert sum(part.net for part in parts) == vat.split(gross).net
    assert all(part.net >= 0 and part.vat >= 0 for part in parts)
