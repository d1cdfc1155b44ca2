"""Paying in Moyasar's form on our own page: one attempt a payment, bound by an id that is ours."""

from __future__ import annotations

import pytest

from salon.bookings.errors import HoldExpired
from salon.bookings.models import ActorKind
from salon.flows import booking as visits
from salon.flows import payment as paying
from salon.flows.tests.till import about_to_pay, event, hold, knock
from salon.payments.gateways.base import GatewayError
from salon.payments.models import MethodKind, Payment, PaymentState
from salon.payments.simulator import cards, sources

pytestmark = pytest.mark.django_db(transaction=True)

DEPOSIT = 4500


@pytest.fixture
def visit(settings, db, clock, gateway):
    settings.MOYASAR_CHECKOUT = "form"
    return about_to_pay(clock, gateway)


def test_its_page_is_ours_and_nobody_is_asked_for_it(visit, settings):
    assert (visit.payment.checkout, visit.payment.hold) == ("form", False)
    for _ in range(2):
        assert visit.start() == f"{settings.SITE_URL}/pay/{visit.payment.pk}/"
    assert visit.gateway.seen == []
    assert Payment.objects.get().state == PaymentState.INITIATED
    assert "/en/pay/" in paying.start(payment=visit.payment, language="en", now=visit.clock())


def test_nothing_is_asked_about_a_page_nobody_was_given(visit):
    visit.settle()
    assert (visit.payment.state, visit.gateway.seen) == (PaymentState.CREATED, [])


def test_paid_and_booked(visit):
    visit.start()
    assert visit.settle().state == PaymentState.INITIATED, "nobody has typed a card yet"
    visit.pay_in_form()
    visit.settle()
    assert (visit.payment.state, visit.status()) == (PaymentState.PAID, "confirmed")
    assert visit.payment.charge_id == str(visit.payment.pk)
    assert (visit.payment.method, visit.payment.method_kind) == ("mada 1010", MethodKind.MADA)
    assert visit.ledger() == [("capture", DEPOSIT)]
    assert visit.letters() == ["booked", "owner_new"]
    assert visit.start().endswith("/return/"), "there is nothing to pay any more"


def test_asked_by_everyone_it_happens_once(visit):
    visit.start()
    charge = visit.pay_in_form()
    for _ in range(3):
        visit.settle()
        assert knock(event(charge)) == 200
        paying.reconcile(now=visit.clock.pass_(minutes=2))
    assert visit.ledger() == [("capture", DEPOSIT)]
    assert visit.letters() == ["booked", "owner_new"]


def test_stc_pay_counts_as_itself(visit):
    visit.start()
    begun = visit.gateway.bank.begin(
        amount=DEPOSIT,
        currency="SAR",
        means=sources.read(
            {"type": "stcpay", "mobile": "0501234567"}, amount=DEPOSIT, now=visit.clock(), secret=False, saved=dict.get
        ),
        metadata={"payment_id": str(visit.payment.pk)},
        given_id=str(visit.payment.pk),
    )
    assert visit.settle().state == PaymentState.INITIATED, "it waits for the code"
    visit.gateway.bank.finish_by_code(begun["id"], "123456")
    assert visit.settle().method_kind == MethodKind.STC_PAY


def test_a_declined_card_ends_the_payment_and_keeps_the_chair(visit):
    first = visit.payment
    visit.start()
    visit.pay_in_form(card=cards.MADA_NO_FUNDS)
    visit.settle()
    assert (visit.payment.state, visit.payment.problem) == (PaymentState.FAILED, "INSUFFICIENT FUNDS")
    assert visit.status() == "held"
    with pytest.raises(HoldExpired):
        visit.start()
    visit.payment = visit.place("deposit")
    assert visit.payment != first
    visit.start()
    visit.pay_in_form()
    visit.settle()
    assert (visit.payment.state, visit.status()) == (PaymentState.PAID, "confirmed")
    assert visit.ledger() == [("capture", DEPOSIT)]


