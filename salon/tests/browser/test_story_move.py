"""A guest changes the time: once for nothing, once for a difference, and takes all of it back."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from salon.tests.browser.conftest import AT_ONCE
from salon.tests.browser.main_job import MONEY, open_calendar_file, speaks
from salon.tests.browser.test_pages import broken, keep
from salon.tests.browser.town import Town
from salon.tests.browser.walk import MADA_NO_FUNDS, Walk

pytestmark = [pytest.mark.browser, pytest.mark.story]

LANGUAGES = ["ar", "en"]
CONFIRM_MOVE = re.compile(r"/move/confirm/\?start=\d+")
TICKET = re.compile(r"/bookings/[A-Z0-9]{6}/$")
DEPOSIT = """
from salon.salons.models import Salon
Salon.objects.filter(slug="{slug}").update(deposit_percent={percent}, deposit_amount=None)
print("null")
"""


@contextmanager
def stricter(town: Town):
    """While a story is told the salon asks for half of the price instead of a fifth."""
    town.ask(DEPOSIT.format(slug=AT_ONCE, percent=50))
    try:
        yield
    finally:
        town.ask(DEPOSIT.format(slug=AT_ONCE, percent=20))


def book(walk: Walk) -> str:
    walk.book_until_confirm(AT_ONCE, days_ahead=4)
    walk.confirm()
    walk.pay()
    return walk.see_ticket("confirmed")


def choose_new_time(walk: Walk, reference: str, *, days_ahead: int, time: int = 1) -> str:
    """From the ticket to the step that says what it would mean; returns the day."""
    walk.page.goto(f"{walk.base}/bookings/{reference}/")
    walk.page.locator("#move").click()
    expect(walk.page).to_have_url(re.compile(rf"/bookings/{reference}/move/"))
    expect(walk.page.locator("nav.who a[aria-current=true]:not(#who-any)")).to_have_count(1)  # the same person first
    day = walk.choose_day(days_ahead)
    walk.choose_time(time)
    walk.press("hold")
    expect(walk.page).to_have_url(CONFIRM_MOVE)
    return day


def agree(walk: Walk) -> None:
    walk.page.locator("#move button.btn--primary").click()


def day_of(walk: Walk) -> str | None:
    """The day that the ticket names."""
    return walk.page.locator(".ticket .datecard").first.get_attribute("datetime")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_money_moves_along(
    language: str, guest: Callable[..., Walk], town: Town, tmp_path: Path, pictures: Path | None
):
    walk = guest(language, new=True)
    reference = book(walk)
    paid = town.ask(MONEY.format(reference=reference))["ledger"]
    assert len(paid) == 1

    day = choose_new_time(walk, reference, days_ahead=6)
    keep(walk.page, pictures, f"move-confirm-{language}-m")
    assert not broken(walk.page)
    expect(walk.page.locator("#move button .money")).to_have_count(0)  # nothing to pay
    agree(walk)
    walk.see_ticket("confirmed")
    assert day_of(walk) == day
    keep(walk.page, pictures, f"moved-{language}-m")
    open_calendar_file(walk, reference, tmp_path)
    assert town.ask(MONEY.format(reference=reference))["ledger"] == paid
    letters = town.letters_to(walk.phone, reference)
    assert len(letters) == 2  # booked, moved
    assert all(speaks(language, letter) for letter in letters)

    with stricter(town):
        later = choose_new_time(walk, reference, days_ahead=8)
        expect(walk.page.locator("#move button .money")).to_have_count(1)
        agree(walk)
        walk.pay(MADA_NO_FUNDS)
        expect(walk.page.locator("[role=alert]").first).to_be_visible()
        walk.page.locator("nav a").first.click()  # back to us: it says why, and offers another try
        expect(walk.page.locator(".done h1")).to_be_visible()
        keep(walk.page, pictures, f"move-declined-{language}-m")
        walk.page.locator("form[action$='/pay/'] button.btn--primary").click()
        walk.pay()
        walk.see_ticket("confirmed")
    assert day_of(walk) == later
    money = town.ask(MONEY.format(reference=reference))
    (_, deposit), (_, difference) = money["ledger"]
    assert deposit + difference == pytest.approx(money["price"] / 2, abs=1)

    walk.cancel(reference)
    walk.see_ticket("cancelled")
    assert sum(amount for _, amount in town.ask(MONEY.format(reference=reference))["ledger"]) == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_javascript(language: str, guest: Callable[..., Walk], town: Town):
    walk = guest(language, new=True, js=False)
    reference = book(walk)
    day = choose_new_time(walk, reference, days_ahead=6)
    walk.page.locator("a.btn--line").last.click()  # keep the old time after all
    expect(walk.page).to_have_url(TICKET)
    assert day_of(walk) != day
    day = choose_new_time(walk, reference, days_ahead=6)
    agree(walk)
    walk.see_ticket("confirmed")
    assert day_of(walk) == day
    with stricter(town):
        later = choose_new_time(walk, reference, days_ahead=9)
        agree(walk)
        walk.pay()
        walk.see_ticket("confirmed")
    assert day_of(walk) == later


def test_two_browsers_one_time(guest: Callable[..., Walk]):
    """Somebody else takes the time between looking and pressing: it is said, with times nearby, and nothing moves."""
    first, second = guest("en", new=True), guest("en", new=True)
    mine = book(first)
    theirs = book(second)
    choose_new_time(first, mine, days_ahead=7)
    wanted = re.search(r"start=(\d+)&staff=(\d+)", first.page.url)
    assert wanted
    second.page.goto(f"{second.base}/bookings/{theirs}/move/confirm/?start={wanted[1]}&staff={wanted[2]}")
    agree(second)
    agree(first)
    if TICKET.search(second.page.url):
        expect(first.page.locator("#slots .alert--warn")).to_be_visible()
        first.page.locator("button[name=nearest]").first.click()
        expect(first.page).to_have_url(CONFIRM_MOVE)
