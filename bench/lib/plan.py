"""The requests of each target, made from the data: `python -m bench.lib.plan <file>` fills an empty database first.

`python -m bench.lib.plan --grow <rows>` puts years of the past into it.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - Django has to be set up first
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.lib import seed  # noqa: E402
from bench.lib.client import FRESH  # noqa: E402
from salon.bookings import queries  # noqa: E402
from salon.core import clock  # noqa: E402
from salon.salons.models import Salon, Service, Staff  # noqa: E402

SHAPES = 640
CSRF = "b" * 32
PICKER = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#picker"}
DAY = PICKER | {"HX-Target": "div#slots"}
BOOK, HOLD = f"/s/{seed.SLUG}/book/", f"/s/{seed.SLUG}/book/hold/"
FREE = f"/api/v1/salons/{seed.SLUG}/availability"  # a week, where it does not say for how long


def make() -> dict[str, Any]:
    """Each target: its requests, the status they must get, and how many queries the first of them takes.

    A tap on a day swaps the times of that day ("a day"), a tap on a person the picker with its strip ("two weeks"), and
    the first look searches four weeks for the first free day.
    """
    draw = random.Random(7)
    salon = Salon.objects.get(slug=seed.SLUG)
    services = list(Service.objects.filter(salon=salon))
    staff = list(Staff.objects.filter(salon=salon).values_list("pk", flat=True))
    now = timezone.now()
    today = clock.local_day(now, clock.zone(salon.zone))

    def asks(path: str, *parts: str, headers: dict[str, str] | None = None) -> list[dict[str, Any]]:
        """The same page for random services, people and days, as far as `parts` names them."""
        found = []
        for _ in range(SHAPES):
            every = {
                "service": draw.choice(services).pk,
                "staff": draw.choice(staff),
                "day": today + timezone.timedelta(days=draw.randrange(1, seed.DAYS + 1)),
            }
            every["first_day"] = every["day"]
            query = urlencode({part: every[part] for part in parts})
            found.append({"path": f"{path}?{query}" if query else path, "headers": headers or {}})
        return found

    gets = {
        "empty view": asks("/bench/empty/"),
        "plain view": asks(f"/bench/plain/{seed.SLUG}/"),
        "a day, one person": asks(BOOK, "service", "staff", "day", headers=DAY),
        "a day, anyone": asks(BOOK, "service", "day", headers=DAY),
        "two weeks, one person": asks(BOOK, "service", "staff", "day", headers=PICKER),
        "two weeks, anyone": asks(BOOK, "service", "day", headers=PICKER),
        "four weeks, anyone": asks(BOOK, "service", headers=PICKER),
        "31 days, one person": asks(f"/bench/month/{seed.SLUG}/", "service", "staff"),
        "31 days, anyone": asks(f"/bench/month/{seed.SLUG}/", "service"),
        "API: a week, one person": asks(FREE, "service", "staff", "first_day"),
        "API: a week, anyone": asks(FREE, "service", "first_day"),
        "page of times": asks(BOOK, "service", "day"),
        "salon page": asks(f"/s/{seed.SLUG}/"),
        "search": asks("/salons/"),
        "home": asks("/"),
    }
    plan = {name: {"requests": requests, "status": 200, "sql": _sql(requests[0])} for name, requests in gets.items()}
    holds = _holds(salon, services, draw)
    plan["hold a chair"] = {"requests": holds[1:], "status": 303, "sql": _sql(holds[0], method="post")}
    seed.forget_holds()
    return plan


def _holds(salon: Salon, services: list[Service], draw: random.Random) -> list[dict[str, Any]]:
    """Presses on times that are free for anyone and never touch one another, so that all of them succeed."""
    now = timezone.now()
    today = clock.local_day(now, clock.zone(salon.zone))
    short = [service for service in services if service.minutes <= 45]
    starts: list[tuple[int, int]] = []
    for offset in range(1, seed.DAYS + 1):
        cursor = 0
        day = today + timezone.timedelta(days=offset)
        by_service = {
            service: queries.open_slots(salon=salon, services=[service], first_day=day, days=1, now=now)[day]
            for service in short
        }
        while True:
            service = draw.choice(short)
            slot = next((each for each in by_service[service] if each.start_minute >= cursor), None)
            if slot is None:
                break
            starts.append((service.pk, slot.start_minute))
            cursor = slot.start_minute + service.minutes
    draw.shuffle(starts)
    return [
        {
            "path": HOLD,
            "headers": {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrf={CSRF}"},
            "body": urlencode({"csrfmiddlewaretoken": CSRF, "service": service, "start": start, "key": FRESH.decode()}),
        }
        for service, start in starts
    ]


def _sql(request: dict[str, Any], method: str = "get") -> int:
    """Queries of one request by a stranger; BEGIN, COMMIT and savepoints are not counted."""
    client = Client(headers={**request["headers"], "X-Forwarded-For": "192.0.2.1", "Host": "127.0.0.1"})
    client.cookies["csrf"] = CSRF
    with CaptureQueriesContext(connection) as captured:
        if method == "post":
            client.post(request["path"], request["body"], content_type=request["headers"]["Content-Type"])
        else:
            client.get(request["path"])
    marks = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
    return sum(not (query["sql"] or "").startswith(marks) for query in captured.captured_queries)


def main() -> None:
    """See the top of the file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--grow", type=int)
    given = parser.parse_args()
    today = clock.local_day(timezone.now(), clock.zone("Asia/Riyadh"))
    if given.grow:
        print(seed.grow(given.grow, today))
    else:
        call_command("migrate", verbosity=0)
        seed.fill(today)
        seed.settle()
        given.file.write_text(json.dumps(make()))


if __name__ == "__main__":
    main()