def test_who_left_the_banks_page_tries_again_with_a_new_payment(visit):
    """Its id is used up, so the form would be refused; and if both come through, the second goes back."""
    first = visit.payment
    visit.start()
    visit.type_card()
    assert visit.settle().state == PaymentState.INITIATED
    visit.payment = visit.place("deposit")
    assert visit.payment != first
    assert Payment.objects.get(pk=first.pk).state == PaymentState.CANCELLED
    assert visit.place("deposit") == visit.payment, "nobody has tried this one"
    visit.start()
    visit.pay_in_form()
    visit.settle()
    visit.gateway.finish(str(first.pk))
    paying.settle(payment=first, now=visit.clock())
    assert visit.status() == "confirmed"
    assert sum(amount for _, amount in visit.ledger()) == DEPOSIT
    assert visit.letters() == ["booked", "late_payment", "owner_new"]


def test_the_other_way_to_pay_is_another_payment(visit, settings):
    settings.MOYASAR_CHECKOUT = "invoice"
    assert visit.place("deposit") != visit.payment


@pytest.mark.parametrize(
    "fields",
    [
        {"amount": DEPOSIT - 1},
        {"currency": "USD"},
        {"metadata": None},
        {"metadata": {"payment_id": "00000000-0000-4000-8000-000000000000"}},
        {"captured": 1},
    ],
)
def test_what_does_not_match_never_confirms(visit, fields):
    visit.start()
    charge = visit.pay_in_form()
    visit.gateway.tamper_payment(charge["id"], **fields)
    visit.settle()
    assert (visit.payment.state, visit.status(), visit.ledger()) == (PaymentState.MISMATCH, "held", [])
    assert visit.payment.problem
    visit.gateway.tamper_payment(charge["id"], **{name: charge[name] for name in fields})
    visit.settle()
    assert (visit.status(), visit.ledger()) == ("confirmed", [("capture", DEPOSIT)])


def test_a_reservation_that_nobody_asked_for_is_waited_on(visit):
    visit.start()
    visit.pay_in_form(manual=True)
    visit.settle()
    assert (visit.payment.state, visit.status(), visit.ledger()) == (PaymentState.INITIATED, "held", [])
    assert "reserved" in visit.payment.problem
    assert visit.payment.next_sync_at is not None


@pytest.mark.parametrize("kind", ["unknown_status", "wrong_id", "no_status", "500", "reset", "nan", "timeout"])
def test_an_answer_that_says_nothing_is_not_paid(visit, kind):
    visit.start()
    visit.pay_in_form()
    visit.gateway.fault("fetch", kind, seconds=0.2)
    try:
        visit.settle()
    except GatewayError:
        assert visit.status() == "held"
    visit.gateway.clear_faults()
    paying.reconcile(now=visit.clock.pass_(minutes=3))
    assert visit.status() == "confirmed"


def test_nobody_tried_and_the_time_ran_out(visit):
    visit.start()
    visit.expire()
    visit.settle()
    assert (visit.payment.state, visit.payment.problem) == (PaymentState.EXPIRED, "")
    with pytest.raises(HoldExpired):
        visit.start()


def test_late_money_takes_the_chair_again_or_goes_back(visit):
    visit.start()
    visit.type_card()
    visit.expire()
    rival = hold(visit.shop, None, visit.clock)
    visit.gateway.finish(str(visit.payment.pk))
    visit.settle()
    assert visit.status() == "expired"
    assert visit.letters() == ["expired", "late_payment"]
    assert sum(amount for _, amount in visit.ledger()) == 0
    rival.refresh_from_db()
    assert rival.status == "held"


def test_given_up_before_a_card_was_typed(visit):
    visit.start()
    visits.cancel(booking=visit.booking, actor=visit.lama, by=ActorKind.GUEST, now=visit.clock())
    visit.settle()
    assert (visit.payment.state, visit.ledger()) == (PaymentState.CANCELLED, [])


def test_what_the_gateway_knew_and_denies_is_looked_at(visit):
    visit.start()
    visit.type_card()
    visit.settle()
    visit.gateway.fault("fetch", "404")
    assert visit.settle().state == PaymentState.INITIATED
    assert "does not know" in visit.payment.problem
    visit.gateway.finish(str(visit.payment.pk))
    assert visit.settle().state == PaymentState.PAID
