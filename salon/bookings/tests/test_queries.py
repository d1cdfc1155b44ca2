"""What pages read: the right thing, in a number of queries that never grows."""

from __future__ import annotations

import datetime as dt

import pytest

from salon.bookings import queries
from salon.bookings.errors import NotOffered
from salon.bookings.models import BusyTime
from salon.bookings.queries import load_board, load_visit, next_slots, open_slots
from salon.core.clock import to_minute
from salon.salons.models import Closure, Salon, SalonStatus, Season, SeasonHours, Staff, StaffService, Variant
from salon.tests.chairs import DAY, NOW, booked, hold, place
from salon.tests.people import at, make_salon, open_daily, person, rose, service, staff

pytestmark = pytest.mark.django_db
TODAY = dt.date.fromisoformat(DAY)


@pytest.fixture
def shop():
    return rose()


def board(shop, services=None, **extra):
    asked = {"staff": None, "first_day": TODAY, "days": 1, "now": NOW}
    return load_board(salon=shop.salon, services=services or [shop.cut], **(asked | extra))


def clocks(slots) -> list[str]:
    """Starts as Riyadh reads them."""
    return [f"{slot.starts_at.astimezone(at(DAY, '00:00').tzinfo) + dt.timedelta(hours=3):%H:%M}" for slot in slots]


# --- one visit ------------------------------------------------------------------------------------------


def test_load_visit_keeps_the_order(shop, django_assert_num_queries):
    short = Variant.objects.create(service=shop.cut, name_ar="قصير", name_en="Short", price=15000, minutes=45)
    picks = [str(shop.nails.pk), f"{shop.cut.pk}-{short.pk}"]
    with django_assert_num_queries(1):
        visit = load_visit(slug="rose", picks=picks)
        assert visit.salon == shop.salon
        assert visit.services == [shop.nails, short]
        assert (visit.services[0].salon, visit.services[1].service.salon) == (visit.salon, visit.salon)
    assert queries.picks_of(visit.services) == picks


@pytest.mark.parametrize(
    "picks",
    [
        [],
        ["0"],
        ["-1"],
        ["1-"],
        ["x"],
        [""],
        ["٣"],
        ["1 "],
        ["1\n"],
        ["9" * 12],
        ["9" * 40],
        ["{cut}", "{cut}"],
        ["{nails}", "{stranger}"],
        ["{gone}"],
        ["{colour}"],
        ["{cut}-{short}"],
        ["{colour}-999999"],
        ["{nails}", "1", "2", "3", "4", "5", "6", "7"],
    ],
)
def test_load_visit_refuses_what_is_not_offered(shop, picks):
    colour = service(shop.salon, "Colour")
    short = Variant.objects.create(service=colour, name_ar="قصير", name_en="Short", price=15000, minutes=45)
    known = {
        "cut": shop.cut.pk,
        "nails": shop.nails.pk,
        "stranger": service(make_salon("other")).pk,
        "gone": service(shop.salon, is_active=False).pk,
        "colour": colour.pk,
        "short": short.pk,
    }
    with pytest.raises(NotOffered):
        load_visit(slug="rose", picks=[pick.format(**known) if "{" in pick else pick for pick in picks])


@pytest.mark.parametrize("status", sorted(set(SalonStatus) - {SalonStatus.PUBLISHED}))
def test_load_visit_knows_only_published_salons(shop, status):
    Salon.objects.update(status=status)
    for slug in ("rose", "nowhere"):
        with pytest.raises(Salon.DoesNotExist):
            load_visit(slug=slug, picks=[str(shop.cut.pk)])


# --- the board ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [1, 31])
@pytest.mark.parametrize("people", [1, 10, 50])
def test_a_slot_page_is_three_queries_whatever_is_behind_it(people, days, django_assert_num_queries):
    salon = make_salon()
    open_daily(salon)
    services = [service(salon), service(salon, "Colour", minutes=90), service(salon, "Brows", minutes=15)]
    for number in range(people):
        member = staff(salon, f"Staff {number}", does=tuple(services))
        open_daily(salon, "11:00", staff=member)
        start = to_minute(at(DAY, "12:00"))
        BusyTime.objects.bulk_create(
            BusyTime(staff=member, start_minute=start + 1440 * day, end_minute=start + 1440 * day + 45)
            for day in range(days)
        )
    season = Season.objects.create(
        salon=salon, name_ar="رمضان", name_en="Ramadan", first_day=dt.date(2026, 12, 1), last_day=dt.date(2026, 12, 9)
    )
    SeasonHours.objects.create(season=season, weekday=2, start_minute=1200, end_minute=1560)
    Closure.objects.create(salon=salon, first_day=dt.date(2026, 12, 20), last_day=dt.date(2026, 12, 20))
    with django_assert_num_queries(3):
        visit = load_visit(slug="rose", picks=[str(each.pk) for each in services])
        seen = load_board(salon=visit.salon, services=visit.services, staff=None, first_day=TODAY, days=days, now=NOW)
    assert len(seen.team) == people
    assert seen.slots_by_day[TODAY][0].staff_ids == tuple(member.pk for member in seen.team)
    assert len(seen.slots_by_day) == days
    assert all(seen.slots_by_day.values()) == (days == 1)
    with django_assert_num_queries(2):
        one = open_slots(salon=salon, services=services, staff=seen.team[0].pk, first_day=TODAY, days=days, now=NOW)
    assert one.keys() == seen.slots_by_day.keys()


