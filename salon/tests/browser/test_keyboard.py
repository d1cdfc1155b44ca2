"""A booking without a mouse: every step by Tab, Space and Enter, and always seen where the focus is."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from salon.tests.browser.conftest import AT_THE_SALON, DESKTOP, Visit
from salon.tests.browser.town import Town
from salon.tests.browser.walk import CODE, CONFIRM, SIGN_IN, Walk

pytestmark = pytest.mark.browser

SHOWN = """() => {
  const seen = el => {
    const s = getComputedStyle(el), r = el.getBoundingClientRect();
    return (parseFloat(s.outlineWidth) > 0 && s.outlineStyle !== 'none' || s.boxShadow !== 'none') && r.width > 4;
  };
  const at = document.activeElement, frame = at.closest('label, .affix, .otp');
  return [at, frame, ...(frame?.querySelectorAll('*') ?? [])].some(el => el && seen(el));
}"""


def tab_to(page: Page, selector: str, *, most: int = 150) -> None:
    """Press Tab until the focus is there, and see that it shows on every stop of the way."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            continue  # the browser's own controls
        assert page.evaluate(SHOWN), page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached by Tab on {page.url}")


def test_a_whole_booking_by_keyboard(guest: Callable[..., Walk], town: Town):
    walk = guest("en", new=True, viewport=DESKTOP)
    page, keys = walk.page, walk.page.keyboard
    tab_to(page, "form.searchcard [name=q]")
    keys.type("cut")
    keys.press("Enter")
    expect(page).to_have_url(re.compile(r"/salons/\?"))
    tab_to(page, f".scard__name a[href*='/s/{AT_THE_SALON}/']")
    keys.press("Enter")
    expect(page).to_have_url(re.compile(rf"/s/{AT_THE_SALON}/"))
    tab_to(page, "input[type=checkbox][name=service]")
    keys.press("Space")
    expect(page.locator("#cart .lines li").first).to_be_visible()
    tab_to(page, "button[form=services]")
    keys.press("Enter")
    expect(page).to_have_url(re.compile(r"/book/\?service="))
    day = page.locator("nav.days a.day:is(.l1, .l2, .l3)").nth(3).get_attribute("id")
    tab_to(page, f"#{day}")
    keys.press("Enter")
    expect(page.locator(f"#{day}")).to_have_attribute("aria-current", "date")
    expect(page.locator(f"#{day}")).to_be_focused()
    tab_to(page, "input[type=radio][name=start]")
    keys.press("Space")
    expect(page.locator("#cart .cart__when")).to_be_visible()
    tab_to(page, "button[form=hold]")
    keys.press("Enter")
    expect(page).to_have_url(SIGN_IN)
    tab_to(page, "input[name=phone]")
    keys.type("0" + walk.phone.removeprefix("+966"))
    keys.press("Enter")
    expect(page).to_have_url(CODE)
    expect(page.locator("input[name=code]")).to_be_focused()
    keys.type(town.code_for(walk.phone))
    expect(page).to_have_url(CONFIRM)
    tab_to(page, "#id_name")
    keys.type("Lama")
    tab_to(page, "button[form=confirm]")
    keys.press("Enter")
    reference = walk.see_ticket("confirmed")

    tab_to(page, "[data-open=cancel-dialog]")
    keys.press("Enter")
    dialog = page.locator("#cancel-dialog")
    expect(dialog).to_be_visible()
    assert page.evaluate("document.querySelector('#cancel-dialog').contains(document.activeElement)")
    keys.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("[data-open=cancel-dialog]")).to_be_focused()
    keys.press("Enter")
    tab_to(page, "#cancel-dialog button.btn--bad")
    keys.press("Enter")
    expect(page).to_have_url(re.compile(rf"/bookings/{reference}/$"))
    walk.see_ticket("cancelled")


def test_the_first_stop_skips_to_the_content(visit: Visit):
    page = visit("ar")
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    expect(page.locator("a.skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
