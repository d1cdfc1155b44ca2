"""Every page, in both languages, on a phone and a desktop, by day and by night: can everybody use it?

A page is loaded once in each language; then the window and the colours change around it. In the dark only the rules
about colour are asked again. With SCREENSHOTS=folder each view is also kept as a picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect

from salon.jobs.demo import people
from salon.tests.browser.conftest import (
    AT_ONCE,
    AT_THE_SALON,
    BY_HAND,
    DESKTOP,
    PHONE,
    ROUND_THE_CLOCK,
    States,
    new_context,
    watch,
)
from salon.tests.browser.rooms import Rooms
from salon.tests.browser.town import Town
from salon.tests.browser.walk import Walk

pytestmark = pytest.mark.browser

WIDTHS = [320, 360, 390, 820, 1280]
LANGUAGES = ["ar", "en"]
COLOUR_RULES = ["color-contrast", "link-in-text-block"]


class Stop(NamedTuple):
    """A page: whose browser, its address (with words of `facts` in braces), the status it answers with."""

    role: str
    path: str
    status: int = 200


STOPS = {
    "home": Stop("nobody", "/"),
    "search": Stop("nobody", "/salons/?where=riyadh&q="),
    "search-none": Stop("nobody", "/salons/?q=zzzz"),
    "salon": Stop("nobody", f"/s/{BY_HAND}/"),
    "salon-chosen": Stop("nobody", f"/s/{BY_HAND}/?service={{two_services}}"),
    "book": Stop("nobody", f"/s/{AT_THE_SALON}/book/?service={{service}}&day={{day}}"),
    "book-chosen": Stop("nobody", f"/s/{AT_THE_SALON}/book/?service={{service}}&start={{start}}"),
    "terms": Stop("nobody", "/terms/"),
    "privacy": Stop("nobody", "/privacy/"),
    "phone": Stop("nobody", "/accounts/login/"),
    "code": Stop("pending", "/accounts/login/code/"),
    "404": Stop("nobody", "/nothing/", 404),
    "403": Stop("nobody", "/accounts/login/", 403),
    "confirm": Stop("guest", f"/s/{AT_ONCE}/book/confirm/"),
    "pay-wait": Stop("payer", "/pay/{payment}/return/"),
    "pay-failed": Stop("declined", "/pay/{declined_payment}/return/"),
    "bookings": Stop("guest", "/bookings/"),
    "bookings-past": Stop("guest", "/bookings/?tab=past"),
    "bookings-cancelled": Stop("guest", "/bookings/?tab=cancelled"),
    "booking": Stop("guest", "/bookings/{confirmed}/"),
    "booking-over": Stop("guest", "/bookings/{completed}/"),
    "cancel": Stop("guest", "/bookings/{confirmed}/cancel/"),
    "move": Stop("guest", "/bookings/{confirmed}/move/"),
    "move-confirm": Stop("guest", "/bookings/{confirmed}/move/confirm/?start={free}"),
    "booking-paid": Stop("buyer", "/bookings/{paid}/"),
    "cancel-paid": Stop("buyer", "/bookings/{paid}/cancel/"),
    "invoice": Stop("buyer", "/bookings/{paid}/invoices/{invoice}/"),
    "account": Stop("guest", "/account/"),
    "account-offers": Stop("guest", "/account/offers/"),
    "account-offers-agreed": Stop("leaving", "/account/offers/"),
    "account-copy": Stop("guest", "/account/copy/"),
    "account-delete": Stop("guest", "/account/delete/"),
    "account-leaving": Stop("leaving", "/account/"),
    "account-delete-asked": Stop("leaving", "/account/delete/"),
    "security": Stop("guest", "/account/security/"),
    "security-full": Stop("keeper", "/account/security/"),
    "devices": Stop("guest", "/account/security/devices/"),
    "prove": Stop("guest", "/account/security/prove/"),
    "prove-code": Stop("proving", "/account/security/prove/"),
    "prove-factor": Stop("keeper", "/account/security/prove/?by=factor&why=money"),
    "second-factor": Stop("guest", "/account/security/second-factor/?why=money&next=/owner/"),
    "second-step": Stop("halfway", "/accounts/2fa/authenticate/"),
    "new-phone": Stop("keeper", "/account/security/phone/"),
    "app": Stop("proving", "/accounts/2fa/app/"),
    "app-remove": Stop("keeper", "/accounts/2fa/app/remove/"),
    "passkey-add": Stop("keeper", "/accounts/2fa/passkeys/add/"),
    "passkey-name": Stop("keeper", "/accounts/2fa/passkeys/{passkey}/"),
    "passkey-remove": Stop("keeper", "/accounts/2fa/passkeys/{passkey}/remove/"),
    "codes-kept": Stop("keeper", "/accounts/2fa/codes/"),
    "codes-new": Stop("keeper", "/accounts/2fa/codes/new/"),
    "no-office": Stop("guest", "/owner/", 403),
    "logout": Stop("guest", "/accounts/logout/"),
    "owner": Stop("owner", "/owner/"),
    "owner-tomorrow": Stop("owner", "/owner/?day={tomorrow}"),
    "owner-requests": Stop("asked", "/owner/"),
    "owner-request": Stop("asked", "/owner/bookings/{requested}/"),
    "owner-booking": Stop("owner", "/owner/bookings/{office_confirmed}/"),
    "owner-over": Stop("owner", "/owner/bookings/{office_completed}/"),
    "owner-invoice": Stop("cashier", "/owner/bookings/{paid}/invoices/{invoice}/"),
    "owner-money": Stop("cashier", "/owner/money/"),
    "owner-money-none": Stop("owner", "/owner/money/?from=2020-01-01&to=2020-01-01"),
    "owner-payment": Stop("cashier", "/owner/money/{bought}/"),
    "owner-stylist": Stop("stylist", "/owner/"),
}

TARGETS = """() => {
  const small = [];
  const all = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button]';
  for (const el of document.querySelectorAll(all)) {
    if (el.closest('.skip, dialog:not([open]), [inert]') || el.disabled) continue;
    const box = el.matches('input.vh, input[type=radio], input[type=checkbox], .sfield *, .affix *') ?
      el.closest('label, .affix') ?? el : el;
    if (!box.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    let { width, height } = box.getBoundingClientRect();
    if (width < 2 || (width >= 43.5 && height >= 43.5)) continue;
    const text = el.parentElement.closest('p, li, dd, small, span');
    const sentence = getComputedStyle(el).display === 'inline' && text && text.textContent.trim().length >
      el.textContent.trim().length + 3;
    if (sentence) continue;
    // A larger area may be drawn around it, or it may cover its card: ask the page what a finger would hit.
    box.scrollIntoView({ block: 'center', inline: 'center' });
    const r = box.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2;
    const hits = (dx, dy) => { const at = document.elementFromPoint(x + dx, y + dy); return at && box.contains(at); };
    const tall = height >= 43.5 || (hits(0, -21) && hits(0, 21)), wide = width >= 43.5 || (hits(-21, 0) && hits(21, 0));
    if (!tall || !wide) small.push(`${Math.round(width)}x${Math.round(height)} ${el.outerHTML.slice(0, 120)}`);
  }
  return small;
}"""
SETTLED = """async () => {
  await new Promise(next => requestAnimationFrame(() => requestAnimationFrame(next)));
  await Promise.all(document.getAnimations().map(each => each.finished.catch(() => {})));
  await new Promise(next => requestAnimationFrame(next));
}"""
OVERFLOW = """() => {
  const wide = document.documentElement.scrollWidth, room = document.documentElement.clientWidth;
  if (wide <= room) return [];
  const over = [...document.body.querySelectorAll('*')].filter(el => {
    const r = el.getBoundingClientRect();
    return r.width && (r.right > room + 1 || r.left < -1) && !el.closest('.scroller, .tablewrap, .cal, .gallery');
  });
  return [`${wide} > ${room}`, ...over.slice(0, 4).map(el => el.outerHTML.slice(0, 120))];
}"""


@pytest.fixture(scope="module")
def rooms(chromium: Browser, town: Town, signed_in: States) -> Iterator[Rooms]:
    yield (rooms := Rooms(chromium, town, signed_in))
    for page, _ in rooms.pages.values():
        page.context.close()


def broken(page: Page, rules: list[str] | None = None) -> list[str]:
    """Serious and critical violations, each with the first element."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": rules}
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("options => axe.run(options).then(all => all.violations)", options)
    return [
        f"{each['id']} x{len(each['nodes'])}: {each['nodes'][0]['target']} {each['nodes'][0]['failureSummary']}"
        for each in found
        if each["impact"] in {"serious", "critical"}
    ]


