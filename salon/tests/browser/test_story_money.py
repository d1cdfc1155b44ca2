"""A guest and their money: declined, told why, paid, the receipt in hand, called off in time and paid back."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from salon.tests.browser.conftest import AT_ONCE, PATIENCE
from salon.tests.browser.main_job import MONEY
from salon.tests.browser.test_pages import SETTLED, broken, keep, sheets_of_paper
from salon.tests.browser.town import Town
from salon.tests.browser.walk import MADA, MADA_NO_FUNDS, Walk

pytestmark = [pytest.mark.browser, pytest.mark.story]

LANGUAGES = ["ar", "en"]
REASON = {
    "ar": "الرصيد أو الحد المتبقي في البطاقة لا يكفي.",
    "en": "The balance or the credit left on the card was not enough.",
}


def look(walk: Walk, pictures: Path | None, name: str) -> None:
    walk.page.evaluate(SETTLED)
    keep(walk.page, pictures, f"money-{name}-{walk.language}-m")
    assert not broken(walk.page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_declined_then_paid_with_a_receipt_then_called_off_and_paid_back(
    language: str, guest: Callable[..., Walk], town: Town, pictures: Path | None
):
    walk = guest(language, new=True)
    page = walk.page
    walk.book_until_confirm(AT_ONCE, days_ahead=11, time=4)
    walk.confirm()
    walk.pay(MADA_NO_FUNDS)
    hosted = page.url.partition("?")[0]
    expect(page.locator("[role=alert]").first).to_be_visible()

    page.locator("nav a").first.click()  # back to us
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("main")).to_contain_text(REASON[language])
    expect(page.locator("main")).not_to_contain_text(re.compile("funds|declin(ed)?$", re.IGNORECASE))
    expect(page.locator(".timer [data-clock]")).to_have_text(re.compile(r"^\d:\d\d$"))  # the time is still kept
    look(walk, pictures, "declined")
    page.locator("form[action$='/pay/'] button").click()
    page.wait_for_url(re.compile(re.escape(hosted)))  # the same page at the gateway
    walk.pay(MADA)
    reference = walk.see_ticket("confirmed")

    receipt = page.locator(".receipt")
    expect(receipt.locator(".is-in")).to_have_count(1)
    expect(receipt.locator(".is-in")).to_contain_text("1010")
    look(walk, pictures, "paid")
    page.locator(f"a[href*='/bookings/{reference}/invoices/']").click()
    expect(page.locator("[data-print]")).to_be_visible()
    look(walk, pictures, "document")
    assert sheets_of_paper(page) == 1
    page.go_back()

    walk.cancel(reference)
    walk.see_ticket("cancelled")
    arrived = page.locator(".done .ok")
    for _ in range(PATIENCE // 500):
        if arrived.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(arrived.locator(".money")).to_be_visible()
    expect(receipt.locator(".is-out")).to_have_count(1)
    expect(page.locator(f"a[href*='/bookings/{reference}/invoices/']")).to_have_count(2)  # a credit note beside it
    look(walk, pictures, "returned")
    money = town.ask(MONEY.format(reference=reference))
    (_, paid), (_, back) = money["ledger"]
    assert (money["status"], paid + back) == ("cancelled", 0)
    assert 0 < paid < money["price"]
