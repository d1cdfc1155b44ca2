from __future__ import annotations

import base64
import datetime as dt
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salon.payments import zatca

NUMBER = "310122393500003"
NOON = dt.datetime(2026, 1, 15, 12, 30, tzinfo=dt.UTC)


def said(content: str) -> dict[int, str]:
    """The values, read back by the letter of the specification."""
    raw, values = base64.b64decode(content, validate=True), {}
    while raw:
        tag, length = raw[0], raw[1]
        assert len(raw) >= 2 + length
        values[tag], raw = raw[2 : 2 + length].decode(), raw[2 + length :]
    return values


@pytest.mark.parametrize(
    ("seller", "issued_at", "gross", "tax", "expected"),
    [
        (
            "Bobs Records",
            dt.datetime(2022, 4, 25, 15, 30, tzinfo=dt.UTC),
            100000,
            15000,
            "AQxCb2JzIFJlY29yZHMCDzMxMDEyMjM5MzUwMDAwMwMUMjAyMi0wNC0yNVQxNTozMDowMFoEBzEwMDAuMDAFBjE1MC4wMA==",
        ),
        (
            "صالون ليلى",
            NOON,
            11500,
            1500,
            "ARPYtdin2YTZiNmGINmE2YrZhNmJAg8zMTAxMjIzOTM1MDAwMDMDFDIwMjYtMDEtMTVUMTI6MzA6MDBaBAYxMTUuMDAFBTE1LjAw",
        ),
    ],
)
def test_the_known_codes(seller, issued_at, gross, tax, expected):
    assert zatca.payload(seller=seller, vat_number=NUMBER, issued_at=issued_at, gross=gross, vat=tax) == expected


def test_the_time_is_told_in_utc():
    riyadh = NOON.astimezone(dt.timezone(dt.timedelta(hours=3)))
    assert said(zatca.payload(seller="Rose", vat_number=NUMBER, issued_at=riyadh, gross=5, vat=1))[3] == (
        "2026-01-15T12:30:00Z"
    )


@given(st.text(min_size=1, max_size=300).filter(str.strip), st.integers(0, 10**10))
def test_every_name_can_be_read_back(seller, gross):
    content = zatca.payload(seller=seller, vat_number=NUMBER, issued_at=NOON, gross=gross, vat=0)
    values = said(content)
    assert sorted(values) == [1, 2, 3, 4, 5]
    assert seller.strip().startswith(values[1])
    assert len(values[1].encode()) <= 255
    assert len(content) <= 700


def test_a_long_name_ends_with_a_whole_letter():
    assert zatca.cut("ص" * 127) == "ص" * 127
    assert zatca.cut("ص" * 200) == "ص" * 127
    assert zatca.cut("a" * 254 + "صل") == "a" * 254
    assert zatca.cut("a" * 252 + "صُّل") == "a" * 252  # the letter goes with its vowels
    assert zatca.cut("a" * 255) == "a" * 255


def test_nothing_else_is_cut():
    with pytest.raises(ValueError, match="at most 255"):
        zatca.field(2, "ص" * 128)


@pytest.mark.parametrize(
    "wrong",
    [
        {"seller": "  "},
        {"vat_number": ""},
        {"vat_number": "310122393500004"},
        {"vat_number": "31012239350000٣"},
        {"issued_at": dt.datetime(2026, 1, 15)},  # noqa: DTZ001 - the point of it
        {"gross": -1},
        {"vat": -1},
    ],
)
def test_what_is_not_an_invoice_is_refused(wrong):
    right = {"seller": "Rose", "vat_number": NUMBER, "issued_at": NOON, "gross": 11500, "vat": 1500}
    with pytest.raises(ValueError):  # noqa: PT011 - each has its own words
        zatca.payload(**right | wrong)


def test_the_picture_is_an_svg_without_network_or_script():
    picture = zatca.image("hello")
    assert picture.startswith("data:image/svg+xml")
    drawing = unquote(picture)
    assert "<path" in drawing
    assert "#fff" in drawing
    assert "script" not in drawing