def open_stop(page: Page, rooms: Rooms, name: str, language: str) -> int:
    stop = STOPS[name]
    url = rooms.town.url + ("/en" if language == "en" else "") + stop.path.format(**rooms.facts)
    answer = page.goto(url)
    if name == "403":
        with page.expect_navigation() as coming:
            page.evaluate(
                "document.body.append(Object.assign(document.createElement('form'), {method: 'post', id: 'x'}))"
            )
            page.evaluate("document.getElementById('x').submit()")
        answer = coming.value
    return answer.status


def paint(page: Page, scheme: str) -> None:
    """Day or night, once the last colour has changed."""
    page.emulate_media(color_scheme=scheme)
    page.evaluate(SETTLED)


def keep(page: Page, pictures: Path | None, name: str) -> None:
    if pictures:
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=pictures / f"{name}.png")


def sheets_of_paper(page: Page) -> int:
    """How many A4 pages it prints on."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(format="A4")))


def overflow(page: Page) -> Any:
    """What sticks out sideways, once the new width has been laid out: a busy machine takes a moment for that."""
    for _ in range(10):
        if not (found := page.evaluate(OVERFLOW)):
            return None
        page.wait_for_timeout(100)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", STOPS)
def test_everybody_can_use_the_page(rooms: Rooms, pictures: Path | None, name: str, language: str):
    page, problems = rooms.page(STOPS[name].role, language)
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="light")
    assert open_stop(page, rooms, name, language) == STOPS[name].status
    html = page.locator("html")
    expect(html).to_have_attribute("lang", language)
    expect(html).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
    assert page.title().strip(" ·")
    wrong: dict[str, Any] = {}
    for size, shown in (("m", PHONE), ("d", DESKTOP)):
        page.set_viewport_size(shown)
        expect(page.locator("h1").filter(visible=True)).to_have_count(1)
        keep(page, pictures, f"{name}-{language}-{size}")
        wrong[f"{size} by day"] = broken(page)
        paint(page, "dark")
        if language == "ar":
            keep(page, pictures, f"{name}-{language}-{size}-dark")
        wrong[f"{size} by night"] = broken(page, COLOUR_RULES)
        paint(page, "light")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        wrong[f"wider than {width}"] = overflow(page)
    page.set_viewport_size(PHONE)
    wrong["small for a finger"] = page.evaluate(TARGETS)
    wrong["in the console"] = problems
    assert not {what: where for what, where in wrong.items() if where}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["invoice", "owner-invoice", "booking-paid"])
def test_it_prints_on_one_sheet(rooms: Rooms, name: str, language: str):
    page, problems = rooms.page(STOPS[name].role, language)
    for shown in (PHONE, DESKTOP):
        page.set_viewport_size(shown)
        assert open_stop(page, rooms, name, language) == STOPS[name].status
        assert sheets_of_paper(page) == 1
    assert not problems


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_operators_pages_open(chromium: Browser, town: Town, signed_in: States, language: str):
    """The index of the administration, every list, and the first row of each; two of them as a person opens them."""
    context = new_context(chromium, language, storage_state=signed_in(people.OPERATOR[0]), viewport=DESKTOP)
    page = context.new_page()
    problems: list[str] = []
    watch(page, problems)
    prefix = f"{town.url}{'/en' if language == 'en' else ''}/admin/"
    page.goto(prefix)
    Walk(town=town, page=page, language=language, phone=people.OPERATOR[0]).give_factor()
    assert page.goto(prefix).status == 200
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("html")).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
    lists = page.locator("#content-main th a").evaluate_all("all => all.map(each => each.href)")
    assert len(lists) > 10
    for url in lists:
        answer = page.request.get(url)
        assert answer.status == 200, url
        row = re.search(r'<th class="field-[^"]*"><a href="([^"]+)"', answer.text())
        if row:
            assert page.request.get(f"{town.url}{row[1]}").status == 200, row[1]
    for name in ("bookings/booking", "salons/salon"):
        assert page.goto(f"{prefix}{name}/").status == 200
        page.locator("#result_list tbody th a").first.click()
        expect(page.locator("#content h1, #content h2").first).to_be_visible()
    context.close()
    assert not problems


def test_the_town_has_every_kind_of_salon(town: Town):
    """The stories lean on these; a change of the demo shows here first."""
    facts = town.ask(f"""
import json
from salon.salons.models import Salon
wanted = {[BY_HAND, AT_ONCE, AT_THE_SALON, ROUND_THE_CLOCK]!r}
found = {{each.slug: [each.prepayment, each.manual_approval] for each in Salon.objects.filter(slug__in=wanted)}}
print(json.dumps([found[slug] for slug in wanted]))
""")
    assert facts == [["deposit", True], ["deposit", False], ["none", False], ["none", False]]
