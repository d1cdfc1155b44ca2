"""Writes the demo's bookings with all that belongs to them: items, busy time, events, reviews."""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from salon.accounts.models import User
from salon.bookings import policy
from salon.bookings.models import ActorKind, Booking, BookingEvent, BookingItem, BusyTime, Source
from salon.bookings.references import ALPHABET, LENGTH
from salon.bookings.states import OCCUPYING, Status
from salon.core import clock
from salon.core.clock import Minute
from salon.jobs.demo import money, people
from salon.jobs.demo.days import Chair, Part, Plan, fill, parts_of
from salon.jobs.demo.fates import Fate, fate_of
from salon.jobs.demo.reviews import review_of
from salon.jobs.demo.shapes import SalonSheet
from salon.reviews.models import Review
from salon.salons.hours import Shift, working_intervals
from salon.salons.models import Prepayment, Salon, Staff, StaffService, WeeklyHours

DAYS_AROUND = 14
SHOWN = "touch-of-rose"
"""The salon of the owner that visitors sign in as: its till is filled, too."""

NAMESPACE = uuid.UUID("5a10a000-0000-4000-8000-000000000000")
LAMA_COMES = {"touch-of-rose": frozenset({2, 4}), "taibah-jasmine": frozenset({6}), "miraa-studio": frozenset({3})}


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who may sit in a salon's chairs, and the one guest whose own bookings the demo shows."""

    guests: Sequence[User]
    lama: User
    owner: User


def write_days(*, salon: Salon, sheet: SalonSheet, users: dict[str, User], now: datetime) -> int:
    """Fill the days around `now` that this salon has no demo bookings on. Returns how many bookings were written."""
    today = clock.local_day(now, clock.zone(salon.zone))
    days = [today + timedelta(days=offset) for offset in range(-DAYS_AROUND, DAYS_AROUND + 1)]
    written = set(Booking.objects.filter(key__in=[_key(salon, day, 0) for day in days]).values_list("key", flat=True))
    days = [day for day in days if _key(salon, day, 0) not in written]
    if not days:
        return 0
    with transaction.atomic():
        team = list(Staff.objects.select_for_update(no_key=True).filter(salon=salon, is_active=True).order_by("pk"))
        chairs = _chairs(salon, team, days)
        crowd = _crowd(sheet, users)
        batch = Batch(salon=salon, now=now)
        for day in days:
            dice = random.Random(f"{sheet.slug} {day}")
            # Far days fill up later: the nearer, the busier.
            far = max(0, (day - today).days)
            plans = fill(salon=salon, day=day, chairs=chairs[day], busy=sheet.busy - 2 * far, dice=dice)
            _tell(batch, day, plans, crowd, dice)
        batch.write()
    if sheet.slug == SHOWN:
        money.take(batch.bookings, by=crowd.owner, until=now)
    return len(batch.bookings)


def _key(salon: Salon, day: date, number: int) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, f"{salon.slug}/{day}/{number}")


def _crowd(sheet: SalonSheet, users: dict[str, User]) -> Crowd:
    numbers = [people.GUEST_NUMBERS.format(index) for index in range(len(people.WOMEN) + len(people.MEN))]
    women, men = numbers[: len(people.WOMEN)], numbers[len(people.WOMEN) :]
    wanted = {"women": women, "men": men}.get(sheet.audience, numbers)
    return Crowd([users[number] for number in wanted], users[people.GUEST[0]], users[people.OWNER[0]])


def _chairs(salon: Salon, team: Sequence[Staff], days: Sequence[date]) -> dict[date, list[Chair]]:
    """Every working chair of each day, with the busy time that is already in it."""
    zone = clock.zone(salon.zone)
    shifts: dict[int | None, list[Shift]] = defaultdict(list)
    for row in WeeklyHours.objects.filter(salon=salon):
        shifts[row.staff_id].append(Shift(row.weekday, row.start_minute, row.end_minute))
    busy: dict[int, list[tuple[Minute, Minute]]] = defaultdict(list)
    from_minute = clock.day_start_minute(days[0], zone) - clock.DAY_MINUTES
    for staff_id, start, end in BusyTime.objects.filter(staff__in=team, start_minute__gte=from_minute).values_list(
        "staff_id", "start_minute", "end_minute"
    ):
        busy[staff_id].append((start, end))
    services = list(salon.services.filter(is_active=True).prefetch_related("variants"))
    offers: dict[int, dict[tuple[int, int | None], tuple[int | None, int | None]]] = defaultdict(dict)
    for offer in StaffService.objects.filter(staff__in=team):
        offers[offer.staff_id][offer.service_id, offer.variant_id] = (offer.price, offer.minutes)

    chairs: dict[date, list[Chair]] = defaultdict(list)
    for member in team:
        parts: list[Part] = parts_of(services, offers[member.pk])
        work = working_intervals(
            days=days, zone=zone, salon_shifts=shifts[None], staff_shifts=shifts.get(member.pk), seasons=(), closures=()
        )
        for day in days:
            chairs[day].append(Chair(member, work[day], busy[member.pk], parts))
    return chairs


