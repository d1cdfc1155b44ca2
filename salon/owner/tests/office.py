"""What the tests of the office share: Rose on Tuesday 24 November 2026, and visits as they stand."""

from __future__ import annotations

import datetime as dt
import itertools
from types import SimpleNamespace
from typing import Any

from django.test import Client

from salon.accounts.models import User
from salon.bookings.models import ActorKind, Booking, BookingEvent, BookingItem, BusyTime
from salon.bookings.policy import promise
from salon.bookings.states import OCCUPYING, Status
from salon.core import clock
from salon.payments.models import EntryKind, LedgerEntry, Payment, PaymentState
from salon.salons.models import Membership, Role, Salon, Service, Staff
from salon.tests.people import at, person

TODAY = "2026-11-24"
NOON = at(TODAY, "12:00")
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
_references = itertools.count(1)


def book(
    shop: SimpleNamespace,
    time: str,
    *parts: tuple[Staff, Service],
    day: str = TODAY,
    business_day: str = "",
    status: Status = Status.CONFIRMED,
    customer: User | None = None,
    **extra: Any,
) -> Booking:
    """A visit at `time` of Riyadh, `parts` one after the other (Noura, a cut), with its chairs and its first event."""
    parts = parts or ((shop.noura, shop.cut),)
    starts_at = at(day, time)
    minutes = sum(service.minutes for _, service in parts)
    price = sum(service.price for _, service in parts)
    if status in {Status.HELD, Status.REQUESTED}:
        extra.setdefault("expires_at", NOON + dt.timedelta(minutes=90))
    booking = Booking.objects.create(
        reference=f"VST{next(_references):03}",
        salon=shop.salon,
        customer=customer,
        status=status,
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(minutes=minutes),
        business_day=business_day or day,
        price=price,
        policy=promise(shop.salon, price),
        created_at=NOON - dt.timedelta(days=1),
        **extra,
    )
    for position, (staff, service) in enumerate(parts):
        BookingItem.objects.create(
            booking=booking,
            position=position,
            service=service,
            staff=staff,
            starts_at=starts_at,
            minutes=service.minutes,
            price=service.price,
        )
        if status in OCCUPYING:
            start = clock.to_minute(starts_at)
            BusyTime.objects.create(
                staff=staff, booking=booking, start_minute=start, end_minute=start + service.minutes
            )
        starts_at += dt.timedelta(minutes=service.minutes)
    BookingEvent.objects.create(
        booking=booking,
        at=NOON - dt.timedelta(days=1),
        actor_kind=ActorKind.GUEST,
        actor=customer,
        old_status="" if status == Status.HELD else Status.HELD,
        new_status=status,
    )
    return booking


def prepay(booking: Booking, amount: int) -> Payment:
    """A deposit that came in yesterday."""
    yesterday = NOON - dt.timedelta(days=1)
    payment = Payment.objects.create(
        booking=booking,
        amount=amount,
        state=PaymentState.PAID,
        gateway="simulator",
        expires_at=yesterday,
        created_at=yesterday,
    )
    LedgerEntry.objects.create(payment=payment, kind=EntryKind.CAPTURE, ref="first", amount=amount, at=yesterday)
    return payment


def colleague(salon: Salon, role: Role, name: str = "Reem") -> User:
    user = person(name)
    Membership.objects.create(user=user, salon=salon, role=role)
    return user


class Office:
    """Somebody at the salon's screen, signed in."""

    def __init__(self, user: User | None, language: str = "en") -> None:
        self.client = Client()
        self.root = "/owner/" if language == "ar" else f"/{language}/owner/"
        if user is not None:
            self.client.force_login(user)

    def day(self, query: str = "", **headers: str) -> Any:
        return self.client.get(f"{self.root}{query}", headers=headers)

    def see(self, booking: Booking) -> Any:
        return self.client.get(self.page(booking))

    def press(self, act: str, booking: Booking, **data: str) -> Any:
        return self.client.post(f"{self.page(booking)}{act}/", data)

    def page(self, booking: Booking | str) -> str:
        return f"{self.root}bookings/{getattr(booking, 'reference', booking)}/"
