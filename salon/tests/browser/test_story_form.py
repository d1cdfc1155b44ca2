"""Paying in Moyasar's own form on our page: the real script in a real browser, against the test gateway.

Of the pages with the form in it, accessibility is asked about our part only: the form's element is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import expect

from salon.tests.browser.conftest import AT_ONCE, BY_HAND, DESKTOP, PHONE
from salon.tests.browser.form_shop import TELEMETRY, Files, FormWalk, files_of_the_form
from salon.tests.browser.main_job import MONEY
from salon.tests.browser.test_pages import OVERFLOW, keep, paint
from salon.tests.browser.town import Town
from salon.tests.browser.walk import MADA, MADA_NO_FUNDS, Walk

pytestmark = [pytest.mark.browser, pytest.mark.story]

PAYMENTS = """
import json
from salon.payments.models import Payment
rows = Payment.objects.filter(booking__reference="{reference}").order_by("created_at")
print(json.dumps([[str(row.pk), row.checkout, row.state, row.method_kind] for row in rows]))
"""
ASK_FOR = f"""
from salon.salons.models import Salon
print(Salon.objects.filter(slug="{AT_ONCE}").update(prepayment="{{prepayment}}"))
"""


@pytest.fixture(scope="module")
def shop(town: Town) -> Iterator[str]:
    """The site with Moyasar's own, unmodified files."""
    with Files(files_of_the_form()) as files:
        yield town.open_site(MOYASAR_CHECKOUT="form", MOYASAR_FORM_URL=files.url)


@pytest.fixture(scope="module")
def bare_shop(town: Town) -> Iterator[str]:
    """The same, where the files do not come."""
    with Files(None) as files:
        yield town.open_site(MOYASAR_CHECKOUT="form", MOYASAR_FORM_URL=files.url)


def on(site: str, walk: Walk) -> FormWalk:
    return FormWalk(**vars(walk), site=site)


def charge_of(town: Town, payment: str) -> dict[str, Any]:
    """What the gateway itself says about one charge."""
    url = f"http://127.0.0.1:{town.simulator_port}/v1/payments/{payment}"
    return requests.get(url, auth=("sk_test_simulator", ""), timeout=5).json()


def look_around(walk: FormWalk, pictures: Path | None, name: str) -> None:
    """Our part of the page, on a phone and a desktop, by day and by night."""
    for size, shown in (("m", PHONE), ("d", DESKTOP)):
        walk.page.set_viewport_size(shown)
        for scheme in ("light", "dark"):
            paint(walk.page, scheme)
            keep(walk.page, pictures, f"{name}-{walk.language}-{size}{'-dark' if scheme == 'dark' else ''}")
            assert not walk.serious()
        assert not walk.page.evaluate(OVERFLOW)
    walk.page.set_viewport_size(PHONE)
    paint(walk.page, "light")


def test_a_deposit_by_mada_in_arabic(
    shop: str, guest: Callable[..., Walk], town: Town, forgiven: list[str], pictures: Path | None
):
    forgiven.append(TELEMETRY)
    walk = on(shop, guest("ar"))
    payment = walk.to_form(AT_ONCE, days_ahead=5)
    expect(walk.page.locator("#pay-form #mysr")).to_be_visible()
    expect(walk.page.locator("#pay-else")).to_be_hidden()
    assert walk.page.locator("#pay-form").get_attribute("lang") == "ar"
    look_around(walk, pictures, "pay-form")
    walk.type_card(MADA)
    walk.answer_bank()
    reference = walk.see_ticket("confirmed")
    expect(walk.page.locator(".bloom")).to_be_visible()
    assert town.ask(PAYMENTS.format(reference=reference)) == [[payment, "form", "paid", "mada"]]
    money = town.ask(MONEY.format(reference=reference))
    ((kind, amount),) = money["ledger"]
    assert (kind, amount) == ("capture", charge_of(town, payment)["amount"])
    assert 0 < amount < money["price"]
    assert len(town.letters_to(walk.phone, reference)) == 1

    walk.page.go_back()  # to the bank's page, which is over
    walk.page.go_back()  # where the form was: nobody shall pay in it twice
    walk.see_ticket("confirmed")


def test_declined_then_another_card(
    shop: str, guest: Callable[..., Walk], town: Town, forgiven: list[str], pictures: Path | None
):
    forgiven.append(TELEMETRY)
    walk = on(shop, guest("ar"))
    first = walk.to_form(AT_ONCE, days_ahead=6)
    walk.type_card(MADA_NO_FUNDS)
    walk.answer_bank()
    again = walk.page.locator("main form[action$='/pay/'] button")
    expect(again).to_be_visible()
    keep(walk.page, pictures, "pay-form-declined-ar-m")
    again.click()
    second = walk.on_pay_page()
    assert second != first
    walk.type_card(MADA)
    walk.answer_bank()
    reference = walk.see_ticket("confirmed")
    rows = town.ask(PAYMENTS.format(reference=reference))
    assert rows == [[first, "form", "failed", ""], [second, "form", "paid", "mada"]]
    assert [kind for kind, _ in town.ask(MONEY.format(reference=reference))["ledger"]] == ["capture"]


