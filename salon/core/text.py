"""Text as people write it: folded for search, cleaned for storing, measured for SMS."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from salon.core.digits import to_ascii_digits

_ZWNJ, _ZWJ = "\u200c", "\u200d"
_JOINERS: Final = frozenset((_ZWNJ, _ZWJ))
_HIDDEN: Final = frozenset(("Cc", "Cf", "Cs", "Co"))
_BIDI: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_NO_BREAK: Final = re.compile("[\u00a0\u2007\u202f]")

_LETTERS: Final = str.maketrans({"ٱ": "ا", "ى": "ي", "ة": "ه", "ـ": None})
_ARTICLE: Final = re.compile(r"\bال(?=\w{3,})")

# GSM 03.38: one septet each, and the characters that need an escape (two septets).
_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà",
)
_GSM_ESCAPED: Final = frozenset("^{}\\[~]|€\f")


def fold_arabic(text: str) -> str:
    """The skeleton of `text` for search: store it beside the name and fold every query the same way.

    Marks, tatweel and invisible characters go; أإآٱ -> ا, ى and ئ -> ي, ؤ -> و, ة -> ه; digits become 0-9; Latin
    loses accents and case; the article "ال" is dropped from words that keep three letters or more without it.
    """
    bare = "".join(
        character
        for character in unicodedata.normalize("NFKD", text)
        if unicodedata.category(character) not in {"Mn", "Cf"}
    )
    folded = to_ascii_digits(bare.translate(_LETTERS)).casefold()
    return _ARTICLE.sub("", " ".join(folded.split()))


def clean_line(text: str, max_length: int) -> str:
    """One line fit to store and show: NFC, single spaces, no control or invisible characters, at most `max_length`.

    ZWNJ and ZWJ stay between two Arabic letters, where they are spelling; anywhere else they only hide things.
    """
    spaced = " ".join(text.split())
    visible = [
        character for character in spaced if character in _JOINERS or unicodedata.category(character) not in _HIDDEN
    ]
    line = unicodedata.normalize("NFC", _joined(visible))
    return " ".join(line.split())[:max_length].rstrip(f" {_ZWNJ}{_ZWJ}")


def sms_safe(text: str) -> str:
    """`text` with plain spaces and without direction marks: one no-break space turns an SMS into UCS-2."""
    return _BIDI.sub("", _NO_BREAK.sub(" ", text))


def sms_segments(text: str) -> int:
    """How many SMS parts `text` is billed as: GSM-7 160 alone or 153 joined, anything else UCS-2 70 or 67."""
    if all(character in _GSM or character in _GSM_ESCAPED for character in text):
        return _parts([1 if character in _GSM else 2 for character in text], alone=160, joined=153)
    return _parts([1 if ord(character) < 0x10000 else 2 for character in text], alone=70, joined=67)


def _parts(sizes: Sequence[int], *, alone: int, joined: int) -> int:
    """Messages needed for characters of these sizes; a two-unit character never straddles two parts."""
    if sum(sizes) <= alone:
        return 1 if sizes else 0
    parts, room = 1, joined
    for size in sizes:
        if size > room:
            parts, room = parts + 1, joined
        room -= size
    return parts


def _joined(characters: Sequence[str]) -> str:
    """`characters` without the joiners that do not stand between two Arabic letters."""
    kept: list[str] = []
    for index, character in enumerate(characters):
        following = characters[index + 1] if index + 1 < len(characters) else ""
        if character in _JOINERS and not (kept and _is_arabic(kept[-1]) and following and _is_arabic(following)):
            continue
        kept.append(character)
    return "".join(kept)


def _is_arabic(character: str) -> bool:
    """Whether this is a letter, or a mark sitting on a letter, of the Arabic script."""
    return unicodedata.category(character)[0] in "LM" and unicodedata.name(character, "").startswith("ARABIC")