def test_the_day_and_what_is_around_it(shop):
    seen = board(shop)
    slots = seen.slots_by_day[TODAY]
    assert (clocks(slots)[0], clocks(slots)[-1], len(slots)) == ("10:00", "21:00", 45)
    assert slots[0].staff_ids == (shop.noura.pk, shop.reem.pk)
    assert (slots[0].starts_at, slots[0].minutes, slots[0].chain) == (at(DAY, "10:00"), 60, None)
    assert slots[0].ends_at == at(DAY, "11:00")
    assert slots[0].start_minute == to_minute(at(DAY, "10:00"))
    assert seen.open_days == {TODAY}
    assert [member.name_en for member in seen.team] == ["Noura", "Reem"]
    assert (seen.price, seen.price_from, seen.minutes) == (18000, False, 60)


def test_what_is_taken_is_gone_for_that_person_only(shop):
    hold(shop, "16:00", staff=shop.noura)
    at_four = {slot.start_minute: slot for slot in board(shop).slots_by_day[TODAY]}[to_minute(at(DAY, "16:00"))]
    assert at_four.staff_ids == (shop.reem.pk,)
    hers = clocks(board(shop, staff=shop.noura).slots_by_day[TODAY])
    assert "15:00" in hers
    assert "17:00" in hers
    assert not {"15:15", "15:30", "15:45", "16:00", "16:15", "16:30", "16:45"} & set(hers)


def test_a_hold_that_ran_out_is_free_to_the_second(shop):
    kept = hold(shop, "16:00", staff=shop.noura)
    for seconds, free in ((-1, False), (0, True), (1, True)):
        then = kept.expires_at + dt.timedelta(seconds=seconds)
        assert ("16:00" in clocks(board(shop, staff=shop.noura, now=then).slots_by_day[TODAY])) == free


def test_prices_and_minutes_of_each_person(shop):
    StaffService.objects.filter(staff=shop.reem, service=shop.cut).update(price=25000, minutes=75)
    seen = board(shop)
    assert [(member.price, member.minutes) for member in seen.team] == [(18000, 60), (25000, 75)]
    assert (seen.price, seen.price_from, seen.minutes) == (18000, True, 60)
    hers = board(shop, staff=shop.reem)
    assert (hers.price, hers.price_from, hers.minutes) == (25000, False, 75)
    assert len(hers.team) == 2
    assert hers.slots_by_day[TODAY][0].minutes == 75
    hold(shop, "10:00", staff=shop.noura)
    assert board(shop).slots_by_day[TODAY][0].minutes == 75


def test_a_variant_has_its_own_price_unless_that_person_has_another(shop):
    long = Variant.objects.create(service=shop.cut, name_ar="طويل", name_en="Long", price=26000, minutes=90)
    StaffService.objects.filter(staff=shop.noura, service=shop.cut).update(price=20000, minutes=50)
    StaffService.objects.create(staff=shop.reem, service=shop.cut, variant=long, price=30000)
    seen = board(shop, [long])
    assert [(member.price, member.minutes) for member in seen.team] == [(26000, 90), (30000, 90)]


def test_several_services_by_one_person_or_by_a_chain(shop):
    seen = board(shop, [shop.cut, shop.nails])
    slot = seen.slots_by_day[TODAY][0]
    assert (slot.staff_ids, slot.chain, slot.minutes) == ((shop.reem.pk,), None, 105)
    assert (seen.price, seen.minutes, [member.pk for member in seen.team]) == (32000, 105, [shop.reem.pk])
    hold(shop, "10:00", staff=shop.reem)
    slot = board(shop, [shop.cut, shop.nails]).slots_by_day[TODAY][0]
    assert (slot.staff_ids, slot.chain, slot.minutes) == ((), (shop.noura.pk, shop.reem.pk), 105)
    with pytest.raises(NotOffered):
        board(shop, [shop.cut, shop.nails], staff=shop.noura)


