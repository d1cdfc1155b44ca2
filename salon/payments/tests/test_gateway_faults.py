"""Every fault between us and Moyasar: a question may always be asked again, a write is looked at first.

Only a write that surely did not happen may be repeated as it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from salon.payments.gateways.base import GatewayError, Unavailable, Uncertain
from salon.payments.gateways.moyasar import Moyasar
from salon.payments.simulator import Simulator
from salon.payments.tests.shop import open_invoice


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def gateway(sim) -> Moyasar:
    return Moyasar(api_url=sim.api_url, secret_key=sim.secret_key)


def hasty(gateway: Moyasar) -> Moyasar:
    """For the one call that is to fail: the rest keeps its patience, whatever else this machine is doing."""
    return replace(gateway, timeout=(3, 0.25), deadline=0.5)


UNREADABLE = (
    *("timeout", "drip", "reset", "hang_up", "truncated", "huge"),
    *("500", "502", "503", "redirect", "html200", "html404", "empty", "array", "null", "not_utf8", "deep"),
    *("nan", "float_amount", "no_status"),
)


def paid(gateway: Moyasar, sim: Simulator) -> str:
    return sim.pay(open_invoice(gateway).id)["id"]


def prepared(operation: str, gateway: Moyasar, sim: Simulator) -> Callable[[Moyasar], object]:
    """Everything made ready so that the next call is the one under test."""
    if operation == "create_invoice":
        return open_invoice
    if operation in ("fetch_invoice", "cancel_invoice"):
        invoice = open_invoice(gateway)
        return lambda gateway: getattr(gateway, operation)(invoice.id)
    if operation == "list_invoices":
        open_invoice(gateway)
        return lambda gateway: gateway.find_invoice(key="payment", value="p-1")
    if operation == "list":
        paid(gateway, sim)
        now, hour = datetime.now(UTC), timedelta(hours=1)
        return lambda gateway: gateway.find_charges(created_after=now - hour, created_before=now + hour)
    if operation == "capture":
        held = sim.pay(open_invoice(gateway).id, manual=True)["id"]
        return lambda gateway: gateway.capture(held, 5000)
    charge = paid(gateway, sim)
    return {
        "fetch": lambda gateway: gateway.fetch(charge),
        "void": lambda gateway: gateway.void(charge),
        "refund": lambda gateway: gateway.refund(charge, 5000),
    }[operation]


@pytest.mark.parametrize("kind", UNREADABLE)
@pytest.mark.parametrize("operation", ["fetch", "fetch_invoice", "list", "list_invoices"])
def test_a_question_without_a_usable_answer_can_be_asked_again(gateway, sim, operation, kind) -> None:
    ask = prepared(operation, gateway, sim)
    sim.fault(operation, kind, seconds=5)
    began = time.monotonic()
    with pytest.raises(Unavailable):
        ask(hasty(gateway))
    assert time.monotonic() - began < 3
    assert ask(gateway), "and once the trouble is over there is an answer"


@pytest.mark.parametrize("kind", UNREADABLE)
@pytest.mark.parametrize("operation", ["create_invoice", "cancel_invoice", "capture", "void", "refund"])
def test_a_write_without_a_usable_answer_is_uncertain(gateway, sim, operation, kind) -> None:
    write = prepared(operation, gateway, sim)
    sim.fault(operation, kind, seconds=5)
    began = time.monotonic()
    with pytest.raises(Uncertain):
        write(hasty(gateway))
    assert time.monotonic() - began < 3
    assert len([1 for method, _, _ in sim.seen if method != "GET"]) <= 2, "nothing was tried a second time"


@pytest.mark.parametrize("kind", ["429", "html403"])
@pytest.mark.parametrize("operation", ["create_invoice", "refund", "fetch", "list_invoices"])
def test_turned_away_at_the_gate_is_surely_not_done(gateway, sim, operation, kind) -> None:
    act = prepared(operation, gateway, sim)
    sim.fault(operation, kind)
    with pytest.raises(Unavailable):
        act(gateway)
    assert act(gateway)


def test_nobody_there_is_surely_not_done() -> None:
    with Simulator() as sim:
        gateway = Moyasar(api_url=sim.api_url, secret_key=sim.secret_key)
    with pytest.raises(Unavailable, match="connect"):
        open_invoice(gateway)


@pytest.mark.parametrize("kind", ["timeout", "reset", "500"])
def test_a_lost_answer_to_a_refund_is_found_again(gateway, sim, kind) -> None:
    charge_id = paid(gateway, sim)
    sim.fault("refund", kind, applied=True, seconds=2)
    with pytest.raises(Uncertain):
        hasty(gateway).refund(charge_id, 5000)
    assert gateway.fetch(charge_id).refunded == 5000


def test_a_lost_answer_to_an_invoice_is_found_again(gateway, sim) -> None:
    sim.fault("create_invoice", "reset")
    with pytest.raises(Uncertain):
        open_invoice(gateway)
    invoice = gateway.find_invoice(key="payment", value="p-1")
    assert invoice is not None
    assert [row["id"] for row in sim.invoices()] == [invoice.id]


@pytest.mark.parametrize("kind", ["wrong_amount", "wrong_currency", "wrong_metadata"])
def test_an_invoice_other_than_asked_for_is_not_used(gateway, sim, kind) -> None:
    sim.fault("create_invoice", kind)
    with pytest.raises(Uncertain, match="mismatch"):
        open_invoice(gateway)


@pytest.mark.parametrize("operation", ["fetch", "fetch_invoice", "cancel_invoice", "refund"])
def test_an_answer_about_something_else_is_not_used(gateway, sim, operation) -> None:
    act = prepared(operation, gateway, sim)
    sim.fault(operation, "wrong_id")
    with pytest.raises(GatewayError, match="wrong_id"):
        act(gateway)


def test_a_fetched_charge_is_told_as_it_is(gateway, sim) -> None:
    """Whether 115000 USD is the right sum is not the gateway's to say."""
    charge_id = paid(gateway, sim)
    sim.fault("fetch", "wrong_amount")
    assert gateway.fetch(charge_id).amount == 115000
    sim.fault("fetch", "wrong_currency")
    assert gateway.fetch(charge_id).currency == "USD"


def test_a_list_that_ignores_the_filter_finds_nothing_false(gateway, sim) -> None:
    open_invoice(gateway)
    sim.fault("list_invoices", "wrong_metadata")
    assert gateway.find_invoice(key="payment", value="p-1") is None
