"""A database for one run, and the processes that work for it. Made empty, gone at the end."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import urlsplit, urlunsplit

import psycopg

from bench.lib.server import ROOT

NAME = f"salon_bench_{os.getpid()}"  # two runs side by side must not throw each other out

FORGET_HOLDS = (
    "DELETE FROM bookings_busytime WHERE booking_id IN (SELECT id FROM bookings_booking WHERE status = 'held')",
    "UPDATE bookings_booking SET status = 'expired' WHERE status = 'held'",
)


class Database(Protocol):
    """What a run needs to know."""

    title: str
    url: str

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...
    def processes(self) -> list[int]:
        """The database's own processes that serve the web workers; SQLite has none, it works inside them."""
        ...

    def forget_holds(self) -> None:
        """Make the chairs free again that a round of holds took, and tidy up now, not in the middle of a round."""


class Sqlite:
    """A file under `folder`."""

    title = "SQLite"

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'bench.sqlite3'}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def processes(self) -> list[int]:
        return []

    def forget_holds(self) -> None:
        with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=20)) as wire, wire:
            for statement in FORGET_HOLDS:
                wire.execute(statement)


class Postgres:
    """A database of its own in the cluster that `url` leads to."""

    title = "PostgreSQL"

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._cluster = url
        self.url = urlunsplit(parts._replace(path=f"/{NAME}"))
        self._wire: psycopg.Connection | None = None

    def __enter__(self) -> Self:
        self._wire = psycopg.connect(self._cluster, autocommit=True)
        self._wire.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        self._wire.execute(f"CREATE DATABASE {NAME}")
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._wire:
            self._wire.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
            self._wire.close()

    def processes(self) -> list[int]:
        assert self._wire
        rows = self._wire.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'", [NAME]
        )
        # On another machine, or in another container, they are not to be seen here.
        return [pid for (pid,) in rows if _is_postgres(pid)]

    def forget_holds(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as wire:
            for statement in (*FORGET_HOLDS, "VACUUM bookings_busytime"):
                wire.execute(statement)


def postgres_url() -> str:
    """Where PostgreSQL is, "" when there is none."""
    if url := os.environ.get("BENCH_POSTGRES_URL", ""):
        return url
    asked = subprocess.run(["scripts/postgres", "url"], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S607
    return asked.stdout.strip() if asked.returncode == 0 else ""


def _is_postgres(pid: int) -> bool:
    try:
        return "postgres" in Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return False
