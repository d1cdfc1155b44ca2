"""What goes wrong gets clear words and a way on; nothing is lost and nobody pays twice."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from salon.tests.browser.conftest import AT_ONCE, AT_THE_SALON, Visit
from salon.tests.browser.town import Town
from salon.tests.browser.walk import CODE, CONFIRM, MADA, MADA_NO_FUNDS, SIGN_IN, TICKET, Walk

pytestmark = pytest.mark.browser

Guest = Callable[..., Walk]
TIMES = re.compile(r"/book/\?service=")
MADE = """
import json
from salon.bookings.models import Booking
rows = Booking.objects.filter(customer__phone="{phone}").order_by("-pk")
print(json.dumps([[each.status, each.reference] for each in rows]))
"""
RUN_OUT = """
from datetime import timedelta
from django.utils import timezone
from salon.bookings.models import Booking, BusyTime
over = timezone.now() - timedelta(seconds=1)
BusyTime.objects.filter(booking__key="{key}").update(held_until=over)
print(Booking.objects.filter(key="{key}").update(expires_at=over))
"""


def bookings_of(walk: Walk) -> list[list[str]]:
    """All bookings of a guest, newest first, as [status, reference]."""
    return walk.town.ask(MADE.format(phone=walk.phone))


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
def test_two_guests_want_the_same_chair(guest: Guest, js: bool):
    first, second = guest("ar", new=True, js=js), guest("ar", new=True, js=js)
    for walk in (first, second):
        walk.to_times(AT_THE_SALON)
        walk.choose_person(0)
        walk.choose_day(5)
    minute = first.choose_time(1)
    assert second.choose_time(1) == minute
    first.keep_time()
    expect(first.page).to_have_url(SIGN_IN)

    page, before = second.page, second.page.url
    with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        second.keep_time()
    assert answer.value.status == 409
    alert = page.locator("#slots .alert--warn")
    expect(alert).to_be_focused()
    expect(page.locator(f"#t{minute}")).to_have_count(0)
    assert page.locator("label.slot").count() > 0
    expect(page.locator("#picker [aria-current=date]")).to_have_count(1)
    if js:
        assert page.url == before
    alert.locator("button[name=nearest]").first.click()
    expect(page).to_have_url(SIGN_IN)


def test_a_hold_runs_out_and_the_choice_is_kept(guest: Guest, town: Town):
    walk = guest("en", new=True)
    walk.to_times(AT_THE_SALON, services=2)
    walk.choose_day(6)
    minute = walk.choose_time(1)
    walk.keep_time()
    walk.prove_phone()
    key = walk.page.locator("input[name=hold]").get_attribute("value")
    picks = re.findall(r"service=(\d+)", walk.page.locator("a[href*='/book/?service=']").first.get_attribute("href"))
    assert town.ask(RUN_OUT.format(key=key)) == 1
    walk.confirm()
    expect(walk.page).to_have_url(TIMES)
    assert re.findall(r"service=(\d+)", walk.page.url) == picks
    expect(walk.page.locator("main .alert").first).to_be_visible()
    expect(walk.page.locator(f"#t{minute}")).to_be_checked()  # free again, so still chosen
    walk.keep_time()
    expect(walk.page).to_have_url(CONFIRM)
    walk.confirm()
    walk.see_ticket("confirmed")


def test_a_wrong_code_then_the_right_one(guest: Guest, town: Town):
    walk = guest("ar", new=True)
    walk.page.goto(f"{walk.base}/accounts/login/?next=/bookings/")
    walk.ask_for_code()
    code = town.code_for(walk.phone)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    walk.give_code(wrong)
    field = walk.page.locator("input[name=code]")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    expect(walk.page).to_have_url(CODE)
    walk.give_code(code)
    expect(walk.page).to_have_url(re.compile(r"/bookings/$"))


@pytest.mark.parametrize("number", ["0112345678", "+14155552671", "05123", "not a number"])
def test_a_number_that_cannot_get_a_code(guest: Guest, number: str):
    walk = guest("en", new=True)
    walk.page.goto(f"{walk.base}/accounts/login/")
    walk.page.fill("input[name=phone]", number)
    walk.page.locator("form:has(input[name=phone]) button[type=submit]").click()
    field = walk.page.locator("input[name=phone]")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    expect(walk.page.locator(f"#{field.get_attribute('aria-describedby').split()[-1]}")).to_be_visible()
    expect(field).not_to_have_value("")  # what was typed is still there
    expect(walk.page).to_have_url(SIGN_IN)


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("path", ["/s/nowhere/", "/s/nowhere/book/?service=1", "/nothing/"])
def test_an_address_that_leads_nowhere(visit: Visit, town: Town, language: str, path: str):
    page = visit(language)
    answer = page.goto(f"{town.url}{'/en' if language == 'en' else ''}{path}")
    assert answer.status == 404
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("h1")).to_be_visible()
    page.locator("main a.btn").first.click()
    expect(page.locator("form.searchcard, form.search").first).to_be_visible()


def test_the_back_button_after_paying_pays_nothing_twice(guest: Guest):
    walk = guest("ar", new=True)
    walk.book_until_confirm(AT_ONCE)
    confirm = walk.page.url
    walk.confirm()
    walk.pay()
    reference = walk.see_ticket("confirmed")
    walk.page.go_back()
    walk.page.goto(confirm)
    expect(walk.page).to_have_url(re.compile(rf"/bookings/{reference}/$"))
    assert bookings_of(walk) == [["confirmed", reference]]


def test_a_double_click_books_once(guest: Guest):
    walk = guest("en", new=True)
    walk.book_until_confirm(AT_THE_SALON, days_ahead=2)
    walk.page.fill("#id_name", "Reem")
    walk.page.locator("button[form=confirm]").filter(visible=True).first.dblclick()
    reference = walk.see_ticket("confirmed")
    assert bookings_of(walk) == [["confirmed", reference]]


def test_the_same_form_sent_twice_keeps_one_chair(guest: Guest, town: Town):
    walk = guest("ar", new=True, js=False)
    walk.to_times(AT_THE_SALON)
    walk.choose_day(7)
    walk.choose_time(0)
    form = walk.page.locator("#hold").evaluate("form => [...new FormData(form)]")
    address = f"{town.url}{walk.page.locator('#hold').get_attribute('action')}"
    data = "&".join(f"{name}={value}" for name, value in form)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Referer": walk.page.url}
    for _ in range(2):
        answer = walk.page.request.post(address, data=data, headers=headers, max_redirects=0)
        assert answer.status == 303
    key = json.dumps(dict(form)["key"])
    count = f"from salon.bookings.models import Booking; print(Booking.objects.filter(key={key}).count())"
    assert town.ask(count) == 1


def test_two_tabs_never_book_the_wrong_one(guest: Guest):
    walk = guest("en", new=True)
    walk.book_until_confirm(AT_THE_SALON, days_ahead=8)
    old = walk.page
    walk.page = old.context.new_page()
    walk.book_until_confirm(AT_ONCE, days_ahead=8)
    new_tab = walk.page
    walk.page = old
    walk.confirm()
    expect(old).to_have_url(new_tab.url)  # the details of the newer choice, with a word about it
    expect(old.locator("main .alert").first).to_be_visible()
    assert all(status not in {"confirmed", "requested"} for status, _ in bookings_of(walk))


def test_a_declined_card_then_another(guest: Guest):
    walk = guest("ar", new=True)
    walk.book_until_confirm(AT_ONCE, days_ahead=9)
    walk.confirm()
    walk.pay(MADA_NO_FUNDS)
    expect(walk.page.locator("[role=alert]").first).to_be_visible()
    walk.pay(MADA)
    walk.see_ticket("confirmed")


def test_a_guest_turns_back_at_the_gateway_and_tries_again(guest: Guest):
    walk = guest("en", new=True)
    walk.book_until_confirm(AT_ONCE, days_ahead=9, time=3)
    walk.confirm()
    walk.page.wait_for_url(re.compile(rf":{walk.town.simulator_port}/"))
    walk.page.locator("nav a").first.click()
    expect(walk.page).to_have_url(CONFIRM)
    walk.confirm()
    walk.pay()
    walk.see_ticket("confirmed")


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"])
def test_signing_in_leads_to_no_other_site(guest: Guest, town: Town, elsewhere: str):
    walk = guest("ar", new=True)
    walk.page.goto(f"{walk.base}/accounts/login/?next={elsewhere}")
    walk.prove_phone()
    assert walk.page.url.startswith(f"{town.url}/")


def test_a_form_without_its_token_is_refused_in_words(guest: Guest):
    walk = guest("ar", new=True, js=False)
    walk.to_times(AT_THE_SALON)
    walk.choose_day(3)
    walk.choose_time(0)
    walk.page.context.clear_cookies()
    with walk.page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        walk.keep_time()
    assert answer.value.status == 403
    expect(walk.page.locator("h1")).to_be_visible()
    expect(walk.page.locator("html")).to_have_attribute("lang", "ar")


def test_with_htmx_an_expired_page_offers_to_reload(guest: Guest):
    walk = guest("en", new=True)
    walk.to_times(AT_THE_SALON)
    walk.choose_day(3)
    walk.choose_time(0)
    url = walk.page.url
    walk.page.context.clear_cookies()
    walk.keep_time()
    toast = walk.page.locator("#toasts .toast")
    expect(toast).to_be_visible()
    toast.locator("button").click()
    expect(walk.page).to_have_url(url)
    walk.choose_time(0)
    walk.keep_time()
    expect(walk.page).to_have_url(SIGN_IN)


def test_a_strangers_booking_is_not_there(guest: Guest):
    owner_of_it, stranger = guest("ar", new=True), guest("ar", new=True)
    owner_of_it.book_until_confirm(AT_THE_SALON, days_ahead=10)
    owner_of_it.confirm()
    reference = owner_of_it.see_ticket("confirmed")
    stranger.page.goto(f"{stranger.base}/bookings/{reference}/")
    stranger.prove_phone()
    expect(stranger.page).to_have_url(TICKET)
    expect(stranger.page.locator(".ticket")).to_have_count(0)
    expect(stranger.page.locator("h1")).to_be_visible()
