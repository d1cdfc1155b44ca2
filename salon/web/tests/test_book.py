"""The time step as strangers see it: what is offered, how cheaply, and what nonsense on the URL gets."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.sessions.models import Session

from salon.bookings.models import BusyTime
from salon.bookings.queries import Slot
from salon.core.clock import day_start_minute
from salon.salons.models import Closure, SalonStatus, StaffService
from salon.tests.people import at, make_salon, open_daily, rose, service, staff
from salon.web.book_words import wall_minutes
from salon.web.tests.walks import BAR, FULL, MORNING, PICKER, TIMES, TODAY, minute

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def morning():
    with time_machine.travel(MORNING, tick=False):
        yield


@pytest.fixture
def shop():
    return rose()


def url(shop, *services, **query) -> str:
    picks = "&".join(f"service={each.pk}" for each in services or (shop.cut,))
    return f"/en/s/{shop.salon.slug}/book/?{picks}" + "".join(f"&{key}={value}" for key, value in query.items())


def html(client, path, headers=FULL, status=200) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == status, response.status_code
    return response.content.decode()


def starts(page: str) -> list[int]:
    return [int(each) for each in re.findall(r'name="start" id="t\d+" value="(\d+)"', page)]


def fill(shop, day: str, first: str = "10:00", last: str = "22:00") -> None:
    """Nobody has a minute left on that day."""
    for member in (shop.noura, shop.reem, shop.maya):
        BusyTime.objects.create(staff=member, start_minute=minute(day, first), end_minute=minute(day, last))


# --- what is shown ----------------------------------------------------------------------------------------


def test_a_stranger_sees_the_times_of_the_first_free_day(client, shop):
    page = html(client, url(shop))
    assert starts(page)[0] == minute(TODAY, "10:00")
    assert starts(page)[-1] == minute(TODAY, "21:00")
    assert 'aria-current="date"' in page
    assert page.count("<h1") == 1
    for part in ("Morning", "Afternoon", "Evening"):
        assert part in page
    assert "After midnight" not in page


def test_nothing_is_written_for_a_stranger_who_only_looks(client, shop):
    response = client.get(url(shop))
    assert "session" not in response.cookies
    assert not Session.objects.exists()
    assert "no-cache" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]


@pytest.mark.parametrize(("prefix", "lang", "clock"), [("", "ar", "10:00 ص"), ("/en", "en", "10:00 AM")])
def test_both_languages_name_the_same_times(client, shop, prefix, lang, clock):
    page = html(client, url(shop).replace("/en", prefix, 1))
    assert f'<html lang="{lang}"' in page
    assert f'<time datetime="10:00">{clock}</time>' in page


def test_the_first_free_day_is_not_always_today(client, shop):
    fill(shop, TODAY)
    page = html(client, url(shop))
    assert starts(page)[0] == minute("2026-11-23", "10:00")
    assert re.search(r'<a class="day l0" id="d2026-11-22"', page)


def test_closed_days_are_no_links_and_full_days_are(client, shop):
    Closure.objects.create(salon=shop.salon, first_day=dt.date(2026, 11, 24), last_day=dt.date(2026, 11, 24))
    fill(shop, "2026-11-25")
    page = html(client, url(shop))
    assert 'id="d2026-11-24"' not in page
    assert "day--closed" in page
    assert re.search(r'<a class="day l0" id="d2026-11-25"[^>]*hx-target="#picker"', page)


def test_levels_compare_a_day_with_the_best_one(client, shop):
    fill(shop, "2026-11-24", last="21:00")
    fill(shop, "2026-11-25", last="16:00")
    page = html(client, url(shop))
    assert 'class="day l3" id="d2026-11-23"' in page
    assert 'class="day l1" id="d2026-11-24"' in page
    assert 'class="day l2" id="d2026-11-25"' in page


def test_a_full_day_leads_to_the_next_free_one(client, shop):
    fill(shop, TODAY)
    page = html(client, url(shop, day=TODAY))
    assert not starts(page)
    assert "Next free day: Monday 23 November" in page


def test_when_nothing_is_free_the_salon_is_called(client):
    shop = rose(phone="+966112345678", horizon_days=1)
    fill(shop, TODAY)
    fill(shop, "2026-11-23")
    page = html(client, url(shop))
    assert 'href="tel:+966112345678"' in page
    assert "No free time to book" in page


def test_a_chosen_person_is_marked_and_asked(client, shop):
    BusyTime.objects.create(staff=shop.noura, start_minute=minute(TODAY, "10:00"), end_minute=minute(TODAY, "16:00"))
    page = html(client, url(shop, staff=shop.noura.pk))
    assert re.search(rf'id="who-{shop.noura.pk}"[^>]*aria-current="true"', page)
    assert starts(page)[0] == minute(TODAY, "16:00")
    assert f'<input type="hidden" name="staff" value="{shop.noura.pk}">' in page


def test_only_people_who_do_all_of_it_are_offered(client, shop):
    page = html(client, url(shop, shop.cut, shop.nails))
    assert f'id="who-{shop.reem.pk}"' in page
    assert f'id="who-{shop.maya.pk}"' not in page


def test_a_time_on_the_url_is_chosen_already(client, shop):
    page = html(client, url(shop, start=minute("2026-11-23", "12:30")))
    assert f'value="{minute("2026-11-23", "12:30")}" required checked' in page
    assert "Monday 12:30 PM" in page


def test_two_weeks_on_and_back(client, shop):
    page = html(client, url(shop, **{"from": "2026-12-06"}))
    assert 'id="d2026-12-06"' in page
    assert 'id="d2026-12-19"' in page
    assert 'id="d2026-12-20"' not in page
    assert "from=2026-11-22" in page
    assert "from=2026-12-20" in page


def test_the_strip_ends_at_the_horizon(client):
    shop = rose(horizon_days=3)
    page = html(client, url(shop))
    assert 'id="d2026-11-25"' in page
    assert 'id="d2026-11-26"' not in page


# --- nights ------------------------------------------------------------------------------------------------


@pytest.fixture
def night():
    """Open from 20:00 to 02:00."""
    salon = make_salon("night")
    open_daily(salon, "20:00", 1560)
    cut = service(salon)
    shop = rose(slug="day")
    shop.salon, shop.cut, shop.noura = salon, cut, staff(salon, does=(cut,))
    return shop


def test_times_after_midnight_belong_to_the_evening_and_name_their_date(client, night):
    page = html(client, url(night, day=TODAY))
    assert starts(page)[-1] == minute("2026-11-23", "01:00")
    assert "After midnight" in page
    assert "<small>Monday 23 November</small>" in page


def test_after_midnight_the_night_that_is_running_is_still_offered(client, night):
    with time_machine.travel(at("2026-11-23", "00:20"), tick=False):
        page = html(client, url(night))
        assert starts(page) == [minute("2026-11-23", each) for each in ("00:30", "00:45", "01:00")]
        assert "Tonight" in page
    with time_machine.travel(at("2026-11-23", "01:20"), tick=False):
        page = html(client, url(night))
        assert starts(page)[0] == minute("2026-11-23", "20:00")
        assert "Tonight" not in page


def test_a_link_may_name_a_night_time_by_its_own_date(client, night):
    page = html(client, url(night, day="2026-11-24", start=minute("2026-11-24", "01:00")))
    assert f'value="{minute("2026-11-24", "01:00")}" required checked' in page
    assert re.search(r'id="d2026-11-23"[^>]*aria-current="date"', page)


def test_wall_minutes_follow_a_change_of_summer_time():
    zone, day = ZoneInfo("Europe/Berlin"), dt.date(2026, 10, 25)  # 03:00 becomes 02:00
    midnight = day_start_minute(day, zone)
    slots = [Slot(midnight + each, 60, (1,)) for each in (60, 11 * 60)]
    assert [wall for _, wall in wall_minutes(slots, midnight, zone)] == [60, 10 * 60]


# --- regions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "first", "has", "has_not"),
    [
        (PICKER, '<div id="picker"', ('id="bar" hx-swap-oob', 'id="cart" hx-swap-oob', "data-announce"), ("<html",)),
        (TIMES, '<div id="slots"', ('id="bar" hx-swap-oob', 'id="month" hx-swap-oob'), ("<html", 'id="picker"')),
        (BAR, '<div class="bar" id="bar"', ('id="cart" hx-swap-oob',), ("<html", 'id="slots"')),
    ],
)
def test_htmx_gets_the_region_it_swaps(client, shop, *, headers, first, has, has_not):
    response = client.get(url(shop, day="2026-11-23"), headers=headers)
    page = response.content.decode()
    assert page.startswith(first)
    for each in has:
        assert each in page
    for each in has_not:
        assert each not in page
    for name in ("HX-Request", "HX-Request-Type", "HX-Target"):
        assert name in response["Vary"]


def test_a_page_rebuilt_from_history_is_whole(client, shop):
    assert "<html" in html(client, url(shop), PICKER | {"HX-History-Restore-Request": "true"})


def test_the_times_alone_are_those_of_the_page(client, shop):
    path = url(shop, day="2026-11-23", staff=shop.reem.pk)
    assert starts(html(client, path)) == starts(html(client, path, PICKER)) == starts(html(client, path, TIMES))


def test_the_bar_says_the_chosen_time_with_its_price(client, shop):
    StaffService.objects.filter(staff=shop.reem).update(price=20000)
    path = url(shop, day="2026-11-23", start=minute("2026-11-23", "16:30"))
    page = html(client, path, BAR)
    assert "Monday 4:30 PM" in page
    assert "From" in page
    page = html(client, f"{path}&staff={shop.reem.pk}", BAR)
    assert "with Reem" in page
    assert "From" not in page
    assert ">200<" in page


@pytest.mark.parametrize("members", [1, 10, 50])
@pytest.mark.parametrize("headers", [FULL, PICKER, TIMES, BAR])
@pytest.mark.parametrize("day", ["", "2026-11-25"])
def test_three_queries_whatever_the_size(client, shop, django_assert_num_queries, *, members, headers, day):
    for number in range(members):
        staff(shop.salon, f"Person {number}", f"شخص {number}", (shop.cut, shop.nails))
    fill(shop, "2026-11-25", last="20:00")
    path = url(shop, shop.cut, shop.nails, **({"day": day} if day else {}))
    client.get(path, headers=headers)
    with django_assert_num_queries(3):
        client.get(path, headers=headers)


# --- bad input -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query", ["", "service=", "service=abc", "service=999999", "service=1-1-1", "service=%00", "service=١٢"]
)
def test_services_that_make_no_sense_lead_back_to_the_salon(client, shop, query):
    response = client.get(f"/en/s/rose/book/?{query}", follow=True)
    assert response.redirect_chain == [("/en/s/rose/", 303)]
    assert "alert--warn" in response.content.decode()


def test_a_service_that_left_the_menu_leads_back_to_the_salon(client, shop):
    shop.cut.is_active = False
    shop.cut.save()
    assert client.get(url(shop))["Location"] == "/en/s/rose/"


def test_too_many_services_are_said_to_be_too_many(client, shop):
    many = [service(shop.salon, f"Service {number}") for number in range(9)]
    response = client.get(url(shop, *many), follow=True)
    assert "Up to 6 services fit in one visit." in response.content.decode()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("day=2026-13-45", "This day cannot be booked"),
        ("day=nonsense", "This day cannot be booked"),
        ("day=2025-01-01", "This day cannot be booked"),
        ("day=9999-12-31", "This day cannot be booked"),
        ("staff=abc", "This person is not known here"),
        ("start=abc", "This time is not free any more"),
        ("start=1", "This time is not free any more"),
        ("start=99999999999999999999", "This time is not free any more"),
    ],
)
def test_nonsense_is_left_out_and_named(client, shop, query, words):
    page = html(client, f"{url(shop)}&{query}")
    assert words in page
    assert starts(page)[0] == minute(TODAY, "10:00")


def test_arabic_digits_are_digits(client, shop):
    assert 'id="d2026-11-25"' in html(client, url(shop, day="٢٠٢٦-١١-٢٥"))


@pytest.mark.parametrize("who", ["999999", "maya"])
def test_somebody_who_does_not_do_it_is_left_out_and_named(client, shop, who):
    who = str(shop.maya.pk) if who == "maya" else who
    response = client.get(url(shop, staff=who, day="2026-11-24"), follow=True)
    assert response.redirect_chain == [(url(shop, day="2026-11-24"), 303)]
    assert "so times with anyone are shown" in response.content.decode()


def test_services_that_nobody_does_lead_back_to_the_salon(client, shop):
    lonely = service(shop.salon, "Lonely")
    response = client.get(url(shop, shop.cut, lonely), follow=True)
    assert "Nobody here does all of these." in response.content.decode()


def test_an_unknown_or_unpublished_salon_is_not_found(client, shop):
    assert client.get(f"/en/s/nowhere/book/?service={shop.cut.pk}").status_code == 404
    shop.salon.status = SalonStatus.DRAFT
    shop.salon.save()
    assert client.get(url(shop)).status_code == 404


def test_the_time_step_is_only_read(client, shop):
    assert client.post(url(shop)).status_code == 405
