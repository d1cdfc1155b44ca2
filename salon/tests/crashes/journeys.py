"""The journeys of money on which a process may die: what was before, what it does, what may have become of it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from salon.bookings.errors import IllegalMove
from salon.bookings.models import ActorKind, Booking
from salon.flows import booking as visits
from salon.flows.tests.till import Clock, Visit, event, knock, tomorrow
from salon.jobs import maintenance
from salon.payments.models import Payment
from salon.payments.simulator import Simulator
from salon.payments.simulator.wire import stamp
from salon.tests.people import person, rose

DEPOSIT = 4500
TAKEN = ("capture", DEPOSIT)
RETURNED = (TAKEN, ("refund", -DEPOSIT))

Outcome = tuple[str, tuple[tuple[str, int], ...]]
"""How a booking stands, and its ledger."""

BOOKED: Outcome = ("confirmed", (TAKEN,))
ENDED: Outcome = ("expired", ())
CAME_LATE: Outcome = ("expired", RETURNED)
CALLED_OFF: Outcome = ("cancelled", RETURNED)
GIVEN_UP: Outcome = ("cancelled", ())
GIVEN_UP_AND_PAID: Outcome = ("cancelled", RETURNED)
RESERVED: Outcome = ("confirmed", ())
ARRIVED: Outcome = ("arrived", (TAKEN,))
PAID_TWICE: Outcome = ("confirmed", (TAKEN, TAKEN, ("refund", -DEPOSIT)))
BY_HAND: Outcome = ("confirmed", (TAKEN, ("external_refund", -DEPOSIT)))


class Town:
    """A salon and a gateway; every visit has a guest and a time of its own."""

    def __init__(self, clock: Clock, gateway: Simulator, *, prepayment: str) -> None:
        self.clock, self.gateway = clock, gateway
        self.shop = rose(prepayment=prepayment, vat_number="310122393500003")
        self.seats = 0

    @property
    def still(self) -> AbstractContextManager[object]:
        """Nobody is inside the gateway."""
        return self.gateway._store._lock

    def held(self) -> Visit:
        """Somebody keeps a chair and has not confirmed."""
        day, hour = divmod(self.seats, 11)
        self.seats += 1
        booking = visits.hold(**self.form(day, hour), key=uuid.uuid4())
        return Visit(self.clock, self.gateway, self.shop, person("Lama"), booking, None)

    def form(self, day: int, hour: int) -> dict[str, Any]:
        return {
            "salon": self.shop.salon,
            "services": [self.shop.cut],
            "staff": self.shop.noura,
            "start_minute": tomorrow(self.clock, 10 + hour, 0, days=2 + day),
            "customer": None,
            "held_from": "",
            "replaces": None,
            "now": self.clock(),
        }

    def at_the_page(self) -> Visit:
        visit = self.held()
        visit.payment = visit.place("deposit")
        visit.start()
        return visit

    def paid(self) -> Visit:
        """The money is at the gateway, and we have not heard of it."""
        visit = self.at_the_page()
        visit.pay()
        return visit

    def paid_in_form(self) -> Visit:
        """The same by the form on our own page: paid, or only reserved."""
        visit = self.at_the_page()
        visit.pay_in_form()
        return visit

    def reserved(self) -> Visit:
        """Booked, with the deposit reserved on the guest's card."""
        visit = self.paid_in_form()
        visit.settle()
        assert visit.status() == "confirmed"
        return visit

    def booked(self) -> Visit:
        visit = self.paid()
        visit.settle()
        assert visit.status() == "confirmed"
        return visit


@dataclass(frozen=True, kw_only=True)
class Journey:
    """`before` makes a visit, `work` is what the process that dies was doing, `after` what people do then, and `ends`
    how it may stand once the clock has gone on. `through` are steps that the journey must really pass.
    """

    before: Callable[[Town], Visit]
    work: Callable[[Visit], object]
    ends: tuple[Outcome, ...]
    after: Callable[[Visit], object] = lambda _: None
    through: tuple[str, ...] = ()
    checkout: str = "invoice"
    prepayment: str = "deposit"


