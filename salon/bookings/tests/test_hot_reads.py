"""The fixed SQL says what the ORM would say, and walks the indexes it was written for."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.db.models import Q

from salon.bookings import hot_reads
from salon.bookings.models import LONGEST_BUSY_MINUTES, BusyTime
from salon.core.clock import to_minute
from salon.salons import hours as pure
from salon.salons.models import (
    Closure,
    Salon,
    SalonStatus,
    Season,
    SeasonHours,
    Service,
    Staff,
    StaffService,
    Variant,
    WeeklyHours,
)
from salon.tests.chairs import NOW, hold
from salon.tests.people import at, make_salon, open_daily, rose, service, staff

pytestmark = pytest.mark.django_db
MONDAY, SUNDAY = dt.date(2026, 11, 23), dt.date(2026, 11, 29)
FROM, TO = to_minute(at("2026-11-23", "00:00")), to_minute(at("2026-11-30", "12:00"))


@pytest.fixture
def shop():
    shop = rose()
    open_daily(shop.salon, "12:00", 1500, staff=shop.reem)
    shop.short = Variant.objects.create(service=shop.cut, name_ar="قصير", name_en="Short", price=15000, minutes=45)
    shop.long = Variant.objects.create(service=shop.cut, name_ar="طويل", name_en="Long", price=25000, minutes=90)
    StaffService.objects.create(staff=shop.reem, service=shop.cut, variant=shop.long, price=30000, minutes=80)
    for first, last in ((MONDAY, MONDAY), (SUNDAY, SUNDAY + dt.timedelta(days=9)), (dt.date(2027, 2, 8), SUNDAY)):
        Season.objects.create(
            salon=shop.salon, name_ar="موسم", name_en="Season", first_day=min(first, last), last_day=max(first, last)
        )
        Closure.objects.create(salon=shop.salon, first_day=min(first, last), last_day=max(first, last))
    for season in Season.objects.all():
        SeasonHours.objects.create(season=season, weekday=1, start_minute=1200, end_minute=1560)
        SeasonHours.objects.create(season=season, weekday=0, start_minute=600, end_minute=season.pk + 700)
    other = make_salon("other")
    open_daily(other)
    Closure.objects.create(salon=other, first_day=MONDAY, last_day=SUNDAY)
    shop.stranger = staff(other, "Hala", "هلا", (service(other),))
    return shop


def test_shop_rows(shop, django_assert_num_queries):
    with django_assert_num_queries(1):
        salon, rows = hot_reads.shop_rows("rose", {shop.cut.pk, shop.nails.pk})
        for each, variant in rows:
            assert each.salon is salon
            assert variant is None or variant.service is each
            assert (each.is_active, salon.private_room, salon.manual_approval) == (True, False, False)
    wanted = Salon.objects.get(pk=shop.salon.pk)
    for field in Salon._meta.concrete_fields:
        assert getattr(salon, field.attname) == getattr(wanted, field.attname), field.name
    pairs = {(each, variant) for each, variant in rows}
    assert pairs == {(shop.cut, shop.short), (shop.cut, shop.long), (shop.nails, None)}
    for each, _ in rows:
        assert each.__dict__.keys() - {"_state"} == Service.objects.get(pk=each.pk).__dict__.keys() - {"_state"}
        assert {name: value for name, value in vars(each).items() if name != "_state"} == {
            name: value for name, value in vars(Service.objects.get(pk=each.pk)).items() if name != "_state"
        }


def test_shop_rows_of_no_salon_and_of_nothing_offered(shop):
    assert hot_reads.shop_rows("nowhere", {shop.cut.pk}) == (None, [])
    for status in set(SalonStatus) - {SalonStatus.PUBLISHED}:
        Salon.objects.filter(slug="rose").update(status=status)
        assert hot_reads.shop_rows("rose", {shop.cut.pk}) == (None, [])
    Salon.objects.filter(slug="rose").update(status=SalonStatus.PUBLISHED)
    Service.objects.filter(pk=shop.cut.pk).update(is_active=False)
    strange = Service.objects.get(salon__slug="other")
    assert hot_reads.shop_rows("rose", {shop.cut.pk, strange.pk, 10**11}) == (shop.salon, [])


@pytest.mark.parametrize("lock", [False, True])
def test_offer_rows(shop, lock, django_assert_num_queries):
    Staff.objects.create(salon=shop.salon, name_ar="لا أحد", name_en="Nobody")
    gone = staff(shop.salon, "Gone", "ذهبت", (shop.cut,), is_active=False)
    asked = {"salon_ids": [shop.salon.pk, shop.stranger.salon_id], "service_ids": [shop.cut.pk, shop.nails.pk]}
    with django_assert_num_queries(1):
        rows = hot_reads.offer_rows(**asked, lock=lock)
    wanted = StaffService.objects.filter(
        service__in=[shop.cut, shop.nails], staff__is_active=True, staff__salon__in=asked["salon_ids"]
    ).values_list(
        "staff_id",
        "staff__salon_id",
        "staff__position",
        "staff__name_ar",
        "staff__name_en",
        "staff__title_ar",
        "staff__title_en",
        "staff__hue",
        "service_id",
        "variant_id",
        "price",
        "minutes",
    )
    assert sorted(map(str, rows)) == sorted(str(hot_reads.OfferRow(*row)) for row in wanted)
    assert [row.staff_id for row in rows] == sorted(row.staff_id for row in rows)
    assert gone.pk not in {row.staff_id for row in rows}
    one = hot_reads.offer_rows(**asked, staff_id=shop.maya.pk, lock=lock)
    assert [row.staff_id for row in one] == [shop.maya.pk]


def by_orm(salon_ids) -> dict[int, hot_reads.SalonHours]:
    answer = {}
    for salon_id in salon_ids:
        hours = answer[salon_id] = hot_reads.SalonHours()
        for row in WeeklyHours.objects.filter(salon=salon_id):
            shift = pure.Shift(row.weekday, row.start_minute, row.end_minute)
            (hours.own_shifts[row.staff_id] if row.staff_id else hours.shifts).append(shift)
        meets = Q(first_day__lte=SUNDAY, last_day__gte=MONDAY)
        for season in Season.objects.filter(meets, salon=salon_id).prefetch_related("hours"):
            shifts = tuple(pure.Shift(row.weekday, row.start_minute, row.end_minute) for row in season.hours.all())
            hours.seasons.append(pure.Season(season.first_day, season.last_day, shifts))
        for closure in Closure.objects.filter(meets, salon=salon_id):
            hours.closures.append(pure.Closure(closure.first_day, closure.last_day))
    return answer


def plain(hours: hot_reads.SalonHours):
    """The same whatever the order of rows."""
    return (
        sorted(hours.shifts, key=repr),
        {who: sorted(shifts, key=repr) for who, shifts in hours.own_shifts.items()},
        sorted(((each.first_day, each.last_day, sorted(each.shifts, key=repr)) for each in hours.seasons), key=repr),
        sorted(hours.closures, key=repr),
    )


def fill(shop) -> None:
    """Busy rows of all sorts around the edges of the week asked for."""
    for who in (shop.noura, shop.reem, shop.maya, shop.stranger):
        for start in (FROM - 1440, FROM - 60, FROM, FROM + 700, TO - 60, TO):
            BusyTime.objects.create(staff=who, start_minute=start, end_minute=start + 60)
        BusyTime.objects.create(staff=who, start_minute=FROM - 1439, end_minute=FROM + 1, lane=1)
        for seconds, start in ((-1, 800), (0, 900), (1, 1000)):
            BusyTime.objects.create(
                staff=who,
                start_minute=FROM + start,
                end_minute=FROM + start + 30,
                held_until=NOW + dt.timedelta(seconds=seconds),
            )


def test_hours_and_busy(shop, django_assert_num_queries):
    fill(shop)
    salon_ids, staff_ids = [shop.salon.pk, shop.stranger.salon_id], [shop.noura.pk, shop.stranger.pk]
    with django_assert_num_queries(1):
        hours, busy = hot_reads.hours_and_busy(
            salon_ids=salon_ids,
            staff_ids=staff_ids,
            first_day=MONDAY,
            last_day=SUNDAY,
            from_minute=FROM,
            to_minute=TO,
            now=NOW,
        )
    wanted = by_orm(salon_ids)
    assert {pk: plain(hours[pk]) for pk in salon_ids} == {pk: plain(wanted[pk]) for pk in salon_ids}
    assert len(hours[shop.salon.pk].seasons) == 3
    rows = BusyTime.objects.filter(
        Q(held_until=None) | Q(held_until__gt=NOW), staff__in=staff_ids, start_minute__lt=TO, end_minute__gt=FROM
    ).values_list("staff_id", "start_minute", "end_minute")
    assert sorted((who, *span) for who, spans in busy.items() for span in spans) == sorted(rows)
    assert len(rows) == 2 * 5


def test_hours_and_taken(shop, django_assert_num_queries):
    fill(shop)
    booking = hold(shop, staff=shop.noura)
    with django_assert_num_queries(1):
        hours, taken = hot_reads.hours_and_taken(
            salon_id=shop.salon.pk,
            staff_ids=[shop.noura.pk],
            first_day=MONDAY,
            last_day=SUNDAY,
            from_minute=FROM,
            to_minute=TO,
            now=NOW,
        )
    assert plain(hours) == plain(by_orm([shop.salon.pk])[shop.salon.pk])
    rows = BusyTime.objects.filter(staff=shop.noura, start_minute__lt=TO, end_minute__gt=FROM)
    assert sorted(taken) == sorted(
        hot_reads.TakenRow(
            row.booking_id or 0,
            row.staff_id,
            row.start_minute,
            row.end_minute,
            row.held_until is not None and row.held_until <= NOW,
        )
        for row in rows
    )
    assert [row.ran_out for row in taken].count(True) == 2
    assert [row.booking_id for row in taken].count(booking.pk) == 1


def test_a_salon_without_hours(shop):
    hours, busy = hot_reads.hours_and_busy(
        salon_ids=[10**6], staff_ids=[], first_day=MONDAY, last_day=SUNDAY, from_minute=FROM, to_minute=TO, now=NOW
    )
    assert (plain(hours[10**6]), dict(busy)) == (([], {}, [], []), {})


def test_busy_time_is_read_by_a_range_of_the_index(shop, monkeypatch):
    """A year of bookings for fifty people, and the plan of the very statement that the page sends."""
    people = [shop.noura, shop.reem, *(staff(shop.salon, f"Staff {n}", does=(shop.cut,)) for n in range(48))]
    BusyTime.objects.bulk_create(
        BusyTime(staff=who, start_minute=FROM + n * 120, end_minute=FROM + n * 120 + 60)
        for who in people
        for n in range(-200, 200)
    )
    asked = []
    monkeypatch.setattr(hot_reads, "_fetch", lambda sql, params: asked.append((sql, params)) or [])
    hot_reads.hours_and_busy(
        salon_ids=[shop.salon.pk],
        staff_ids=[who.pk for who in people[:10]],
        first_day=MONDAY,
        last_day=MONDAY,
        from_minute=FROM,
        to_minute=FROM + 1440,
        now=NOW,
    )
    [(sql, params)] = asked
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE bookings_busytime")
            cursor.execute("EXPLAIN " + sql, params)
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert "busy_staff_start" in plan
            found = plan[plan.index("busy_staff_start") :].split("Index Cond:")[1].split("\n")[0]
            assert "staff_id" in found
            assert "start_minute" in found
        else:
            cursor.execute("EXPLAIN QUERY PLAN " + sql, params)
            plan = "\n".join(row[3] for row in cursor.fetchall())
            assert "busy_staff_start (staff_id=? AND start_minute>? AND start_minute<?)" in plan
            assert "SCAN bookings_busytime" not in plan
    assert LONGEST_BUSY_MINUTES == 1440


def test_a_connection_keeps_the_plan_of_a_read(shop):
    """The answer stays right when the plan is an old one, whoever is asked about."""

    def busy(*people: Staff):
        return hot_reads.hours_and_busy(
            salon_ids=[shop.salon.pk],
            staff_ids=[who.pk for who in people],
            first_day=MONDAY,
            last_day=MONDAY,
            from_minute=FROM,
            to_minute=FROM + 1440,
            now=NOW,
        )[1]

    assert [busy(shop.noura) for _ in range(12)] == [{}] * 12
    BusyTime.objects.create(staff=shop.noura, start_minute=FROM + 600, end_minute=FROM + 660)
    assert [busy(shop.noura, shop.reem) for _ in range(12)] == [{shop.noura.pk: [(FROM + 600, FROM + 660)]}] * 12
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%bookings_busytime%'")
            assert cursor.fetchone()[0] > 0


def test_terms_of_the_seasons_come_with_the_same_query(shop, django_assert_num_queries):
    Season.objects.filter(first_day=MONDAY).update(prepayment="full", deposit_percent=40, free_minutes=0)
    Season.objects.filter(first_day=SUNDAY).update(deposit_amount=9000)
    asked = {"first_day": MONDAY, "last_day": SUNDAY, "from_minute": FROM, "to_minute": TO, "now": NOW}
    with django_assert_num_queries(1):
        hours, _ = hot_reads.hours_and_taken(salon_id=shop.salon.pk, staff_ids=[shop.noura.pk], **asked)
    names = ("first_day", "last_day", "prepayment", "deposit_percent", "deposit_amount", "free_minutes")
    wanted = Season.objects.filter(salon=shop.salon, first_day__lte=SUNDAY, last_day__gte=MONDAY).values_list(*names)
    found = [tuple(getattr(each, name) for name in names) for each in hours.terms]
    assert sorted(found, key=str) == sorted(wanted, key=str)
    assert len(found) >= 2
