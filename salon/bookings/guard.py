"""The guard below the code: what the database itself refuses, whoever asks (admin, shell, import or bug).

- Two overlapping busy times of one staff member in one lane.
- A status that no legal move leads to (`states.MOVES`).
- A booking event changed after it was written. Only `actor` may become empty, when a person is erased.

PostgreSQL has constraints and functions for it, SQLite triggers. A later migration that rebuilds one of these tables
on SQLite drops its triggers silently: end such a migration with `install`; a test asks for every name below.
"""
# ruff: noqa: S608 - names and numbers of this file only, no value from outside

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from django.db import IntegrityError
from django.db.backends.base.base import BaseDatabaseWrapper

from salon.bookings.states import MOVES

LOOK_BACK = 1440  # bookings.models.LONGEST_BUSY_MINUTES; a CHECK constraint holds every row to it

OVERLAP = "busy_overlap"
ILLEGAL_MOVE = "booking_illegal_move"
EVENT_IS_FINAL = "booking_event_is_final"

SQLITE_TRIGGERS = (
    "busy_overlap_insert",
    "busy_overlap_update",
    "booking_illegal_move",
    "booking_event_no_update",
    "booking_event_no_actor",
    "booking_event_no_delete",
)
POSTGRES_TRIGGERS = (
    "booking_illegal_move",
    "booking_event_no_update",
    "booking_event_no_actor",
    "booking_event_no_delete",
)

_EVENT_COLUMNS = (
    "id", "booking_id", "at", "actor_kind", "old_status", "new_status", "reason", "moved_from", "moved_to"
)  # fmt: skip


class Refusal(StrEnum):
    """Which rule of the database was broken."""

    OVERLAP = "overlap"
    SAME_KEY = "same key"
    SAME_REFERENCE = "same reference"
    OTHER = "other"


def refusal(error: IntegrityError) -> Refusal:
    """What the database said no to: by name on PostgreSQL, by message on SQLite."""
    diagnosis = getattr(error.__cause__, "diag", None)
    said = (getattr(diagnosis, "constraint_name", None) or str(error)).lower()
    if OVERLAP in said:
        return Refusal.OVERLAP
    if said.startswith("bookings_booking_key") or "bookings_booking.key" in said:
        return Refusal.SAME_KEY
    if said.startswith("bookings_booking_reference") or "bookings_booking.reference" in said:
        return Refusal.SAME_REFERENCE
    return Refusal.OTHER


