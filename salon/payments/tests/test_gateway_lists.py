"""Lists by date: every charge of the window once, however the list moves while its pages are read."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from salon.payments.gateways import moyasar
from salon.payments.gateways.base import NotFound, Unavailable
from salon.payments.gateways.moyasar import Moyasar
from salon.payments.simulator import Simulator, api, sources
from salon.payments.tests.shop import api as call
from salon.payments.tests.shop import card_payment

BEGAN = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)


class Moving(Moyasar):
    """Between two pages something happens at the gateway."""

    def _pages(self, *args, **kwargs):
        for page in super()._pages(*args, **kwargs):
            yield page
            happens = EVENTS.pop(0) if EVENTS else None
            if happens:
                happens()


EVENTS: list = []


@pytest.fixture
def clock() -> list[datetime]:
    return [BEGAN]


@pytest.fixture
def sim(clock) -> Iterator[Simulator]:
    EVENTS.clear()
    with Simulator(now=lambda: clock[0]) as simulator:
        yield simulator


@pytest.fixture
def gateway(sim) -> Moyasar:
    return Moving(api_url=sim.api_url, secret_key=sim.secret_key)


def begin(sim: Simulator, clock: list[datetime], number: int = 1) -> list[str]:
    ids = []
    for _ in range(number):
        clock[0] += timedelta(seconds=1)
        means = sources.card(number="4201320111111010", name="Noura A")
        ids.append(sim.bank.begin(amount=4500, currency="SAR", means=means, callback_url="https://x.test/")["id"])
    return ids


def listed(gateway: Moyasar, *, after: datetime = BEGAN, before: datetime = BEGAN + timedelta(days=1)) -> list[str]:
    return [charge.id for charge in gateway.find_charges(created_after=after, created_before=before)]


@pytest.mark.parametrize("number", [0, 1, 39, 40, 41, 80, 81])
def test_every_page_newest_first(gateway, sim, clock, number) -> None:
    ids = begin(sim, clock, number)
    assert listed(gateway) == ids[::-1]
    assert len(sim.seen) == max(1, -(-number // api.PER_PAGE)), "and no page twice"


def test_charges_made_meanwhile_push_rows_over_the_edge_and_none_is_told_twice(gateway, sim, clock) -> None:
    ids = begin(sim, clock, 85)
    EVENTS[:] = [lambda: begin(sim, clock, 3), lambda: begin(sim, clock, 2)]
    found = listed(gateway)
    assert len(found) == len(set(found))
    assert set(ids) <= set(found)


def hide(sim: Simulator, payment_id: str):
    """A row that leaves the list draws those behind it over the edge, to where nobody looks again."""
    return lambda: sim._store._db.execute("DELETE FROM docs WHERE id = ?", (payment_id,))


def test_a_row_that_leaves_the_list_takes_no_other_with_it(gateway, sim, clock) -> None:
    ids = begin(sim, clock, 85)
    EVENTS[:] = [hide(sim, ids[-1])]
    assert set(ids[:-1]) <= set(listed(gateway))
    assert len(sim.seen) > 3, "it was read again"


def test_a_list_that_never_stands_still_is_left_for_later(gateway, sim, clock) -> None:
    ids = begin(sim, clock, 85)
    EVENTS[:] = [happens for gone in ids[-1:-10:-1] for happens in (hide(sim, gone), None, None)][: 3 * moyasar.WALKS]
    with pytest.raises(Unavailable, match="moving"):
        listed(gateway)
    assert len(listed(gateway)) == 85 - moyasar.WALKS


def test_the_window_is_exact_to_the_millisecond(gateway, sim, clock) -> None:
    clock[0] = BEGAN + timedelta(seconds=4, milliseconds=500)
    (one,) = begin(sim, clock)  # at 5.5 s
    at = BEGAN + timedelta(seconds=5)
    ms = timedelta(milliseconds=1)
    assert listed(gateway, after=at, before=at + 501 * ms) == [one], "their filter knows whole seconds only"
    assert listed(gateway, after=at, before=at + 500 * ms) == []
    assert listed(gateway, after=at + 500 * ms, before=at + 900 * ms) == []
    assert listed(gateway, after=at + 499 * ms, before=at + 900 * ms) == [one]


def test_a_list_longer_than_is_sane_is_refused(gateway, sim, clock, monkeypatch) -> None:
    monkeypatch.setattr(moyasar, "MAX_PAGES", 2)
    begin(sim, clock, 81)
    with pytest.raises(Unavailable, match="paging"):
        listed(gateway)


def test_a_charge_under_our_own_id(gateway, sim) -> None:
    given_id = uuid.uuid4()
    assert gateway.find_charge(given_id) is None
    assert call(sim, "POST", "/payments", json=card_payment(given_id=str(given_id))).status_code == 201
    charge = gateway.find_charge(given_id)
    assert charge is not None
    assert charge.id == str(given_id)
    assert charge.status.is_pending


@pytest.mark.parametrize("kind", ["html404", "empty", "500", "timeout", "wrong_id", "no_id"])
def test_no_usable_answer_is_not_taken_for_not_begun(gateway, sim, kind) -> None:
    """Or a second charge would be begun beside the first."""
    given_id = uuid.uuid4()
    call(sim, "POST", "/payments", json=card_payment(given_id=str(given_id)))
    sim.fault("fetch", kind, seconds=1)
    with pytest.raises(Unavailable):
        replace(gateway, timeout=(3, 0.3)).find_charge(given_id)
    with pytest.raises(NotFound):
        gateway.fetch(str(uuid.uuid4()))


def refunded(sim: Simulator, clock: list[datetime], payment_id: str) -> None:
    sim.finish(payment_id)
    clock[0] += timedelta(days=20)
    sim.refund_in_dashboard(payment_id, 100)


def changed(gateway: Moyasar, after: datetime) -> list[str]:
    return [row.id for row in gateway.find_changed(updated_after=after, updated_before=after + timedelta(days=1))]


def test_what_changed_however_old_it_is(gateway, sim, clock) -> None:
    first, second = begin(sim, clock, 2)
    refunded(sim, clock, first)
    today = clock[0] - timedelta(hours=1)
    assert changed(gateway, today) == [first]
    assert set(listed(gateway)) == {first, second}, "and it is still of the day it was made on"
    assert changed(gateway, clock[0]) == [], "strictly after"
    assert changed(gateway, clock[0] - timedelta(milliseconds=1)) == [first]
    assert changed(gateway, clock[0] - timedelta(days=1)) == [], "strictly before"


def test_a_filter_that_is_not_heard_ends_at_the_first_page(gateway, sim, clock, monkeypatch) -> None:
    """Otherwise every charge there ever was would be read, each night."""
    begin(sim, clock, 85)
    clock[0] += timedelta(days=20)
    monkeypatch.setattr(api, "_matches", lambda *asked: True)
    with pytest.raises(Unavailable, match="filter"):
        changed(gateway, clock[0])
    assert len(sim.seen) == 1
