"""What changes inside a page, and what must not."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from salon.tests.browser.conftest import AT_THE_SALON, DESKTOP, Visit
from salon.tests.browser.town import Town
from salon.tests.browser.walk import SIGN_IN, Walk

pytestmark = pytest.mark.browser

Guest = Callable[..., Walk]


def sign(page: Page) -> None:
    """Leave a mark outside of every region: it is gone if the page was loaded anew."""
    page.evaluate("document.querySelector('h1').dataset.mark = 'kept'")


def still_the_same_page(page: Page) -> None:
    expect(page.locator("h1[data-mark=kept]")).to_have_count(1)


def test_another_day_swaps_the_times_and_back_restores_them(guest: Guest):
    walk = guest("ar", new=True)
    walk.to_times(AT_THE_SALON)
    page = walk.page
    first = walk.choose_day(2)
    at_first = page.url
    assert f"day={first}" in at_first
    sign(page)
    second = walk.choose_day(4)
    assert second != first
    expect(page).to_have_url(re.compile(f"day={second}"))
    still_the_same_page(page)
    expect(page.locator(f"#d{second}")).to_be_focused()  # the focus stays where it was
    expect(page.locator("#live")).not_to_be_empty()  # and the change is said
    page.go_back()
    expect(page).to_have_url(at_first)
    expect(page.locator(f"#d{first}")).to_have_attribute("aria-current", "date")


def test_another_person_keeps_the_day_and_the_history(guest: Guest):
    walk = guest("en", new=True)
    walk.to_times(AT_THE_SALON)
    day = walk.choose_day(3)
    sign(walk.page)
    length = walk.page.evaluate("history.length")
    walk.choose_person(1)
    expect(walk.page).to_have_url(re.compile(rf"staff=\d+.*day={day}|day={day}.*staff=\d+"))
    still_the_same_page(walk.page)
    assert walk.page.evaluate("history.length") == length


def test_a_lost_connection_says_so_and_the_second_try_works(guest: Guest, forgiven: list[str]):
    forgiven += ["net::ERR_", "Failed to fetch", "htmx"]
    walk = guest("ar", new=True)
    walk.to_times(AT_THE_SALON)
    walk.choose_day(11)
    walk.choose_time(0)
    url = walk.page.url
    walk.page.context.set_offline(True)
    walk.keep_time()
    toast = walk.page.locator("#toasts .toast")
    expect(toast).to_be_visible()
    assert walk.page.url == url
    expect(walk.page.locator("#slots input:checked")).to_have_count(1)
    walk.page.context.set_offline(False)
    toast.locator("button").click()
    expect(walk.page).to_have_url(SIGN_IN)


def test_a_failing_server_changes_nothing_and_the_second_try_works(guest: Guest, forgiven: list[str]):
    forgiven += ["/book/hold/", "status of 500", "htmx"]
    walk = guest("en", new=True)
    walk.to_times(AT_THE_SALON)
    walk.choose_day(11)
    walk.choose_time(1)
    walk.page.route("**/book/hold/", lambda route: route.fulfill(status=500, body="down"), times=1)
    walk.keep_time()
    toast = walk.page.locator("#toasts .toast")
    expect(toast).to_be_visible()
    expect(walk.page.locator("#slots input:checked")).to_have_count(1)
    toast.locator("button").click()
    expect(walk.page).to_have_url(SIGN_IN)


def test_a_filter_swaps_the_results_and_can_be_undone(visit: Visit, town: Town):
    page = visit("en", viewport=DESKTOP)
    page.goto(f"{town.url}/en/salons/")
    page.locator("details.filters summary").click()
    everywhere = page.locator(".results > li").count()
    page.evaluate("document.querySelector('form.search').dataset.mark = 'kept'")
    page.locator("#where").select_option("jeddah")
    expect(page).to_have_url(re.compile("where=jeddah"))
    expect(page.locator("form.search[data-mark=kept]")).to_have_count(1)
    expect(page.locator(".results > li")).not_to_have_count(everywhere)
    page.go_back()
    expect(page.locator(".results > li")).to_have_count(everywhere)


def test_picking_services_changes_the_totals_alone(visit: Visit, town: Town):
    page = visit("ar", viewport=DESKTOP)
    page.goto(f"{town.url}/s/{AT_THE_SALON}/")
    sign(page)
    expect(page.locator("#cart .lines li")).to_have_count(0)
    for count in (1, 2):
        page.locator("label.svc:has(input[type=checkbox])").nth(count - 1).click()
        expect(page.locator("#cart .lines li")).to_have_count(count)
    total = page.locator("#cart .is-total").inner_text()
    page.locator("label.svc:has(input[type=checkbox])").first.click()
    expect(page.locator("#cart .lines li")).to_have_count(1)
    assert page.locator("#cart .is-total").inner_text() != total
    still_the_same_page(page)
