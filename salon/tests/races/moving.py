"""Guests who change their times at the same moment."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from salon.bookings.errors import IllegalMove, SlotTaken, StaleState
from salon.bookings.models import ActorKind, Booking, BookingEvent, BusyTime
from salon.core.clock import Minute
from salon.flows import booking as flow
from salon.flows import moving
from salon.salons.models import Staff
from salon.tests.people import person
from salon.tests.races.arena import Scene
from salon.tests.races.scenes import NOW, hold, phone_of, shop, sound, start_of


def visit(at: SimpleNamespace, start: Minute, staff: Staff, guest: Any) -> Booking:
    kept = hold(at, start, staff=staff)
    return flow.place(booking=kept, customer=guest, name="Lama", note="", choice="none", now=NOW).booking


def move(booking: Booking, start: Minute, staff: Staff) -> str:
    """As the pages do it: look, then press."""
    asked = {"start_minute": start, "staff": staff.pk, "now": NOW}
    fresh = Booking.objects.select_related("salon").get(pk=booking.pk)
    try:
        mark = moving.propose(booking=fresh, **asked).mark
        moving.move(booking=fresh, agreed=mark, actor=booking.customer, **asked)
    except (SlotTaken, StaleState, IllegalMove):
        return "lost"
    return "won"


def move_herd(rivals: int, rounds: int) -> Scene:
    """Everybody has a chair of their own and wants the one that is free; one of them books it anew. One gets it."""
    at = shop(people=rivals + 1)
    guests = [person("Lama", phone_of()) for _ in range(rivals)]
    visits = [[visit(at, start_of(this), at.team[n], guests[n]) for this in range(rounds)] for n in range(rivals)]

    def play(rival: int, this: int) -> str:
        if rival == this % rivals:
            try:
                hold(at, start_of(this) + 15, staff=at.team[-1])
            except SlotTaken:
                return "lost"
            return "won"
        return move(visits[rival][this], start_of(this) + 15 * (rival % 2), at.team[-1])

    def judge() -> dict[str, Any]:
        taken = BusyTime.objects.filter(staff=at.team[-1]).count()
        return {"chairs": taken - rounds, **sound()}

    return Scene(play, judge)


def move_crosswise(_rivals: int, rounds: int) -> Scene:
    """Two chairs, two guests, each of whom wants an hour at the other's: nobody waits for a deadlock, both get it."""
    at = shop(people=2)
    lama, reem = person("Lama", phone_of()), person("Reem", phone_of())
    visits = [
        [visit(at, start_of(this), at.team[n], guest) for this in range(rounds)] for n, guest in enumerate((lama, reem))
    ]

    def play(rival: int, this: int) -> str:
        which = rival % 2
        return move(visits[which][this], start_of(this) + 60, at.team[1 - which])

    def judge() -> dict[str, Any]:
        return {
            "moves": BookingEvent.objects.filter(booking__salon=at.salon, moved_to__isnull=False).count(),
            **sound(),
        }

    return Scene(play, judge)


def move_or_cancel(_rivals: int, rounds: int) -> Scene:
    """The same visit is moved in some tabs and called off in others: it ends cancelled, and keeps no chair."""
    at = shop(people=2)
    lama = person("Lama", phone_of())
    visits = [visit(at, start_of(this), at.team[0], lama) for this in range(rounds)]

    def play(rival: int, this: int) -> str:
        if rival % 2:
            return "moved" if move(visits[this], start_of(this), at.team[1]) == "won" else "lost"
        try:
            flow.cancel(booking=visits[this], actor=lama, by=ActorKind.GUEST, now=NOW)
        except (IllegalMove, StaleState):
            return "lost"
        return "won"

    def judge() -> dict[str, Any]:
        statuses = Booking.objects.filter(salon=at.salon).values_list("status", flat=True)
        left = BusyTime.objects.filter(booking__salon=at.salon).count()
        return {"statuses": sorted(set(statuses)), "left": left, **sound()}

    return Scene(play, judge)


SCENES = {scene.__name__: scene for scene in (move_herd, move_crosswise, move_or_cancel)}
