"""Every fault between us and Moyasar: a question may always be asked again, a write is looked at first.

Only a write that surely did not happen may be repeated as it is.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from salon.payments.gateways.base import GatewayError, NotFound, Refused, Status, Unavailable, Uncertain
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
    *("timeout", "drip", "reset", "reset_mid_body", "hang_up", "truncated", "huge"),
    *("409", "500", "502", "503", "redirect", "html200", "html404", "empty", "array", "null", "not_utf8", "deep"),
    *("nan", "float_amount", "no_status", "no_amount", "no_currency", "no_id"),
)
QUESTIONS = ("fetch", "fetch_invoice", "list", "list_invoices")
WRITES = ("create_invoice", "cancel_invoice", "capture", "void", "refund")


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
@pytest.mark.parametrize("operation", QUESTIONS)
def test_a_question_without_a_usable_answer_can_be_asked_again(gateway, sim, operation, kind) -> None:
    ask = prepared(operation, gateway, sim)
    sim.fault(operation, kind, seconds=5)
    began = time.monotonic()
    with pytest.raises(Unavailable):
        ask(hasty(gateway))
    assert time.monotonic() - began < 3
    assert ask(gateway), "and once the trouble is over there is an answer"


@pytest.mark.parametrize("kind", UNREADABLE)
@pytest.mark.parametrize("operation", WRITES)
def test_a_write_without_a_usable_answer_is_uncertain(gateway, sim, operation, kind) -> None:
    write = prepared(operation, gateway, sim)
    sim.fault(operation, kind, seconds=5)
    began = time.monotonic()
    with pytest.raises(Uncertain):
        write(hasty(gateway))
    assert time.monotonic() - began < 3
    assert len([1 for method, _, _ in sim.seen if method != "GET"]) <= 2, "nothing was tried a second time"


@pytest.mark.parametrize("kind", ["429", "html403"])
@pytest.mark.parametrize("operation", QUESTIONS + WRITES)
def test_turned_away_at_the_gate_is_surely_not_done(gateway, sim, operation, kind) -> None:
    act = prepared(operation, gateway, sim)
    sim.fault(operation, kind)
    with pytest.raises(Unavailable):
        act(gateway)
    assert act(gateway)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        *(("400", Refused), ("used_given_id", Refused), ("401", Refused), ("403", Refused), ("405", Refused)),
        ("404", NotFound),
    ],
)
@pytest.mark.parametrize("operation", QUESTIONS + WRITES)
def test_a_definite_no(gateway, sim, operation, kind, error) -> None:
    act = prepared(operation, gateway, sim)
    sim.fault(operation, kind)
    with pytest.raises(Refused) as caught:
        act(gateway)
    assert type(caught.value) is error
    assert caught.value.needs_operator is (kind in ("401", "403", "405"))
    assert act(gateway)


@pytest.fixture(scope="module")
def closed() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return f"http://127.0.0.1:{port}/v1"


@pytest.fixture(scope="module")
def full() -> Iterator[str]:
    """An address that answers no knock: its queue is full, and nobody takes from it."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, ExitStack() as callers:
        for _ in range(4):
            caller = callers.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(server.getsockname())
        time.sleep(0.1)
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1"


@pytest.mark.parametrize("where", ["closed", "full"])
@pytest.mark.parametrize("operation", QUESTIONS + WRITES)
def test_nobody_there_is_surely_not_done(gateway, sim, operation, where, request) -> None:
    act = prepared(operation, gateway, sim)
    before = len(sim.seen)
    with pytest.raises(Unavailable, match="connect"):
        act(replace(gateway, api_url=request.getfixturevalue(where), timeout=(0.2, 1)))
    assert len(sim.seen) == before
    assert act(gateway)


@pytest.mark.parametrize("operation", ["cancel_invoice", "capture", "void", "refund"])
def test_an_answer_that_does_not_say_it_was_done_is_looked_at_again(gateway, sim, operation) -> None:
    act = prepared(operation, gateway, sim)
    sim.fault(operation, "unmoved")
    with pytest.raises(Uncertain, match="mismatch"):
        act(gateway)


def test_another_amount_than_asked_was_captured(gateway, sim) -> None:
    act = prepared("capture", gateway, sim)
    sim.fault("capture", "unmoved", applied=True)
    with pytest.raises(Uncertain):
        act(gateway)
    charge = gateway.fetch(sim.payments()[0]["id"])
    assert (charge.status, charge.captured) == (Status.CAPTURED, 5000), "and the look tells"


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


@pytest.mark.parametrize("operation", ["create_invoice", "fetch", "fetch_invoice", *WRITES[1:]])
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