def _tell(batch: Batch, day: date, plans: Iterable[Plan], crowd: Crowd, dice: random.Random) -> None:
    """Give each visit of the day its guest and its fate. Nobody sits in two chairs at once."""
    salon, until = batch.salon, {}
    lama_today = clock.weekday_of(day) in LAMA_COMES.get(salon.slug, ())
    for number, plan in enumerate(plans):
        guest = dice.choice([user for user in crowd.guests if until.get(user.pk, 0) <= plan.start] or crowd.guests)
        if lama_today and (plan.start - clock.day_start_minute(day, clock.zone(salon.zone))) >= 15 * 60:
            guest, lama_today = crowd.lama, False
        until[guest.pk] = plan.end
        fate = fate_of(
            starts_at=clock.from_minute(plan.start),
            ends_at=clock.from_minute(plan.end),
            by_hand=salon.manual_approval,
            answer_within=timedelta(minutes=salon.approval_minutes),
            now=batch.now,
            dice=dice,
        )
        batch.add(
            key=_key(salon, day, number), day=day, plan=plan, fate=fate, guest=guest, owner=crowd.owner, dice=dice
        )


class Batch:
    """Rows of one salon, written together."""

    def __init__(self, *, salon: Salon, now: datetime) -> None:
        """Begin with nothing."""
        self.salon, self.now = salon, now
        self.bookings: list[Booking] = []
        self.items: list[BookingItem] = []
        self.busy: list[BusyTime] = []
        self.events: list[BookingEvent] = []
        self.reviews: list[Review] = []

    def add(
        self, *, key: uuid.UUID, day: date, plan: Plan, fate: Fate, guest: User, owner: User, dice: random.Random
    ) -> None:
        salon = self.salon
        # The demo's salons that ask for money up front took these bookings by phone, without it: no payment is
        # invented, so every refund and every balance that a visitor sees is a true one.
        parts = [policy.Part(each.service, each.price) for each in plan.parts]
        terms = policy.promise(salon, plan.price, parts=parts)
        prepaid = terms["prepayment"] != Prepayment.NONE
        booking = Booking(
            key=key,
            reference=_reference(key),
            customer=guest,
            salon=salon,
            status=fate.status,
            version=len(fate.moves) - 1,
            starts_at=clock.from_minute(plan.start),
            ends_at=clock.from_minute(plan.end),
            business_day=day,
            price=plan.price,
            policy=terms | {"prepayment": str(Prepayment.NONE), "deposit": 0, "deposit_percent": None},
            note=dice.choice(people.NOTES) if dice.random() < 0.08 else "",
            source=Source.OWNER if prepaid else Source.WEB,
            expires_at=fate.expires_at,
            created_at=fate.created_at,
        )
        self.bookings.append(booking)
        for position, (part, begins) in enumerate(zip(plan.parts, plan.starts, strict=True)):
            self.items.append(
                BookingItem(
                    booking=booking,
                    position=position,
                    service=part.service,
                    variant=part.variant,
                    staff=plan.staff,
                    starts_at=clock.from_minute(begins),
                    minutes=part.minutes,
                    price=part.price,
                )
            )
        if fate.status in OCCUPYING:
            self.busy += [
                BusyTime(staff=plan.staff, booking=booking, start_minute=a, end_minute=b) for a, b in plan.spans
            ]
        before = ""
        for move in fate.moves:
            phoned = prepaid and move.status in (Status.HELD, Status.REQUESTED, Status.CONFIRMED)
            by = ActorKind.SALON if phoned else move.by
            self.events.append(
                BookingEvent(
                    booking=booking,
                    at=move.at,
                    actor_kind=by,
                    actor=guest if by == "guest" else owner if salon.slug == "touch-of-rose" else None,
                    old_status=before,
                    new_status=move.status,
                    reason=move.reason,
                )
            )
            before = move.status
        review = review_of(booking, salon.audience, self.now, dice)
        if review:
            self.reviews.append(review)

    def write(self) -> None:
        self._name_apart()
        Booking.objects.bulk_create(self.bookings, batch_size=500)
        BookingItem.objects.bulk_create(self.items, batch_size=500)
        BusyTime.objects.bulk_create(self.busy, batch_size=500)
        BookingEvent.objects.bulk_create(self.events, batch_size=500)
        Review.objects.bulk_create(self.reviews, batch_size=500)

    def _name_apart(self) -> None:
        """Six letters clash once in a long while: give the later booking the next reference of its key."""
        wanted = [booking.reference for booking in self.bookings]
        taken = set(Booking.objects.filter(reference__in=wanted).values_list("reference", flat=True))
        for booking in self.bookings:
            attempt = 0
            while booking.reference in taken:
                attempt += 1
                booking.reference = _reference(booking.key, attempt)
            taken.add(booking.reference)


def _reference(key: uuid.UUID, attempt: int = 0) -> str:
    """A reference that belongs to this key, so that a second machine shows the same ones."""
    number, letters = uuid.uuid5(key, str(attempt)).int, []
    for _ in range(LENGTH):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return "".join(letters)
