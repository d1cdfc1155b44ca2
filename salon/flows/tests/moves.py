"""What the tests of changing the time share."""

from __future__ import annotations

import uuid

from salon.bookings.models import Booking
from salon.core.clock import to_minute
from salon.flows import booking as visits
from salon.flows import moving
from salon.jobs.audit import audit
from salon.payments.models import EntryKind, LedgerEntry, Payment, PaymentState
from salon.tests.chairs import NOW, hold
from salon.tests.people import at

NEXT_DAY = "2026-11-25"


def ask(booking: Booking, clock: str, *, day: str = NEXT_DAY, staff=None, now=NOW) -> moving.Proposal:
    return moving.propose(
        booking=Booking.objects.select_related("salon").get(pk=booking.pk),
        start_minute=to_minute(at(day, clock)),
        staff=staff and staff.pk,
        now=now,
    )


def go(booking: Booking, clock: str, *, day: str = NEXT_DAY, staff=None, now=NOW, agreed: str = "") -> moving.Moved:
    """As the pages do it: look at what it would mean, then agree to just that."""
    return moving.move(
        booking=booking,
        start_minute=to_minute(at(day, clock)),
        staff=staff and staff.pk,
        agreed=agreed or ask(booking, clock, day=day, staff=staff, now=now).mark,
        actor=booking.customer,
        now=now,
    )


def pay(booking: Booking, amount: int) -> Payment:
    """The books as they are after this was paid."""
    number = uuid.uuid4().hex
    payment = Payment.objects.create(
        booking=booking, amount=amount, state=PaymentState.PAID, gateway="simulator", charge_id=number,
        expires_at=NOW, created_at=NOW,
    )  # fmt: skip
    LedgerEntry.objects.create(payment=payment, kind=EntryKind.CAPTURE, ref=number, amount=amount, at=NOW)
    return payment


def prepaid(shop, lama, amount: int, start: str = "16:00", **salon) -> Booking:
    for name, value in ({"prepayment": "deposit"} | salon).items():
        setattr(shop.salon, name, value)
    shop.salon.save()
    kept = hold(shop, start, staff=shop.noura)
    Booking.objects.filter(pk=kept.pk).update(customer=lama, due_now=amount)
    with_chair = Booking.objects.get(pk=kept.pk)
    pay(with_chair, amount)

    def confirm() -> None:
        visits.domain.promise_chair(visits.domain.lock(with_chair), now=NOW)

    visits.durably(confirm)
    return Booking.objects.select_related("customer", "salon").get(pk=kept.pk)


def busy(booking: Booking) -> list[tuple[str, int, int]]:
    """Whose chair it keeps, in minutes after its start."""
    start = to_minute(booking.starts_at)
    rows = booking.busy_times.order_by("start_minute")
    return [(row.staff.name_en, row.start_minute - start, row.end_minute - start) for row in rows]


def broken() -> list[str]:
    return [
        each.name
        for each in audit(now=NOW)
        if each.broken and "invoice" not in each.name and "document" not in each.name
    ]
