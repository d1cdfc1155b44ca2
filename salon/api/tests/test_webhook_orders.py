"""Webhooks in any order, doubled and at once: the gateway's own state decides, and everything happens once."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable

import pytest
from django.db import connections

from salon.flows.tests.till import event, knock
from salon.payments.models import Payment, WebhookEvent
from salon.payments.simulator import cards, sources

ORDERS = list(itertools.permutations(["payment_initiated", "payment_paid", "payment_refunded", "payment_failed"]))


@pytest.mark.django_db
@pytest.mark.parametrize("order", ORDERS, ids=lambda order: "-".join(word[8] for word in order))
@pytest.mark.parametrize("faild", [False, True])
def test_any_order_while_things_go_on(visit, order, faild):
    """The gateway moves on by one between two knocks: a declined card, a begun payment, money, part of it back."""
    visit.start()
    invoice = visit.invoice_id()
    steps: list[Callable[[], dict]] = [
        lambda: visit.gateway.pay(invoice, card=cards.VISA, approve=False),
        lambda: visit.gateway.begin(invoice),
        lambda: visit.gateway.finish(visit.gateway.payments()[0]["id"]),
        lambda: visit.gateway.refund_in_dashboard(visit.gateway.payments()[0]["id"], 1000),
    ]
    states = []
    for kind, step in zip(order, steps, strict=True):
        charge = step()
        visit.clock.pass_(seconds=1)
        assert knock(event(charge, kind=kind.replace("failed", "faild") if faild else kind)) == 200
        states.append((visit.status(), visit.ledger()))
    capture = ("capture", 4500)
    assert states == [
        ("held", []),
        ("held", []),
        ("confirmed", [capture]),
        ("confirmed", [capture, ("external_refund", -1000)]),
    ]
    assert visit.letters() == ["booked", "owner_new"]
    assert set(WebhookEvent.objects.values_list("payment", flat=True)) == {visit.payment.pk}


@pytest.mark.django_db
@pytest.mark.parametrize("order", ORDERS[::5], ids=lambda order: "-".join(word[8] for word in order))
def test_any_order_in_our_form(visit, order):
    """There the charge's id is our payment's own, and its first attempt is its only one."""
    Payment.objects.update(checkout="form", synced_at=visit.clock())
    key = str(visit.payment.pk)
    means = sources.card(number=cards.MADA, name="Lama A")
    steps: list[Callable[[], dict]] = [
        lambda: visit.gateway.bank.begin(
            amount=4500,
            currency="SAR",
            means=means,
            callback_url="https://salon.test/",
            given_id=key,
            metadata={"payment_id": key},
        ),
        lambda: visit.gateway.finish(key),
        lambda: visit.gateway.refund_in_dashboard(key, 1000),
        lambda: visit.gateway.payment(key),
    ]
    for kind, step in zip(order, steps, strict=True):
        step()
        assert knock(event({"id": key}, kind=kind)) == 200, "nothing but the id is in it"
    assert visit.status() == "confirmed"
    assert visit.ledger() == [("capture", 4500), ("external_refund", -1000)]
    assert visit.letters() == ["booked", "owner_new"]


def at_once(bodies: list[dict]) -> list[int]:
    """All of them let go together, each on a connection of its own."""
    gate, answers = threading.Barrier(len(bodies)), []

    def one(body: dict) -> None:
        try:
            gate.wait(10)
            answers.append(knock(body))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same", [True, False], ids=["one event", "ten events"])
def test_ten_at_once(visit, same):
    visit.start()
    charge = visit.pay()
    body = event(charge)
    bodies = [body] * 10 if same else [event(charge) for _ in range(10)]
    answers = at_once(bodies)
    assert len(answers) == 10
    assert set(answers) <= {200, 503}, "503: sent again, as it would be"
    assert [knock(again) for again in bodies] == [200] * 10
    assert WebhookEvent.objects.count() == (1 if same else 10)
    assert set(WebhookEvent.objects.values_list("outcome", flat=True)) == {"settled: paid"}
    assert visit.status() == "confirmed"
    assert visit.ledger() == [("capture", 4500)]
    assert visit.letters() == ["booked", "owner_new"]
