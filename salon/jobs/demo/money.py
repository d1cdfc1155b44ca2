"""Money of the demo's visits: taken at the counter, for no gateway knows of an invented card.

So every amount, document and refund that a visitor sees is a true one: it can be looked at, refunded and summed up.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from django.db import transaction

from salon.accounts.models import User
from salon.bookings import domain as bookings
from salon.bookings.models import Booking
from salon.bookings.states import Status
from salon.payments import counter
from salon.payments.models import Discount, MethodKind, Payment

MINUTE = timedelta(minutes=1)
REASONS = ("خصم ضيفة دائمة", "تأخر الموعد عن وقته", "عرض نهاية الأسبوع")
RETURNS = ("لم تكتمل إحدى الخدمات", "فرق في السعر")


def take(booked: Sequence[Booking], *, by: User, until: datetime) -> int:
    """What was taken for visits that are over: most of it, some with a discount before or a refund after.

    In the order it happened, or documents would be numbered against their dates. Visits that have a payment or a
    discount already are left alone. Returns how many steps there were.
    """
    known = set(Payment.objects.filter(booking__in=booked).values_list("booking_id", flat=True))
    known |= set(Discount.objects.filter(booking__in=booked).values_list("booking_id", flat=True))
    over = [each for each in booked if each.status == Status.COMPLETED and each.pk not in known]
    steps = [step for each in over for step in _steps(each, by) if step.at <= until]
    for step in sorted(steps, key=lambda each: each.at):
        with transaction.atomic():
            step.do(bookings.lock(step.booking), step.at)
    return len(steps)


class Step(NamedTuple):
    at: datetime
    booking: Booking
    do: Callable[[Booking, datetime], object]


def _steps(booking: Booking, by: User) -> Iterator[Step]:
    dice = random.Random(str(booking.key))
    luck, paid_at = dice.randrange(100), booking.ends_at + dice.randrange(1, 9) * MINUTE
    if luck < 3:
        return  # it was forgotten: the office shows what is left to pay
    if luck < 9:
        yield Step(paid_at, booking, partial(_discount, reason=dice.choice(REASONS), by=by))
    main = MethodKind.CARD_MACHINE if luck % 3 else MethodKind.CASH
    if luck >= 94:  # a part in cash, the rest by card
        main = MethodKind.CARD_MACHINE
        yield Step(paid_at, booking, partial(_record, kind=MethodKind.CASH, percent=30, by=by))
    yield Step(paid_at, booking, partial(_record, kind=main, percent=100, by=by))
    if 20 <= luck < 25:
        later = paid_at + timedelta(minutes=dice.randrange(30, 1800))
        yield Step(later, booking, partial(_give_back, reason=dice.choice(RETURNS), by=by))


def _discount(booking: Booking, now: datetime, *, reason: str, by: User) -> None:
    counter.discount(
        booking=booking,
        amount=_riyals(booking.price // 10),
        reason=reason,
        key=uuid.uuid5(booking.key, "discount"),
        granted_by=by,
        now=now,
    )


def _record(booking: Booking, now: datetime, *, kind: MethodKind, percent: int, by: User) -> None:
    left = counter.left_to_pay(booking)
    counter.record(
        booking=booking,
        amount=left if percent == 100 else _riyals(left * percent // 100),
        method_kind=kind,
        key=uuid.uuid5(booking.key, f"till {kind}"),
        recorded_by=by,
        now=now,
    )


def _give_back(booking: Booking, now: datetime, *, reason: str, by: User) -> None:
    payment = booking.payments.select_for_update().earliest("created_at")
    counter.hand_back(
        payment=payment,
        amount=_riyals(payment.amount // 4),
        reason=reason,
        key=uuid.uuid5(booking.key, "returned"),
        by=by,
        now=now,
    )


def _riyals(amount: int) -> int:
    """Whole riyals, at least one."""
    return max(100, amount - amount % 100)
