"""What the address of a money page asks for: days, method and state. Nothing that can be typed there is an error."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from salon.core import clock
from salon.core.digits import to_ascii_digits
from salon.payments.models import MethodKind, PaymentState

MOST_DAYS: Final = 366
"""A year with its leap day: the longest stretch one page or one file shows."""

OLDEST: Final = dt.timedelta(days=3660)

PRESETS: Final[dict[str, Promise]] = {
    "today": pgettext_lazy("days of money", "Today"),
    "yesterday": pgettext_lazy("days of money", "Yesterday"),
    "week": pgettext_lazy("days of money", "This week"),
    "month": pgettext_lazy("days of money", "This month"),
}

UNREAD: Final = _("These days could not be read. This month is shown instead.")
CLIPPED: Final = _("One year is shown at most: the last one of the days asked for.")


@dataclass(frozen=True, slots=True)
class Asked:
    """Both days are included. `preset` is the key of PRESETS they are, "" for days of one's own."""

    first: dt.date
    last: dt.date
    preset: str = ""
    method: str = ""
    state: str = ""
    notice: str | Promise = ""

    @property
    def query(self) -> str:
        """These days, as they would be typed."""
        return urlencode({"from": self.first.isoformat(), "to": self.last.isoformat()})

    def preset_query(self, preset: str) -> str:
        """Other days with the same filters."""
        filters = {"method": self.method, "state": self.state}
        return urlencode({"range": preset} | {key: value for key, value in filters.items() if value})


def read(params: QueryDict, *, today: dt.date) -> Asked:
    """`range=week`, or `from` and `to`; without either this month up to `today`, the salon's day.

    Days the wrong way round are turned, and days that have not come yet are left out.
    """
    method, state = params.get("method", ""), params.get("state", "")
    filters = {
        "method": method if method in MethodKind.values else "",
        "state": state if state in PaymentState.values else "",
    }
    presets = _presets(today)
    chosen = params.get("range", "")
    typed = [params.get(name, "").strip() for name in ("from", "to")]
    if chosen in presets or not any(typed):
        chosen = chosen if chosen in presets else "month"
        first, last = presets[chosen]
        return Asked(first, last, chosen, **filters)
    try:
        days = [dt.date.fromisoformat(to_ascii_digits(each)) for each in typed if each]
    except ValueError:
        return Asked(*presets["month"], "month", **filters, notice=UNREAD)
    first, last = (min(max(day, today - OLDEST), today) for day in (min(days), max(days)))
    clipped = (last - first).days >= MOST_DAYS
    if clipped:
        first = last - dt.timedelta(days=MOST_DAYS - 1)
    same = next((name for name, ends in presets.items() if ends == (first, last)), "")
    return Asked(first, last, same, **filters, notice=CLIPPED if clipped else "")


def _presets(today: dt.date) -> dict[str, tuple[dt.date, dt.date]]:
    """The week begins on Sunday; what has not come yet is not part of it."""
    yesterday = today - dt.timedelta(days=1)
    sunday = today - dt.timedelta(days=clock.weekday_of(today))
    return {
        "today": (today, today),
        "yesterday": (yesterday, yesterday),
        "week": (sunday, today),
        "month": (today.replace(day=1), today),
    }
