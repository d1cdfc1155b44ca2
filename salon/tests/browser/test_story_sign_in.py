"""Signing in on a phone, in Arabic: digits of its keyboard, a code by WhatsApp instead, with and without scripts."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from salon.tests.browser.conftest import DESKTOP, PHONE
from salon.tests.browser.walk import ARABIC_DIGITS, CODE, Walk

pytestmark = [pytest.mark.browser, pytest.mark.story]

PICTURES = os.environ.get("PICTURES", "")
"""A folder for what the pages look like; nothing is kept without one."""


def _picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")


def _fits(page: Page) -> None:
    """Nothing is wider than the screen."""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def _way(town, phone: str) -> list[str]:
    return re.findall(rf"(SMS|WhatsApp) to {re.escape(phone)} ?:", town.log.read_text())


def _ask(walk: Walk) -> None:
    walk.page.goto(f"{walk.base}/accounts/login/")
    _picture(walk.page, f"phone-{walk.language}-{'js' if walk.js else 'plain'}")
    walk.ask_for_code(arabic_digits=True)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_code_by_whatsapp_instead(language: str, guest: Callable[..., Walk]):
    walk = guest(language, new=True)
    page = walk.page
    page.clock.install()
    _ask(walk)
    first = walk.town.code_for(walk.phone)
    other = page.locator("#resend form:has(input[name=channel][value=whatsapp]) button")
    expect(page.locator("[data-countdown]")).to_be_visible()
    expect(other).to_be_hidden()  # not before the pause is over
    _picture(page, f"code-{language}-waiting")
    page.clock.fast_forward(31_000)
    expect(other).to_be_visible()
    _fits(page)
    _picture(page, f"code-{language}-sms")
    walk.town.end_pause(walk.phone)
    other.click()
    expect(page.locator("input[name=channel][value=sms]").first).to_be_attached()
    assert _way(walk.town, walk.phone) == ["SMS", "WhatsApp"]
    _fits(page)
    _picture(page, f"code-{language}-whatsapp")
    code = walk.town.code_for(walk.phone)
    if code != first:
        walk.give_code(first.translate(ARABIC_DIGITS))
        expect(page.locator("[aria-invalid=true]")).to_be_visible()
        _picture(page, f"code-{language}-wrong")
    walk.give_code(code.translate(ARABIC_DIGITS))
    expect(page).not_to_have_url(re.compile("/accounts/login/"))

    # The next time this browser asks, the way is remembered.
    page.goto(f"{walk.base}/accounts/logout/")
    page.locator("form[action$='/accounts/logout/'] button.btn--primary").click()
    expect(page).not_to_have_url(re.compile("/accounts/"))
    walk.town.end_pause(walk.phone)
    _ask(walk)
    walk.town.code_for(walk.phone)
    assert _way(walk.town, walk.phone)[-1] == "WhatsApp"


@pytest.mark.parametrize("language", ["ar", "en"])
def test_without_javascript(language: str, guest: Callable[..., Walk]):
    walk = guest(language, new=True, js=False)
    page = walk.page
    _ask(walk)
    walk.town.code_for(walk.phone)
    other = page.locator("form:has(input[name=channel][value=whatsapp]) button").locator("visible=true")
    expect(other).to_have_count(1)
    other.click()  # too early: said in words, and the form stays
    expect(page.locator(".alert--warn")).to_be_visible()
    expect(page).to_have_url(CODE)
    _picture(page, f"code-{language}-plain-refused")
    walk.town.end_pause(walk.phone)
    page.locator("form:has(input[name=channel][value=whatsapp]) button").locator("visible=true").click()
    expect(page.locator(".alert--warn")).to_have_count(0)
    assert _way(walk.town, walk.phone) == ["SMS", "WhatsApp"]
    _fits(page)
    _picture(page, f"code-{language}-plain")
    walk.give_code(walk.town.code_for(walk.phone).translate(ARABIC_DIGITS))
    expect(page).not_to_have_url(re.compile("/accounts/login/"))


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_pages_fit(language: str, size: dict[str, int], guest: Callable[..., Walk]):
    walk = guest(language, new=True, viewport=size)
    page = walk.page
    page.clock.install()
    page.goto(f"{walk.base}/accounts/login/")
    _fits(page)
    _picture(page, f"fit-phone-{language}-{size['width']}")
    walk.ask_for_code()
    page.clock.fast_forward(31_000)
    expect(page.locator("#resend form")).to_have_count(2)
    _fits(page)
    _picture(page, f"fit-code-{language}-{size['width']}")
