"""The main job, from the first page to the money back, in both languages, on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from salon.tests.browser.conftest import AT_THE_SALON, BY_HAND
from salon.tests.browser.main_job import MONEY, main_job, speaks
from salon.tests.browser.test_pages import broken, keep
from salon.tests.browser.town import Town
from salon.tests.browser.walk import CONFIRM, Walk

pytestmark = [pytest.mark.browser, pytest.mark.story]

LANGUAGES = ["ar", "en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_guest_books_and_pays_the_owner_confirms_the_guest_cancels_and_is_paid_back(
    language: str, guest: Callable[..., Walk], office: Callable[..., Walk], tmp_path: Path
):
    main_job(guest(language), office(BY_HAND, language), tmp_path)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_guest_says_a_name_and_pays_at_the_salon(language: str, guest: Callable[..., Walk], town: Town):
    walk = guest(language, new=True)
    walk.search(city="riyadh.yasmin", words="")
    walk.open_salon(AT_THE_SALON)
    walk.choose_services(walk.service(0))
    walk.choose_day()
    walk.choose_time()
    walk.keep_time()
    walk.prove_phone()
    expect(walk.page).to_have_url(CONFIRM)
    walk.press("confirm")  # without a name
    expect(walk.page.locator("#id_name")).to_have_attribute("aria-invalid", "true")
    walk.name = "Lama" if language == "en" else "لمى"
    walk.confirm()
    reference = walk.see_ticket("confirmed")
    expect(walk.page.locator(".bloom")).to_be_visible()
    walk.page.reload()
    expect(walk.page.locator(".bloom")).to_have_count(0)  # it blooms once
    (letter,) = town.letters_to(walk.phone, reference)
    assert speaks(language, letter)
    assert town.ask(MONEY.format(reference=reference))["ledger"] == []

    walk.cancel(reference)
    walk.see_ticket("cancelled")
    walk.page.goto(f"{walk.base}/bookings/?tab=cancelled")
    expect(walk.page.locator(f"main a[href$='/bookings/{reference}/']").first).to_be_visible()


def test_a_salon_declines_and_everything_paid_goes_back(
    guest: Callable[..., Walk], office: Callable[..., Walk], town: Town, pictures: Path | None
):
    walk, owner = guest("ar"), office(BY_HAND, "ar")
    walk.book_until_confirm(BY_HAND, days_ahead=4)
    walk.page.locator("label[for=choice-full]").click()
    walk.confirm()
    walk.pay()
    reference = walk.see_ticket("requested")

    owner.page.goto(f"{owner.base}/owner/bookings/{reference}/")
    asks = owner.page.locator("main a[href*='/second-factor/']").first
    if asks.count():  # money would go back: a code to the phone is not enough
        keep(owner.page, pictures, "owner-prepaid-ar-m")
        assert not broken(owner.page)
        asks.click()
        owner.give_factor()
        expect(owner.page).to_have_url(re.compile(rf"/owner/bookings/{reference}/$"))
    fold = owner.page.locator("details:has(form[action$='/decline/'])")
    fold.locator("summary").click()
    fold.locator("[name$=reason]").fill("الفريق في إجازة ذلك اليوم")
    fold.locator("button.btn--bad").click()
    expect(owner.page.locator(".ohead .badge--bad")).to_be_visible()

    walk.page.reload()
    walk.see_ticket("declined")
    expect(walk.page.locator(".done")).to_contain_text("الفريق في إجازة ذلك اليوم")
    money = town.ask(MONEY.format(reference=reference))
    assert money["ledger"] == [["capture", money["price"]], ["refund", -money["price"]]]
