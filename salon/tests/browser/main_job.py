"""The main job, told by the stories with and without JavaScript."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from icalendar import Calendar
from playwright.sync_api import expect

from salon.tests.browser.conftest import BY_HAND, OWNERS
from salon.tests.browser.walk import CONFIRM, Walk

WORDS = {"ar": "قص", "en": "cut"}
MONEY = """
import json
from salon.bookings.models import Booking
from salon.payments.models import LedgerEntry, Refund
booking = Booking.objects.get(reference="{reference}")
entries = LedgerEntry.objects.filter(payment__booking=booking).order_by("pk")
print(json.dumps({{
    "status": booking.status,
    "price": booking.price,
    "ledger": [[each.kind, each.amount] for each in entries],
    "refunds": [each.state for each in Refund.objects.filter(payment__booking=booking)],
}}))
"""


def speaks(language: str, letter: str) -> bool:
    return bool(re.search("[ء-ي]", letter)) == (language == "ar")


def open_calendar_file(walk: Walk, reference: str, folder: Path) -> None:
    """The calendar file comes down, and a calendar can read it."""
    with walk.page.expect_download() as coming:
        walk.page.locator("a[href$='/calendar.ics']").click()
    file = folder / "visit.ics"
    coming.value.save_as(file)
    (event,) = Calendar.from_ical(file.read_bytes()).walk("VEVENT")
    assert reference in str(event["UID"]) + event.to_ical().decode()
    assert event.decoded("DTEND") > event.decoded("DTSTART") > datetime.now(UTC)


def main_job(walk: Walk, owner: Walk, folder: Path) -> None:
    """A guest finds a salon, books, pays, is told; the owner says yes; the guest cancels in time and is paid back."""
    page, town = walk.page, walk.town
    walk.search(city="riyadh", words=WORDS[walk.language])
    walk.open_salon(BY_HAND)
    walk.choose_services(walk.service(0), walk.variant(1))
    day = walk.choose_day()
    walk.choose_person(0)
    walk.choose_time(2)
    walk.keep_time()
    walk.prove_phone(arabic_digits=walk.language == "ar")
    expect(page).to_have_url(CONFIRM)
    expect(page.locator("#id_name")).to_have_count(0)  # known already
    walk.confirm()
    walk.pay()
    reference = walk.see_ticket("requested")
    expect(page.locator("a[href*='google.com/maps/dir/']").first).to_be_visible()
    open_calendar_file(walk, reference, folder)
    page.goto(f"{walk.base}/bookings/")
    expect(page.locator(f"main a[href$='/bookings/{reference}/']").first).to_be_visible()

    owner.page.goto(f"{owner.base}/owner/")
    more = owner.page.locator("#all-requests")
    if more.count():  # other stories' guests wait for an answer too: three are shown at first
        more.click()
    expect(owner.page.locator(f"#requests a[href$='/owner/bookings/{reference}/']")).to_be_visible()
    owner.page.locator(f"#requests form[action$='/owner/bookings/{reference}/confirm/'] button").click()
    expect(owner.page.locator(f"#request-{reference}")).to_have_count(0)
    owner.page.goto(f"{owner.base}/owner/?day={day}")
    row = owner.page.locator(f".daylist--phone li:has([href$='/owner/bookings/{reference}/'])")
    expect(row.locator(".badge--ok").first).to_be_visible()
    row.locator("a").first.click()
    expect(owner.page).to_have_url(re.compile(rf"/owner/bookings/{reference}/$"))
    expect(owner.page.locator("form[action$='/arrive/']")).to_have_count(0)  # days ahead of the visit

    page.goto(f"{walk.base}/bookings/{reference}/")
    walk.see_ticket("confirmed")
    walk.cancel(reference)
    walk.see_ticket("cancelled")
    expect(page.locator(".done .money").first).to_be_visible()  # what goes back, or has gone

    money = town.ask(MONEY.format(reference=reference))
    assert money["status"] == "cancelled"
    (_, paid), (_, back) = money["ledger"]
    assert 0 < paid < money["price"]
    assert paid + back == 0
    assert money["refunds"] == ["succeeded"] or len(money["refunds"]) == 1

    letters = town.letters_to(walk.phone, reference)
    assert len(letters) == 3  # asked, confirmed, cancelled
    assert all(speaks(walk.language, letter) for letter in letters)
    assert len(town.letters_to(OWNERS[BY_HAND], reference)) == 2  # asked, cancelled
    assert not town.errors()
    assert "all good" in town.manage("audit_invariants")
