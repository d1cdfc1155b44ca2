from __future__ import annotations

import pytest
import time_machine

from salon.owner.tests.office import NOON, Office, book, colleague
from salon.salons.models import Role
from salon.tests.people import person, rose, with_second_factor


@pytest.fixture
def noon():
    """It is noon on Tuesday 24 November 2026 in Riyadh."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def lama(db, noon):
    return person("Lama", "+966551112233")


@pytest.fixture
def shop(lama):
    """Rose at noon; `shop.lama` is a guest."""
    shop = rose()
    shop.lama = lama
    return shop


@pytest.fixture
def hind(shop):
    """The owner at her screen, in English."""
    return Office(shop.owner)


@pytest.fixture
def visit(shop, lama):
    """Lama's cut with Noura today at 13:00."""
    return book(shop, "13:00", customer=lama, note="No perfume, please")


@pytest.fixture
def here(shop, lama):
    """Lama's cut began an hour ago; nothing is paid."""
    return book(shop, "11:00", customer=lama)


@pytest.fixture
def desk(shop):
    """Reem at the reception."""
    return Office(colleague(shop.salon, Role.RECEPTION))


@pytest.fixture
def boss(hind, shop):
    """The owner, with her second factor."""
    with_second_factor(hind.client, shop.owner)
    return hind
