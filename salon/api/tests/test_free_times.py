"""Free times over the API: the very ones of the pages, in the same three queries, for whatever is asked."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter

import pytest
import time_machine

from salon.bookings.errors import NotOffered
from salon.bookings.models import BusyTime
from salon.bookings.queries import load_board, load_visit
from salon.core import clock
from salon.salons.models import Closure, Season, SeasonHours, StaffService, Variant, WeeklyHours
from salon.tests.people import at, make_salon, open_daily, rose, service, staff

pytestmark = pytest.mark.django_db

NOON = at("2026-11-22", "12:00")
TODAY = dt.date(2026, 11, 22)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def free(client, query: str, status: int = 200, slug: str = "rose"):
    response = client.get(f"/api/v1/salons/{slug}/availability?{query}")
    assert response.status_code == status, response.content
    return response.json()


# --- what it says ---------------------------------------------------------------------------------------------


def test_a_day_of_one_service(client):
    shop = rose()
    found = free(client, f"service={shop.cut.pk}&first_day=2026-11-24&days=2&lang=en")
    assert found["services"] == [{"service": str(shop.cut.pk), "name": "Cut and blow-dry", "variant": ""}]
    assert (found["price"], found["price_from"], found["minutes"], found["zone"]) == (18000, False, 60, "Asia/Riyadh")
    assert [member["name"] for member in found["staff"]] == ["Noura", "Reem"]
    assert found["bookable_until"] == "2027-01-21"
    first, second = found["days"]
    assert (first["day"], first["open"], len(first["slots"])) == ("2026-11-24", True, 45)
    assert first["slots"][0] == {
        "start": clock.to_minute(at("2026-11-24", "10:00")),
        "starts_at": "2026-11-24T10:00:00+03:00",
        "minutes": 60,
        "staff": [shop.noura.pk, shop.reem.pk],
        "chain": [],
    }
    assert second["day"] == "2026-11-25"


def test_the_link_leads_to_the_booking_page_with_the_time_chosen(client):
    shop = rose()
    found = free(client, f"service={shop.cut.pk}&staff={shop.noura.pk}&first_day=2026-11-24&lang=en")
    slot = found["days"][0]["slots"][3]
    html = client.get(f"{found['book_url']}&day=2026-11-24&start={slot['start']}").content.decode()
    assert found["book_url"].startswith("http://testserver/en/s/rose/book/?service=")
    assert "10:45 AM" in html


def test_a_visit_that_only_a_chain_can_take(client):
    shop = rose()
    StaffService.objects.filter(staff=shop.reem).delete()
    found = free(client, f"service={shop.cut.pk}&service={shop.nails.pk}&first_day=2026-11-24&days=1")
    assert found["staff"] == []
    assert found["days"][0]["slots"][0]["staff"] == []
    assert found["days"][0]["slots"][0]["chain"] == [shop.noura.pk, shop.maya.pk]
    assert found["minutes"] == 105


def test_a_night_shift_belongs_to_the_evening(client):
    shop = make_salon()
    open_daily(shop, "20:00", 1560)
    cut = service(shop)
    staff(shop, does=(cut,))
    day = free(client, f"service={cut.pk}&first_day=2026-11-24&days=1")["days"][0]
    assert day["slots"][-1]["starts_at"] == "2026-11-25T01:00:00+03:00"


@pytest.mark.parametrize(
    ("first_day", "days"),
    [("0001-01-01", 31), ("9999-12-31", 31), ("9999-12-20", 31), ("1969-12-31", 1), ("2027-01-20", 31)],
)
def test_days_that_cannot_be_booked_are_told_and_empty(client, first_day, days):
    shop = rose()
    found = free(client, f"service={shop.cut.pk}&first_day={first_day}&days={days}")["days"]
    assert found[0]["day"] == first_day
    assert len(found) == min(days, (dt.date.max - dt.date.fromisoformat(first_day)).days + 1)
    assert not [day for day in found if day["slots"] and day["day"] > "2027-01-21"]


@pytest.mark.parametrize(
    "query",
    [
        "service=999999999",
        "service={cut}-999",
        "service={nails}",  # only as one of its variants
        "service={cut}&staff={maya}",
        "service={cut}&staff=2147483647",
        "service={other}",
        "service={inactive}",
        "service={nobody}",
    ],
)
def test_what_is_not_offered(client, query):
    shop = rose()
    Variant.objects.create(service=shop.nails, name_ar="طويل", name_en="Long", price=1, minutes=30)
    other = rose(slug="other")
    words = {
        "cut": shop.cut.pk,
        "nails": shop.nails.pk,
        "maya": shop.maya.pk,
        "other": other.cut.pk,
        "inactive": service(shop.salon, is_active=False).pk,
        "nobody": service(shop.salon).pk,
    }
    found = free(client, f"{query.format(**words)}&first_day=2026-11-24", 404)
    assert found["type"].endswith("#not-offered")


# --- the same as the pages -----------------------------------------------------------------------------------------


def random_town(seed: int):
    """A salon with hours, seasons, closures, people, overrides and busy time drawn at random."""
    draw = random.Random(seed)
    shop = make_salon(
        f"town-{seed}",
        slot_step=draw.choice([5, 15, 30, 60]),
        lead_minutes=draw.choice([0, 60, 1440]),
        horizon_days=draw.choice([3, 20, 60]),
    )
    for weekday in range(7):
        if draw.random() < 0.85:
            start = draw.randrange(8, 20) * 60
            WeeklyHours.objects.create(
                salon=shop, weekday=weekday, start_minute=start, end_minute=start + draw.randrange(120, 780)
            )
    if draw.random() < 0.5:
        season = Season.objects.create(
            salon=shop, first_day=TODAY, last_day=TODAY + dt.timedelta(days=draw.randrange(9)), name_ar="ر", name_en="r"
        )
        SeasonHours.objects.create(season=season, weekday=draw.randrange(7), start_minute=1260, end_minute=1620)
    closed = TODAY + dt.timedelta(days=draw.randrange(9))
    Closure.objects.create(salon=shop, first_day=closed, last_day=closed)
    things = []
    for position in range(3):
        one = service(
            shop,
            position=position,
            minutes=draw.choice([20, 45, 90]),
            price=draw.randrange(100, 90_000),
            buffer_before=draw.choice([0, 10]),
            buffer_after=draw.choice([0, 15]),
        )
        if draw.random() < 0.5:
            kinds = [
                Variant.objects.create(service=one, name_ar="ن", name_en=f"v{n}", price=500 * n, minutes=25 * (n + 1))
                for n in range(2)
            ]
            things.append(draw.choice(kinds))
        else:
            things.append(one)
    team = []
    services = [thing.service if isinstance(thing, Variant) else thing for thing in things]
    for position in range(3):
        does = tuple(draw.sample(services, draw.randrange(1, 4)))
        member = staff(shop, f"Staff {position}", does=does, position=position)
        if draw.random() < 0.4:
            StaffService.objects.filter(staff=member, service=does[0]).update(price=777, minutes=35)
        if draw.random() < 0.3:
            open_daily(shop, "12:00", 1200, member)
        for day in range(9):
            start = clock.to_minute(NOON) + day * 1440 + draw.randrange(0, 600)
            BusyTime.objects.create(staff=member, start_minute=start, end_minute=start + draw.choice([15, 60, 240]))
        team.append(member)
    asked = draw.sample(things, draw.randrange(1, 4))
    picks = [f"{each.service_id}-{each.pk}" if isinstance(each, Variant) else str(each.pk) for each in asked]
    person = draw.choice([None, *[member.pk for member in team]])
    return shop.slug, picks, person, TODAY + dt.timedelta(days=draw.randrange(-2, 5)), draw.randrange(1, 15)


@pytest.mark.parametrize("part", range(2))
def test_the_same_times_as_the_pages(client, part):
    """Forty towns each; what the page refuses, the API refuses."""
    seen: Counter[str] = Counter()
    for seed in range(part * 40, part * 40 + 40):
        slug, picks, person, first_day, days = random_town(seed)
        query = "&".join(f"service={pick}" for pick in picks) + (f"&staff={person}" if person else "")
        response = client.get(f"/api/v1/salons/{slug}/availability?{query}&first_day={first_day}&days={days}")
        visit = load_visit(slug=slug, picks=picks)
        try:
            board = load_board(
                salon=visit.salon, services=visit.services, staff=person, first_day=first_day, days=days, now=NOON
            )
        except NotOffered:
            assert response.status_code == 404
            seen["refused"] += 1
            continue
        found = response.json()
        assert times_of(found) == {day: [tuple(slot) for slot in slots] for day, slots in board.slots_by_day.items()}
        assert {dt.date.fromisoformat(day["day"]) for day in found["days"] if day["open"]} == board.open_days
        assert [(each["id"], each["price"], each["minutes"]) for each in found["staff"]] == [
            (each.pk, each.price, each.minutes) for each in board.team
        ]
        for slot in (slot for day in found["days"] for slot in day["slots"]):
            assert dt.datetime.fromisoformat(slot["starts_at"]) == clock.from_minute(slot["start"])
            seen["chains" if slot["chain"] else "times"] += 1
    assert seen["times"] > 200, seen  # no proof by emptiness
    assert seen["chains"] > 10, seen
    assert 0 < seen["refused"] < 25, seen


def times_of(found: dict) -> dict:
    """The answer as the board tells it."""
    return {
        dt.date.fromisoformat(day["day"]): [
            (slot["start"], slot["minutes"], tuple(slot["staff"]), tuple(slot["chain"]) or None)
            for slot in day["slots"]
        ]
        for day in found["days"]
    }


# --- queries ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [1, 7, 31])
@pytest.mark.parametrize("members", [1, 6])
def test_three_queries_whatever_the_size(client, django_assert_num_queries, members, days):
    shop = rose()
    for number in range(members):
        staff(shop.salon, f"Staff {number}", does=(shop.cut, shop.nails))
    query = f"service={shop.cut.pk}&service={shop.nails.pk}&first_day=2026-11-24&days={days}"
    with django_assert_num_queries(3):
        free(client, query)
    with django_assert_num_queries(3):
        free(client, f"{query}&staff={shop.reem.pk}")
