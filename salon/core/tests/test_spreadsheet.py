from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest

from salon.core import spreadsheet


@pytest.mark.parametrize(
    "formula",
    [
        *("=1+1", "+966500000001", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "|calc", "%x"),
        *("＝1+1", "＋1", "－1", "＠x", "  =1", "\u200f=1", "\ufeff=1", "\x00=1", "23E456", "2e34567"),
    ],
)
def test_no_text_is_worked_out(formula):
    assert spreadsheet.text(formula).startswith("'")


@pytest.mark.parametrize("plain", ["", " ", "نورة", "ABC234", "INV-1", "a=b", "mada", "234567", "12:00", "2026-11-24"])
def test_words_stay_as_they_are(plain):
    assert spreadsheet.text(plain) == plain


def test_riyals():
    assert [str(spreadsheet.riyals(each)) for each in (4500, -4500, 0, 5, -1, 123456789)] == [
        *("45.00", "-45.00", "0.00", "0.05", "-0.01", "1234567.89")
    ]


def test_the_file():
    answer = spreadsheet.csv_response(
        filename="x.csv", header=["اسم", "=h"], rows=([f'a "{n}", b', Decimal("-1.50"), n] for n in range(1200))
    )
    pieces = list(answer.streaming_content)
    assert len(pieces) == 3
    whole = b"".join(pieces)
    assert whole.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(whole.decode("utf-8-sig"))))
    assert rows[0] == ["اسم", "'=h"]
    assert rows[1200] == ['a "1199", b', "-1.50", "1199"]
    assert answer["Content-Disposition"] == 'attachment; filename="x.csv"'