# --- what a process does ------------------------------------------------------------------------------------


def confirm_and_open(visit: Visit) -> None:
    """The guest confirms the hold and is sent to the page."""
    visit.payment = visit.place("deposit")
    visit.start()


def press_again_and_pay(visit: Visit) -> None:
    confirm_and_open(visit)
    visit.pay()
    visit.settle()


def cancel(visit: Visit) -> None:
    visits.cancel(booking=visit.booking, actor=visit.lama, by=ActorKind.GUEST, now=visit.clock())


def arrive(visit: Visit) -> None:
    """The salon says that the guest is there; pressed again, it is told that it knows."""
    with suppress(IllegalMove):
        visits.arrive(booking=visit.booking, actor=visit.shop.owner, now=visit.clock())


def arrive_again(visit: Visit) -> None:
    """And the clock goes on before the next guest comes, days later: a bank does not hold a deposit for ever."""
    arrive(visit)
    for _ in range(2):
        visit.clock.pass_(minutes=16)
        tick(visit)


def release(visit: Visit) -> None:
    visits.release(booking=Booking.objects.get(pk=visit.booking.pk), now=visit.clock())


def sweep(visit: Visit) -> None:
    visits.expire_due(now=visit.clock())


def tick(visit: Visit) -> None:
    _, failed = maintenance.run(clock=visit.clock)
    assert failed == 0


def hear(visit: Visit) -> None:
    """The gateway knocks; told 503, or nothing at all, it does so again with the same event."""
    charge = {"id": "", "invoice_id": visit.invoice_id()}
    assert knock(event(charge, event_id=f"evt-{visit.payment.pk}")) == 200


def pay_if_open(visit: Visit) -> None:
    """A guest who still has the page open."""
    if visit.gateway.invoice(visit.invoice_id())["status"] == "initiated":
        visit.pay()


# --- what was before ----------------------------------------------------------------------------------------


def late(town: Town, *, rival: bool) -> Visit:
    """At the bank when the hold ended; paid a moment later. With a rival in the chair, or not."""
    visit = town.at_the_page()
    charge = visit.gateway.begin(visit.invoice_id())
    seat = town.seats - 1
    Booking.objects.filter(pk=visit.booking.pk).update(expires_at=town.clock())
    visits.expire_due(now=town.clock())
    if rival:
        visits.hold(**town.form(*divmod(seat, 11)), key=uuid.uuid4())
    visit.gateway.finish(charge["id"])
    return visit


def paid_twice(town: Town) -> Visit:
    """Two cards on one page at the same moment."""
    visit = town.at_the_page()
    first, second = (visit.gateway.begin(visit.invoice_id()) for _ in range(2))
    visit.gateway.finish(first["id"])
    visit.gateway.tamper_invoice(visit.invoice_id(), status="initiated")
    visit.gateway.finish(second["id"])
    visit.gateway.tamper_invoice(visit.invoice_id(), status="paid")
    return visit


def by_hand(town: Town) -> Visit:
    """Booked, and given back in the gateway's dashboard."""
    visit = town.booked()
    visit.gateway.refund_in_dashboard(visit.gateway.invoice(visit.invoice_id())["payments"][0]["id"])
    return visit


def due(town: Town) -> Visit:
    """Paid, and the clock is about to ask."""
    visit = town.paid()
    Payment.objects.filter(pk=visit.payment.pk).update(next_sync_at=town.clock())
    return visit


def booked_long_ago(town: Town) -> Visit:
    """Its money is too old to be voided."""
    visit = town.booked()
    charge = visit.gateway.invoice(visit.invoice_id())["payments"][0]["id"]
    visit.gateway.tamper_payment(charge, created_at=stamp(town.clock() - dt.timedelta(hours=3)))
    return visit


def at_the_visit(town: Town) -> Visit:
    """The day has come, the deposit is still only reserved."""
    visit = town.reserved()
    town.clock.now = visit.booking.starts_at
    return visit


