"""A guest's own visits: each sees theirs, calls them off knowing what goes back, and takes them into a calendar."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar

from salon.bookings.models import ActorKind, Booking
from salon.bookings.states import Status
from salon.flows import booking as flow
from salon.payments.models import EntryKind, LedgerEntry, Payment, PaymentState, Refund
from salon.salons.models import Salon
from salon.tests.people import person, rose
from salon.web.tests.walks import MORNING, TIMES, kept, minute, press, signed_in, visit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def shop():
    return rose()


@pytest.fixture
def lama(client):
    return signed_in(client)


@pytest.fixture
def thursday(shop, lama) -> Booking:
    return visit(shop, lama, "2026-11-26", "16:30", staff=shop.noura)


def text(client, path, status=200, **data) -> str:
    response = client.get(path, data)
    assert response.status_code == status, response.get("Location")
    return response.content.decode()


def pay(booking: Booking, amount: int = 4500) -> Payment:
    """The books as they are after a paid deposit, and the promise that asked for it."""
    booking.policy |= {"prepayment": "deposit", "deposit": 4500, "deposit_percent": 25}
    booking.save(update_fields=["policy"])
    payment = Payment.objects.create(
        booking=booking, amount=amount, state=PaymentState.PAID, gateway="simulator", charge_id="c1",
        expires_at=MORNING, created_at=MORNING,
    )  # fmt: skip
    LedgerEntry.objects.create(payment=payment, kind=EntryKind.CAPTURE, ref="c1", amount=amount, at=MORNING)
    return payment


def of(booking: Booking, tail: str = "") -> str:
    return f"/en/bookings/{booking.reference}/{tail}"


# --- the list -----------------------------------------------------------------------------------------------


def test_three_tabs_with_true_counts(client, shop, lama, clock):
    gone = visit(shop, lama, "2026-11-22", "10:00")
    ahead = visit(shop, lama, "2026-11-26", "16:30")
    off = visit(shop, lama, "2026-11-27", "16:30")
    flow.cancel(booking=off, actor=lama, by=ActorKind.GUEST, now=MORNING)
    visit(shop, person("Reem"), "2026-11-28", "16:30")
    clock.move_to(MORNING + dt.timedelta(hours=4))
    for tab, own in (("upcoming", ahead), ("past", gone), ("cancelled", off), ("nonsense", ahead)):
        page = text(client, "/en/bookings/", tab=tab)
        assert page.count('<span class="count">1</span>') == 3
        for each in (gone, ahead, off):
            assert (each.reference in page) == (each is own)
    assert "In 4 days" in text(client, "/en/bookings/")
    assert f"/en/s/rose/book/?service={shop.cut.pk}" in text(client, "/en/bookings/", tab="past")


def test_an_empty_list_leads_to_salons(client, lama):
    for tab in ("upcoming", "past", "cancelled"):
        assert 'href="/en/salons/"' in text(client, "/en/bookings/", tab=tab)


@pytest.mark.parametrize("visits", [1, 6])
def test_six_queries_whatever_the_number(client, shop, lama, django_assert_num_queries, visits):
    for day in range(visits):
        visit(shop, lama, f"2026-11-{23 + day}", "12:00")
        off = visit(shop, lama, f"2026-11-{23 + day}", "14:00")
        flow.cancel(booking=off, actor=lama, by=ActorKind.GUEST, now=MORNING)
    with django_assert_num_queries(6):  # session, person, and twice: visits, services
        client.get("/en/bookings/")


def test_long_histories_come_in_pages(client, shop, lama):
    for day in range(26):
        off = visit(shop, lama, (dt.date(2026, 11, 23) + dt.timedelta(days=day)).isoformat(), "14:00")
        flow.cancel(booking=off, actor=lama, by=ActorKind.GUEST, now=MORNING)
    page = text(client, "/en/bookings/", tab="cancelled")
    assert page.count("Book again") == 24
    assert "tab=cancelled&amp;page=2" in page
    assert text(client, "/en/bookings/", tab="cancelled", page="999").count("Book again") == 2


def test_a_stranger_signs_in_first(client):
    assert client.get("/en/bookings/?tab=past")["Location"] == "/en/accounts/login/?next=/en/bookings/%3Ftab%3Dpast"
    assert client.get("/en/bookings/", headers=TIMES).status_code == 401


def test_without_an_address_there_is_no_way_to_show(client, thursday):
    assert "maps/dir" not in client.get(of(thursday)).content.decode()


# --- one visit ----------------------------------------------------------------------------------------------


def test_the_ticket_says_all_of_it(client, thursday):
    Salon.objects.filter(pk=thursday.salon_id).update(address_en="Anas Ibn Malik Road")
    response = client.get(of(thursday))
    page = response.content.decode()
    for each in (
        thursday.reference,
        "Touch of Rose",
        "4:30 – 5:30 PM",
        "16 Jumada",
        "with Noura",
        "calendar.ics",
        "maps/dir",
    ):
        assert each in page
    assert "Until Wednesday 25 November, 4:30 PM." in page
    assert "no-store" in response["Cache-Control"]
    assert "In 4 days" in page


def test_references_are_read_in_any_case(client, thursday):
    assert thursday.reference in text(client, f"/en/bookings/{thursday.reference.lower()}/")


def test_nine_queries_for_a_ticket(client, thursday, django_assert_num_queries):
    pay(thursday)
    # session, person, visit, services; ledger, refunds, reserved money, discounts; last event
    with django_assert_num_queries(9):
        client.get(of(thursday))


@pytest.mark.parametrize("tail", ["", "cancel/", "calendar.ics"])
def test_only_its_guest_finds_it(client, thursday, tail):
    assert client.get(of(thursday, tail)).status_code == 200
    stranger = Client().get(of(thursday, tail))
    assert stranger["Location"].startswith("/en/accounts/login/")
    rival = Client()
    rival.force_login(person("Reem"))
    there, absent = rival.get(of(thursday, tail)), rival.get(f"/en/bookings/ZZZZZZ/{tail}")
    assert there.status_code == absent.status_code == 404
    assert thursday.reference not in there.content.decode().replace(of(thursday, tail), "").replace(
        of(thursday, tail).removeprefix("/en"), ""
    )


@pytest.mark.parametrize("tail", ["", "calendar.ics"])
def test_a_ticket_is_only_read(client, thursday, tail):
    assert client.post(of(thursday, tail)).status_code == 405


def bring(booking: Booking, to: str, owner) -> dt.datetime:
    """Take a visit to a state by the verbs that lead there; the time at which it got there."""
    start = booking.starts_at
    verbs = {
        "arrived": (flow.arrive, start),
        "completed": (flow.complete, start),
        "no_show": (flow.no_show, start + dt.timedelta(minutes=15)),
        "declined": (flow.decline, MORNING),
    }
    if to == "cancelled":
        flow.cancel(booking=booking, actor=owner, by=ActorKind.SALON, now=MORNING)
    elif to == "expired":
        flow.expire_due(now=booking.expires_at)
        return booking.expires_at
    elif to in verbs:
        verb, now = verbs[to]
        verb(booking=booking, actor=owner, now=now)
        return now
    return MORNING


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("confirmed", "The appointment is confirmed"),
        ("over", "This visit is over"),
        ("requested", "The request is on its way"),
        ("arrived", "<h1>Welcome<"),
        ("completed", "This visit is over"),
        ("no_show", "This visit was missed"),
        ("cancelled", "The salon had to cancel it."),
        ("declined", "The salon could not take this visit"),
        ("expired", "The salon did not answer in time"),
    ],
)
def test_every_state_has_its_words(client, lama, clock, to, words):
    shop = rose(manual_approval=to in {"requested", "declined", "expired"})
    booking = visit(shop, lama, "2026-11-22", "16:30")
    clock.move_to(bring(booking, to, shop.owner))
    if to == "over":
        clock.move_to(booking.ends_at)
    page = text(client, of(booking))
    assert words in page
    assert page.count("<h1") == 1
    assert "calendar.ics" in page or "Book again" in page


def test_the_salons_reason_is_told(client, thursday, shop):
    flow.cancel(booking=thursday, actor=shop.owner, by=ActorKind.SALON, reason="Water is off <b>today</b>", now=MORNING)
    page = text(client, of(thursday))
    assert "The salon had to cancel it." in page
    assert "Water is off &lt;b&gt;today&lt;/b&gt;" in page
    assert "Book again" in page
    assert "Cancel the appointment" not in page


def test_a_time_only_looked_at_is_the_confirm_steps(client, shop, lama):
    press(client, shop, minute("2026-11-26", "12:00"))
    booking = kept(client)
    assert client.get(of(booking))["Location"] == "/en/s/rose/book/confirm/"
    assert client.get(of(booking, "calendar.ics")).status_code == 404


# --- calling off --------------------------------------------------------------------------------------------


def test_what_goes_back_is_said_before(client, thursday):
    pay(thursday)
    for tail in ("", "cancel/"):
        page = text(client, of(thursday, tail))
        assert "goes back to the card that paid" in page
        assert 'name="refund" value="4500"' in page


def test_calling_off_in_time_gives_it_back(client, thursday):
    pay(thursday)
    response = client.post(of(thursday, "cancel/"), {"refund": "4500", "reason": "Plans changed"}, follow=True)
    page = response.content.decode()
    assert "The appointment is cancelled</h1>" in page
    assert "on its way back to the card" in page
    thursday.refresh_from_db()
    assert thursday.status == Status.CANCELLED
    assert thursday.events.last().reason == "Plans changed"
    assert Refund.objects.get().amount == 4500


def test_a_refund_that_was_given_up_is_not_on_its_way(client, thursday):
    """An operator sent ten riyals by hand instead: they went back, and the rest still would."""
    payment = pay(thursday)
    Refund.objects.create(payment=payment, amount=1000, reason="x", state="dropped", created_at=MORNING)
    LedgerEntry.objects.create(payment=payment, kind=EntryKind.EXTERNAL_REFUND, ref="c1:1000", amount=-1000, at=MORNING)
    page = text(client, of(thursday, "cancel/"))
    assert 'name="refund" value="3500"' in page
    page = text(client, of(thursday))
    assert "on its way back to the card" not in page
    assert "was returned to the card" in page
    client.post(of(thursday, "cancel/"), {"refund": "3500"})
    assert Refund.objects.get(state="wanted").amount == 3500


def test_after_the_deadline_nothing_goes_back_and_that_is_said(client, thursday, clock):
    pay(thursday)
    clock.move_to(thursday.starts_at - dt.timedelta(hours=2))
    page = text(client, of(thursday, "cancel/"))
    assert "Nothing goes back:" in page
    client.post(of(thursday, "cancel/"), {"refund": "0"})
    thursday.refresh_from_db()
    assert thursday.status == Status.CANCELLED
    assert not Refund.objects.exists()


def test_an_amount_that_changed_meanwhile_is_shown_again(client, thursday, clock):
    pay(thursday)
    clock.move_to(thursday.starts_at - dt.timedelta(hours=2))
    response = client.post(of(thursday, "cancel/"), {"refund": "4500"})
    assert response.status_code == 409
    assert "has changed since the page was opened" in response.content.decode()
    thursday.refresh_from_db()
    assert thursday.status == Status.CONFIRMED


@pytest.mark.parametrize("refund", ["", "abc", "-1", "9999999"])
def test_a_form_of_somebody_elses_making_is_shown_again(client, thursday, refund):
    assert client.post(of(thursday, "cancel/"), {"refund": refund}).status_code == 409


def test_a_reason_that_is_too_long_is_said(client, thursday):
    response = client.post(of(thursday, "cancel/"), {"refund": "0", "reason": "x" * 201})
    assert response.status_code == 422
    thursday.refresh_from_db()
    assert thursday.status == Status.CONFIRMED


@pytest.mark.parametrize("to", ["arrived", "completed", "cancelled", "no_show"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_over_is_not_called_off(client, shop, lama, clock, *, to, method):
    booking = visit(shop, lama, "2026-11-22", "16:30")
    clock.move_to(bring(booking, to, shop.owner))
    response = getattr(client, method)(of(booking, "cancel/"), {"refund": "0"})
    assert (response.status_code, response["Location"]) == (303, of(booking))
    assert "alert--warn" in text(client, of(booking))
    assert Booking.objects.get().status == to


def test_a_visit_that_began_is_not_called_off(client, thursday, clock):
    clock.move_to(thursday.starts_at)
    assert client.post(of(thursday, "cancel/"), {"refund": "0"}).status_code == 303
    assert Booking.objects.get().status == Status.CONFIRMED


def test_nobody_else_calls_it_off(thursday):
    rival = Client()
    rival.force_login(person("Reem"))
    assert rival.post(of(thursday, "cancel/"), {"refund": "0"}).status_code == 404
    assert Client().post(of(thursday, "cancel/"), {"refund": "0"}).status_code == 302
    assert Booking.objects.get().status == Status.CONFIRMED


def test_not_without_the_token(client, thursday):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert strict.post(of(thursday, "cancel/"), {"refund": "0"}).status_code == 403


def test_not_by_another_method(client, thursday):
    assert client.delete(of(thursday, "cancel/")).status_code == 405


# --- the calendar -------------------------------------------------------------------------------------------


def calendar(client, booking, language="en"):
    response = client.get(of(booking, "calendar.ics").replace("/en", "/en" if language == "en" else "", 1))
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="appointment-{booking.reference}.ics"'
    assert "no-store" in response["Cache-Control"]
    found = Calendar.from_ical(response.content)
    return found, found.walk("VEVENT")[0], response.content


def test_the_file_is_one_event_in_riyadhs_time(client, thursday):
    whole, event, raw = calendar(client, thursday)
    assert event["SUMMARY"] == "Appointment at Touch of Rose"
    assert event["DTSTART"].dt == thursday.starts_at
    assert event["DTSTART"].params["TZID"] == "Asia/Riyadh"
    assert whole.walk("VTIMEZONE")[0]["TZID"] == "Asia/Riyadh"
    assert event["STATUS"] == "CONFIRMED"
    assert "Cut and blow-dry with Noura" in event["DESCRIPTION"]
    assert thursday.reference in event["DESCRIPTION"]
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert (
        "موعد" in calendar(client, thursday, "ar")[1]["SUMMARY"]
        or "لمسة ورد" in calendar(client, thursday, "ar")[1]["SUMMARY"]
    )


def test_a_cancelled_visit_takes_its_entry_back(client, thursday, lama):
    _, before, _ = calendar(client, thursday)
    flow.cancel(booking=thursday, actor=lama, by=ActorKind.GUEST, now=MORNING)
    _, after, _ = calendar(client, thursday)
    assert before["UID"] == after["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after["STATUS"] == "CANCELLED"


def test_a_name_cannot_start_a_line_of_its_own(client, thursday, shop):
    shop.salon.name_en = "Rose\r\nATTENDEE:mailto:evil@example.com\r\nX:"
    shop.salon.save()
    shop.noura.name_en = "Noura\nBEGIN:VEVENT"
    shop.noura.save()
    whole, event, raw = calendar(client, thursday)
    assert len(whole.walk("VEVENT")) == 1
    assert "ATTENDEE" not in event
    assert b"\nATTENDEE" not in raw
