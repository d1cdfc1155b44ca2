"""A whole payment of the last two hours is voided, which costs no fee. Everything else goes back as a refund."""

from __future__ import annotations

import pytest

from salon.bookings.models import ActorKind
from salon.flows import booking as visits
from salon.flows import payment as paying
from salon.flows.tests.till import four_at_once, paid
from salon.payments.models import EntryKind, LedgerEntry, Refund
from salon.payments.refunds import reopen

pytestmark = pytest.mark.django_db(transaction=True)

DEPOSIT = 4500
RETURNED = [("capture", DEPOSIT), ("refund", -DEPOSIT)]


def cancel(visit) -> None:
    visits.cancel(booking=visit.booking, actor=visit.lama, by=ActorKind.GUEST, now=visit.clock())


def tick(visit) -> None:
    for _ in range(4):
        now = visit.clock.pass_(minutes=20)
        paying.reconcile(now=now)
        paying.send_due_refunds(now=now)


def is_back(visit) -> None:
    assert (visit.refunds(), visit.ledger()) == ([(DEPOSIT, "done")], RETURNED)
    assert visit.sent_back() == [DEPOSIT]


@pytest.mark.parametrize(("minutes", "posted"), [(0, ["void"]), (114, ["void"]), (116, ["refund"]), (180, ["refund"])])
def test_young_it_is_voided_and_older_refunded(visit, minutes, posted):
    paid(visit, hours=minutes / 60)
    cancel(visit)
    is_back(visit)
    assert visit.posts("void", "refund") == posted
    visit.settle()
    tick(visit)
    is_back(visit)


def test_a_part_is_refunded(visit):
    paid(visit)
    charge = visit.gateway.payments()[0]["id"]
    visit.gateway.refund_in_dashboard(charge, 1000)
    visit.settle()
    cancel(visit)
    assert visit.posts("void", "refund") == ["refund"]
    assert visit.refunds() == [(3500, "done")]
    assert sum(amount for _, amount in visit.ledger()) == 0


@pytest.mark.parametrize("kind", ["400", "404", "403", "405", "used_given_id"])
def test_refused_it_is_refunded_at_once(visit, kind):
    paid(visit)
    visit.gateway.fault("void", kind)
    cancel(visit)
    is_back(visit)
    assert visit.posts("void", "refund") == ["void", "refund"]


@pytest.mark.parametrize("kind", ["reset", "timeout", "truncated", "html200", "500", "nan", "wrong_id", "unmoved"])
def test_an_answer_that_was_lost_changes_nothing(visit, kind):
    """It was voided: whoever looks next sees it, and nothing is posted again."""
    paid(visit)
    visit.gateway.fault("void", kind, applied=True, seconds=0.2)
    cancel(visit)
    visit.gateway.clear_faults()
    tick(visit)
    is_back(visit)
    assert visit.posts("void", "refund") == ["void"]


def test_the_answer_and_the_look_after_it_are_lost(visit):
    paid(visit)
    visit.gateway.fault("void", "reset")
    with_faults = visit.gateway._server.faults
    real = with_faults.take
    looks = []

    def take(operation):
        if operation == "fetch":
            looks.append(1)
            if len(looks) == 2:
                with_faults.add("fetch", "reset")
        return real(operation)

    with_faults.take = take
    cancel(visit)
    with_faults.take = real
    assert visit.refunds() == [(DEPOSIT, "sending")]
    visit.settle()
    is_back(visit)
    assert visit.posts("void", "refund") == ["void"]


@pytest.mark.parametrize("kind", ["503", "500", "429", "hang_up", "html403"])
def test_a_void_that_did_not_get_through_is_made_later(visit, kind):
    paid(visit)
    visit.gateway.fault("void", kind)
    cancel(visit)
    assert visit.ledger() == [("capture", DEPOSIT)]
    tick(visit)
    is_back(visit)


def test_two_hours_pass_between_the_tries(visit):
    paid(visit)
    visit.gateway.fault("void", "500")
    cancel(visit)
    paying.send_due_refunds(now=visit.clock.pass_(hours=3))
    is_back(visit)
    assert visit.posts("void", "refund") == ["void", "refund"]


def test_four_workers_make_one_void(visit, monkeypatch):
    paid(visit)
    with monkeypatch.context() as patch:
        patch.setattr("salon.payments.refunds.gateway", lambda: 1 / 0)
        cancel(visit)
    refund = Refund.objects.get()
    four_at_once(lambda: paying.send_refund(refund=refund, now=visit.clock()))
    is_back(visit)
    assert visit.posts("void", "refund") == ["void"]


def test_somebody_voided_it_by_hand_meanwhile(visit, monkeypatch):
    """All of it is back, as was wanted: one entry says so, whoever looks first."""
    paid(visit)
    with monkeypatch.context() as patch:
        patch.setattr("salon.payments.refunds.gateway", lambda: 1 / 0)
        cancel(visit)
    visit.gateway.void_in_dashboard(visit.gateway.payments()[0]["id"])
    paying.send_due_refunds(now=visit.clock())
    is_back(visit)
    visit.settle()
    is_back(visit)


def test_a_void_that_settle_saw_first_is_not_counted_twice(visit, monkeypatch):
    paid(visit)
    with monkeypatch.context() as patch:
        patch.setattr("salon.payments.refunds.gateway", lambda: 1 / 0)
        cancel(visit)
    visit.gateway.void_in_dashboard(visit.gateway.payments()[0]["id"])
    visit.settle()
    paying.send_due_refunds(now=visit.clock())
    assert visit.refunds() == [(DEPOSIT, "dropped")]
    assert LedgerEntry.objects.exclude(kind=EntryKind.CAPTURE).count() == 1
    assert not reopen(Refund.objects.get(), now=visit.clock())
