"""The scenarios: what is prepared, and what each rival does in each round. All by the real flows."""

from __future__ import annotations

import datetime as dt
import uuid
from functools import partial
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from salon.bookings.errors import HoldExpired, IllegalMove, SlotTaken, StaleState
from salon.bookings.models import ActorKind, Booking
from salon.bookings.states import Status
from salon.core.clock import Minute, day_start_minute, local_day, zone
from salon.core.transactions import durably
from salon.flows import booking as flow
from salon.notifications.models import Notification
from salon.salons.models import Membership, Role
from salon.tests.chairs import assert_sound
from salon.tests.people import make_salon, open_daily, person, service, staff
from salon.tests.races.arena import Scene

NOW = timezone.now().replace(microsecond=0)
RIYADH = zone("Asia/Riyadh")
ROUNDS_A_DAY = 6


def start_of(this: int) -> Minute:
    """The slot of a round: every two hours from ten, from tomorrow on."""
    day, slot = divmod(this, ROUNDS_A_DAY)
    return day_start_minute(local_day(NOW, RIYADH) + dt.timedelta(days=day + 1), RIYADH) + 600 + slot * 120


def shop(people: int = 1, **extra: Any) -> SimpleNamespace:
    """A fresh salon with a cut of an hour that all its people do, open 10:00-22:00 and bookable for a year."""
    salon = make_salon(f"race-{uuid.uuid4().hex[:10]}", horizon_days=400, **extra)
    open_daily(salon)
    cut = service(salon)
    team = [staff(salon, f"Staff {number}", does=(cut,)) for number in range(people)]
    owner = person("Hind", phone_of())
    Membership.objects.create(user=owner, salon=salon, role=Role.OWNER)
    return SimpleNamespace(salon=salon, cut=cut, team=team, owner=owner)


def phone_of() -> str:
    """A number that no other run on this database has."""
    return f"+96655{uuid.uuid4().int % 10**7:07d}"


def hold(at: SimpleNamespace, start: Minute, **extra: Any) -> Booking:
    asked = {
        "salon": at.salon,
        "services": [at.cut],
        "staff": None,
        "start_minute": start,
        "key": uuid.uuid4(),
        "customer": None,
        "held_from": "",
        "replaces": None,
        "now": NOW,
    }
    return flow.hold(**(asked | extra))


def sound() -> dict[str, Any]:
    try:
        assert_sound()
    except AssertionError as error:
        return {"sound": f"no: {error}"}
    return {"sound": "yes"}


def herd(_rivals: int, _rounds: int) -> Scene:
    """All want overlapping times of the one chair: half of them a quarter of an hour later. One gets it."""
    at = shop()

    def play(rival: int, this: int) -> str:
        try:
            hold(at, start_of(this) + 15 * (rival % 2), held_from=f"{rival}")
        except SlotTaken:
            return "lost"
        return "won"

    return Scene(play)


def crowd(rivals: int, _rounds: int) -> Scene:
    """Anyone will do, and there is one chair fewer than guests: all but one get one."""
    at = shop(people=rivals - 1)

    def play(_rival: int, this: int) -> str:
        try:
            hold(at, start_of(this))
        except SlotTaken:
            return "lost"
        return "won"

    return Scene(play)


def same_form(_rivals: int, rounds: int) -> Scene:
    """The same form, sent many times at once: one booking, and everybody is told it is theirs."""
    at = shop(people=3)
    keys = [uuid.uuid4() for _ in range(rounds)]

    def play(_rival: int, this: int) -> str:
        return f"booking {hold(at, start_of(this), key=keys[this]).pk}"

    def judge() -> dict[str, Any]:
        return {"bookings": Booking.objects.filter(salon=at.salon).count()}

    return Scene(play, judge)


def chains(_rivals: int, _rounds: int) -> Scene:
    """Two services by two people, asked for in opposite orders: both fit, and nobody waits for a deadlock."""
    salon = shop(people=0).salon
    cut, nails = service(salon), service(salon, "Nails")
    staff(salon, "Noura", does=(cut,))
    staff(salon, "Maya", does=(nails,))
    at = SimpleNamespace(salon=salon, cut=cut)

    def play(rival: int, this: int) -> str:
        order = [cut, nails] if rival % 2 else [nails, cut]
        try:
            hold(at, start_of(this), services=order)
        except SlotTaken:
            return "lost"
        return "won"

    return Scene(play)


def approval(_rivals: int, rounds: int) -> Scene:
    """One request, answered yes by half the office and no by the other half: one answer counts, one letter leaves."""
    at = shop(manual_approval=True)
    lama = person("Lama", phone_of())
    requests = [placed(at, this, lama) for this in range(rounds)]

    def play(rival: int, this: int) -> str:
        answer = flow.confirm if rival % 2 else flow.decline
        try:
            answer(booking=requests[this], actor=at.owner, now=NOW)
        except (IllegalMove, StaleState):
            return "lost"
        return "won"

    def judge() -> dict[str, Any]:
        told = Notification.objects.filter(booking__in=requests, letter__in=["confirmed", "declined"])
        return {"letters": told.count(), **sound()}

    return Scene(play, judge)


def cancel_or_confirm(_rivals: int, rounds: int) -> Scene:
    """The guest calls it off while the salon says yes: it ends cancelled, whoever was first, and is told once."""
    at = shop(manual_approval=True)
    lama = person("Lama", phone_of())
    requests = [placed(at, this, lama) for this in range(rounds)]

    def play(rival: int, this: int) -> str:
        try:
            if rival % 2:
                flow.confirm(booking=requests[this], actor=at.owner, now=NOW)
                return "confirmed"
            flow.cancel(booking=requests[this], actor=lama, by=ActorKind.GUEST, now=NOW)
        except (IllegalMove, StaleState):
            return "lost"
        return "won"

    def judge() -> dict[str, Any]:
        told = Notification.objects.filter(booking__in=requests, letter="cancelled")
        statuses = Booking.objects.filter(pk__in=[each.pk for each in requests]).values_list("status", flat=True)
        return {"letters": told.count(), "statuses": sorted(set(statuses)), **sound()}

    return Scene(play, judge)


def last_second(_rivals: int, rounds: int) -> Scene:
    """The guest confirms in the last second of the hold; the sweeper and a rival come in the next."""
    at = shop()
    lama = person("Lama", phone_of())
    holds = [hold(at, start_of(this)) for this in range(rounds)]
    end = holds[0].expires_at

    def play(rival: int, this: int) -> str:
        kept = holds[this]
        try:
            if rival % 3 == 0:
                flow.place(
                    booking=kept, customer=lama, name="", note="", choice="none", now=end - dt.timedelta(seconds=1)
                )
                return "placed"
            if rival % 3 == 1:
                durably(partial(flow._expire, kept.pk, now=end))
                return "swept"
            hold(at, start_of(this), now=end)
        except (SlotTaken, HoldExpired):
            return "lost"
        return "rival"

    def judge() -> dict[str, Any]:
        firm = Booking.objects.filter(salon=at.salon, status__in=[Status.HELD, Status.CONFIRMED])
        starts = list(firm.values_list("starts_at", flat=True))
        return {"chairs_twice": len(starts) - len(set(starts)), **sound()}

    return Scene(play, judge)


def placed(at: SimpleNamespace, this: int, customer: Any) -> Booking:
    kept = hold(at, start_of(this))
    return flow.place(booking=kept, customer=customer, name="Lama", note="", choice="none", now=NOW).booking


SCENES = {scene.__name__: scene for scene in (herd, crowd, same_form, chains, approval, cancel_or_confirm, last_second)}
