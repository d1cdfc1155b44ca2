"""What a guest typed into the search field, as words to look for. Pure; folding is `core.text.fold_arabic`'s."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from salon.core.text import clean_line, fold_arabic

Thing = TypeVar("Thing")

LONGEST = 80
MOST_WORDS = 6
# Said, but naming nothing: every salon is a salon, and a district is found with or without its title.
_EMPTY_WORDS = frozenset(
    fold_arabic(word)
    for word in ("حي", "في", "و", "صالون", "صالونات", "مدينة", "in", "the", "and", "salon", "salons", "near")
)


def words_of(text: str) -> tuple[str, ...]:
    """The folded words of `text` that a salon must all have, each once; () when nothing is asked."""
    folded = fold_arabic(clean_line(text, LONGEST)).split()
    words = list(dict.fromkeys(word for word in folded if any(character.isalnum() for character in word)))
    telling = [word for word in words if word not in _EMPTY_WORDS]
    return tuple((telling or words)[:MOST_WORDS])


def best_match(things: Sequence[Thing], texts: Iterable[str], words: Sequence[str]) -> Thing | None:
    """The first of `things` whose text has the most of `words`, at least one; None when none has any."""
    best, score = None, 0
    for thing, text in zip(things, texts, strict=True):
        folded = fold_arabic(text)
        found = sum(word in folded for word in words)
        if found > score:
            best, score = thing, found
    return best
