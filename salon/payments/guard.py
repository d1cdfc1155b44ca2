"""The guard below the code: the database itself refuses to change or delete a ledger entry, whoever asks.

A later migration that rebuilds the table on SQLite drops its triggers silently: end such a migration with `install`.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "payments_ledgerentry"
LEDGER_IS_FINAL = "ledger_is_final"
TRIGGERS = {"ledger_no_update": "UPDATE", "ledger_no_delete": "DELETE"}


def install(connection: BaseDatabaseWrapper) -> None:
    """Put the guards in place, replacing what is there."""
    remove(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # 23514 is check_violation: it reaches Python as an IntegrityError, as SQLite's RAISE does.
            cursor.execute(
                f"CREATE OR REPLACE FUNCTION {LEDGER_IS_FINAL}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{LEDGER_IS_FINAL}' "
                f"USING ERRCODE = '23514', CONSTRAINT = '{LEDGER_IS_FINAL}'; END $$"
            )
        for name, verb in TRIGGERS.items():
            cursor.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {LEDGER_IS_FINAL}()"
                if connection.vendor == "postgresql"
                else f"CREATE TRIGGER {name} BEFORE {verb} ON {TABLE} "
                f"BEGIN SELECT RAISE(ABORT, '{LEDGER_IS_FINAL}'); END"
            )


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the guards away: for undoing the migration."""
    table = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in TRIGGERS:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{table}")


def missing(connection: BaseDatabaseWrapper) -> set[str]:
    """The names of the guards that are not in the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
            if connection.vendor == "postgresql"
            else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        )
        return set(TRIGGERS) - {name for (name,) in cursor.fetchall()}
