"""The guards below the code: the database itself refuses to change or delete what is final, whoever asks.

Final are ledger entries, invoices and discounts. A later migration that rebuilds such a table on SQLite drops its
triggers silently: end such a migration with `install`.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper

LEDGER_IS_FINAL = "ledger_is_final"
INVOICE_IS_FINAL = "invoice_is_final"
DISCOUNT_IS_FINAL = "discount_is_final"


class Guard(NamedTuple):
    """A table whose rows are only added. `refusal` is what the database says, and the name of PostgreSQL's function."""

    table: str
    refusal: str
    triggers: dict[str, str]


LEDGER = Guard("payments_ledgerentry", LEDGER_IS_FINAL, {"ledger_no_update": "UPDATE", "ledger_no_delete": "DELETE"})
INVOICES = Guard("payments_invoice", INVOICE_IS_FINAL, {"invoice_no_update": "UPDATE", "invoice_no_delete": "DELETE"})
DISCOUNTS = Guard(
    "payments_discount", DISCOUNT_IS_FINAL, {"discount_no_update": "UPDATE", "discount_no_delete": "DELETE"}
)


def install(connection: BaseDatabaseWrapper, guard: Guard = LEDGER) -> None:
    """Put a guard in place, replacing what is there."""
    remove(connection, guard)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # 23514 is check_violation: it reaches Python as an IntegrityError, as SQLite's RAISE does.
            cursor.execute(
                f"CREATE OR REPLACE FUNCTION {guard.refusal}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{guard.refusal}' "
                f"USING ERRCODE = '23514', CONSTRAINT = '{guard.refusal}'; END $$"
            )
        for name, verb in guard.triggers.items():
            cursor.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON {guard.table} FOR EACH ROW EXECUTE FUNCTION {guard.refusal}()"
                if connection.vendor == "postgresql"
                else f"CREATE TRIGGER {name} BEFORE {verb} ON {guard.table} "
                f"BEGIN SELECT RAISE(ABORT, '{guard.refusal}'); END"
            )


def remove(connection: BaseDatabaseWrapper, guard: Guard = LEDGER) -> None:
    """Take a guard away: for undoing the migration."""
    table = f" ON {guard.table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in guard.triggers:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{table}")


def missing(connection: BaseDatabaseWrapper) -> set[str]:
    """The names of the triggers that are not in the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
            if connection.vendor == "postgresql"
            else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        )
        return {*LEDGER.triggers, *INVOICES.triggers, *DISCOUNTS.triggers} - {name for (name,) in cursor.fetchall()}
