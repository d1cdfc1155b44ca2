from __future__ import annotations

import pytest

from salon.flows.tests.till import Clock, about_to_pay, paid
from salon.payments.simulator import Simulator


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def gateway(settings, clock):
    """Moyasar's stand-in on loopback, living by the test's clock."""
    with Simulator(now=clock) as simulator:
        settings.MOYASAR_API_URL = simulator.api_url
        yield simulator


@pytest.fixture
def visit(db, clock, gateway):
    return about_to_pay(clock, gateway)


@pytest.fixture
def came(visit):
    """Lama paid her deposit, and it is two hours after her visit began."""
    paid(visit)
    visit.clock.pass_(days=2, hours=6)
    return visit


@pytest.fixture
def hind(visit):
    return visit.shop.owner