def test_what_nobody_does_is_not_offered(shop):
    lonely = service(shop.salon, "Henna")
    stranger = staff(make_salon("other"), does=(shop.cut,))
    Staff.objects.filter(pk=shop.maya.pk).update(is_active=False)
    for services, who in (([lonely], None), ([shop.cut], stranger), ([shop.nails], shop.maya), ([shop.cut], 10**9)):
        with pytest.raises(NotOffered):
            board(shop, services, staff=who)
    with pytest.raises(NotOffered):
        board(shop, [shop.cut, lonely])


def test_a_visit_longer_than_a_day_is_not_offered(shop):
    marathon = [service(shop.salon, f"Part {number}", minutes=600) for number in range(3)]
    staff(shop.salon, "Sara", does=tuple(marathon))
    with pytest.raises(NotOffered):
        board(shop, marathon)


def test_every_day_asked_for_is_a_key_and_none_beyond_the_horizon_is_open(shop):
    shop.salon.horizon_days = 3
    seen = board(shop, first_day=TODAY - dt.timedelta(days=3), days=9)
    assert list(seen.slots_by_day) == [TODAY + dt.timedelta(days=offset) for offset in range(-3, 6)]
    assert [bool(slots) for slots in seen.slots_by_day.values()] == [False] * 3 + [True] * 4 + [False] * 2
    for far in (TODAY - dt.timedelta(days=99), TODAY + dt.timedelta(days=99)):
        assert board(shop, first_day=far).slots_by_day == {far: []}


def test_closed_days_are_not_open_and_seasons_replace_hours(shop):
    tomorrow = TODAY + dt.timedelta(days=1)
    Closure.objects.create(salon=shop.salon, first_day=tomorrow, last_day=tomorrow)
    third = TODAY + dt.timedelta(days=2)
    season = Season.objects.create(salon=shop.salon, name_ar="م", name_en="S", first_day=third, last_day=third)
    SeasonHours.objects.create(season=season, weekday=4, start_minute=1320, end_minute=1560)
    seen = board(shop, days=3)
    assert seen.open_days == {TODAY, third}
    assert seen.slots_by_day[tomorrow] == []
    assert (clocks(seen.slots_by_day[third])[0], clocks(seen.slots_by_day[third])[-1]) == ("22:00", "01:00")


def test_the_notice_counts_from_the_next_whole_minute(shop):
    shop.salon.lead_minutes = 60
    for clock, first in (("09:00", "10:00"), ("09:15", "10:15")):
        assert clocks(board(shop, now=at(DAY, clock)).slots_by_day[TODAY])[0] == first
    late = at(DAY, "09:15") + dt.timedelta(seconds=1)
    assert clocks(board(shop, now=late).slots_by_day[TODAY])[0] == "10:30"


def test_last_nights_shift_is_still_open_after_midnight(shop):
    night = make_salon("night")
    open_daily(night, "20:00", 1560)
    cut = service(night)
    staff(night, does=(cut,))
    yesterday = TODAY - dt.timedelta(days=1)
    seen = load_board(
        salon=night, services=[cut], staff=None, first_day=yesterday, days=2, now=at(DAY, "00:20")
    ).slots_by_day
    assert clocks(seen[yesterday]) == ["00:30", "00:45", "01:00"]
    assert clocks(seen[TODAY])[0] == "20:00"


# --- many salons ----------------------------------------------------------------------------------------


def test_next_slots_of_many_salons(shop, django_assert_num_queries):
    Variant.objects.create(service=shop.cut, name_ar="طويل", name_en="Long", price=26000, minutes=90, position=2)
    short = Variant.objects.create(service=shop.cut, name_ar="قصير", name_en="Short", price=15000, minutes=45)
    empty, closed = make_salon("empty"), make_salon("closed")
    staff(closed, does=(service(closed),))
    night = make_salon("night", lead_minutes=0)
    open_daily(night, "20:00", 1560)
    brows = service(night, "Brows", minutes=15)
    staff(night, does=(brows,))
    nobody = make_salon("nobody")
    service(nobody)
    salons = [shop.salon, empty, closed, night, nobody]
    with django_assert_num_queries(3):
        found = next_slots(salons=salons, per_salon=3, now=at(DAY, "01:20"))
    assert found.keys() == {shop.salon.pk, closed.pk, night.pk}
    mine = found[shop.salon.pk]
    assert (mine.service, mine.pick) == (shop.cut, f"{shop.cut.pk}-{short.pk}")
    assert (clocks(mine.slots), mine.slots[0].minutes) == (["10:00", "10:15", "10:30"], 45)
    assert clocks(found[night.pk].slots) == ["01:30", "01:45", "20:00"]
    assert found[closed.pk].slots == []
    with django_assert_num_queries(3):
        assert next_slots(salons=[night], per_salon=1, now=at(DAY, "21:00"))[night.pk].slots[0].minutes == 15


