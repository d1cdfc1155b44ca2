"""Keeping a chair: what a press gets, in a page and in a region, for the first and for the second who wants it."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
import time_machine
from django.conf import settings as project
from django.test import Client

from salon.bookings.models import Booking, BusyTime
from salon.bookings.states import Status
from salon.tests.people import person, rose
from salon.web.tests.walks import FULL, MORNING, TIMES, TODAY, confirm, kept, minute, press, signed_in, visit

pytestmark = pytest.mark.django_db

NOON = minute(TODAY, "12:00")
CONFIRM = "/en/s/rose/book/confirm/"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def shop():
    return rose()


def take_all(shop, start: int = NOON) -> None:
    for member in (shop.noura, shop.reem):
        BusyTime.objects.create(staff=member, start_minute=start, end_minute=start + 30)


# --- the chair is free --------------------------------------------------------------------------------------


def test_a_stranger_keeps_the_chair_and_is_asked_for_a_phone(client, shop):
    response = press(client, shop, NOON)
    assert response.status_code == 303
    assert response["Location"] == f"/en/accounts/login/?next={CONFIRM.replace('/', '%2F')}"
    booking = kept(client)
    assert (booking.status, booking.customer) == (Status.HELD, None)
    assert booking.expires_at == MORNING + dt.timedelta(minutes=10)
    assert client.session["post_login_next"] == CONFIRM
    assert "no-store" in response["Cache-Control"]


def test_a_guest_goes_straight_to_the_last_step(client, shop):
    signed_in(client)
    assert press(client, shop, NOON)["Location"] == CONFIRM


def test_htmx_is_sent_on_by_a_header(client, shop):
    signed_in(client)
    response = press(client, shop, NOON, headers=TIMES)
    assert (response.status_code, response["HX-Redirect"]) == (204, CONFIRM)


def test_the_address_is_kept_as_a_key_only(client, shop):
    press(client, shop, NOON)
    assert re.fullmatch(r"[0-9a-f]{32}", kept(client).held_from)


def test_the_same_press_twice_keeps_one_chair(client, shop):
    key = str(uuid.uuid4())
    press(client, shop, NOON, key=key)
    press(client, shop, NOON, key=key)
    assert Booking.objects.count() == 1


def test_another_time_gives_the_first_chair_back(client, shop):
    key = str(uuid.uuid4())
    press(client, shop, NOON, key=key)
    first = kept(client)
    press(client, shop, NOON + 120, key=key)
    assert kept(client).starts_at == first.starts_at + dt.timedelta(hours=2)
    first.refresh_from_db()
    assert first.status in {Status.CANCELLED, Status.EXPIRED}
    assert BusyTime.objects.count() == 1


@pytest.mark.parametrize("key", ["", "not-a-key", "0" * 500])
def test_a_form_without_a_sound_key_works(client, shop, key):
    assert press(client, shop, NOON, key=key).status_code == 303


def test_an_old_page_out_of_the_history_keeps_a_new_chair(client, shop, clock):
    key = str(uuid.uuid4())
    press(client, shop, NOON, key=key)
    first = kept(client)
    clock.move_to(MORNING + dt.timedelta(minutes=11))
    press(client, shop, NOON, key=key)
    assert kept(client).pk != first.pk
    assert kept(client).expires_at == MORNING + dt.timedelta(minutes=21)


def test_a_form_carried_to_its_end_leads_to_the_booking(client, shop):
    signed_in(client)
    key = str(uuid.uuid4())
    press(client, shop, NOON, key=key)
    booking = kept(client)
    confirm(client, shop)
    assert press(client, shop, NOON, key=key)["Location"] == f"/en/bookings/{booking.reference}/"


def test_a_booking_of_this_browser_is_not_given_up_by_the_next_hold(client, shop):
    signed_in(client)
    press(client, shop, NOON)
    confirm(client, shop)
    booking = kept(client)
    press(client, shop, NOON + 120)
    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED


# --- it is not ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [FULL, TIMES])
def test_the_second_gets_fresh_times_and_the_three_nearest(client, shop, headers):
    take_all(shop)
    response = press(client, shop, NOON, headers=headers, day=TODAY)
    page = response.content.decode()
    assert response.status_code == 409
    assert "12:00 PM has just been taken" in page
    nearest = re.findall(r'name="nearest" value="(\d+)" formnovalidate>([^<]+)<', page)
    assert [label for _, label in nearest] == ["11:00 AM", "12:30 PM", "12:45 PM"]
    assert f'value="{NOON}"' not in page
    assert "data-focus" in page
    assert " checked" not in page
    assert not Booking.objects.exists()
    assert page.startswith('<div id="slots"') == (headers is TIMES)
    assert ('id="bar" hx-swap-oob' in page) == (headers is TIMES)


def test_a_nearest_time_is_one_press_away_whatever_else_is_chosen(client, shop):
    press(client, shop, NOON, nearest=str(NOON + 60))
    assert kept(client).starts_at.timestamp() == (NOON + 60) * 60


def test_a_day_that_filled_up_says_so(client, shop):
    for member in (shop.noura, shop.reem):
        BusyTime.objects.create(staff=member, start_minute=minute(TODAY, "09:00"), end_minute=minute(TODAY, "22:00"))
    page = press(client, shop, NOON, day=TODAY, headers=TIMES).content.decode()
    assert "Nothing was charged." in page
    assert "Next free day: Monday 23 November" in page


@pytest.mark.parametrize("start", [None, "", "abc", "1e9", "-5"])
@pytest.mark.parametrize("headers", [FULL, TIMES])
def test_without_a_time_there_is_a_word_and_nothing_is_lost(client, shop, start, headers):
    response = press(client, shop, start, headers=headers, day="2026-11-24", staff=str(shop.reem.pk))
    page = response.content.decode()
    assert response.status_code == 422
    assert "Please choose a time first." in page
    assert 'name="day" value="2026-11-24"' in page
    if headers is FULL:
        assert f'name="staff" value="{shop.reem.pk}"' in page


@pytest.mark.parametrize(
    "start", [0, 1, minute("2025-01-01", "12:00"), NOON + 1, minute("2027-11-22", "12:00"), 999999999]
)
def test_a_time_that_was_never_offered_is_not_to_be_had(client, shop, start):
    assert press(client, shop, start).status_code == 409


def test_too_many_holds_from_one_address_wait(client, shop, settings):
    settings.HOLDS_PER_ADDRESS = 1
    press(Client(), shop, NOON + 60)
    response = press(client, shop, NOON)
    assert response.status_code == 429
    assert response["Retry-After"] == "600"
    assert "try again at 9:10 AM" in response.content.decode()


def test_a_person_who_does_not_do_it_is_named(client, shop):
    response = press(client, shop, NOON, staff=str(shop.maya.pk))
    assert response.status_code == 303
    assert "staff" not in response["Location"]


def test_services_of_another_salon_lead_back(client, shop):
    other = rose(slug="other")
    assert press(client, shop, NOON, services=(other.cut,))["Location"] == "/en/s/rose/"
    assert not Booking.objects.exists()


def test_an_unknown_salon_is_not_found(client, shop):
    shop.salon.slug = "nowhere"
    assert press(client, shop, NOON).status_code == 404


def test_a_hold_is_only_posted(client, shop):
    assert client.get("/en/s/rose/book/hold/").status_code == 405


def test_a_press_without_the_token_is_refused(shop):
    response = press(Client(enforce_csrf_checks=True), shop, NOON)
    assert response.status_code == 403
    assert not Booking.objects.exists()


def test_a_rival_cannot_take_over_a_hold(client, shop):
    press(client, shop, NOON)
    rival = Client()
    rival.force_login(person("Reem"))
    assert rival.get(CONFIRM, follow=True).redirect_chain[0][0] == "/en/s/rose/"


def test_eleven_queries_keep_a_chair_and_sixteen_swap_it(client, shop, django_assert_num_queries):
    """The visit, eight of the flow, two of a new session; with a hold before: session, hold, and four to drop it."""
    with django_assert_num_queries(11 + 4):  # and two pairs of a savepoint, which are BEGIN and COMMIT outside tests
        press(client, shop, NOON)
    with django_assert_num_queries(16 + 4):
        press(client, shop, NOON + 120)


def test_the_guests_own_booking_does_not_block_another(client, shop):
    visit(shop, signed_in(client), TODAY, "12:00", staff=shop.noura)
    assert press(client, shop, NOON).status_code == 303
    assert kept(client).items.get().staff == shop.reem
    assert project.HOLD_MINUTES == 10
