"""The security of an account, as people meet it: passkeys, an authenticator app, a new number, other devices."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from salon.jobs.demo import people
from salon.tests.browser.conftest import DESKTOP, PHONE, States, Visit
from salon.tests.browser.test_keyboard import tab_to
from salon.tests.browser.test_pages import broken, keep, overflow
from salon.tests.browser.town import Town
from salon.tests.browser.walk import SIGN_IN, Walk

pytestmark = pytest.mark.browser

SECURITY = re.compile(r"/account/security/$")
CODES = re.compile(r"/2fa/codes/$")
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def with_passkeys(page: Page) -> None:
    """The browser's own pretended device, with a face that it knows."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})


def sign_in(walk: Walk, path: str = "/account/security/") -> None:
    walk.page.goto(f"{walk.base}{path}")
    walk.prove_phone()


def sign_out(walk: Walk) -> None:
    walk.page.goto(f"{walk.base}/account/")
    walk.page.locator("form[action$='/accounts/logout/'] button").click()
    expect(walk.page.locator("form.searchcard")).to_be_visible()


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_passkey_opens_the_account_without_a_code(guest: Callable[..., Walk], pictures: Path | None, language: str):
    walk = guest(language, new=True)
    page = walk.page
    with_passkeys(page)
    sign_in(walk)
    page.locator("main a[href$='/passkeys/add/']").click()
    page.fill("input[name=name]", "iPhone")
    page.locator("form[data-passkey=create] button").click()
    expect(page).to_have_url(CODES)
    expect(page.locator(".codes li")).to_have_count(10)
    keep(page, pictures, f"codes-{language}-m")
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        assert not broken(page)
        assert not overflow(page)
    page.set_viewport_size(PHONE)
    page.locator("main a.btn--primary").click()
    expect(page).to_have_url(SECURITY)
    expect(page.locator("main")).to_contain_text("iPhone")
    sign_out(walk)

    page.goto(f"{walk.base}/accounts/login/?next={'/en' if language == 'en' else ''}/account/")
    keep(page, pictures, f"phone-passkey-{language}-m")
    page.locator("form[data-passkey=get] button").click()
    expect(page).to_have_url(re.compile(r"/account/$"))


def test_a_refused_passkey_says_so_and_the_phone_still_works(guest: Callable[..., Walk]):
    """The device knows no passkey of ours: nothing happened, the other way is still there."""
    walk = guest("en", new=True)
    with_passkeys(walk.page)
    walk.page.goto(f"{walk.base}/accounts/login/")
    walk.page.locator("form[data-passkey=get] button").click()
    expect(walk.page.locator("[data-passkey-error]")).to_be_visible(timeout=90_000)
    expect(walk.page.locator("form[data-passkey=get] button")).to_be_enabled()
    walk.prove_phone()
    expect(walk.page).to_have_url(re.compile(r"/bookings/$"))


def test_a_passkey_button_is_still_there_after_a_mistake(visit: Visit, town: Town):
    page = visit("en")
    page.goto(f"{town.url}/en/accounts/login/")
    page.fill("input[name=phone]", "123")
    page.locator("form:has(input[name=phone]) button[type=submit]").click()
    expect(page.locator("[aria-invalid=true]")).to_be_visible()
    expect(page.locator("form[data-passkey=get] button")).to_be_visible()


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
def test_an_authenticator_app_is_set_up_and_asked_for(guest: Callable[..., Walk], js: bool):
    walk = guest("ar" if js else "en", new=True, js=js)
    page = walk.page
    sign_in(walk)
    expect(page.locator("form[data-passkey]")).to_have_count(0)
    page.locator("main a[href$='/2fa/app/']").click()
    codes = walk.set_up_app()
    with page.expect_download() as coming:
        page.locator("a[download]").click()
    assert Path(coming.value.path()).read_text().split() == codes
    page.locator("main a.btn--primary").click()
    expect(page).to_have_url(SECURITY)
    sign_out(walk)

    walk.town.end_pause(walk.phone)
    page.goto(f"{walk.base}/accounts/login/?next={'' if js else '/en'}/account/")
    walk.ask_for_code()
    walk.give_code(walk.town.code_for(walk.phone))
    expect(page).to_have_url(re.compile("/2fa/authenticate/"))
    page.fill("input[name=code]", codes[0])
    page.locator("form:has(input[name=code]) button.btn--full").click()
    expect(page).to_have_url(re.compile(r"/account/$"))


