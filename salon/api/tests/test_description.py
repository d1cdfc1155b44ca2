"""Thousands of questions made from the description itself, sensible and senseless, with and without a token.

No answer may be a 5xx, or one that the description lacks; what it allows is answered, what it forbids is refused.
Sensible questions are bent towards a salon, a booking and cursors that exist: made blindly they would all end at 404.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections import Counter
from collections.abc import Iterator

import pytest
import schemathesis
import time_machine
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation

from salon.accounts.models import User
from salon.api import paging
from salon.api.tests.app import LAMA, App
from salon.api.tests.test_public import NOON, review
from salon.salons.models import Variant
from salon.tests.chairs import booked
from salon.tests.people import person, rose
from salon.wsgi import application

pytestmark = [pytest.mark.django_db, pytest.mark.fuzz]

# What an answer said does not find its way into later questions: keys are drawn anew each run, the questions are not.
ALONE = {"extra-data-sources": {"responses": False}}
config = SchemathesisConfig.from_dict(
    {"seed": 1448, "phases": {"examples": ALONE, "coverage": ALONE, "fuzzing": ALONE}}
)
description = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application, config=config)


class Town:
    """A salon, somebody with a visit and a token, and what was asked so far."""

    def __init__(self, app: App) -> None:
        self.seen: Counter[tuple[bool, int]] = Counter()
        self.shop = rose()
        long = Variant.objects.create(service=self.shop.nails, name_ar="طويل", name_en="Long", price=9000, minutes=30)
        self.picks = [str(self.shop.cut.pk), f"{self.shop.nails.pk}-{long.pk}"]
        for stars in (5, 4, 3):
            review(self.shop.salon, stars)
        person("Lama", phone=LAMA)
        app.sign_in()
        self.token = app.access
        self.reference = booked(self.shop, User.objects.get(phone=LAMA)).reference

    def ask(self, case: Case) -> None:
        sensible = case.meta.generation.mode == GenerationMode.POSITIVE
        if sensible:
            self.bend(case)
        strange = case.meta.is_negative_at(ParameterLocation.HEADER)  # its token is a part of the question
        answer = case.call_and_validate(headers=None if strange else {"Authorization": f"Bearer {self.token}"})
        self.seen[sensible, answer.status_code] += 1

    def bend(self, case: Case) -> None:
        """Two of three values become ones that exist; the others stay as they were made."""
        path, query = case.path_parameters, case.query
        for name, real in (("slug", "rose"), ("reference", self.reference)):
            if name in path and zlib.crc32(str(path[name]).encode()) % 3:
                path[name] = real
        if "service" in query:
            query["service"] = self.picks[: len(query["service"])]
        if "staff" in query:
            query["staff"] = [self.shop.reem, self.shop.noura, self.shop.maya][int(query["staff"]) % 3].pk
        for name in ("day", "first_day"):
            if name in query:
                day = dt.date.fromisoformat(query[name]).toordinal()
                query[name] = (NOON.date() + dt.timedelta(days=day % 70 - 3)).isoformat() if day % 5 else query[name]
        if "cursor" in query:
            query["cursor"] = self.cursor(case)
        if isinstance(case.body, dict) and isinstance(case.body.get("name"), str):
            case.body["name"] = f"نورة {case.body['name']}"[:80]  # what is visible is more than a length

    def cursor(self, case: Case) -> str:
        query = case.query
        if "reviews" in case.path:
            return paging.cursor_of(f"reviews.{self.shop.salon.pk}", [NOON.isoformat(), 5])
        if "bookings" in case.path:
            return paging.cursor_of(f"me.bookings.{query.get('tab', 'upcoming')}", [NOON.isoformat(), 5])
        order = f"name.{query.get('lang', 'ar')}" if query.get("sort") == "name" else "rating"
        return paging.cursor_of(f"salons.{order}", [len(str(query)) % 12, 3, "ل", 0])

    def count(self, *, sensible: bool, statuses: range) -> int:
        return sum(number for (each, status), number in self.seen.items() if each == sensible and status in statuses)


@pytest.fixture
def town(app, settings) -> Iterator[Town]:
    settings.API_REQUESTS_PER_MINUTE = 0
    settings.NOTIFICATION_CHANNELS = ["sms", "whatsapp"]
    with time_machine.travel(NOON, tick=False):
        town = Town(app)
        request_started.disconnect(close_old_connections)  # the test's transaction lives on this connection
        request_finished.disconnect(close_old_connections)
        yield town
        request_started.connect(close_old_connections)
        request_finished.connect(close_old_connections)
    # No proof by emptiness: both sorts were asked, and sensible questions did find something.
    assert town.count(sensible=True, statuses=range(200, 300)) >= 5, town.seen
    assert town.count(sensible=False, statuses=range(400, 500)) >= 10, town.seen


@description.parametrize()
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_described(case: Case, town: Town):
    town.ask(case)


def test_every_address_is_described():
    """What can be asked and what is described are the same list."""
    told = {operation.ok().label for operation in description.get_all_operations()}
    assert told == {
        "GET /api/v1/cities",
        "GET /api/v1/categories",
        "GET /api/v1/salons",
        "GET /api/v1/salons/{slug}",
        "GET /api/v1/salons/{slug}/services",
        "GET /api/v1/salons/{slug}/staff",
        "GET /api/v1/salons/{slug}/reviews",
        "GET /api/v1/salons/{slug}/availability",
        "GET /api/v1/me",
        "PATCH /api/v1/me",
        "GET /api/v1/me/bookings",
        "GET /api/v1/me/bookings/{reference}",
    }
