"""The reads behind every slot page, as fixed SQL: measured at a tenth of what the ORM takes for the same rows.

`tests/test_hot_reads.py` holds each of them to its ORM form on both databases and asks EXPLAIN for the index.
Only literals of this file and lists of placeholders are put into the text; every value travels as a parameter.
"""
# ruff: noqa: S608 - no value enters the text, see above

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection

from salon.bookings.models import LONGEST_BUSY_MINUTES
from salon.core.clock import Minute
from salon.core.intervals import Interval
from salon.salons.hours import Closure, Season, Shift
from salon.salons.models import Salon, SalonStatus, Service, Variant

EPOCH_ORDINAL = date(1970, 1, 1).toordinal()

# Long texts and what needs converting stay behind: a slot page never shows them.
_SALON_FIELDS = [
    each
    for each in Salon._meta.concrete_fields  # noqa: SLF001 - the documented Model._meta API
    if each.name
    not in {"about_ar", "about_en", "search_text", "address_ar", "address_en", "latitude", "longitude", "created_at"}
]
_SERVICE_FIELDS = Service._meta.concrete_fields  # noqa: SLF001 - the same
_VARIANT_FIELDS = Variant._meta.concrete_fields  # noqa: SLF001 - the same


def _columns(alias: str, fields: Sequence[Any]) -> str:
    return ", ".join(f'{alias}."{each.column}"' for each in fields)


_SHOP = (
    f"SELECT {_columns('salon', _SALON_FIELDS)}, {_columns('service', _SERVICE_FIELDS)}, "
    f"{_columns('variant', _VARIANT_FIELDS)} FROM salons_salon AS salon "
    "LEFT JOIN salons_service AS service ON service.salon_id = salon.id AND service.is_active AND {services} "
    "LEFT JOIN salons_variant AS variant ON variant.service_id = service.id "
    "WHERE salon.slug = %s AND salon.status = %s"
)

_FIRST = (
    f"SELECT {_columns('service', _SERVICE_FIELDS)}, {_columns('variant', _VARIANT_FIELDS)} "
    "FROM salons_service AS service LEFT JOIN salons_variant AS variant ON variant.service_id = service.id "
    "WHERE {salons} AND service.id = (SELECT first.id FROM salons_service AS first "
    "WHERE first.salon_id = service.salon_id AND first.is_active ORDER BY first.position, first.id LIMIT 1) "
    "ORDER BY variant.position, variant.id"
)

_OFFERS = (
    "SELECT staff.id, staff.salon_id, staff.position, staff.name_ar, staff.name_en, staff.title_ar, staff.title_en, "
    "staff.hue, offer.service_id, offer.variant_id, offer.price, offer.minutes "
    "FROM salons_staffservice AS offer JOIN salons_staff AS staff ON staff.id = offer.staff_id "
    "WHERE {services} AND {salons} AND staff.is_active{staff} ORDER BY staff.id{lock}"
)

# kind 0 weekly hours (owner: salon, who: staff or none), 1 season, 2 season's hours (who: season),
# 3 closure, 4 busy (who: staff). Days travel as days since 1970, so that all columns are integers.
_HOURS = (
    "SELECT 0, salon_id, staff_id, weekday, start_minute, end_minute FROM salons_weeklyhours WHERE {salons} "
    "UNION ALL SELECT 1, salon_id, id, {first_day}, {last_day}, 0 FROM salons_season "
    "WHERE {salons} AND first_day <= %s AND last_day >= %s "
    "UNION ALL SELECT 2, season.salon_id, season.id, hours.weekday, hours.start_minute, hours.end_minute "
    "FROM salons_season AS season JOIN salons_seasonhours AS hours ON hours.season_id = season.id "
    "WHERE {season_salons} AND season.first_day <= %s AND season.last_day >= %s "
    "UNION ALL SELECT 3, salon_id, NULL, {first_day}, {last_day}, 0 FROM salons_closure "
    "WHERE {salons} AND first_day <= %s AND last_day >= %s "
)
_BUSY_WHERE = "FROM bookings_busytime WHERE {staff} AND start_minute > %s AND start_minute < %s AND end_minute > %s"
# For a page: what is free counts, whose it was does not.
_BUSY = (
    "UNION ALL SELECT 4, 0, staff_id, start_minute, end_minute, 0 "
    f"{_BUSY_WHERE} AND (held_until IS NULL OR held_until > %s)"
)
# Under lock: what seasons ask of a guest (kind 5, who: season; kind 6 the rest of it), needed only for a promise.
_SEASON_TERMS = (
    "UNION ALL SELECT 5, salon_id, id, CASE prepayment WHEN 'none' THEN 0 WHEN 'deposit' THEN 1 WHEN 'full' THEN 2 "
    "WHEN 'hold' THEN 3 END, deposit_percent, deposit_amount FROM salons_season "
    "WHERE {salons} AND first_day <= %s AND last_day >= %s "
    "UNION ALL SELECT 6, salon_id, id, free_minutes, {first_day}, {last_day} FROM salons_season "
    "WHERE {salons} AND first_day <= %s AND last_day >= %s "
)
_PREPAYMENTS = ("none", "deposit", "full", "hold")
# And every busy row with its booking, and whether it is a hold that ran out.
_BUSY_EXACT = (
    "UNION ALL SELECT 4, COALESCE(booking_id, 0), staff_id, start_minute, end_minute, "
    f"CASE WHEN held_until <= %s THEN 1 ELSE 0 END {_BUSY_WHERE}"
)