@pytest.mark.parametrize("near", [1, 2, 3, 8])
def test_next_slots_are_the_same_however_they_are_looked_for(shop, monkeypatch, near):
    """Closed days, a night that runs on into the next opening, and starts that two business days share."""
    monkeypatch.setattr(queries, "NEAR_DAYS", near)
    night = make_salon("night", lead_minutes=0, slot_step=60)
    open_daily(night, "09:00", 1980)
    staff(night, does=(service(night, minutes=60),))
    Closure.objects.create(salon=shop.salon, first_day=TODAY, last_day=TODAY + dt.timedelta(days=2))
    found = next_slots(salons=[shop.salon, night], per_salon=30, now=NOW)
    for salon in (shop.salon, night):
        asked, first = [found[salon.pk].service], TODAY - dt.timedelta(days=1)
        whole = open_slots(salon=salon, services=asked, first_day=first, days=queries.SEARCH_DAYS, now=NOW)
        starts = sorted({slot.start_minute for slots in whole.values() for slot in slots})
        assert [slot.start_minute for slot in found[salon.pk].slots] == starts[:30]


def test_next_slots_of_none(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert next_slots(salons=[], per_salon=3, now=NOW) == {}


# --- visits that exist ----------------------------------------------------------------------------------


@pytest.mark.parametrize("visits", [1, 3])
def test_my_visits_in_two_queries(shop, visits, django_assert_num_queries):
    lama, reem = person("Lama"), person("Reem")
    mine = [booked(shop, lama, f"{15 + number}:00", services=[shop.nails]) for number in range(visits)]
    booked(shop, reem, "11:00")
    with django_assert_num_queries(2):
        seen = queries.visits_of(lama, tab="upcoming", now=NOW)
        for visit in seen:
            assert visit.salon.city.name_en == "Riyadh"
            assert [(item.service, item.staff.name_en, item.variant) for item in visit.items.all()]
    assert seen == mine
    with django_assert_num_queries(2 if visits else 1):
        assert queries.visits_of(lama, tab="past", now=at("2026-11-25", "09:00")) == mine[::-1]


def test_holds_are_mine_only_once_placed(shop):
    lama = person()
    shop.salon.prepayment = "full"
    shop.salon.save()
    looked_at = hold(shop, "12:00", customer=lama)
    waiting = hold(shop, "16:00", customer=lama)
    place(waiting, lama, choice="full")
    assert queries.visits_of(lama, tab="upcoming", now=NOW) == [waiting]
    assert queries.visits_of(lama, tab="past", now=NOW) == []
    later = NOW + dt.timedelta(hours=1)
    assert queries.visits_of(lama, tab="upcoming", now=later) == []
    assert queries.visits_of(lama, tab="past", now=later) == [waiting]
    assert looked_at.customer == lama


def test_nobody_sees_the_visit_of_another(shop, django_assert_num_queries):
    lama, reem = person("Lama"), person("Reem")
    mine = booked(shop, lama)
    with django_assert_num_queries(2):
        assert queries.visit_of(lama, mine.reference) == mine
    for who, reference in ((reem, mine.reference), (lama, "NONE22")):
        with pytest.raises(type(mine).DoesNotExist):
            queries.visit_of(who, reference)


@pytest.mark.parametrize("visits", [1, 3])
def test_the_day_sheet_in_four_queries(shop, visits, django_assert_num_queries):
    lama = person()
    mine = [booked(shop, lama, f"{15 + number}:00") for number in range(visits)]
    kept = hold(shop, "10:00")
    start = to_minute(at(DAY, "13:00"))
    tea = BusyTime.objects.create(staff=shop.maya, start_minute=start, end_minute=start + 30, reason="tea")
    BusyTime.objects.create(staff=shop.maya, start_minute=start + 2880, end_minute=start + 2910)
    stranger = staff(make_salon("other"))
    BusyTime.objects.create(staff=stranger, start_minute=start, end_minute=start + 30)
    with django_assert_num_queries(4):
        sheet = queries.day_sheet(salon=shop.salon, day=TODAY)
        assert [visit.customer for visit in sheet.bookings] == [lama] * visits
        assert all(item.staff.name_en for visit in sheet.bookings for item in visit.items.all())
    assert (sheet.team, sheet.bookings, sheet.blocks) == ([shop.noura, shop.reem, shop.maya], mine, [tea])
    assert queries.day_sheet(salon=shop.salon, day=TODAY, now=NOW).bookings == [kept, *mine]
    assert queries.day_sheet(salon=shop.salon, day=TODAY, now=kept.expires_at).bookings == mine
    assert queries.day_sheet(salon=shop.salon, day=TODAY + dt.timedelta(days=1)).bookings == []
