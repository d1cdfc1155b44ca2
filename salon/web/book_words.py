"""What the time step repeats dozens of times, as strings made in one go: people, days, times, parts of the day.

A template loop over them took more than the engine and the database together. `language` is the key of these caches;
the words themselves come in the language that is active.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext, pgettext

from salon.bookings.queries import Slot, TeamMember
from salon.core import clock
from salon.core.templatetags import salon as words
from salon.salons.models import Service, Variant

NOON, EVENING, MIDNIGHT = 12 * 60, 17 * 60, 24 * 60
PARTS: Final = (("morning", NOON), ("afternoon", EVENING), ("evening", MIDNIGHT), ("night", 2 * MIDNIGHT))


_WHOLE: Final = ' hx-target="#picker" hx-swap="outerMorph"'
"""On a full day: its answer names the next free one, so it needs the other days too."""


class DayCell(NamedTuple):
    """A day of the strip. `level` 0 (full) to 3 (many free times); `name` replaces the weekday, as in "Today"."""

    day: dt.date
    level: int
    closed: bool
    current: bool
    name: str
    new_month: bool


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


def day_strip(cells: Sequence[DayCell], *, base: str, language: str) -> SafeString:
    """The days as one string. A closed day is no link; a full one is, and says so. `base` is a URL with a query."""
    names = _level_names(language)
    closed = conditional_escape(gettext("Closed"))
    link = conditional_escape(base)
    parts: list[str] = []
    for cell in cells:
        weekday, hijri, month = _day_words(cell.day, language)
        if cell.name:
            weekday = conditional_escape(cell.name)
        if cell.new_month:
            parts.append(f'<span class="days__month" aria-hidden="true">{month}</span>')
        number, iso = cell.day.day, cell.day.isoformat()
        if cell.closed:
            parts.append(
                f'<span class="day day--closed"><span>{weekday}</span><b>{number}</b><small>{closed}</small></span>'
            )
            continue
        current = ' aria-current="date"' if cell.current else ""
        small, hidden = (hijri, f'<span class="vh">{names[cell.level]}</span>') if cell.level else (names[0], "")
        parts.append(
            f'<a class="day l{cell.level}" id="d{iso}" href="{link}&amp;day={iso}" hx-get="{link}&amp;day={iso}"'
            f"{current}{_WHOLE if not cell.level else ''}><span>{weekday}</span><b>{number}</b>"
            f'<small>{small}</small><span class="day__bars" aria-hidden="true"><i></i><i></i><i></i></span>{hidden}</a>'
        )
    return mark_safe("".join(parts))  # noqa: S308 - dates, numbers and escaped words


def people_links(team: Sequence[TeamMember], *, base: str, day: str, current: int | None, language: str) -> SafeString:
    """The people of the staff picker as one string. `base` is a URL with a query, `day` the part that names the day."""
    link, kept = conditional_escape(base), conditional_escape(day)
    parts = []
    for member in team:
        url = f"{link}&amp;staff={member.pk}"
        chosen = ' aria-current="true"' if member.pk == current else ""
        parts.append(
            f'<a id="who-{member.pk}" href="{url}{kept}"{chosen} hx-get="{url}">{_person_words(member, language)}</a>'
        )
    return mark_safe("\n".join(parts))  # noqa: S308 - numbers and escaped words


@lru_cache(maxsize=4096)
def _person_words(member: TeamMember, _language: str) -> str:
    """A person's mirror, name and title."""
    name, title = words.loc(member, "name"), words.loc(member, "title")
    return format_html(
        '<span class="avatar avatar--lg {}" aria-hidden="true">{}</span><span class="who__name" dir="auto">{}</span>{}',
        words.hue(member.hue),
        words.initial(name),
        name,
        format_html('<small dir="auto">{}</small>', title) if title else "",
    )


@lru_cache(maxsize=1024)
def _day_words(day: dt.date, _language: str) -> tuple[str, str, str]:
    """Weekday, Hijri day and month name for a narrow cell."""
    return words.weekday_short(day), words.hijri_day(day), words.month_name(day)


@lru_cache(maxsize=8)
def _level_names(_language: str) -> tuple[str, str, str, str]:
    shown = (gettext("Full"), gettext("few times"), gettext("some times"), gettext("many times"))
    return tuple(map(conditional_escape, shown))


@lru_cache(maxsize=32)
def _part_words(part: str, _language: str) -> dict[str, str]:
    return {
        "morning": {"icon": words.icon("sun"), "label": pgettext("part of the day", "Morning")},
        "afternoon": {"icon": words.icon("sunset"), "label": pgettext("part of the day", "Afternoon")},
        "evening": {"icon": words.icon("moon"), "label": pgettext("part of the day", "Evening")},
        "night": {"icon": words.icon("moon"), "label": pgettext("part of the day", "After midnight")},
    }[part]


def service_name(each: Service | Variant) -> str:
    if isinstance(each, Variant):
        service = words.loc(each.service, "name")
        return gettext("%(service)s – %(variant)s") % {"service": service, "variant": words.loc(each, "name")}
    return words.loc(each, "name")