class OfferRow(NamedTuple):
    """That a member of staff does a service, or a variant of it, and how."""

    staff_id: int
    salon_id: int
    position: int
    name_ar: str
    name_en: str
    title_ar: str
    title_en: str
    hue: int
    service_id: int
    variant_id: int | None
    price: int | None
    minutes: int | None


class TakenRow(NamedTuple):
    """A busy row as seen under lock. `booking_id` is 0 for a break or time off; `ran_out` for a hold that ended."""

    booking_id: int
    staff_id: int
    start_minute: Minute
    end_minute: Minute
    ran_out: bool


@dataclass(frozen=True, slots=True)
class SeasonTerms:
    """What the days of a season, both included, ask instead of the salon: a `policy_terms.Own`."""

    first_day: date
    last_day: date
    prepayment: str | None
    deposit_percent: int | None
    deposit_amount: int | None
    free_minutes: int | None


@dataclass(slots=True)
class SalonHours:
    """When one salon and its people work, as `salons.hours.working_intervals` takes it. `terms` only under lock."""

    shifts: list[Shift] = field(default_factory=list)
    own_shifts: dict[int, list[Shift]] = field(default_factory=lambda: defaultdict(list))
    seasons: list[Season] = field(default_factory=list)
    closures: list[Closure] = field(default_factory=list)
    terms: list[SeasonTerms] = field(default_factory=list)


def shop_rows(slug: str, service_ids: Collection[int]) -> tuple[Salon | None, list[tuple[Service, Variant | None]]]:
    """A published salon with its active services among `service_ids`, each once for every variant it has. ONE query.

    The salon comes without its long texts, coordinates and address: reading those costs another query.
    """
    services, params = _among("service.id", service_ids)
    salon, found = None, []
    width = len(_SALON_FIELDS)
    for row in _fetch(_SHOP.format(services=services), [*params, slug, SalonStatus.PUBLISHED]):
        if salon is None:
            salon = Salon.from_db("default", [each.attname for each in _SALON_FIELDS], row[:width])
        if row[width] is not None:
            service, variant = _service(row[width:])
            service.salon = salon
            found.append((service, variant))
    return salon, found


def first_service_rows(salon_ids: Collection[int]) -> list[tuple[Service, Variant | None]]:
    """Each salon's first active service by position, once for every variant, the first variant first. ONE query."""
    salons, params = _among("service.salon_id", salon_ids)
    return [_service(row) for row in _fetch(_FIRST.format(salons=salons), params)]


def offer_rows(
    salon_ids: Collection[int], service_ids: Collection[int], *, staff_id: int | None = None, lock: bool = False
) -> list[OfferRow]:
    """Who does any of `service_ids`, sorted by staff id. ONE query.

    With `lock` their staff rows are locked in that order until the end of the transaction (PostgreSQL: FOR NO KEY
    UPDATE, so that rows pointing at them may still be written; SQLite: the IMMEDIATE transaction is the lock).
    """
    services, params = _among("offer.service_id", service_ids)
    salons, more = _among("staff.salon_id", salon_ids)
    params += more
    if staff_id is not None:
        params.append(staff_id)
    sql = _OFFERS.format(
        services=services,
        salons=salons,
        staff="" if staff_id is None else " AND staff.id = %s",
        lock=" FOR NO KEY UPDATE OF staff" if lock and connection.features.has_select_for_update else "",
    )
    return list(map(OfferRow._make, _fetch(sql, params)))


def hours_and_busy(
    *,
    salon_ids: Collection[int],
    staff_ids: Collection[int],
    first_day: date,
    last_day: date,
    from_minute: Minute,
    to_minute: Minute,
    now: datetime,
) -> tuple[dict[int, SalonHours], dict[int, list[Interval]]]:
    """Hours, seasons, closures and busy time that meet these days and minutes. ONE query.

    Answers (salon id -> hours, staff id -> busy intervals in any order). Holds that ran out by `now` are not busy.
    """
    sql, params = _hours_sql(salon_ids, first_day, last_day)
    busy: dict[int, list[Interval]] = defaultdict(list)
    if staff_ids:
        staff, more = _among("staff_id", staff_ids)
        sql += _BUSY.format(staff=staff)
        params += [*more, from_minute - LONGEST_BUSY_MINUTES, to_minute, from_minute]
        params.append(connection.ops.adapt_datetimefield_value(now))
    hours: list[tuple] = []
    for row in _fetch(sql, params):
        kind, _, who, start, end, _ = row
        if kind == 4:
            busy[who].append((start, end))
        else:
            hours.append(row)
    return _salon_hours(hours), busy


