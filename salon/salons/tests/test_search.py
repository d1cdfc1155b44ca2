"""Words of a search: folded as the stored text is, whatever was typed."""

from __future__ import annotations

import pytest

from salon.salons.search import MOST_WORDS, best_match, words_of


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", ()),
        ("   ", ()),
        ("حي الملقا", ("ملقا",)),
        ("الملقا", ("ملقا",)),
        ("صالون", ("صالون",)),  # nothing else was said
        ("صالون لمسة", ("لمسه",)),
        ("قَصّ  أظافر", ("قص", "اظافر")),
        ("Haircut in Riyadh", ("haircut", "riyadh")),
        ("٤٥", ("45",)),
        ("قص قص", ("قص",)),
        ("--- %%%", ()),
        ("\u202eقص\u0000", ("قص",)),
        ("\ud800", ()),
    ],
)
def test_words(typed, words):
    assert words_of(typed) == words


def test_words_are_few_and_short():
    assert len(words_of("a b c d e f g h i j")) == MOST_WORDS
    assert words_of("x" * 10_000) == ("x" * 80,)


def test_the_best_match_has_most_words_and_then_comes_first():
    names = ["قص وتصفيف", "صبغة كاملة", "قص أطفال"]
    assert best_match(names, names, ("قص",)) == "قص وتصفيف"
    assert best_match(names, names, ("قص", "اطفال")) == "قص أطفال"
    assert best_match(names, names, ("مساج",)) is None
    assert best_match(names, names, ()) is None
