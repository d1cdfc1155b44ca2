"""The Hijri calendar (Umm al-Qura) as a label beside Gregorian dates. Nothing is ever computed from it.

Outside the years the tables know (1343-1500 AH, 1924-2077) every label is "": a missing label harms nobody.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from hijridate import Gregorian


@lru_cache(maxsize=4096)
def _parts(day: date, language: str) -> tuple[int, str, int] | None:
    """Day, month name and year of the Hijri date, or None when the tables end. Any language but Arabic is English."""
    try:
        hijri = Gregorian(day.year, day.month, day.day).to_hijri()
    except (OverflowError, ValueError):
        return None
    return hijri.day, hijri.month_name("ar" if language.startswith("ar") else "en"), hijri.year


def hijri_label(day: date, language: str) -> str:
    """Day, month and year: "16 جمادى الآخرة 1448" or "16 Jumada al-Akhirah 1448"; "" out of range."""
    parts = _parts(day, language)
    return f"{parts[0]} {parts[1]} {parts[2]}" if parts else ""


def hijri_day(day: date) -> str:
    """The day of the Hijri month, "16"; "" out of range."""
    parts = _parts(day, "en")
    return str(parts[0]) if parts else ""


def hijri_month_label(day: date, language: str) -> str:
    """Month and year of the Hijri month that holds `day`: "جمادى الآخرة 1448"; "" out of range."""
    parts = _parts(day, language)
    return f"{parts[1]} {parts[2]}" if parts else ""
