from __future__ import annotations

import pytest

from salon.flows.tests.till import Clock, about_to_pay
from salon.payments.simulator import Simulator


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def gateway(settings, clock):
    with Simulator(now=clock) as simulator:
        settings.MOYASAR_API_URL = simulator.api_url
        yield simulator


@pytest.fixture
def visit(db, clock, gateway):
    return about_to_pay(clock, gateway)
