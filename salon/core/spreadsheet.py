"""Tables for spreadsheets: CSV that opens rightly in Arabic, and in which no text becomes a formula."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final

from django.http import StreamingHttpResponse

from salon.core.money import Halalas

BOM: Final = "\ufeff"
"""Without it Excel reads UTF-8 as the code page of its machine."""

_FORMULA: Final = frozenset("=+-@\t\r\n＝＋－＠|%")
_NUMBER: Final = re.compile(r"\d+E\d+", re.IGNORECASE)
_ROWS: Final = 500

Cell = str | int | Decimal


def text(value: str) -> str:
    """`value` for a cell of words: an apostrophe keeps a spreadsheet from working it out.

    It does so for what begins with a sign of a formula, also behind spaces and invisible characters, and for what
    looks like a power of ten ("23E456"). Control characters other than tabs and ends of lines are dropped.
    """
    kept = "".join(each for each in value if each in "\t\r\n" or unicodedata.category(each) not in {"Cc", "Cs"})
    begins = next((each for each in kept if each in _FORMULA or not _is_blank(each)), "")
    return f"'{kept}" if (begins in _FORMULA and begins) or _NUMBER.fullmatch(kept) else kept


def riyals(amount: Halalas) -> Decimal:
    """A number of the spreadsheet's with two decimals, negative for money out: 4500 is 45.00."""
    return Decimal(amount).scaleb(-2)


def csv_response(*, filename: str, header: Iterable[str], rows: Iterable[Iterable[Cell]]) -> StreamingHttpResponse:
    """A download that is written while `rows` are read. Strings are `text`, numbers stay numbers.

    `filename` is ASCII and wants no quotes.
    """
    response = StreamingHttpResponse(_pieces(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, line: str) -> str:
        return line


def _pieces(header: Iterable[str], rows: Iterable[Iterable[Cell]]) -> Iterator[str]:
    writer: Any = csv.writer(_Echo())
    waiting = [BOM, writer.writerow([text(each) for each in header])]
    for row in rows:
        waiting.append(writer.writerow([text(each) if isinstance(each, str) else each for each in row]))
        if len(waiting) >= _ROWS:
            yield "".join(waiting)
            waiting = []
    yield "".join(waiting)


def _is_blank(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in {"Cf", "Cc"}
