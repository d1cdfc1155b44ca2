"""Chromium from the system, and one town for all stories of a run."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from salon.jobs.demo import people
from salon.tests.browser.town import Town
from salon.tests.browser.walk import Walk

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)

PATIENCE = 20_000
"""Milliseconds until a story gives up on a page; on a busy machine everything is slow, and nothing is wrong."""
expect.set_options(timeout=PATIENCE)

BY_HAND = "touch-of-rose"
"""Deposit of 25 %, and in this town every request is answered by its owner, Hind."""
AT_ONCE = "naseem-studio"  # deposit of 20 %, confirmed at once
AT_THE_SALON = "dar-al-sidr"  # nothing to prepay
ROUND_THE_CLOCK = "diwan-al-hallaq"  # nothing to prepay; in this town open day and night
ASKED_BY_DEMO = "miraa-studio"  # answers by hand in the demo itself, which leaves requests waiting there
OWNERS = {
    BY_HAND: people.OWNER[0],
    ASKED_BY_DEMO: people.OWNER_NUMBERS.format(12),
    ROUND_THE_CLOCK: people.OWNER_NUMBERS.format(14),
}

PREPARE = f"""
import json, uuid
from datetime import timedelta
from django.utils import timezone
from salon.accounts.models import User
from salon.bookings import queries
from salon.core import clock
from salon.flows import booking as flow
from salon.salons.models import Salon, WeeklyHours

Salon.objects.filter(slug="{BY_HAND}").update(manual_approval=True, approval_minutes=1440)
salon = Salon.objects.get(slug="{ROUND_THE_CLOCK}")
WeeklyHours.objects.filter(salon=salon).delete()
WeeklyHours.objects.bulk_create(
    WeeklyHours(salon=salon, weekday=day, start_minute=0, end_minute=1440) for day in range(7)
)

# Four visits of eight hours ago, which nobody has closed yet.
service = salon.services.filter(variants__isnull=True).first()
then = timezone.now() - timedelta(hours=8)
past = dict(now=then)
made = []
for _ in range(4):
    first_day = clock.local_day(then, clock.zone(salon.zone))
    slots = queries.open_slots(salon=salon, services=[service], first_day=first_day, days=2, **past)
    slot = next(slot for day in sorted(slots) for slot in slots[day])
    held = flow.hold(salon=salon, services=[service], staff=slot.staff_ids[0], start_minute=slot.start_minute,
                     key=uuid.uuid4(), customer=None, held_from="", replaces=None, **past)
    guest = User.objects.get(phone="{people.GUEST[0]}")
    placed = flow.place(booking=held, customer=guest, name="", note="", choice="none", **past)
    made.append(placed.booking.reference)
print(json.dumps(made))
"""


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The product in processes. When all is told, nothing may have gone wrong behind the pages."""
    with Town(tmp_path_factory.mktemp("town"), PREPARE) as town:
        yield town
        assert not town.errors()
        assert "all good" in town.manage("audit_invariants")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        message = "Chromium is not installed: the browser stories need the system's package «chromium»."
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield browser
        browser.close()


def new_context(chromium: Browser, language: str, **options: Any) -> BrowserContext:
    context = chromium.new_context(
        **{
            "viewport": PHONE,
            "locale": "ar-SA" if language == "ar" else "en-GB",
            "timezone_id": "Asia/Riyadh",
            "reduced_motion": "reduce",
            **options,
        }
    )
    context.set_default_timeout(PATIENCE)
    return context


def watch(page: Page, problems: list[str]) -> None:
    """Note what no page may do: a JavaScript error, a breach of the content policy, an answer of 500 and above."""

    def console(message: Any) -> None:
        # Chromium reports every 4xx as an error as well; the stories that cause one look at the page instead.
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            problems.append(f"{page.url}: {message.text}")

    page.on("console", console)
    page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
    page.on(
        "response", lambda answer: problems.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None
    )


Visit = Callable[..., Page]


@pytest.fixture
def forgiven() -> list[str]:
    """Words of problems that a story brings about on purpose."""
    return []


@pytest.fixture
def visit(chromium: Browser, town: Town, forgiven: list[str]) -> Iterator[Visit]:
    """`visit(language="ar", **context)` opens a fresh browser at that language's home. Pages end with the test.

    A problem that `watch` notes fails the test.
    """
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_page(language: str = "ar", **options: Any) -> Page:
        context = new_context(chromium, language, **options)
        contexts.append(context)
        context.on("page", lambda page: watch(page, problems))
        page = context.new_page()
        page.goto(f"{town.url}{'/en' if language == 'en' else ''}/")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not [each for each in problems if not any(words in each for words in forgiven)]


_fresh = itertools.count(1)
_known = {"ar": itertools.count(0), "en": iter([57, 58, 59, 97, 98, 99])}


@pytest.fixture
def guest(visit: Visit, town: Town) -> Callable[..., Walk]:
    """`guest(language)` is somebody the demo knows, at the first page; `new=True`: a number nobody knows yet."""

    def arrive(language: str = "ar", *, new: bool = False, js: bool = True, **options: Any) -> Walk:
        page = visit(language, java_script_enabled=js, **options)
        phone = f"+96655{next(_fresh):07d}" if new else people.GUEST_NUMBERS.format(next(_known[language]))
        return Walk(town=town, page=page, language=language, phone=phone, js=js)

    return arrive


States = Callable[[str], Any]


@pytest.fixture(scope="session")
def signed_in(chromium: Browser, town: Town) -> States:
    """`signed_in(phone)`: the cookies of somebody who has proved their phone, once a run. Codes cost time."""
    states: dict[str, Any] = {}

    def state(phone: str) -> Any:
        if phone not in states:
            context = new_context(chromium, "ar")
            walk = Walk(town=town, page=context.new_page(), language="ar", phone=phone)
            walk.page.goto(f"{town.url}/accounts/login/")
            walk.prove_phone()
            states[phone] = context.storage_state()
            context.close()
        return states[phone]

    return state


@pytest.fixture
def office(visit: Visit, signed_in: States, town: Town) -> Callable[..., Walk]:
    """`office(slug, language)`: the owner of that salon in a browser of their own."""

    def open_office(slug: str = BY_HAND, language: str = "ar", **options: Any) -> Walk:
        phone = OWNERS[slug]
        page = visit(language, storage_state=signed_in(phone), **options)
        return Walk(town=town, page=page, language=language, phone=phone, js=options.get("java_script_enabled", True))

    return open_office


@pytest.fixture(scope="session")
def pictures() -> Path | None:
    """Where stories leave screenshots, when SCREENSHOTS names a folder."""
    folder = os.environ.get("SCREENSHOTS")
    if not folder:
        return None
    Path(folder).mkdir(parents=True, exist_ok=True)
    return Path(folder)
