"""The steps of a journey, each as a person takes it, with and without JavaScript. Stories put them in order.

Steps look for names, roles and addresses, never for words: the same walk is told in Arabic and in English.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator, Page, expect

from salon.tests.browser.town import Town

RIYADH = ZoneInfo("Asia/Riyadh")
MADA, MADA_NO_FUNDS, FRICTIONLESS = "4201320111111010", "4201320000311101", "4111114005765430"
ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
CONFIRM = re.compile(r"/book/confirm/$")
SIGN_IN = re.compile(r"/accounts/login/(\?|$)")
CODE = re.compile(r"/accounts/login/code/")
BADGES = {  # how each state looks on a ticket
    "requested": ".badge--warn",
    "confirmed": ".badge--ok",
    "declined": ".badge--bad",
    "cancelled": ".badge--dot:not(.badge--warn, .badge--ok, .badge--info, .badge--bad)",
}
TICKET = re.compile(r"/bookings/[A-Z0-9]{6}/$")


@dataclass
class Walk:
    """One person with one browser. `phone` is E.164."""

    town: Town
    page: Page
    language: str
    phone: str
    js: bool = True
    name: str = "نورة الاختبار"

    @property
    def base(self) -> str:
        return f"{self.town.url}/en" if self.language == "en" else self.town.url

    # --- finding ----------------------------------------------------------------------------------------

    def search(self, *, city: str, words: str) -> None:
        self.page.goto(f"{self.base}/")
        self.page.locator("form.searchcard [name=where]").select_option(city)
        self.page.fill("form.searchcard [name=q]", words)
        self.page.locator("form.searchcard button.btn--primary").click()
        expect(self.page).to_have_url(re.compile(r"/salons/\?"))

    def open_salon(self, slug: str) -> None:
        self.page.locator(f".results .scard__name a[href*='/s/{slug}/']").first.click()
        expect(self.page).to_have_url(re.compile(rf"/s/{slug}/"))

    def choose_services(self, *boxes: Locator) -> None:
        """Tick services on a salon's page and go on to the times."""
        for box in boxes:
            if self.js:
                with self.page.expect_response(lambda answer: "hx-request" in answer.request.headers):
                    box.click()
            else:
                box.click()
        if self.js:
            expect(self.page.locator("#bar .bar__text")).not_to_have_class(re.compile("is-empty"))
        self.press("services")
        expect(self.page).to_have_url(re.compile(r"/book/\?service="))

    def service(self, number: int = 0) -> Locator:
        """A service without variants."""
        return self.page.locator("label.svc:has(input[type=checkbox])").nth(number)

    def variant(self, number: int = 0) -> Locator:
        return self.page.locator(".svcgroup label.svc:not(.svc--none)").nth(number)

    # --- the time ---------------------------------------------------------------------------------------

    def to_times(self, slug: str, services: int = 1) -> None:
        """Straight to a salon's times, for stories that begin there."""
        self.page.goto(f"{self.base}/s/{slug}/")
        self.choose_services(*(self.service(number) for number in range(services)))

    def choose_day(self, days_ahead: int = 3) -> str:
        """The first day with free times that lies so far ahead; returns its date."""
        earliest = (dt.datetime.now(RIYADH) + dt.timedelta(days=days_ahead)).date().isoformat()
        days = self.page.locator("nav.days a.day:is(.l1, .l2, .l3)").evaluate_all("all => all.map(each => each.id)")
        wanted = next(day for day in days if day[1:] >= earliest)
        self.page.locator(f"#{wanted}").click()
        expect(self.page.locator(f"#{wanted}")).to_have_attribute("aria-current", "date")
        return wanted[1:]

    def choose_person(self, number: int = 0) -> None:
        person = self.page.locator("nav.who a:not(#who-any)").nth(number)
        ident = person.get_attribute("id")
        person.click()
        expect(self.page.locator(f"#{ident}")).to_have_attribute("aria-current", "true")

    def choose_time(self, number: int = 0) -> str:
        """Press one of the times shown; returns its minute, as the form sends it."""
        slot = self.page.locator("#slots label.slot").nth(number)
        minute = slot.locator("input").get_attribute("value")
        words = slot.locator("time").inner_text()
        slot.click()
        if self.js:
            expect(self.page.locator("#bar .bar__text")).to_contain_text(words)
        assert minute
        return minute

    def keep_time(self) -> None:
        self.press("hold")

    # --- who --------------------------------------------------------------------------------------------

    def ask_for_code(self, *, arabic_digits: bool = False) -> None:
        expect(self.page).to_have_url(SIGN_IN)
        number = "0" + self.phone.removeprefix("+966")
        self.page.fill("input[name=phone]", number.translate(ARABIC_DIGITS) if arabic_digits else number)
        self.page.locator("form:has(input[name=phone]) button[type=submit]").click()
        expect(self.page).to_have_url(CODE)

    def give_code(self, code: str) -> None:
        """Sends itself after the sixth digit; without JavaScript the button does."""
        self.page.fill("input[name=code]", code)
        if not self.js:
            self.page.locator("form:has(input[name=code]) button[type=submit]").click()

    def prove_phone(self, *, arabic_digits: bool = False) -> None:
        self.ask_for_code(arabic_digits=arabic_digits)
        self.give_code(self.town.code_for(self.phone))
        expect(self.page).not_to_have_url(re.compile("/accounts/login/"))
        self.give_factor()

    # --- the second factor ------------------------------------------------------------------------------

    def give_factor(self) -> None:
        """Where a second factor is wanted: set an authenticator app up, or give its code; elsewhere nothing."""
        if "/second-factor/" in self.page.url:
            self.page.locator("main a[href$='/2fa/app/']").click()
            self.set_up_app()
            self.page.locator("main a.btn--primary").click()
        elif "/2fa/authenticate/" in self.page.url or "/security/prove/" in self.page.url:
            self.page.fill("input[name=code]", self.town.app_code(self.phone))
            self.page.locator("form:has(input[name=code]) button.btn--full").click()
        expect(self.page).not_to_have_url(re.compile("/second-factor/|/2fa/|/prove/"))

    def set_up_app(self) -> list[str]:
        """On the page that sets an app up: scan, give the first code; returns the recovery codes, shown this once."""
        expect(self.page.locator("img.qr")).to_be_visible()
        self.town.factors[self.phone] = self.page.locator(".secret").text_content().strip()
        self.page.fill("input[name=code]", self.town.app_code(self.phone))
        self.page.locator("form:has(input[name=code]) button.btn--primary").click()
        expect(self.page).to_have_url(re.compile("/2fa/codes/$"))
        expect(self.page.locator(".codes li")).to_have_count(10)
        return self.page.locator(".codes li").all_text_contents()

    # --- the booking ------------------------------------------------------------------------------------

    def book_until_confirm(self, slug: str, *, days_ahead: int = 3, time: int = 0) -> None:
        """From a salon's services to the last step, signed in."""
        self.to_times(slug)
        self.choose_day(days_ahead)
        self.choose_time(time)
        self.keep_time()
        if SIGN_IN.search(self.page.url) or not CONFIRM.search(self.page.url):
            self.page.wait_for_url(re.compile(r"/accounts/login/|/book/confirm/$"))
        if "/accounts/login/" in self.page.url:
            self.prove_phone()
        expect(self.page).to_have_url(CONFIRM)

    def confirm(self) -> None:
        if self.page.locator("#id_name").count():
            self.page.fill("#id_name", self.name)
        self.press("confirm")

    def pay(self, card: str = MADA, *, bank: str | None = "approve") -> None:
        """The gateway's page, then the bank's. `bank` None: the card is answered without the bank's page."""
        self.page.wait_for_url(re.compile(rf":{self.town.simulator_port}/"))
        self._fill_card(card)
        if bank:
            self.page.locator(f"button[name=result][value={bank}]").click()

    def _fill_card(self, card: str) -> None:
        for field, value in {
            "name": "Noura Alharbi",
            "number": card,
            "month": "12",
            "year": "30",
            "cvc": "123",
        }.items():
            self.page.fill(f"#{field}", value)
        self.page.locator("form[action$='/pay'] button").click()

    def see_ticket(self, *status: str) -> str:
        """On the booking's page, in one of these states; returns its reference."""
        expect(self.page).to_have_url(TICKET)
        expect(self.page.locator(", ".join(BADGES[each] for each in status)).first).to_be_visible()
        reference = self.page.locator(".ticket__foot dd.ltr").first.inner_text()
        assert self.page.url.endswith(f"/bookings/{reference}/")
        return reference

    def cancel(self, reference: str) -> None:
        """From the booking's page: a dialog, or a page of its own without JavaScript."""
        self.page.goto(f"{self.base}/bookings/{reference}/")
        self.page.locator("[data-open=cancel-dialog]").click()
        if not self.js:
            expect(self.page).to_have_url(re.compile(rf"/bookings/{reference}/cancel/$"))
        self.page.locator("form[action$='/cancel/'] button.btn--bad").click()
        expect(self.page).to_have_url(re.compile(rf"/bookings/{reference}/$"))

    # --- both -------------------------------------------------------------------------------------------

    def press(self, form: str) -> None:
        """The button of a form that this screen shows: in the bar of a phone, in the card beside on a desktop."""
        self.page.locator(f"button[form={form}]").filter(visible=True).first.click()
