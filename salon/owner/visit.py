"""What the office's page of one booking says, and which buttons would work at this moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from salon.bookings import policy, rules
from salon.bookings.errors import IllegalMove
from salon.bookings.models import ActorKind, Booking, BookingEvent
from salon.bookings.states import Status
from salon.core import clock
from salon.core.templatetags import salon as words
from salon.owner.visit_money import money_of
from salon.payments import counter

GIVES_BACK = frozenset({"decline", "cancel"})
"""What sends prepaid money back to the guest."""

TRACK = (Status.CONFIRMED, Status.ARRIVED, Status.COMPLETED)


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of the visit; `at` is when it was reached."""

    label: str
    at: dt.datetime | None
    is_done: bool
    is_current: bool


@dataclass(frozen=True, slots=True)
class LogLine:
    """Something that happened, in words. `why` is what a person gave as the reason."""

    what: str
    who: str
    why: str
    at: dt.datetime


def facts_of(found: Booking, *, may_act: bool, may_refund: bool, now: dt.datetime) -> dict[str, Any]:
    """The context of the page. Three queries and those of `money_of`. Money in halalas.

    `refund` is what a cancellation by the salon would send back now and `refund_by_hand` what somebody would have to
    hand back; `no_show_back` is what marking a no-show would send: the promise owes it, so it takes nobody's right.
    Without `may_refund` nothing else that gives money back is offered; `asks_owner` says that something would be.
    """
    money = money_of(found, now=now)
    events = list(found.events.select_related("actor").order_by("pk"))
    can = buttons(found, now) if may_act else set()
    kept = set() if may_refund or not money.paid else can & GIVES_BACK
    return {
        "booking": found,
        "label": Status(found.status).label,
        "zone": clock.zone(found.salon.zone),
        "now": now,
        "items": list(found.items.select_related("service", "variant", "staff").order_by("position")),
        "money": money,
        "pays": may_act and found.status in counter.PAYABLE and bool(money.left),
        "no_show_back": policy.no_show_due(found.policy, paid=money.online),
        "documents": list(found.invoices.order_by("pk")) if may_act else [],
        "refund": money.online,
        "refund_by_hand": money.at_counter,
        "log": [
            _line(each, found.salon.zone)
            for each in reversed(events)
            if each.old_status or each.new_status != Status.HELD
        ],
        "track": _track(found, events),
        "can": can - kept,
        "asks_owner": bool(kept),
        "opens_at": found.starts_at - rules.EARLY_ARRIVAL if found.status == Status.CONFIRMED else None,
    }


def buttons(found: Booking, now: dt.datetime) -> set[str]:
    """What would work now, by the same rules the press is held to. A request is declined rather than cancelled."""
    checks: dict[str, Callable[[], None]] = {
        "confirm": lambda: rules.answer(found, Status.CONFIRMED, now),
        "decline": lambda: rules.answer(found, Status.DECLINED, now),
        "arrive": lambda: rules.arrive(found, now),
        "complete": lambda: rules.complete(found, now),
        "no_show": lambda: rules.no_show(found, now),
        "cancel": lambda: rules.cancel(found, ActorKind.SALON, now),
    }
    can = {name for name, check in checks.items() if _allowed(check)}
    return can - {"cancel"} if "decline" in can else can


def _allowed(check: Callable[[], None]) -> bool:
    try:
        check()
    except IllegalMove:
        return False
    return True


def _track(found: Booking, events: list[BookingEvent]) -> list[Step]:
    """The visit's three steps; none for one that ended otherwise."""
    if found.status not in {*TRACK, Status.REQUESTED}:
        return []
    at = {each.new_status: each.at for each in events if not each.moved_to}
    reached = TRACK.index(Status(found.status)) if found.status in TRACK else -1
    last = len(TRACK) - 1
    return [
        Step(
            label=str(step.label),
            at=at.get(step) if number <= reached else None,
            is_done=number < reached or number == reached == last,
            is_current=number == reached != last,
        )
        for number, step in enumerate(TRACK)
    ]


def _line(event: BookingEvent, zone: str) -> LogLine:
    """To the salon a booking begins when it is placed: that a guest was choosing before is not said."""
    what = new = str(Status(event.new_status).label)
    if event.moved_from and event.moved_to:
        what = _("moved from %(old)s to %(new)s") % {
            "old": f"{words.day_long(event.moved_from, zone)} {words.clock_time(event.moved_from, zone)}",
            "new": f"{words.day_long(event.moved_to, zone)} {words.clock_time(event.moved_to, zone)}",
        }
    elif event.old_status not in {"", Status.HELD}:
        what = _("%(old)s → %(new)s") % {"old": Status(event.old_status).label, "new": new}
    by_salon = event.actor_kind == ActorKind.SALON and event.actor is not None
    return LogLine(
        what=what,
        who=(by_salon and event.actor.name) or str(ActorKind(event.actor_kind).label),
        why="" if event.actor_kind == ActorKind.SYSTEM else event.reason,  # its reasons are for operators
        at=event.at,
    )
