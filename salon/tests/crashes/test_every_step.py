"""A process dies at every step of every journey of money; the clock alone brings each to a right end.

Right is: paid means booked or given back, never both and never neither; one entry and one document for every movement,
the same sums here and at the gateway, each letter once, and no refund posted twice. `docs/reliability.md` says which
window of failure is closed by which of these.
"""

from __future__ import annotations

import pytest

from salon.bookings.models import Booking
from salon.flows.tests.till import Clock, Visit
from salon.jobs import maintenance
from salon.jobs.audit import audit
from salon.payments.models import Invoice
from salon.tests.crashes import fuse
from salon.tests.crashes.journeys import DEPOSIT, JOURNEYS, Outcome, Town

pytestmark = pytest.mark.django_db(transaction=True)

MINUTES = (0, 1, 2, 11, 20, 20, 60, 25 * 60)
"""Between rounds of the clock: over the end of holds, of letters' leases, of the pause of a refund; over a day."""


@pytest.mark.parametrize("name", JOURNEYS)
def test_whoever_dies_there(name, clock, gateway, settings):
    journey = JOURNEYS[name]
    settings.MOYASAR_CHECKOUT = journey.checkout
    town = Town(clock, gateway, prepayment=journey.prepayment)
    steps: list[str] = []
    visits: list[Visit] = []
    died: str | None = ""
    while died is not None:
        visit = journey.before(town)
        died = fuse.perish(lambda visit=visit: journey.work(visit), at=len(visits) + 1, still=town.still)
        journey.after(visit)
        visits.append(visit)
        steps.append(died or "nobody dies")
    assert set(journey.through) <= set(steps), steps
    until_quiet(clock)
    for step, visit in zip(steps, visits, strict=True):
        assert told(visit) in journey.ends, (step, steps)
        assert_agreed(visit, told(visit), step)
    assert [finding for finding in audit(now=clock()) if finding.broken] == []


def until_quiet(clock: Clock) -> None:
    for minutes in MINUTES:
        clock.pass_(minutes=minutes)
        _, failed = maintenance.run(clock=clock)
        assert failed == 0


def owed(booking: Booking, *, came_back: bool) -> list[str]:
    """The letters about what became of it, each once. What nobody signed for ends in silence."""
    moves = set(booking.events.values_list("old_status", "new_status"))
    promised = any(new == "confirmed" for _, new in moves)
    letters = ["booked", "owner_new"] if promised else []
    if any(new == "expired" for _, new in moves) and booking.customer_id:
        letters += ["expired"]
    if ("confirmed", "cancelled") in moves:
        return [*letters, "cancelled", "owner_cancelled"]
    return [*letters, "late_payment"] if came_back else letters


def told(visit: Visit) -> Outcome:
    return visit.status(), tuple(visit.ledger())


def assert_agreed(visit: Visit, outcome: Outcome, step: str) -> None:
    """Gateway, ledger, documents and letters tell the same story."""
    booking = Booking.objects.get(pk=visit.booking.pk)
    assert visit.letters() == sorted(owed(booking, came_back=("refund", -DEPOSIT) in outcome[1])), step

    documents = Invoice.objects.filter(booking=booking).order_by("entry").values_list("gross", flat=True)
    assert list(documents) == [abs(amount) for _, amount in visit.ledger()], step

    pages = [page for page in visit.gateway.invoices() if page["metadata"]["booking_reference"] == booking.reference]
    assert "initiated" not in [page["status"] for page in pages], step
    charges = [charge for page in pages for charge in page["payments"]]
    ours = {str(pk) for pk in booking.payments.values_list("pk", flat=True)}  # in the form our id is theirs
    charges += [charge for charge in visit.gateway.payments() if charge["id"] in ours]
    with_us = sum(left_of(charge) for charge in charges)
    assert with_us == sum(amount for _, amount in visit.ledger()), step
    verbs = {f"/v1/payments/{charge['id']}/{verb}" for charge in charges for verb in ("refund", "void", "capture")}
    posted = [path for _, path, _ in visit.gateway.seen if path in verbs]
    assert len(posted) == len(set(posted)), step


def left_of(charge: dict) -> int:
    """Halalas of it that the salon has."""
    if charge["status"] == "captured" or charge["captured"]:
        return 0 if charge["status"] == "voided" else charge["captured"] - charge["refunded"]
    return charge["amount"] - charge["refunded"] if charge["status"] in ("paid", "refunded") else 0
