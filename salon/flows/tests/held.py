"""What the tests of reserved money share."""

from __future__ import annotations

import datetime as dt

from salon.bookings.models import ActorKind, Booking
from salon.flows import booking as visits
from salon.flows.tests.till import Visit
from salon.jobs.audit import audit
from salon.payments.models import Payment, PaymentState

DEPOSIT = 4500
CAPTURED = [("capture", DEPOSIT)]


def authorised(visit: Visit) -> Visit:
    visit.start()
    visit.pay_in_form()
    visit.settle()
    assert (visit.payment.state, visit.status()) == (PaymentState.AUTHORIZED, "confirmed")
    return visit


def row(visit: Visit) -> Payment:
    return Payment.objects.get(pk=visit.payment.pk)


def at_bank(visit: Visit) -> tuple[str, int]:
    charge = visit.gateway.payment(str(visit.payment.pk))
    return charge["status"], charge["captured"]


def cancel(visit: Visit, by: ActorKind = ActorKind.GUEST) -> None:
    visits.cancel(booking=visit.booking, actor=visit.lama, by=by, now=visit.clock())


def to_the_visit(visit: Visit, **after: float) -> None:
    visit.clock.now = Booking.objects.get(pk=visit.booking.pk).starts_at + dt.timedelta(**after)


def is_healthy(visit: Visit) -> None:
    assert [(found.name, found.broken) for found in audit(now=visit.clock()) if found.broken] == []


def keeps(visit: Visit, amount: int) -> None:
    """The promise of this visit keeps so much of its deposit."""
    booking = Booking.objects.get(pk=visit.booking.pk)
    Booking.objects.filter(pk=booking.pk).update(
        policy=booking.policy | {"deposit": amount, "late": "deposit", "no_show": "deposit" if amount else "nothing"}
    )
