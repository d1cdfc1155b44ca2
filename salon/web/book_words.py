"""Words of the time step, each made once: labels of times, days and parts of the day.

`language` is the key of these caches; the words themselves come in the language that is active.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.safestring import mark_safe
from django.utils.translation import gettext, ngettext, pgettext

from salon.bookings.queries import Slot
from salon.core import clock
from salon.core.templatetags import salon as words
from salon.salons.models import Service, Variant

NOON, EVENING, MIDNIGHT = 12 * 60, 17 * 60, 24 * 60
PARTS: Final = (("morning", NOON), ("afternoon", EVENING), ("evening", MIDNIGHT), ("night", 2 * MIDNIGHT))


def slot_groups(
    slots: Sequence[Slot], *, day: dt.date, zone: ZoneInfo, chosen: clock.Minute | None, language: str
) -> list[dict[str, Any]]:
    """The free times of a business day by its parts; times after midnight belong to it but name their own date."""
    chips: dict[str, list[str]] = {part: [] for part, _ in PARTS}
    for start, minute in wall_minutes(slots, clock.day_start_minute(day, zone), zone):
        part = next(part for part, end in PARTS if minute < end)
        chips[part].append(
            f'<label class="slot" for="t{start}"><input class="vh" type="radio" name="start" id="t{start}" '
            f'value="{start}" required{" checked" if start == chosen else ""}>{_time_tag(minute, language)}'
        )
    return [
        {
            **_part_words(part, language),
            "note": words.day_long(day + dt.timedelta(days=1)) if part == "night" else "",
            "count": ngettext("%(count)s free", "%(count)s free", len(labels)) % {"count": len(labels)},
            "slots": mark_safe("".join(labels)),  # noqa: S308 - numbers and our own labels only
        }
        for part, labels in chips.items()
        if labels
    ]


def wall_minutes(slots: Sequence[Slot], midnight: clock.Minute, zone: ZoneInfo) -> list[tuple[clock.Minute, int]]:
    """Each start with its minute on the wall, counted from the midnight that opens the business day."""
    starts = [slot.start_minute for slot in slots]
    if not starts:
        return []
    offsets = {clock.from_minute(minute).astimezone(zone).utcoffset() for minute in (midnight, starts[-1])}
    if len(offsets) == 1:
        return [(start, start - midnight) for start in starts]
    opening = clock.from_minute(midnight).astimezone(zone).replace(tzinfo=None)
    walls = [clock.from_minute(start).astimezone(zone).replace(tzinfo=None) for start in starts]
    return [(start, (wall - opening) // dt.timedelta(minutes=1)) for start, wall in zip(starts, walls, strict=True)]


@lru_cache(maxsize=8192)
def _time_tag(minute: int, _language: str) -> str:
    """The label of a start, `minute` after midnight, and the end of its chip."""
    hour, rest = divmod(minute % MIDNIGHT, 60)
    shown = words.clock_time(dt.datetime(2000, 1, 1, hour, rest))  # noqa: DTZ001 - a reading of the wall clock
    return f'<time datetime="{hour:02}:{rest:02}">{shown}</time></label>'


@lru_cache(maxsize=1024)
def day_words(day: dt.date, _language: str) -> tuple[str, str, str]:
    """Weekday, Hijri day and month name for a narrow cell."""
    return words.weekday_short(day), words.hijri_day(day), words.month_name(day)


@lru_cache(maxsize=8)
def level_names(_language: str) -> tuple[str, str, str, str]:
    return gettext("full"), gettext("few times"), gettext("some times"), gettext("many times")


@lru_cache(maxsize=32)
def _part_words(part: str, _language: str) -> dict[str, str]:
    return {
        "morning": {"icon": "sunrise", "label": pgettext("part of the day", "Morning")},
        "afternoon": {"icon": "sun", "label": pgettext("part of the day", "Afternoon")},
        "evening": {"icon": "sunset", "label": pgettext("part of the day", "Evening")},
        "night": {"icon": "moon", "label": pgettext("part of the day", "After midnight")},
    }[part]


def service_name(each: Service | Variant) -> str:
    if isinstance(each, Variant):
        service = words.loc(each.service, "name")
        return gettext("%(service)s – %(variant)s") % {"service": service, "variant": words.loc(each, "name")}
    return words.loc(each, "name")
