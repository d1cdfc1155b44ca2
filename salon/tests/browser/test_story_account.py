"""One's account from the first name to its end, as people use it: with and without JavaScript, and by keyboard."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from salon.tests.browser.conftest import DESKTOP
from salon.tests.browser.test_keyboard import tab_to
from salon.tests.browser.town import Town
from salon.tests.browser.walk import Walk

pytestmark = [pytest.mark.browser, pytest.mark.story]

SEEN = """
import json
from salon.accounts.models import Consent, DataRequest, User
user = User.objects.get(pk="{pk}")
said = list(Consent.objects.filter(user=user).order_by("pk").values_list("purpose", "granted", "language"))
print(json.dumps([user.name, user.letter_channel, str(user.phone), user.is_active, said]))
"""
WHO = """
import json
from salon.accounts.models import User
print(json.dumps(str(User.objects.get(phone="{phone}").pk)))
"""
AGE = """
import json
from django.core.cache import cache
from django.contrib.sessions.models import Session
from salon.accounts.sessions import SessionStore
for row in Session.objects.all():
    store = SessionStore(row.session_key)
    if store.get("_auth_user_id") == "{pk}":
        for proof in store["account_authentication_methods"]:
            proof["at"] -= 3600
        store.modified = True
        store.save()
cache.clear()  # the pause between two codes is long over
print(json.dumps(True))
"""


def enter(walk: Walk) -> str:
    """Sign in as somebody new; the key of the person."""
    walk.page.goto(f"{walk.base}/accounts/login/")
    walk.prove_phone()
    return walk.town.ask(WHO.format(phone=walk.phone))


def told(page: Page) -> None:
    """A result is said, and it is a good one."""
    expect(page.locator(".alert--ok").first).to_be_visible()


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
def test_from_the_first_name_to_the_end(
    guest: Callable[..., Walk], town: Town, tmp_path: Path, language: str, js: bool
):
    walk = guest(language, new=True, js=js)
    page, pk = walk.page, enter(walk)
    page.goto(f"{walk.base}/account/")

    page.fill("#id_name", "لمى")
    page.locator("label:has(#id_letter_channel_whatsapp)").click()
    page.locator("form.card button.btn--primary").click()
    told(page)
    expect(page.locator("h1")).to_have_text("لمى")
    expect(page.locator("#id_letter_channel_whatsapp")).to_be_checked()

    page.locator("a[href$='/account/offers/']").click()
    page.locator("section:has([value=marketing_whatsapp]) button[value=yes]").click()
    told(page)
    expect(page.locator("section:has([value=marketing_whatsapp]) .badge--ok")).to_be_visible()
    expect(page.locator("button[value=yes]")).to_have_count(1)
    page.locator("button[value=no]").click()
    told(page)
    expect(page.locator("button[value=yes]")).to_have_count(2)

    page.goto(f"{walk.base}/account/copy/")
    with page.expect_download() as coming:
        page.locator("form button.btn--primary").click()
    coming.value.save_as(tmp_path / "copy.json")
    copy = json.loads((tmp_path / "copy.json").read_text(encoding="utf-8"))
    assert copy["profile"]["mobile_number"] == walk.phone
    assert [each["agreed"] for each in copy["consents"]] == [True, False]
    expect(page.locator("form button.btn--primary")).to_be_enabled()
    said = [["marketing_whatsapp", True, language], ["marketing_whatsapp", False, language]]
    assert town.ask(SEEN.format(pk=pk)) == ["لمى", "whatsapp", walk.phone, True, said]

    page.goto(f"{walk.base}/account/delete/")
    page.locator("button.btn--bad").click()
    expect(page).to_have_url(f"{walk.base}/")
    told(page)
    assert town.ask(SEEN.format(pk=pk)) == ["", "", "None", False, said]
    page.goto(f"{walk.base}/account/")
    expect(page).to_have_url(re.compile(r"/accounts/login/"))


def test_an_old_session_proves_itself_on_the_way(guest: Callable[..., Walk], town: Town):
    walk = guest("ar", new=True)
    page, pk = walk.page, enter(walk)
    town.ask(AGE.format(pk=pk))
    page.goto(f"{walk.base}/account/delete/")
    expect(page.locator("button.btn--bad")).to_have_count(0)
    page.locator("main form button.btn--line").last.click()
    expect(page).to_have_url(re.compile(r"/account/security/prove/\?next="))
    page.locator("button[name=action][value=send]").click()
    page.locator("input[name=code]").fill(town.code_for(walk.phone))
    expect(page).to_have_url(re.compile(r"/account/delete/$"))
    page.locator("button.btn--bad").click()
    expect(page).to_have_url(f"{walk.base}/")
    assert town.ask(SEEN.format(pk=pk))[2:4] == ["None", False]


def test_by_keyboard(guest: Callable[..., Walk], town: Town):
    walk = guest("en", new=True, viewport=DESKTOP)
    page, keys, pk = walk.page, walk.page.keyboard, enter(walk)
    page.goto(f"{walk.base}/account/")
    tab_to(page, "#id_name")
    keys.type("Lama")
    tab_to(page, "[name=letter_channel]:checked")
    keys.press("ArrowRight")
    expect(page.locator("#id_letter_channel_whatsapp")).to_be_checked()
    tab_to(page, "form.card button.btn--primary")
    keys.press("Enter")
    told(page)
    tab_to(page, "a[href$='/account/offers/']")
    keys.press("Enter")
    expect(page).to_have_url(re.compile(r"/account/offers/$"))
    tab_to(page, "button[value=yes]")
    keys.press("Enter")
    told(page)
    page.goto(f"{walk.base}/account/delete/")
    tab_to(page, "button.btn--bad")
    keys.press("Enter")
    expect(page).to_have_url(f"{walk.base}/")
    assert town.ask(SEEN.format(pk=pk))[0] == ""