def install(connection: BaseDatabaseWrapper) -> None:
    """Put every guard in place, replacing what is there."""
    remove(connection)
    columns = _event_columns(connection)
    _run(connection, _postgres(columns) if connection.vendor == "postgresql" else _sqlite(columns))


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take every guard away: for undoing the migration, and for the proof that the guards are what holds."""
    if connection.vendor == "postgresql":
        _run(
            connection,
            [
                f"ALTER TABLE bookings_busytime DROP CONSTRAINT IF EXISTS {OVERLAP}",
                "DROP TRIGGER IF EXISTS booking_illegal_move ON bookings_booking",
                *(f"DROP TRIGGER IF EXISTS {name} ON bookings_bookingevent" for name in POSTGRES_TRIGGERS[1:]),
            ],
        )
    else:
        _run(connection, [f"DROP TRIGGER IF EXISTS {name}" for name in SQLITE_TRIGGERS])


def present(connection: BaseDatabaseWrapper) -> set[str]:
    """The names of the guards that are in the database now."""
    if connection.vendor == "postgresql":
        sql = (
            "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal UNION "
            "SELECT conname FROM pg_constraint WHERE contype = 'x'"
        )
    else:
        sql = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {name for (name,) in cursor.fetchall()} & {OVERLAP, *SQLITE_TRIGGERS}


def _run(connection: BaseDatabaseWrapper, statements: list[str] | Iterator[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _event_columns(connection: BaseDatabaseWrapper) -> str:
    """The guarded columns of an event that are there already: the migrations that add the later ones install again."""
    with connection.cursor() as cursor:
        there = {each.name for each in connection.introspection.get_table_description(cursor, "bookings_bookingevent")}
    return ", ".join(name for name in _EVENT_COLUMNS if name in there)


def _legal_moves() -> str:
    """The table of moves as an SQL list of 'old>new'."""
    return ", ".join(f"'{old}>{new}'" for old in sorted(MOVES) for new in sorted(MOVES[old]))


def _postgres(event_columns: str) -> Iterator[str]:
    yield "SET statement_timeout = 0"  # a page may not take long, the index of a million rows may
    yield "CREATE EXTENSION IF NOT EXISTS btree_gist"
    yield (
        f"ALTER TABLE bookings_busytime ADD CONSTRAINT {OVERLAP} EXCLUDE USING gist "
        "(staff_id WITH =, lane WITH =, int4range(start_minute, end_minute) WITH &&)"
    )
    # 23514 is check_violation: it reaches Python as an IntegrityError, as SQLite's RAISE does.
    for name in (ILLEGAL_MOVE, EVENT_IS_FINAL):
        yield (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{name}' USING ERRCODE = '23514', CONSTRAINT = '{name}'; END $$"
        )
    yield (
        "CREATE TRIGGER booking_illegal_move BEFORE UPDATE OF status ON bookings_booking FOR EACH ROW "
        "WHEN (OLD.status <> NEW.status AND OLD.status || '>' || NEW.status NOT IN "
        f"({_legal_moves()})) EXECUTE FUNCTION {ILLEGAL_MOVE}()"
    )
    yield (
        f"CREATE TRIGGER booking_event_no_update BEFORE UPDATE OF {event_columns} ON bookings_bookingevent "
        f"FOR EACH ROW EXECUTE FUNCTION {EVENT_IS_FINAL}()"
    )
    yield (
        "CREATE TRIGGER booking_event_no_actor BEFORE UPDATE OF actor_id ON bookings_bookingevent "
        f"FOR EACH ROW WHEN (NEW.actor_id IS NOT NULL) EXECUTE FUNCTION {EVENT_IS_FINAL}()"
    )
    yield (
        "CREATE TRIGGER booking_event_no_delete BEFORE DELETE ON bookings_bookingevent "
        f"FOR EACH ROW EXECUTE FUNCTION {EVENT_IS_FINAL}()"
    )
    yield "RESET statement_timeout"


def _sqlite(event_columns: str) -> Iterator[str]:
    overlaps = (
        "EXISTS (SELECT 1 FROM bookings_busytime AS other WHERE other.staff_id = NEW.staff_id "
        f"AND other.start_minute > NEW.start_minute - {LOOK_BACK} AND other.start_minute < NEW.end_minute "
        "AND other.end_minute > NEW.start_minute AND other.lane = NEW.lane"
    )
    yield (
        f"CREATE TRIGGER busy_overlap_insert BEFORE INSERT ON bookings_busytime WHEN {overlaps}) "
        f"BEGIN SELECT RAISE(ABORT, '{OVERLAP}'); END"
    )
    yield (
        "CREATE TRIGGER busy_overlap_update BEFORE UPDATE OF staff_id, lane, start_minute, end_minute "
        f"ON bookings_busytime WHEN {overlaps} AND other.id <> OLD.id) BEGIN SELECT RAISE(ABORT, '{OVERLAP}'); END"
    )
    yield (
        "CREATE TRIGGER booking_illegal_move BEFORE UPDATE OF status ON bookings_booking "
        "WHEN OLD.status <> NEW.status AND OLD.status || '>' || NEW.status NOT IN "
        f"({_legal_moves()}) BEGIN SELECT RAISE(ABORT, '{ILLEGAL_MOVE}'); END"
    )
    final = f"BEGIN SELECT RAISE(ABORT, '{EVENT_IS_FINAL}'); END"
    yield f"CREATE TRIGGER booking_event_no_update BEFORE UPDATE OF {event_columns} ON bookings_bookingevent {final}"
    yield (
        "CREATE TRIGGER booking_event_no_actor BEFORE UPDATE OF actor_id ON bookings_bookingevent "
        f"WHEN NEW.actor_id IS NOT NULL {final}"
    )
    yield f"CREATE TRIGGER booking_event_no_delete BEFORE DELETE ON bookings_bookingevent {final}"
