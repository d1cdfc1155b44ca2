"""The documentation of the API in a real browser: nothing from elsewhere, nothing that the content policy stops."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from salon.tests.browser.conftest import DESKTOP, PHONE
from salon.tests.browser.town import Town

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_the_page_needs_nobody_else(visit, town: Town, size):
    page: Page = visit("en", viewport=size)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{town.url}/api/v1/docs")  # a breach of the content policy fails the test (see `watch`)
    hosts = {urlsplit(url).netloc for url in asked}
    assert hosts == {urlsplit(town.url).netloc}
    assert not [url for url in asked if url.endswith(".js")]
    assert page.locator("article").count() >= 12
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="Free times").click()
    assert page.locator("#findTimes:target").count() == 1
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [(each["id"], each["nodes"][0]["html"][:120]) for each in found["violations"]] == []


def test_every_link_of_the_page_leads_somewhere(visit, town: Town):
    page: Page = visit("en")
    page.goto(f"{town.url}/api/v1/docs")
    lost = page.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.hash.slice(1))"
        ".filter(id => !document.getElementById(id))"
    )
    assert lost == []
    twice = page.evaluate(
        "(() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id);"
        " return ids.filter((id, i) => ids.indexOf(id) !== i) })()"
    )
    assert twice == []
    answer = page.request.get(f"{town.url}/api/v1/openapi.json")
    assert answer.json()["openapi"].startswith("3.1")
