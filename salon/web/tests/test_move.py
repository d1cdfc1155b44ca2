"""Changing the time: the guest sees what it means before it is done, and nobody else sees anything."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest
import time_machine
from icalendar import Calendar

from salon.bookings.models import ActorKind, Booking
from salon.bookings.policy import promise
from salon.bookings.states import Status
from salon.flows import booking as flow
from salon.flows import moving
from salon.payments.models import Payment, Refund
from salon.salons.models import StaffService
from salon.tests.people import person, rose
from salon.web.tests.test_my import pay
from salon.web.tests.walks import BAR, MORNING, PICKER, TIMES, minute, signed_in, visit

pytestmark = pytest.mark.django_db
FRIDAY = "2026-11-27"


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


def of(booking: Booking, tail: str = "move/") -> str:
    return f"/en/bookings/{booking.reference}/{tail}"


def text(response, status: int = 200) -> str:
    assert response.status_code == status, response.get("Location")
    return html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).replace("\u2066", "").replace("\u2069", "")


def choose(client, booking, start, *, headers=None, **fields):
    return client.post(of(booking), {"start": str(start), **fields}, headers=headers or {})


def look(client, booking, clock_: str, *, day: str = FRIDAY, **asked):
    return client.get(of(booking, "move/confirm/"), {"start": minute(day, clock_), **asked})


def do(client, booking, clock_: str, *, day: str = FRIDAY, agreed: str = "", **asked):
    page = look(client, booking, clock_, day=day, **asked).content.decode()
    found = re.search(r'name="agreed" value="([^"]+)"', page)
    mark = agreed or (found[1] if found else "")
    return client.post(of(booking, "move/confirm/"), {"start": minute(day, clock_), "agreed": mark, **asked})


# --- the story ----------------------------------------------------------------------------------------------


def test_the_ticket_leads_there_and_back(client, shop, thursday):
    ticket = client.get(of(thursday, "")).content.decode()
    assert f'href="/en/bookings/{thursday.reference}/move/?staff={shop.noura.pk}"' in ticket
    assert "move/?staff=" in client.get("/en/bookings/").content.decode()

    page = client.get(of(thursday), {"staff": shop.noura.pk})
    assert "It stays there until the new time is confirmed." in text(page)
    assert f'action="/en/bookings/{thursday.reference}/move/"' in page.content.decode()
    answer = choose(client, thursday, minute(FRIDAY, "12:15"), staff=shop.noura.pk, day=FRIDAY)
    assert (answer.status_code, answer["Location"].split("?")[0]) == (303, of(thursday, "move/confirm/"))

    words = text(client.get(answer["Location"]))
    for said in ("Friday 27 November", "12:15 PM", "Thursday 26 November", "with Noura", "Nothing is paid now"):
        assert said in words
    assert "Until Thursday 26 November, 12:15 PM" in words  # the new deadline, a day before the new time
    done = do(client, thursday, "12:15", staff=shop.noura.pk)
    assert (done.status_code, done["Location"]) == (303, of(thursday, ""))
    words = text(client.get(of(thursday, "")))
    assert "The time is changed." in words
    assert "Moved from Thursday 26 November, 4:30 PM." in words
    assert Booking.objects.get().starts_at.isoformat() == "2026-11-27T09:15:00+00:00"


def test_the_calendar_file_replaces_the_old_entry(client, shop, thursday):
    def event():
        return Calendar.from_ical(client.get(of(thursday, "calendar.ics")).content).walk("VEVENT")[0]

    before = event()
    do(client, thursday, "12:15", staff=shop.noura.pk)
    after = event()
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after.decoded("DTSTART") > before.decoded("DTSTART")


def test_its_own_time_is_free_for_itself_but_not_offered(client, shop, thursday):
    page = client.get(of(thursday), {"staff": shop.noura.pk, "day": "2026-11-26"}).content.decode()
    assert f'value="{minute("2026-11-26", "16:30")}"' not in page
    assert f'value="{minute("2026-11-26", "16:45")}"' in page
    other = client.get(of(thursday), {"staff": shop.reem.pk, "day": "2026-11-26"}).content.decode()
    assert f'value="{minute("2026-11-26", "16:30")}"' in other


def test_regions_for_htmx(client, shop, thursday):
    for headers, there in ((PICKER, 'id="picker"'), (TIMES, 'id="slots"'), (BAR, 'id="bar"')):
        part = client.get(of(thursday), {"day": FRIDAY}, headers=headers).content.decode()
        assert there in part
        assert "<h1" not in part
    answer = choose(client, thursday, minute(FRIDAY, "12:15"), headers=TIMES)
    assert answer.status_code == 204
    assert "/move/confirm/?start=" in answer["HX-Redirect"]


def test_the_urls_services_are_not_asked(client, shop, thursday):
    page = client.get(of(thursday), {"service": shop.nails.pk, "staff": shop.maya.pk})
    assert page.status_code == 303  # Maya cuts no hair
    assert page["Location"] == of(thursday)
    assert "times with anyone are shown" in text(client.get(page["Location"]))


# --- the money in words -------------------------------------------------------------------------------------


def test_what_was_paid_counts_for_the_new_time(client, shop, thursday):
    pay(thursday)
    shop.salon.prepayment = "deposit"
    shop.salon.save()
    words = text(look(client, thursday, "12:15", staff=shop.noura.pk))
    assert re.search(r"Nothing is paid now: the [^.]*45[^.]* paid before counts for the new time", words)
    do(client, thursday, "12:15", staff=shop.noura.pk)
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    ("deposit", "said"),
    [
        (4500, "Nothing is paid now: the SAR 45 reserved on the card stays reserved for the new time."),
        (9000, "SAR 45 is reserved on the card now: the new day asks for more in advance."),
    ],
)
def test_what_is_reserved_was_not_paid(client, thursday, settings, deposit, said):
    settings.MOYASAR_CHECKOUT = "form"
    salon = thursday.salon
    salon.prepayment, salon.deposit_amount = "hold", deposit
    salon.save()
    Booking.objects.update(policy=promise(salon, 18000) | {"deposit": 4500}, due_now=4500)
    Payment.objects.create(
        booking=thursday, amount=4500, state="authorized", checkout="form", hold=True, gateway="simulator",
        hold_ends_at=MORNING + dt.timedelta(days=7), expires_at=MORNING, created_at=MORNING,
    )  # fmt: skip
    page = text(look(client, thursday, "16:30"))
    assert said in page
    assert f"the reserved SAR {deposit // 100} is released; after that it is taken." in page
    assert "what was paid is kept" not in page


def test_less_goes_back(client, shop, thursday):
    pay(thursday, 18000)
    StaffService.objects.filter(staff=shop.reem, service=shop.cut).update(price=15000)
    words = text(look(client, thursday, "12:15", staff=shop.reem.pk))
    assert "goes back to the card that paid" in words
    assert "The price changes from" in words
    do(client, thursday, "12:15", staff=shop.reem.pk)
    assert Refund.objects.get().amount == 3000


def test_late_it_says_what_stays(client, shop, thursday, clock):
    pay(thursday)
    clock.move_to(thursday.starts_at - dt.timedelta(hours=2))
    page = text(look(client, thursday, "12:15", day="2026-11-29", staff=shop.noura.pk))
    assert "then stays with the salon even if it is cancelled later" in page


def test_where_the_salon_answers_itself(client, lama):
    shop = rose(slug="hand", manual_approval=True, approval_minutes=60)
    asked = visit(shop, lama, "2026-11-26", "16:30", staff=shop.noura)
    assert "The salon answers the request for the new time by Sunday 22 November, 10:00 AM" in text(
        look(client, asked, "12:15", staff=shop.noura.pk)
    )
    flow.confirm(booking=asked, actor=shop.owner, now=MORNING)
    assert "The appointment stays confirmed" in text(look(client, asked, "12:15", staff=shop.noura.pk))


# --- what goes wrong ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, TIMES])
def test_taken_meanwhile_is_409_with_fresh_times(client, shop, thursday, headers):
    visit(shop, person("Reem"), FRIDAY, "12:15", staff=shop.noura)
    answer = choose(client, thursday, minute(FRIDAY, "12:15"), staff=shop.noura.pk, day=FRIDAY, headers=headers)
    assert "12:15 PM has just been taken" in text(answer, 409)
    assert 'name="nearest"' in answer.content.decode()
    nearest = client.post(of(thursday), {"nearest": minute(FRIDAY, "14:00"), "start": minute(FRIDAY, "12:15")})
    assert f"start={minute(FRIDAY, '14:00')}" in nearest["Location"]


def test_taken_between_looking_and_pressing(client, shop, thursday):
    page = look(client, thursday, "12:15", staff=shop.noura.pk).content.decode()
    mark = re.search(r'name="agreed" value="([^"]+)"', page)[1]
    visit(shop, person("Reem"), FRIDAY, "12:15", staff=shop.noura)
    answer = do(client, thursday, "12:15", agreed=mark, staff=shop.noura.pk)
    assert "has just been taken" in text(answer, 409)
    assert Booking.objects.get(pk=thursday.pk).starts_at == thursday.starts_at


def test_changed_meanwhile_is_shown_again(client, shop, thursday):
    answer = do(client, thursday, "12:15", agreed="what was read before", staff=shop.noura.pk)
    assert "Something changed since the page was opened" in text(answer, 409)
    assert Booking.objects.get().starts_at == thursday.starts_at


def test_the_second_press_does_nothing(client, shop, thursday):
    page = look(client, thursday, "12:15", staff=shop.noura.pk).content.decode()
    mark = re.search(r'name="agreed" value="([^"]+)"', page)[1]
    for _ in range(2):
        answer = do(client, thursday, "12:15", agreed=mark, staff=shop.noura.pk)
        assert (answer.status_code, answer["Location"]) == (303, of(thursday, ""))
    assert thursday.events.filter(moved_to__isnull=False).count() == 1


def test_no_time_chosen(client, thursday):
    assert "Please choose a time first." in text(client.post(of(thursday), {}), 422)
    for method in (client.get, client.post):
        assert method(of(thursday, "move/confirm/"))["Location"] == of(thursday)
    for nonsense in ("abc", "999999999", "٣"):
        assert client.get(of(thursday, "move/confirm/"), {"start": nonsense}).status_code in {303, 409}


@pytest.mark.parametrize("tail", ["move/", "move/confirm/?start=29000000"])
def test_when_it_is_too_late(client, shop, lama, thursday, tail):
    flow.cancel(booking=thursday, actor=lama, by=ActorKind.GUEST, now=MORNING)
    assert "move" not in client.get(of(thursday, "")).content.decode().split("<main")[1]
    for method in (client.get, client.post):
        answer = method(of(thursday, tail), {"start": "29000000"} if method == client.post else None)
        assert (answer.status_code, answer["Location"]) == (303, of(thursday, ""))
    assert "cannot be changed any more" in text(client.get(of(thursday, "")))


def test_three_times_and_the_button_is_gone(client, shop, thursday):
    for clock_ in ("12:15", "13:00", "14:00"):
        do(client, thursday, clock_, staff=shop.noura.pk)
    assert 'id="move"' not in client.get(of(thursday, "")).content.decode()
    assert client.get(of(thursday))["Location"] == of(thursday, "")
    assert "The time was changed 3 times already" in text(client.get(of(thursday, "")))


def test_a_service_no_longer_offered(client, shop, thursday):
    shop.cut.is_active = False
    shop.cut.save()
    assert 'id="move"' not in client.get(of(thursday, "")).content.decode()
    assert client.get(of(thursday), {"staff": shop.noura.pk})["Location"] == of(thursday, "")
    assert "not offered at the moment" in text(client.get(of(thursday, "")))


# --- who ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tail", ["move/", "move/confirm/"])
def test_strangers_and_rivals(client, shop, tail):
    theirs = visit(shop, person("Reem"), "2026-11-26", "16:30", staff=shop.noura)
    for method in (client.get, client.post):
        assert "/accounts/login/" in method(of(theirs, tail))["Location"]
    signed_in(client)
    for method in (client.get, client.post):
        assert method(of(theirs, tail)).status_code == 404
    client.force_login(shop.owner)
    assert client.get(of(theirs, tail)).status_code == 404
    assert client.put(of(theirs, tail)).status_code == 405
    assert Booking.objects.get().status == Status.CONFIRMED


def test_the_office_reads_where_from(client, shop, thursday):
    do(client, thursday, "12:15", staff=shop.noura.pk)
    client.force_login(shop.owner)
    page = text(client.get(f"/en/owner/bookings/{thursday.reference}/"))
    assert "Moved from Thursday 26 November 4:30 PM to Friday 27 November 12:15 PM" in page


# --- speed --------------------------------------------------------------------------------------------------


def test_queries(client, shop, thursday, django_assert_num_queries):
    with django_assert_num_queries(10):  # session, person, visit, services, moves; salon; offers, board, its chairs (2)
        client.get(of(thursday), {"staff": shop.noura.pk})
    with django_assert_num_queries(12):  # the chair in one, payments, discounts
        look(client, thursday, "12:15", staff=shop.noura.pk)
    page = moving.propose(booking=thursday, start_minute=minute(FRIDAY, "12:15"), staff=shop.noura.pk, now=MORNING)
    with django_assert_num_queries(32):  # among them a savepoint, which is BEGIN and COMMIT outside tests
        do_data = {"start": minute(FRIDAY, "12:15"), "agreed": page.mark, "staff": shop.noura.pk}
        client.post(of(thursday, "move/confirm/"), do_data)
