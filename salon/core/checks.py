"""A mistake of the machine that settings can avoid."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004 - Django's name
from django.db import connection

# https://sqlite.org/wal.html#walresetbug: versions in which two connections can, rarely, spoil a WAL file.
BACKPORTS: Final = ((3, 44, 6), (3, 50, 7))
MENDED: Final = (3, 51, 3)


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Whether this SQLite has the fix of the WAL-reset race, in its own line or as a backport."""
    return version >= MENDED or any(version[:2] == line[:2] and version >= line for line in BACKPORTS)


@register(Tags.database, deploy=True)
def check_sqlite(**_: Any) -> list[CheckMessage]:
    """In production SQLite must be a version whose write-ahead log is sound."""
    if connection.vendor != "sqlite" or wal_is_safe(sqlite3.sqlite_version_info):
        return []
    return [
        Warning(
            f"SQLite {sqlite3.sqlite_version} has the WAL-reset race: under several writers it can, rarely, lose data.",
            hint="Use PostgreSQL (DATABASE_URL), or a Python built with SQLite 3.51.3 or newer.",
            id="core.W001",
        )
    ]
