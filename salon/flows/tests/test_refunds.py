"""Money back, against a real HTTP gateway on loopback, whatever is lost on the way."""

from __future__ import annotations

import pytest

from salon.bookings.models import ActorKind
from salon.flows import booking as visits
from salon.flows import payment as paying
from salon.flows.tests.till import about_to_pay, four_at_once, paid
from salon.payments import domain as till
from salon.payments import refunds
from salon.payments.models import Refund

pytestmark = pytest.mark.django_db(transaction=True)

DEPOSIT = 4500


def cancel(visit):
    visits.cancel(booking=visit.booking, actor=visit.lama, by=ActorKind.GUEST, now=visit.clock())


def test_cancelled_in_time_the_deposit_goes_back(visit):
    paid(visit, hours=3)
    cancel(visit)
    assert visit.refunds() == [(DEPOSIT, "done")]
    assert till.balance(visit.booking) == 0
    assert visit.gateway.payments()[0]["refunded"] == DEPOSIT
    visit.settle()
    assert visit.ledger() == [("capture", DEPOSIT), ("refund", -DEPOSIT)]


def test_cancelled_too_late_nothing_goes_back(db, clock, gateway):
    visit = paid(about_to_pay(clock, gateway, policy="strict", deposit_percent=25))
    cancel(visit)
    assert visit.refunds() == []
    assert till.balance(visit.booking) == DEPOSIT


@pytest.mark.parametrize("kind", ["reset", "timeout", "truncated", "html200", "500"])
def test_a_refund_whose_answer_was_lost_is_made_once(visit, kind):
    paid(visit, hours=3)
    visit.gateway.fault("refund", kind, applied=True, seconds=0.3)
    cancel(visit)
    for _ in range(4):
        paying.send_due_refunds(now=visit.clock.pass_(minutes=20))
    assert visit.refunds() == [(DEPOSIT, "done")]
    assert visit.gateway.payments()[0]["refunded"] == DEPOSIT
    assert visit.ledger() == [("capture", DEPOSIT), ("refund", -DEPOSIT)]


@pytest.mark.parametrize("kind", ["hang_up", "500", "429", "401", "html403"])
@pytest.mark.parametrize("call", ["refund", "fetch"])
def test_a_refund_that_did_not_get_through_is_made_later(visit, call, kind):
    paid(visit, hours=3)
    visit.gateway.fault(call, kind)
    cancel(visit)
    assert visit.refunds()[0][1] in {"wanted", "sending"}
    for _ in range(4):
        paying.send_due_refunds(now=visit.clock.pass_(minutes=70))
    assert visit.refunds() == [(DEPOSIT, "done")]
    assert visit.gateway.payments()[0]["refunded"] == DEPOSIT


def test_the_answer_lost_and_the_look_lost_too(visit):
    paid(visit, hours=3)
    lose_the_answer_and_the_look(visit)
    assert visit.refunds() == [(DEPOSIT, "sending")]
    paying.send_due_refunds(now=visit.clock.pass_(minutes=5))
    assert visit.refunds() == [(DEPOSIT, "sending")]
    paying.send_due_refunds(now=visit.clock.pass_(minutes=11))
    assert visit.refunds() == [(DEPOSIT, "done")]
    assert len([path for _, path, _ in visit.gateway.seen if path.endswith("/refund")]) == 1


def lose_the_answer_and_the_look(visit):
    """The refund is made, but neither its answer nor the look that follows gets through."""
    visit.gateway.fault("fetch", "unknown_status")  # the look before it: a status does not matter there
    visit.gateway.fault("refund", "reset")
    visit.gateway.fault("fetch", "reset")
    cancel(visit)


def test_a_settle_meanwhile_completes_the_refund_and_does_not_double_it(visit):
    paid(visit, hours=3)
    lose_the_answer_and_the_look(visit)
    visit.settle()
    assert visit.refunds() == [(DEPOSIT, "done")]
    assert visit.ledger() == [("capture", DEPOSIT), ("refund", -DEPOSIT)]


