"""The day by staff: which day it is, what stands on it, what waits, and how an open page keeps up."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import time_machine

from salon.bookings.models import Booking, BusyTime
from salon.bookings.states import Status
from salon.core import clock
from salon.owner.tests.office import NOON, PARTIAL, TODAY, Office, book, prepay
from salon.salons.models import Closure, WeeklyHours
from salon.tests.people import at, make_salon, open_daily, person, service, staff

QUERIES = 11  # session, person, memberships, hours, team, visits, items, blocks, prepaid, requests, their items


def column(answer, name):
    return next(each for each in answer.context["day"].columns if each.staff.name_en == name)


def test_the_day_stands_by_staff(hind, shop, lama):
    book(shop, "13:00", customer=lama)
    book(shop, "10:00", (shop.reem, shop.nails), customer=person("Abdullah"), status=Status.COMPLETED)
    answer = hind.day()
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "Tuesday 24 November" in page
    assert "14 Jumada al-Akhirah 1448" in page
    assert "1:00 – 2:00 PM" in page
    day = answer.context["day"]
    assert [(each.staff.name_en, len(each.events)) for each in day.columns] == [("Noura", 1), ("Reem", 1), ("Maya", 0)]
    event = column(answer, "Noura").events[0]
    assert (event.row, event.rows, day.rows) == (12, 4, 48)  # 13:00 is three hours after ten
    assert (day.now_row, day.now_offset) == (8, 0.0)
    assert day.hours[0].number == 10
    assert (day.count, day.remaining, day.expected) == (2, 1, 32000)
    assert day.busy_percent == round(100 * 105 / (3 * 720))


def test_queries_do_not_grow_with_bookings_or_staff(hind, shop, lama, django_assert_num_queries):
    book(shop, "13:00", customer=lama)
    book(shop, "14:00", (shop.reem, shop.cut), customer=lama, status=Status.REQUESTED)
    with django_assert_num_queries(QUERIES):
        hind.day()
    for number in range(12):
        member = staff(shop.salon, f"Person {number}", does=(shop.cut,))
        open_daily(shop.salon, staff=member)
        start = clock.to_minute(at(TODAY, "21:00"))
        BusyTime.objects.create(staff=member, start_minute=start, end_minute=start + 30, reason="Break")
        for hour in (11, 13, 15):
            visit = book(shop, f"{hour}:00", (member, shop.cut), customer=person("Reem"))
            prepay(visit, 4500)
        book(shop, "17:00", (member, shop.cut), customer=person("Faisal"), status=Status.REQUESTED)
    with django_assert_num_queries(QUERIES):
        answer = hind.day("?requests=all")
    assert answer.context["day"].count == 50
    with django_assert_num_queries(QUERIES):
        hind.day(**PARTIAL)


def test_figures_leave_out_no_shows(hind, shop, lama):
    prepay(book(shop, "10:00", customer=lama, status=Status.COMPLETED), 4500)
    prepay(book(shop, "11:00", customer=lama, status=Status.NO_SHOW), 4500)
    book(shop, "13:00", customer=lama, status=Status.CANCELLED)
    day = hind.day().context["day"]
    assert (day.count, day.remaining, day.expected, day.prepaid) == (1, 0, 18000, 4500)
    assert [each.booking.status for each in day.events] == [Status.COMPLETED, Status.NO_SHOW]


def test_a_visit_of_two_people_is_two_events_and_one_booking(hind, shop, lama):
    visit = book(shop, "13:00", (shop.noura, shop.cut), (shop.maya, shop.nails), customer=lama)
    answer = hind.day()
    assert answer.context["day"].count == 1
    assert [each.starts_at for each in column(answer, "Noura").events] == [at(TODAY, "13:00")]
    assert [each.starts_at for each in column(answer, "Maya").events] == [at(TODAY, "14:00")]
    page = answer.content.decode()
    assert page.count(f'class="ev c1 ev--confirmed" id="ev-{visit.reference}-0"') == 1
    assert page.count(f'class="ev c5 ev--confirmed" id="ev-{visit.reference}-1"') == 1


def test_two_services_by_the_same_person_are_one_event(hind, shop, lama):
    book(shop, "13:00", (shop.reem, shop.cut), (shop.reem, shop.nails), customer=lama)
    (event,) = column(hind.day(), "Reem").events
    assert (event.minutes, event.rows, len(event.items)) == (105, 7, 2)


def test_breaks_and_hours_off_are_drawn(hind, shop):
    WeeklyHours.objects.create(salon=shop.salon, staff=shop.maya, weekday=2, start_minute=12 * 60, end_minute=20 * 60)
    start = clock.to_minute(at(TODAY, "15:00"))
    BusyTime.objects.create(staff=shop.maya, start_minute=start, end_minute=start + 30, reason="صلاة")
    answer = hind.day()
    blocks = [(each.kind, each.reason, each.row, each.rows) for each in column(answer, "Maya").blocks]
    assert blocks == [("off", "", 0, 8), ("off", "", 40, 8), ("busy", "صلاة", 20, 2)]
    assert "صلاة" in answer.content.decode()


def test_somebody_who_left_keeps_the_column_of_a_day_with_visits(hind, shop, lama):
    book(shop, "13:00", customer=lama)
    shop.noura.is_active = False
    shop.noura.save()
    assert len(column(hind.day(), "Noura").events) == 1
    assert "Noura" not in hind.day("?day=2026-11-25").content.decode()


class TestWhichDay:
    def test_another_day(self, hind, shop, lama):
        book(shop, "13:00", day="2026-11-26", customer=lama)
        answer = hind.day("?day=2026-11-26")
        page = answer.content.decode()
        assert "Thursday 26 November" in page
        assert "Lama" in page
        assert 'href="?day=2026-11-25"' in page
        assert 'href="?day=2026-11-27"' in page
        assert answer.context["day"].now_row is None
        assert "Lama" not in hind.day().content.decode()

    @pytest.mark.parametrize(
        "garbage", ["x", "2026-02-30", "2026-13-01", "%00", "9999-12-31", "0001-01-01", "2029-01-01", "'--", "٢", ""]
    )
    def test_garbage_is_today(self, hind, garbage):
        answer = hind.day(f"?day={garbage}")
        assert answer.status_code == 200
        assert str(answer.context["day"].date) == TODAY
        assert answer.context["day"].asked is False

    def test_a_closed_day_says_so(self, hind, shop):
        Closure.objects.create(salon=shop.salon, first_day=TODAY, last_day=TODAY)
        page = hind.day().content.decode()
        assert "Closed on this day" in page
        assert 'id="cal"' not in page

    def test_a_closed_day_with_a_visit_is_drawn(self, hind, shop, visit):
        Closure.objects.create(salon=shop.salon, first_day=TODAY, last_day=TODAY)
        answer = hind.day()
        assert "Lama" in answer.content.decode()
        assert answer.context["day"].busy_percent is None
        assert answer.context["day"].rows == 4

    def test_a_salon_without_a_team(self, shop):
        shop.salon.staff.all().delete()
        assert "No team yet" in Office(shop.owner).day().content.decode()


class TestPastMidnight:
    """Open 20:00 to 02:00: at one in the morning it is still last night."""

    @pytest.fixture
    def night(self, shop, lama):
        WeeklyHours.objects.filter(salon=shop.salon).delete()
        open_daily(shop.salon, "20:00", 26 * 60)
        return book(shop, "01:30", day="2026-11-25", business_day=TODAY, customer=lama)

    @pytest.mark.parametrize(
        ("day", "time", "lived"),
        [
            ("2026-11-24", "23:59", "2026-11-24"),
            ("2026-11-25", "00:00", "2026-11-24"),
            ("2026-11-25", "01:00", "2026-11-24"),
            ("2026-11-25", "01:59", "2026-11-24"),
            ("2026-11-25", "02:00", "2026-11-25"),
        ],
    )
    def test_today(self, hind, night, day, time, lived):
        with time_machine.travel(at(day, time), tick=False):
            answer = hind.day()
        assert str(answer.context["day"].date) == lived
        assert answer.context["day"].is_today
        assert ("Lama" in answer.content.decode()) == (lived == TODAY)

    def test_the_night_is_one_calendar(self, hind, night):
        with time_machine.travel(at("2026-11-25", "01:00"), tick=False):
            answer = hind.day()
        day = answer.context["day"]
        assert day.rows == 28  # from eight; the cut at 01:30 ends after closing, so the drawing goes on to three
        assert [(each.number, each.half) for each in day.hours[3:6]] == [(11, "PM"), (12, "AM"), (1, "AM")]
        event = column(answer, "Noura").events[0]
        assert (event.row, day.now_row) == (22, 20)

    def test_the_next_date_is_asked_for_by_name(self, hind, night):
        with time_machine.travel(at("2026-11-25", "01:00"), tick=False):
            answer = hind.day("?day=2026-11-25")
        assert str(answer.context["day"].date) == "2026-11-25"
        assert not answer.context["day"].is_today


class TestRequests:
    def test_of_all_days_the_most_pressing_first(self, hind, shop, lama):
        late = book(
            shop, "13:00", day="2026-12-20", customer=lama, status=Status.REQUESTED, expires_at=at(TODAY, "18:00")
        )
        soon = book(shop, "16:00", customer=lama, status=Status.REQUESTED, expires_at=at(TODAY, "12:30"))
        book(shop, "11:00", customer=lama, status=Status.REQUESTED)  # too late to confirm
        book(shop, "14:00", customer=lama)
        other = make_salon("jasmine")
        foreign = book_elsewhere(other, lama)
        answer = hind.day("?day=2026-11-30")
        assert answer.context["requests"] == [soon, late]
        page = answer.content.decode()
        assert "Answer by 12:30 PM" in page
        assert f"/bookings/{late.reference}/confirm/" in page
        assert foreign.reference not in page

    def test_a_deadline_on_another_day_says_the_day(self, hind, shop, lama):
        book(
            shop,
            "16:00",
            day="2026-11-26",
            customer=lama,
            status=Status.REQUESTED,
            expires_at=at("2026-11-25", "09:00"),
        )
        assert "Answer by 25 November, 9:00 AM" in hind.day().content.decode()

    def test_confirming_in_the_list_returns_to_the_day(self, hind, shop, lama):
        visit = book(shop, "16:00", day="2026-11-26", customer=lama, status=Status.REQUESTED)
        answer = hind.press("confirm", visit, day=TODAY)
        assert answer.status_code == 303
        assert answer.url == f"/en/owner/?day={TODAY}"
        assert Booking.objects.get(pk=visit.pk).status == Status.CONFIRMED
        page = hind.client.get(answer.url).content.decode()
        assert "The booking is confirmed" in page
        assert "Waiting for confirmation" not in page

    @pytest.mark.parametrize("day", ["https://evil.example/", "//evil.example", "x"])
    def test_only_a_day_leads_back(self, hind, shop, lama, day):
        visit = book(shop, "16:00", customer=lama, status=Status.REQUESTED)
        assert hind.press("confirm", visit, day=day).url == hind.page(visit)

    def test_many_are_folded_behind_a_link(self, hind, shop, lama):
        for hour in range(13, 19):
            book(shop, f"{hour}:00", customer=lama, status=Status.REQUESTED)
        page = hind.day().content.decode()
        assert page.count('id="request-') == 3
        assert "3 more requests" in page
        page = hind.day("?requests=all").content.decode()
        assert page.count('id="request-') == 6
        assert "more requests" not in page
        assert "&amp;requests=all" in page  # an open page keeps asking for all


def book_elsewhere(salon, customer):
    cut = service(salon)
    shop = SimpleNamespace(salon=salon, cut=cut, noura=staff(salon, does=(cut,)))
    return book(shop, "16:00", customer=customer, status=Status.REQUESTED)


class TestAnOpenPage:
    def test_htmx_gets_the_region_alone(self, hind, visit):
        answer = hind.day(**PARTIAL)
        page = answer.content.decode()
        assert page.startswith('<div class="stack" id="day"')
        assert "<html" not in page
        assert "Lama" in page
        assert answer["Vary"].count("HX-Request-Type")

    def test_history_gets_the_page(self, hind, visit):
        assert "<html" in hind.day(**PARTIAL, **{"HX-History-Restore-Request": "true"}).content.decode()

    def test_while_nothing_changes_there_is_nothing_to_swap(self, hind, visit):
        state = hind.day().context["state"]
        assert hind.day(f"?seen={state}", **PARTIAL).status_code == 204
        assert hind.day(f"?seen={state}").status_code == 200  # a person who reloads gets the page

    def test_the_line_moves_without_a_word(self, hind, visit):
        state = hind.day().context["state"]
        with time_machine.travel(at(TODAY, "12:06"), tick=False):
            answer = hind.day(f"?seen={state}", **PARTIAL)
        assert answer.status_code == 200
        assert "data-announce" not in answer.content.decode()

    @pytest.mark.parametrize("change", ["arrived", "new", "request", "break", "money"])
    def test_a_change_is_announced_once(self, hind, shop, lama, visit, change):
        state = hind.day().context["state"]
        match change:
            case "arrived":
                hind.press("arrive", visit)
            case "new":
                book(shop, "16:00", customer=lama)
            case "request":
                book(shop, "16:00", day="2026-12-01", customer=lama, status=Status.REQUESTED)
            case "break":
                start = clock.to_minute(at(TODAY, "18:00"))
                BusyTime.objects.create(staff=shop.noura, start_minute=start, end_minute=start + 30)
            case "money":
                prepay(visit, 4500)
        answer = hind.day(f"?seen={state}", **PARTIAL)
        assert answer.status_code == 200
        assert 'data-announce="The day has changed' in answer.content.decode()
        assert hind.day(f"?seen={answer.context['state']}", **PARTIAL).status_code == 204

    @pytest.mark.parametrize("seen", ["x", "..", "2026-11-24", "2026-11-24..", "%00"])
    def test_garbage_seen(self, hind, visit, seen):
        assert hind.day(f"?seen={seen}", **PARTIAL).status_code in {200, 204}

    def test_when_the_day_ends_the_page_starts_again(self, hind, visit):
        state = hind.day().context["state"]
        with time_machine.travel(at("2026-11-25", "08:00"), tick=False):
            answer = hind.day(f"?seen={state}", **PARTIAL)
        assert answer.status_code == 204
        assert answer["HX-Redirect"] == "/en/owner/"

    def test_a_day_that_was_asked_for_stays(self, hind, visit):
        page = hind.day(f"?day={TODAY}")
        assert f"&amp;day={TODAY}" in page.content.decode()
        with time_machine.travel(at("2026-11-25", "08:00"), tick=False):
            answer = hind.day(f"?seen={page.context['state']}&day={TODAY}", **PARTIAL)
        assert answer.status_code == 200
        assert str(answer.context["day"].date) == TODAY


def test_noon_is_noon():
    """The tests above count from it."""
    assert at(TODAY, "12:00") == NOON