def test_without_javascript_no_passkey_is_offered(visit: Visit, town: Town):
    page = visit("en", java_script_enabled=False)
    page.goto(f"{town.url}/en/accounts/login/")
    expect(page.locator("form[data-passkey]")).to_be_hidden()
    expect(page.locator("input[name=phone]")).to_be_visible()


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
def test_a_new_number(guest: Callable[..., Walk], js: bool):
    walk = guest("ar" if js else "en", new=True, js=js)
    page, old = walk.page, walk.phone
    new = old.replace("+96655", "+96656")
    sign_in(walk)
    page.locator("main a[href$='/security/phone/']").click()
    page.fill("input[name=phone]", "0" + new.removeprefix("+966"))
    page.locator("form:has(input[name=phone]) button[type=submit]").click()
    expect(page).to_have_url(re.compile("/security/phone/code/"))
    page.fill("input[name=code]", walk.town.code_for(new))
    if not js:
        page.locator("form:has(input[name=code]) button.btn--primary").click()
    expect(page).to_have_url(SECURITY)
    expect(page.locator(".alert--ok")).to_be_visible()
    assert walk.town.letters_to(old, "localhost")


def test_another_device_is_signed_out(guest: Callable[..., Walk], visit: Visit, town: Town):
    walk = guest("en", new=True)
    sign_in(walk, "/account/security/devices/")
    other = visit("en", viewport=DESKTOP, storage_state=walk.page.context.storage_state())
    other.context.clear_cookies()
    town.end_pause(walk.phone)
    there = Walk(town=town, page=other, language="en", phone=walk.phone)
    sign_in(there)
    walk.page.reload()
    expect(walk.page.locator("main li.split")).to_have_count(2)
    walk.page.locator("main button.btn--bad").click()
    expect(walk.page.locator("main li.split")).to_have_count(1)
    other.reload()
    expect(other).to_have_url(SIGN_IN)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_an_operator_is_led_to_set_a_factor_up_and_back(visit: Visit, signed_in: States, town: Town, language: str):
    page = visit(language, storage_state=signed_in(people.OPERATOR[0]), viewport=DESKTOP)
    walk = Walk(town=town, page=page, language=language, phone=people.OPERATOR[0])
    page.goto(f"{walk.base}/admin/bookings/booking/")
    walk.give_factor()
    expect(page).to_have_url(re.compile(r"/admin/bookings/booking/$"))
    expect(page.locator("#result_list")).to_be_visible()


def test_a_factor_is_set_up_by_keyboard(guest: Callable[..., Walk]):
    walk = guest("en", new=True, viewport=DESKTOP)
    page, keys = walk.page, walk.page.keyboard
    sign_in(walk)
    tab_to(page, "main a[href$='/2fa/app/']")
    keys.press("Enter")
    expect(page.locator("img.qr")).to_be_visible()
    walk.town.factors[walk.phone] = page.locator(".secret").text_content().strip()
    tab_to(page, "main summary")
    keys.press("Enter")
    expect(page.locator(".secret")).to_be_visible()
    tab_to(page, "input[name=code]")
    keys.type(walk.town.app_code(walk.phone))
    keys.press("Enter")
    expect(page).to_have_url(CODES)
    tab_to(page, "main a.btn--primary")
    keys.press("Enter")
    expect(page).to_have_url(SECURITY)