def test_by_stc_pay_in_english(
    shop: str, guest: Callable[..., Walk], town: Town, forgiven: list[str], pictures: Path | None
):
    forgiven.append(TELEMETRY)
    walk = on(shop, guest("en"))
    payment = walk.to_form(BY_HAND, days_ahead=5)
    look_around(walk, pictures, "pay-form")
    walk.pay_by_phone("0551234567", "123456")
    reference = walk.see_ticket("requested")
    assert town.ask(PAYMENTS.format(reference=reference)) == [[payment, "form", "paid", "stcpay"]]


def test_a_deposit_is_only_reserved_and_released_in_time(
    shop: str, guest: Callable[..., Walk], town: Town, forgiven: list[str], pictures: Path | None
):
    forgiven.append(TELEMETRY)
    town.ask(ASK_FOR.format(prepayment="hold"))
    try:
        walk = on(shop, guest("ar"))
        payment = walk.to_form(AT_ONCE, days_ahead=4)
    finally:
        town.ask(ASK_FOR.format(prepayment="deposit"))
    expect(walk.page.locator("#pay-form button:has(img[alt='STC Pay'])")).to_have_count(0)
    look_around(walk, pictures, "pay-form-hold")
    walk.type_card(MADA)
    walk.answer_bank()
    reference = walk.see_ticket("confirmed")
    assert charge_of(town, payment)["status"] == "authorized"
    assert town.ask(PAYMENTS.format(reference=reference))[0][2] == "authorized"
    assert town.ask(MONEY.format(reference=reference))["ledger"] == []

    walk.cancel(reference)
    walk.see_ticket("cancelled")
    town.wait_until(lambda: charge_of(town, payment)["status"] == "voided", 60, "the money's release")
    assert town.ask(MONEY.format(reference=reference))["ledger"] == []


def test_two_tabs_are_one_payment(shop: str, guest: Callable[..., Walk], town: Town, forgiven: list[str]):
    """The second tab types into a form whose id is used up: it learns so, and leads to a payment of its own."""
    forgiven += [TELEMETRY, "fetch error"]
    walk = on(shop, guest("en"))
    first = walk.to_form(BY_HAND, days_ahead=6)
    other = replace(walk, page=walk.page.context.new_page())
    other.page.goto(f"{walk.base}/pay/{first}/")
    walk.type_card(MADA)
    walk.at_bank()
    other.type_card(MADA)
    expect(other.page).to_have_url(re.compile(rf"/pay/{first}/return/$"))
    other.page.locator("#waiting form[action$='/pay/'] button").click()
    second = other.on_pay_page()
    assert second != first
    other.type_card(MADA)
    other.answer_bank()
    reference = other.see_ticket("requested")
    walk.answer_bank()  # the first tab goes on all the same: that money goes back
    walk.see_ticket("requested")
    rows = town.ask(PAYMENTS.format(reference=reference))
    assert [row[0] for row in rows] == [first, second]

    def balance() -> list[int] | None:
        amounts = [amount for _, amount in town.ask(MONEY.format(reference=reference))["ledger"]]
        return amounts if len(amounts) == 3 else None

    amounts = town.wait_until(balance, 30, "the refund of what was paid twice")
    assert amounts[0] == amounts[1] == -amounts[2] > 0


@pytest.mark.parametrize("js", [True, False], ids=["files-that-do-not-come", "no-javascript"])
def test_where_the_form_does_not_open_the_hosted_page_does(
    bare_shop: str, guest: Callable[..., Walk], town: Town, pictures: Path | None, js: bool
):
    walk = on(bare_shop, guest("ar", js=js))
    first = walk.to_form(AT_ONCE, days_ahead=7 + js)
    button = walk.page.locator("form[action$='/hosted/'] button")
    expect(button).to_be_visible()
    expect(walk.page.locator("#pay-form #mysr")).to_have_count(0)
    if js:
        look_around(walk, pictures, "pay-form-else")
    button.click()
    walk.pay()
    reference = walk.see_ticket("confirmed")
    before, after = town.ask(PAYMENTS.format(reference=reference))
    assert before[:3] == [first, "form", "cancelled"]
    assert after[1:] == ["invoice", "paid", "mada"]
