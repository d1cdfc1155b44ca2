"""The QR code on a simplified tax invoice, phase 1: base64 of TLV, tag and length one byte each, in UTF-8 BYTES. Pure.

Tags: 1 seller's name, 2 VAT number, 3 time (ISO 8601, UTC), 4 total with VAT, 5 VAT. Source: ZATCA's specification of
the QR code for simplified invoices.
"""

from __future__ import annotations

import base64
import datetime as dt
import re
import unicodedata

import segno

from salon.core.money import Halalas

LONGEST = 255
"""Bytes that a value may have: its length is one byte."""

VAT_NUMBER = re.compile(r"3\d{13}3", re.ASCII)


def payload(*, seller: str, vat_number: str, issued_at: dt.datetime, gross: Halalas, vat: Halalas) -> str:
    """What the code says, in base64. A seller's name of more than 255 bytes is cut between two characters.

    Raises ValueError for no name, a number that is no VAT number, a time without a zone, or amounts below zero.
    """
    if not seller.strip():
        raise ValueError("The seller's name is missing.")
    if not VAT_NUMBER.fullmatch(vat_number):
        raise ValueError("This is no Saudi VAT number.")
    if issued_at.tzinfo is None:
        raise ValueError("The time of issue has no zone.")
    moment = issued_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    values = [cut(seller.strip()), vat_number, moment, riyals(gross), riyals(vat)]
    return base64.b64encode(b"".join(field(tag, value) for tag, value in enumerate(values, start=1))).decode("ascii")


def field(tag: int, value: str) -> bytes:
    """One value with its tag and length. Raises ValueError above 255 bytes: nothing is ever cut in silence here."""
    raw = value.encode()
    if len(raw) > LONGEST:
        raise ValueError(f"Tag {tag} has {len(raw)} bytes, and at most {LONGEST} fit.")
    return bytes((tag, len(raw))) + raw


def cut(text: str, longest: int = LONGEST) -> str:
    """`text` if it has at most `longest` UTF-8 bytes, or else its beginning, ending with a whole character.

    A letter keeps its marks (Arabic vowels) or goes with them.
    """
    raw = text.encode()
    if len(raw) <= longest:
        return text
    kept = raw[:longest].decode(errors="ignore")
    end = len(kept)
    if unicodedata.combining(text[end]):
        while end and unicodedata.combining(text[end]):
            end -= 1
    return text[:end].rstrip()


def riyals(amount: Halalas) -> str:
    """Plain decimal with two places, as in "1000.00"."""
    if amount < 0:
        raise ValueError("An amount on an invoice is not below zero.")
    return f"{amount // 100}.{amount % 100:02}"


def image(content: str) -> str:
    """A QR code of `content` as a data: URI of an SVG, dark on white with its quiet zone, for an <img>."""
    code = segno.make_qr(content, error="m")
    return code.svg_data_uri(scale=4, border=4, dark="#000", light="#fff", svgclass=None, lineclass=None)