def test_a_refund_killed_at_birth_is_sent_by_the_clock(visit, monkeypatch):
    paid(visit, hours=3)
    with monkeypatch.context() as patch:
        patch.setattr("salon.payments.refunds.gateway", lambda: 1 / 0)
        cancel(visit)
    assert visit.status() == "cancelled"
    assert visit.refunds() == [(DEPOSIT, "wanted")]
    assert paying.send_due_refunds(now=visit.clock()) == 1


def test_two_workers_make_one_refund(visit, monkeypatch):
    paid(visit, hours=3)
    with monkeypatch.context() as patch:
        patch.setattr("salon.payments.refunds.gateway", lambda: 1 / 0)
        cancel(visit)
    refund = Refund.objects.get()
    four_at_once(lambda: paying.send_refund(refund=refund, now=visit.clock()))
    assert visit.refunds() == [(DEPOSIT, "done")]
    assert len([path for _, path, _ in visit.gateway.seen if path.endswith("/refund")]) == 1


def test_a_refund_made_by_hand_is_found(visit):
    paid(visit, hours=3)
    charge = visit.gateway.payments()[0]["id"]
    visit.gateway.refund_in_dashboard(charge, 1000)
    visit.settle()
    visit.settle()
    assert visit.ledger() == [("capture", DEPOSIT), ("external_refund", -1000)]
    cancel(visit)
    assert visit.refunds() == [(3500, "done")]
    assert till.balance(visit.booking) == 0


def test_a_void_by_hand_is_found(visit):
    paid(visit)
    visit.gateway.void_in_dashboard(visit.gateway.payments()[0]["id"])
    visit.settle()
    assert visit.ledger() == [("capture", DEPOSIT), ("external_refund", -DEPOSIT)]
    cancel(visit)
    assert visit.refunds() == []


def test_voided_before_we_looked_it_books_nothing(visit):
    visit.start()
    charge = visit.pay()
    visit.gateway.void_in_dashboard(charge["id"])
    visit.settle()
    assert visit.status() == "held"
    assert till.balance(visit.booking) == 0


def test_a_refund_that_makes_no_sense_stops(visit, monkeypatch):
    paid(visit, hours=3)
    with monkeypatch.context() as patch:
        patch.setattr("salon.payments.refunds.gateway", lambda: 1 / 0)
        cancel(visit)
    visit.gateway.refund_in_dashboard(visit.gateway.payments()[0]["id"], 1000)
    paying.send_due_refunds(now=visit.clock())
    assert visit.refunds() == [(DEPOSIT, "stopped")]
    assert "3500" in Refund.objects.get().error


def test_a_stopped_refund_that_had_arrived_is_not_counted_twice(visit):
    paid(visit, hours=3)
    lose_the_answer_and_the_look(visit)
    Refund.objects.update(state="stopped", next_at=None)
    visit.settle()
    assert visit.ledger() == [("capture", DEPOSIT), ("external_refund", -DEPOSIT)]
    assert refunds.reopen(Refund.objects.get(), now=visit.clock())
    assert paying.send_due_refunds(now=visit.clock()) == 0
    assert visit.refunds() == [(DEPOSIT, "dropped")]
    assert till.balance(visit.booking) == 0
    assert visit.gateway.payments()[0]["refunded"] == DEPOSIT


def test_a_request_declined_by_the_salon_goes_back_whole(db, clock, gateway):
    visit = about_to_pay(clock, gateway, manual_approval=True, policy="strict", deposit_percent=25)
    visit.start()
    visit.pay()
    visit.settle()
    visits.decline(booking=visit.booking, actor=visit.shop.owner, now=visit.clock())
    assert visit.refunds() == [(DEPOSIT, "done")]
    assert visit.letters() == ["declined", "owner_new", "requested"]