def run_out(town: Town) -> Visit:
    visit = town.at_the_page()
    Booking.objects.filter(pk=visit.booking.pk).update(expires_at=town.clock())
    return visit


JOURNEYS: dict[str, Journey] = {
    "opening the page, and the guest goes away": Journey(
        before=Town.held,
        work=confirm_and_open,
        ends=(ENDED,),
        through=("insert payments_payment", "committed", "POST /invoices", "POST /invoices answered"),
    ),
    "opening the page, and the guest presses again": Journey(
        before=Town.held, work=confirm_and_open, after=press_again_and_pay, ends=(BOOKED,)
    ),
    "writing down that it was paid": Journey(
        before=Town.paid,
        work=Visit.settle,
        ends=(BOOKED,),
        through=("GET /invoices/* answered", "insert payments_ledgerentry", "insert payments_invoice", "committed"),
    ),
    "hearing of it by a webhook, which is sent again": Journey(
        before=Town.paid,
        work=hear,
        after=hear,
        ends=(BOOKED,),
        through=("GET /invoices/* answered", "update payments_webhookevent"),
    ),
    "the clock finding it": Journey(before=due, work=tick, ends=(BOOKED,)),
    "money after the hold, the chair still free": Journey(
        before=partial(late, rival=False), work=Visit.settle, ends=(BOOKED,), through=("insert bookings_busytime",)
    ),
    "money after the hold, the chair gone": Journey(
        before=partial(late, rival=True),
        work=Visit.settle,
        ends=(CAME_LATE,),
        through=("insert payments_refund", "committed", "POST /payments/*/void", "POST /payments/*/void answered"),
    ),
    "two cards on one page": Journey(
        before=paid_twice,
        work=Visit.settle,
        ends=(PAID_TWICE,),
        through=("insert payments_payment", "POST /payments/*/void answered"),
    ),
    "calling off a visit paid an hour ago": Journey(
        before=Town.booked,
        work=cancel,
        ends=(BOOKED, CALLED_OFF),
        through=("insert payments_refund", "update payments_refund", "POST /payments/*/void answered", "committed"),
    ),
    "calling off a visit paid long ago": Journey(
        before=booked_long_ago,
        work=cancel,
        ends=(BOOKED, CALLED_OFF),
        through=("insert payments_refund", "update payments_refund", "POST /payments/*/refund answered", "committed"),
    ),
    "giving up a hold while its page is open": Journey(
        before=Town.at_the_page,
        work=release,
        after=pay_if_open,
        ends=(BOOKED, GIVEN_UP, GIVEN_UP_AND_PAID),
        through=("PUT /invoices/*/cancel", "PUT /invoices/*/cancel answered"),
    ),
    "ending a hold while the guest is at the bank": Journey(
        before=run_out, work=sweep, after=Visit.pay, ends=(BOOKED,), through=("update bookings_booking", "committed")
    ),
    "a refund made in the dashboard": Journey(
        before=by_hand, work=Visit.settle, ends=(BY_HAND,), through=("insert payments_ledgerentry",)
    ),
    "writing down what was paid in the form": Journey(
        before=Town.paid_in_form,
        work=Visit.settle,
        ends=(BOOKED,),
        through=("GET /payments/* answered", "insert payments_ledgerentry", "committed"),
        checkout="form",
    ),
    "writing down that a deposit is reserved": Journey(
        before=Town.paid_in_form, work=Visit.settle, ends=(RESERVED,), checkout="form", prepayment="hold"
    ),
    "taking a reserved deposit at the visit": Journey(
        before=at_the_visit,
        work=arrive,
        after=arrive_again,
        ends=(ARRIVED,),
        through=("POST /payments/*/capture", "POST /payments/*/capture answered", "insert payments_ledgerentry"),
        checkout="form",
        prepayment="hold",
    ),
    "letting go of a reserved deposit": Journey(
        before=Town.reserved,
        work=cancel,
        ends=(RESERVED, GIVEN_UP),
        through=("commit", "committed", "POST /payments/*/void", "POST /payments/*/void answered"),
        checkout="form",
        prepayment="hold",
    ),
}
