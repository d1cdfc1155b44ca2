"""The salon's side: arrivals, visits that are over, visits that never were, and calling off with a reason."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from salon.tests.browser.conftest import ROUND_THE_CLOCK, Visit
from salon.tests.browser.main_job import MONEY
from salon.tests.browser.town import Town
from salon.tests.browser.walk import Walk

pytestmark = [pytest.mark.browser, pytest.mark.story]


def press(owner: Walk, reference: str, verb: str) -> None:
    owner.page.goto(f"{owner.base}/owner/bookings/{reference}/")
    owner.page.locator(f"form[action$='/{reference}/{verb}/'] button").click()
    expect(owner.page).to_have_url(re.compile(rf"/owner/bookings/{reference}/$"))


def status(town: Town, reference: str) -> str:
    return town.ask(MONEY.format(reference=reference))["status"]


def test_a_guest_of_today_arrives(guest: Callable[..., Walk], office: Callable[..., Walk], town: Town):
    walk, owner = guest("ar", new=True), office(ROUND_THE_CLOCK)
    walk.book_until_confirm(ROUND_THE_CLOCK, days_ahead=0)
    walk.confirm()
    reference = walk.see_ticket("confirmed")
    press(owner, reference, "arrive")
    expect(owner.page.locator(".ohead .badge--info")).to_be_visible()
    walk.page.reload()
    expect(walk.page.locator("[data-open=cancel-dialog]")).to_have_count(0)
    assert status(town, reference) == "arrived"


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
def test_visits_of_earlier_are_closed(office: Callable[..., Walk], town: Town, js: bool):
    owner = office(ROUND_THE_CLOCK, "en", java_script_enabled=js)
    came, never_came = town.prepared[:2] if js else town.prepared[2:]
    press(owner, came, "complete")
    assert status(town, came) == "completed"
    press(owner, never_came, "no-show")
    expect(owner.page.locator(".ohead .badge--bad")).to_be_visible()
    press(owner, never_came, "arrive")  # pressed in haste: she did come
    assert status(town, never_came) == "arrived"


def test_the_salon_calls_off_with_a_reason(guest: Callable[..., Walk], office: Callable[..., Walk], town: Town):
    walk, owner = guest("en", new=True), office(ROUND_THE_CLOCK, "en")
    walk.book_until_confirm(ROUND_THE_CLOCK, days_ahead=2)
    walk.confirm()
    reference = walk.see_ticket("confirmed")
    owner.page.goto(f"{owner.base}/owner/bookings/{reference}/")
    fold = owner.page.locator("details:has(form[action$='/cancel/'])")
    fold.locator("summary").click()
    fold.locator("button.btn--bad").click()  # without a reason
    expect(owner.page.locator("[aria-invalid=true]").first).to_be_visible()
    owner.page.locator("[name$=reason][aria-invalid]").fill("No water in the house")
    owner.page.locator("form[action$='/cancel/'] button.btn--bad").click()
    walk.page.reload()
    walk.see_ticket("cancelled")
    expect(walk.page.locator(".done")).to_contain_text("No water in the house")
    assert len(town.letters_to(walk.phone, reference)) == 2


def test_the_office_is_for_those_who_work_there(visit: Visit, guest: Callable[..., Walk], town: Town):
    walk = guest("ar", new=True)
    walk.page.goto(f"{town.url}/owner/")
    walk.prove_phone()
    expect(walk.page).to_have_url(re.compile("/owner/$"))
    expect(walk.page.locator("#day")).to_have_count(0)
    expect(walk.page.locator("h1")).to_be_visible()
