"""The time step, made ready to print: day strip, slots by part of the day, summary. No HTTP, no writes.

The hot page of the product: one read of the board answers all of it, and no datetime is made per slot.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.templatetags.static import static
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext, pgettext

from salon.bookings import queries
from salon.bookings.models import Booking
from salon.bookings.queries import Board, Slot, TeamMember, Visit
from salon.core import clock
from salon.core.templatetags import salon as words
from salon.flows.moving import own_chairs
from salon.salons.art import cover_file
from salon.web.book_picks import Ignored, Picks
from salon.web.book_words import DayCell, day_strip, people_links, service_name, slot_groups

WINDOW_DAYS: Final = 14
SEARCH_DAYS: Final = 2 * WINDOW_DAYS  # one read that finds the first free day and fills whichever strip it lies in
NEAREST: Final = 3
LAST_NIGHT: Final = dt.timedelta(hours=12)  # a business day ends by noon of the next date


@dataclass(frozen=True, slots=True)
class TimeStep:
    """Everything that the template prints. `day` is None when nothing is free in the days that were looked at."""

    visit: Visit
    board: Board
    picks: Picks
    today: dt.date
    last_day: dt.date
    first_day: dt.date
    zone: ZoneInfo
    path: str
    language: str
    day: dt.date | None
    chosen: Slot | None

    # --- who -----------------------------------------------------------------------------------------

    @property
    def people(self) -> SafeString:
        """The choices of the staff picker but "anyone"."""
        return people_links(
            self.board.team,
            base=self._url(staff=None),
            day=self.day_part,
            current=self.picks.staff,
            language=self.language,
        )

    @property
    def anyone_url(self) -> str:
        return self._url(staff=None)

    @property
    def day_part(self) -> str:
        return f"&day={self.day.isoformat()}" if self.day else ""

    # --- days ----------------------------------------------------------------------------------------

    @property
    def strip(self) -> SafeString:
        """The days of the window, with how much is free on each of them compared with the best."""
        slots, open_days = self.board.slots_by_day, self.board.open_days
        window = self._window
        most = max((len(slots[day]) for day in window), default=0)
        names = {
            self.today - dt.timedelta(days=1): pgettext("the night that is not over yet", "Tonight"),
            self.today: gettext("Today"),
            self.today + dt.timedelta(days=1): pgettext("short, on a narrow cell", "Tmrw"),
        }
        cells = [
            DayCell(
                day=day,
                level=1 + (3 * len(slots[day]) - 1) // most if slots[day] else 0,
                closed=day not in open_days,
                current=day == self.day,
                name=names.get(day, ""),
                new_month=day.day == 1 and day != window[0],
            )
            for day in window
        ]
        return day_strip(cells, base=self._url(staff=self.picks.staff), language=self.language)

    @property
    def shown_day(self) -> dt.date:
        """The day that names the month above the strip."""
        return self.day or self.first_day

    @property
    def hijri_month(self) -> str:
        month = words.hijri_month(self.shown_day)
        return gettext("%(month)s AH") % {"month": month} if month else ""

    @property
    def previous_url(self) -> str | None:
        first = self.first_day - dt.timedelta(days=WINDOW_DAYS)
        return self._from_url(first) if first >= self.today else None

    @property
    def next_url(self) -> str | None:
        first = self.first_day + dt.timedelta(days=WINDOW_DAYS)
        return self._from_url(first) if first <= self.last_day else None

    # --- times ---------------------------------------------------------------------------------------

    @property
    def slots(self) -> list[Slot]:
        return self.board.slots_by_day.get(self.day, []) if self.day else []

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The free times of the day by its parts."""
        if not self.day:
            return []
        chosen = self.chosen.start_minute if self.chosen else None
        return slot_groups(self.slots, day=self.day, zone=self.zone, chosen=chosen, language=self.language)

    @property
    def announcement(self) -> str:
        """What is read out after the times were swapped."""
        if not self.day:
            return gettext("No free time")
        count = len(self.slots)
        return ngettext("%(day)s: %(count)s free time", "%(day)s: %(count)s free times", count) % {
            "day": words.day_long(self.day),
            "count": count,
        }

    @property
    def next_free_day(self) -> dt.date | None:
        """The first day with a free time after the shown one, among the days that were read."""
        after = self.day or self.first_day
        return next((day for day, slots in sorted(self.board.slots_by_day.items()) if slots and day > after), None)

    @property
    def next_free_url(self) -> str | None:
        day = self.next_free_day
        return f"{self._url(staff=self.picks.staff)}&day={day.isoformat()}" if day else None

    def nearest(self, wanted: clock.Minute) -> list[dict[str, Any]]:
        """Up to three free times of the day nearest to a UTC minute, in the order of the clock."""
        close = sorted(self.slots, key=lambda slot: (abs(slot.start_minute - wanted), slot.start_minute))[:NEAREST]
        return [
            {"start": slot.start_minute, "label": self.clock(slot.start_minute)}
            for slot in sorted(close, key=lambda slot: slot.start_minute)
        ]

    def local_day(self, minute: clock.Minute) -> dt.date:
        """The date of a UTC minute on the wall of the salon."""
        return clock.local_day(clock.from_minute(minute), self.zone)

    def clock(self, minute: clock.Minute) -> str:
        """A UTC minute, "4:30 م", on the wall of the salon."""
        return words.clock_time(clock.from_minute(minute), self.zone)

    # --- summary -------------------------------------------------------------------------------------

    @property
    def price(self) -> int:
        """Of the visit in halalas; the least anybody asks while it is open who will do it."""
        settled = self._settled
        return settled.price if settled else self.board.price

    @property
    def price_varies(self) -> bool:
        return self.board.price_from and self._settled is None

    @property
    def minutes(self) -> int:
        return self.chosen.minutes if self.chosen else self.board.minutes

    @property
    def cover(self) -> str:
        return static(cover_file(self.visit.salon.cover))

    @property
    def service_count(self) -> str:
        count = len(self.visit.services)
        return ngettext("%(count)s service", "%(count)s services", count) % {"count": count}

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Each service with its minutes; with its price where that is what it will cost with whoever does it."""
        exact = not self.price_varies and sum(each.price for each in self.visit.services) == self.price
        return [
            {"name": service_name(each), "minutes": each.minutes, "price": each.price if exact else None}
            for each in self.visit.services
        ]

    @property
    def _settled(self) -> TeamMember | None:
        """The one person who will do all of it, as far as that is known."""
        only = self.chosen.staff_ids if self.chosen else ()
        pk = only[0] if len(only) == 1 else self.picks.staff
        return next((member for member in self.board.team if member.pk == pk), None)

    @property
    def starts_at(self) -> dt.datetime | None:
        return clock.from_minute(self.chosen.start_minute) if self.chosen else None

    @property
    def ends_at(self) -> dt.datetime | None:
        return clock.from_minute(self.chosen.start_minute + self.chosen.minutes) if self.chosen else None

    @property
    def with_whom(self) -> str:
        """Words for who it will be: "with Noura and Reem" for a chain, "" when it is not settled yet."""
        if self.chosen and self.chosen.chain:
            ids = list(dict.fromkeys(self.chosen.chain))
        elif self.chosen and len(self.chosen.staff_ids) == 1:
            ids = list(self.chosen.staff_ids)
        elif self.picks.staff is not None:
            ids = [self.picks.staff]
        else:
            return ""
        by_pk = {member.pk: words.loc(member, "name") for member in self.board.team}
        names = [by_pk[pk] for pk in ids if pk in by_pk]
        if len(names) == 2:
            return gettext("with %(first)s and %(second)s") % {"first": names[0], "second": names[1]}
        return gettext("with %(names)s") % {"names": gettext(", ").join(names)} if names else ""

    # --- links ---------------------------------------------------------------------------------------

    @property
    def key(self) -> uuid.UUID:
        """A fresh key for the form: the same press twice keeps one chair."""
        return uuid.uuid4()

    @property
    def services_query(self) -> str:
        return "&".join(f"service={pick}" for pick in self.picks.services)

    @property
    def day_url(self) -> str:
        """The page on the shown day, with whoever is chosen."""
        return f"{self._url(staff=self.picks.staff)}{self.day_part}"

    @property
    def first_free_url(self) -> str:
        """The page on the first day with a free time."""
        return self._url(staff=self.picks.staff)

    @property
    def _window(self) -> list[dt.date]:
        days = (self.first_day + dt.timedelta(days=offset) for offset in range(-1, WINDOW_DAYS))
        return [day for day in days if day in self.board.slots_by_day]

    def _url(self, *, staff: int | None) -> str:
        """The page itself with the services and a person. `load_visit` let only digits and dashes through as picks."""
        return f"{self.path}?{self.services_query}" + (f"&staff={staff}" if staff is not None else "")

    def _from_url(self, day: dt.date) -> str:
        return f"{self._url(staff=self.picks.staff)}&from={day.isoformat()}"


def time_step(
    *, visit: Visit, picks: Picks, path: str, now: dt.datetime, one_day: bool = False, moving: Booking | None = None
) -> TimeStep:
    """Read the board once and settle what is shown: the day asked for, else the first one with a free time.

    `one_day` reads no other day than the one asked for: enough for its times, not for the strip. A booking that is
    `moving` stands in no way of its own, and the time it has is not offered to it again.
    A day or a time that makes no sense is dropped from the picks and named in `picks.ignored`.
    Raises bookings.errors.NotOffered when nobody, or not the person asked for, does these services.
    """
    zone = clock.zone(visit.salon.zone)
    today = clock.local_day(now, zone)
    earliest = clock.local_day(now - LAST_NIGHT, zone)  # before noon, last night's shift may not be over
    last_day = today + dt.timedelta(days=visit.salon.horizon_days)
    if picks.day is not None and not earliest <= picks.day <= last_day:
        picks = picks.without(Ignored.DAY)
    anchor = picks.day or _within(picks.first_day, today, last_day)
    first_day = _window_start(anchor, today) if anchor else today
    days = WINDOW_DAYS if anchor else SEARCH_DAYS
    if one_day and picks.day:
        read = [picks.day]
    else:
        before = [earliest] if earliest < today == first_day else []
        read = before + [first_day + dt.timedelta(days=number) for number in range(days)]
    board = queries.load_board(
        salon=visit.salon,
        services=visit.services,
        staff=picks.staff,
        first_day=read[0],
        days=len(read),
        now=now,
        apart_from=own_chairs(moving) if moving else (),
    )
    if moving:
        _without_its_own(board, moving, picks.staff)
    for day in read:
        if day > last_day or (day < today and day != picks.day and not board.slots_by_day[day]):
            del board.slots_by_day[day]  # past the horizon, or last night is over
    day, chosen = _settle(board, picks)
    return TimeStep(
        visit=visit,
        board=board,
        picks=picks.without(Ignored.START) if picks.start is not None and chosen is None else picks,
        today=today,
        last_day=last_day,
        first_day=_window_start(day, today) if day else first_day,
        zone=zone,
        path=path,
        language=get_language() or "ar",
        day=day,
        chosen=chosen,
    )


def _settle(board: Board, picks: Picks) -> tuple[dt.date | None, Slot | None]:
    """The day to show and the slot already chosen on it. A link may name a time after midnight by its own date."""
    days = sorted(board.slots_by_day)
    if picks.start is not None:
        for day in days:
            for slot in board.slots_by_day[day]:
                if slot.start_minute == picks.start:
                    return day, slot
    return picks.day or next((day for day in days if board.slots_by_day[day]), None), None


def _without_its_own(board: Board, moving: Booking, staff: int | None) -> None:
    """Take out the time that the booking has, unless it is asked for with somebody else."""
    if staff is not None and {item.staff_id for item in moving.items.all()} != {staff}:
        return
    start = clock.to_minute(moving.starts_at)
    for slots in board.slots_by_day.values():
        slots[:] = [slot for slot in slots if slot.start_minute != start]


def _within(day: dt.date | None, first: dt.date, last: dt.date) -> dt.date | None:
    return day if day and first <= day <= last else None


def _window_start(day: dt.date, today: dt.date) -> dt.date:
    """Strips are laid from today in steps of two weeks, so that a day always lies in the same one."""
    return today if day < today else day - dt.timedelta(days=(day - today).days % WINDOW_DAYS)