def hours_and_taken(
    *,
    salon_id: int,
    staff_ids: Collection[int],
    first_day: date,
    last_day: date,
    from_minute: Minute,
    to_minute: Minute,
    now: datetime,
) -> tuple[SalonHours, list[TakenRow]]:
    """The same read under lock: each busy row with its booking, holds that ran out among them, and what the seasons of
    these days ask. ONE query.
    """
    sql, params = _hours_sql([salon_id], first_day, last_day, terms=True)
    staff, more = _among("staff_id", staff_ids)
    sql += _BUSY_EXACT.format(staff=staff)
    params += [connection.ops.adapt_datetimefield_value(now), *more]
    params += [from_minute - LONGEST_BUSY_MINUTES, to_minute, from_minute]
    hours: list[tuple] = []
    taken: list[TakenRow] = []
    for row in _fetch(sql, params):
        if row[0] == 4:
            taken.append(TakenRow(row[1], row[2], row[3], row[4], bool(row[5])))
        else:
            hours.append(row)
    return _salon_hours(hours)[salon_id], taken


def _hours_sql(
    salon_ids: Collection[int], first_day: date, last_day: date, *, terms: bool = False
) -> tuple[str, list[Any]]:
    salons, ids = _among("salon_id", salon_ids)
    season_salons, _ = _among("season.salon_id", salon_ids)
    days = [connection.ops.adapt_datefield_value(last_day), connection.ops.adapt_datefield_value(first_day)]
    as_number = (
        "({0} - DATE '1970-01-01')"
        if connection.vendor == "postgresql"
        else "CAST(julianday({0}) - 2440587.5 AS INTEGER)"
    )
    sql = (_HOURS + _SEASON_TERMS if terms else _HOURS).format(
        salons=salons,
        season_salons=season_salons,
        first_day=as_number.format("first_day"),
        last_day=as_number.format("last_day"),
    )
    return sql, [*ids, *([*ids, *days] * (5 if terms else 3))]


def _salon_hours(rows: Sequence[tuple]) -> dict[int, SalonHours]:
    """The rows that are not busy time, sorted out; a salon without any gets empty hours when asked for."""
    found: dict[int, SalonHours] = defaultdict(SalonHours)
    season_shifts: dict[int, list[Shift]] = defaultdict(list)
    asked: dict[int, tuple[Any, ...]] = {}
    for kind, _, who, first, second, third in rows:
        if kind == 2:
            season_shifts[who].append(Shift(first, second, third))
        elif kind == 5:
            asked[who] = (None if first is None else _PREPAYMENTS[first], second, third)
    for kind, salon_id, who, first, second, third in rows:
        hours = found[salon_id]
        if kind == 0:
            (hours.shifts if who is None else hours.own_shifts[who]).append(Shift(first, second, third))
        elif kind == 1:
            hours.seasons.append(Season(_day(first), _day(second), tuple(season_shifts[who])))
        elif kind == 3:
            hours.closures.append(Closure(_day(first), _day(second)))
        elif kind == 6:
            hours.terms.append(SeasonTerms(_day(second), _day(third), *asked[who], first))
    return found


def _day(number: int) -> date:
    return date.fromordinal(EPOCH_ORDINAL + number)


def _service(values: Sequence[Any]) -> tuple[Service, Variant | None]:
    """A service and the variant beside it, if there is one."""
    width = len(_SERVICE_FIELDS)
    service = Service.from_db("default", [each.attname for each in _SERVICE_FIELDS], values[:width])
    if values[width] is None:
        return service, None
    variant = Variant.from_db("default", [each.attname for each in _VARIANT_FIELDS], values[width:])
    variant.service = service
    return service, variant


def _among(column: str, values: Collection[int]) -> tuple[str, list[Any]]:
    """`column` is one of `values`: an array on PostgreSQL, so that the text and its plan stay the same."""
    if connection.vendor == "postgresql":
        return f"{column} = ANY(%s)", [list(values)]
    return f"{column} IN ({', '.join(['%s'] * len(values))})", list(values)


def _fetch(sql: str, params: Sequence[Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            import psycopg  # noqa: PLC0415 - eight MiB of a worker that SQLite has no use for

            # Django writes the values into the text, and PostgreSQL plans it each time: that took it longer than the
            # answer. With the values apart a connection plans it once (see `prepare_threshold` in the settings).
            cursor.cursor = psycopg.Cursor(connection.connection)
        cursor.execute(sql, params)
        return cursor.fetchall()
