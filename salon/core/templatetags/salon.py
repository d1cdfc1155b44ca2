"""Template words of the product: icons, money, times, dates and names in the language of the page.

Digits are 0-9 in both languages, the clock has twelve hours, Gregorian dates come first. Nothing here reads the clock.
"""

from __future__ import annotations

import zlib
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from salon.core import clock
from salon.core import hijri as hijri_calendar
from salon.core.money import format_amount
from salon.core.phones import national

register = template.Library()

_WEEKDAYS = {  # 0 = Sunday, as core.clock.weekday_of counts
    "ar": ("الأحد", "الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت"),
    "en": ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
}
_MONTHS = {
    "ar": (
        *("يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو"),
        *("يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
_HALVES = {"ar": ("ص", "م"), "en": ("AM", "PM")}
_UNITS = {"ar": ("س", "د"), "en": ("h", "min")}

Zone = tzinfo | str | None


def _language() -> str:
    return "ar" if (get_language() or "ar").startswith("ar") else "en"


def _local(moment: datetime, zone: Zone) -> datetime:
    """`moment` on the wall of `zone`: an object, an IANA name, or nothing for the zone of the site."""
    if not zone:
        return timezone.localtime(moment) if timezone.is_aware(moment) else moment
    return moment.astimezone(clock.zone(zone) if isinstance(zone, str) else zone)


def _day(value: date | datetime, zone: Zone = None) -> date:
    return _local(value, zone).date() if isinstance(value, datetime) else value


# --- drawings -----------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, css: str = "", *, flip: bool = False) -> SafeString:
    """A symbol of static/img/sprite.svg. `flip=True` mirrors it on right-to-left pages: arrows and chevrons only."""
    return _drawing(static("img/sprite.svg"), name, css, flip)


@lru_cache(maxsize=512)
def _drawing(sprite: str, name: str, css: str, flip: bool) -> SafeString:  # noqa: FBT001 - it is a part of the key
    classes = " ".join(part for part in ("ic", "ic--flip" if flip else "", css) if part)
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>', classes, sprite, name)


@register.simple_tag
def stars(rating: Any, count: int | None = None) -> SafeString:
    """A rating with its number of reviews: components/stars.html, kept, for the same few stand on every card."""
    return _stars(rating, count, _language())


@lru_cache(maxsize=4096, typed=True)
def _stars(rating: Any, count: int | None, _language: str) -> SafeString:
    return mark_safe(render_to_string("components/stars.html", {"rating": rating, "count": count}).strip())  # noqa: S308 - it comes from a template


@register.filter
def hue(value: Any) -> str:
    """One of the six colours of people, "c1" … "c6"; the same person always gets the same one."""
    number = value if isinstance(value, int) else zlib.crc32(str(value).encode())
    return f"c{(number - 1) % 6 + 1}"


@register.filter
def initial(name: Any) -> str:
    """The first letter of a name, for the mirror. A lone ه is lengthened, or it reads as the digit five."""
    letter = next((character for character in str(name or "") if character.isalnum()), "")
    return "هـ" if letter == "ه" else letter.upper()


# --- money and phones -----------------------------------------------------------------------------------


@register.filter
def money(halalas: int | None) -> SafeString | str:
    """Riyals with the riyal sign on the left of the number in both languages; "" for None."""
    if halalas is None:
        return ""
    return _riyals(static("img/sprite.svg"), halalas, gettext("Saudi riyals"))


@lru_cache(maxsize=4096)
def _riyals(sprite: str, halalas: int, unit: str) -> SafeString:
    return format_html(
        '<span class="money"><svg class="riyal" aria-hidden="true"><use href="{}#riyal"></use></svg>{}'
        '<span class="vh"> {}</span></span>',
        sprite,
        format_amount(halalas),
        unit,
    )


@register.filter
def money_text(halalas: int | None) -> str:
    """The same in letters only, for messages, titles and labels: "180 ر.س" or "SAR 180"."""
    if halalas is None:
        return ""
    amount = format_amount(halalas)
    return f"{amount} ر.س" if _language() == "ar" else f"SAR {amount}"


@register.filter
def phone(e164: Any) -> SafeString:
    """A number as people say it at home, kept left to right: "050 123 4567"."""
    return format_html('<bdi dir="ltr">{}</bdi>', national(str(e164 or "")))


# --- times and days ---------------------------------------------------------------------------------------


def _clock(moment: datetime, *, half: bool = True) -> str:
    shown = f"{(moment.hour % 12) or 12}:{moment.minute:02}"
    return f"{shown} {_HALVES[_language()][moment.hour >= 12]}" if half else shown


@register.filter
def clock_time(moment: datetime | None, zone: Zone = None) -> str:
    """The clock in the salon's zone: "4:30 م" or "4:30 PM"."""
    return _clock(_local(moment, zone)) if moment else ""


@register.simple_tag
def time_range(start: datetime, end: datetime, zone: Zone = None) -> str:
    """As "4:30 – 6:15 م", with both halves of the day when they differ: "11:15 ص – 12:45 م"."""
    first, last = _local(start, zone), _local(end, zone)
    same_half = (first.hour >= 12) == (last.hour >= 12)
    return f"{_clock(first, half=not same_half)} – {_clock(last)}"


@register.filter
def minutes_text(minutes: int | None) -> str:
    """A length in minutes as words: 105 is "1 س 45 د" or "1 h 45 min"."""
    if minutes is None:
        return ""
    hour_unit, minute_unit = _UNITS[_language()]
    hours, rest = divmod(int(minutes), 60)
    parts = [f"{hours} {hour_unit}" if hours else "", f"{rest} {minute_unit}" if rest or not hours else ""]
    return " ".join(part for part in parts if part)


@register.filter
def weekday_name(value: date | datetime | int, zone: Zone = None) -> str:
    """Name of the weekday of a day, or of its number (0 = Sunday)."""
    number = value if isinstance(value, int) else clock.weekday_of(_day(value, zone))
    return _WEEKDAYS[_language()][number]


@register.filter
def weekday_short(value: date | datetime | int, zone: Zone = None) -> str:
    """For narrow cells: "Thu"; Arabic names are not cut."""
    name = weekday_name(value, zone)
    return name if _language() == "ar" else name[:3]


@register.filter
def month_name(value: date | datetime, zone: Zone = None) -> str:
    """Gregorian month: "نوفمبر" or "November"."""
    return _MONTHS[_language()][_day(value, zone).month - 1]


@register.filter
def month_short(value: date | datetime, zone: Zone = None) -> str:
    """For narrow cells: "Nov"; Arabic names are not cut."""
    name = month_name(value, zone)
    return name if _language() == "ar" else name[:3]


@register.filter
def day_short(value: date | datetime, zone: Zone = None) -> str:
    """Day and month: "26 نوفمبر" or "26 November"."""
    return f"{_day(value, zone).day} {month_name(value, zone)}"


@register.filter
def day_long(value: date | datetime, zone: Zone = None) -> str:
    """Weekday, day and month: "الخميس 26 نوفمبر" or "Thursday 26 November"."""
    return f"{weekday_name(value, zone)} {day_short(value, zone)}"


@register.filter
def day_dated(value: date | datetime, zone: Zone = None) -> str:
    """Day, month and year where the weekday says nothing any more: "26 نوفمبر 2026" or "26 November 2026"."""
    return f"{day_short(value, zone)} {_day(value, zone).year}"


@register.filter
def day_full(value: date | datetime, zone: Zone = None) -> str:
    """The same with the year, for what is long ago or far ahead."""
    return f"{day_long(value, zone)} {_day(value, zone).year}"


@register.filter
def day_number(value: date | datetime, zone: Zone = None) -> int:
    """Only the day of the month: 26."""
    return _day(value, zone).day


@register.filter
def hijri(value: date | datetime, zone: Zone = None) -> str:
    """The small line below a Gregorian date: "16 جمادى الآخرة 1448"."""
    return hijri_calendar.hijri_label(_day(value, zone), _language())


@register.filter
def hijri_day(value: date | datetime, zone: Zone = None) -> str:
    """Only the day of the Hijri month: "16"."""
    return str(hijri_calendar.hijri_day(_day(value, zone)))


@register.filter
def hijri_month(value: date | datetime, zone: Zone = None) -> str:
    """Month and year of the Hijri month: "جمادى الآخرة 1448"."""
    return hijri_calendar.hijri_month_label(_day(value, zone), _language())


# --- numbers and words ----------------------------------------------------------------------------------


@register.filter
def distance(number: int, other: int) -> int:
    """How far two whole numbers lie apart; the pager leaves out what is far."""
    return abs(int(number) - int(other))


@register.filter
def loc(thing: Any, name: str) -> str:
    """`name` in the language of the page: `salon|loc:"name"` is name_ar or name_en, or the other if one is empty."""
    first = _language()
    for language in (first, "en" if first == "ar" else "ar"):
        key = f"{name}_{language}"
        value = thing.get(key) if isinstance(thing, dict) else getattr(thing, key, None)
        if value:
            return str(value)
    return ""
