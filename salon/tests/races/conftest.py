"""A database of its own for the races, migrated once a session and thrown away."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from salon.tests.races.arena import PATIENCE

HOUSE = Path(__file__).resolve().parents[3]


class Arena:
    """Runs scenarios in a process of their own against one fresh database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.vendor = "sqlite" if url.startswith("sqlite") else "postgresql"
        self.rivals = 8 if self.vendor == "sqlite" else 16

    def python(self, *asked: str, seconds: float = 300) -> str:
        done = subprocess.run(  # noqa: S603 - our own interpreter and our own modules
            [sys.executable, *asked],
            cwd=HOUSE,
            env=os.environ | {"DATABASE_URL": self.url},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(
        self, scenario: str, *, rivals: int = 0, rounds: int = 10, bare: str = "", seconds: float = PATIENCE
    ) -> dict:
        asked = ["--rivals", str(rivals or self.rivals), "--rounds", str(rounds), "--bare", bare]
        asked += ["--seconds", str(seconds)]
        told = self.python("-m", "salon.tests.races.arena", scenario, *asked, seconds=seconds * 2 + PATIENCE)
        report = json.loads(told.splitlines()[-1])
        print(report)  # noqa: T201 - shown when the test fails
        return report


@contextmanager
def database(base: str, name: str, *, like: str = "") -> Iterator[str]:
    """A database beside the one of `base` while the block lasts, empty or a copy of `like`. Its address."""
    made = f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{like}"' if like else "")
    with psycopg.connect(base, autocommit=True) as server:
        server.execute(made)
        try:
            yield urlunsplit(urlsplit(base)._replace(path=f"/{name}"))
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def arena(tmp_path_factory) -> Iterator[Arena]:
    """SQLite: a file. PostgreSQL: a database beside the one of DATABASE_URL."""
    base = os.environ.get("DATABASE_URL", "")
    if base.startswith("postgres"):
        place = database(base, f"{os.environ.get('TEST_DB_NAME', 'test')}_races_{os.getpid()}")
    else:
        place = nullcontext(f"sqlite:///{tmp_path_factory.mktemp('races') / 'races.sqlite3'}")
    with place as url:
        races = Arena(url)
        races.python("manage.py", "migrate", "--verbosity", "0")
        yield races


@pytest.fixture
def throwaway(arena, tmp_path) -> Iterator[Arena]:
    """A copy of the arena's database, for what spoils it."""
    if arena.vendor == "sqlite":
        copy = tmp_path / "throwaway.sqlite3"
        with (
            closing(sqlite3.connect(arena.url.removeprefix("sqlite:///"))) as old,
            closing(sqlite3.connect(copy)) as new,
        ):
            old.backup(new)
        yield Arena(f"sqlite:///{copy}")
        return
    name = urlsplit(arena.url).path[1:]
    with database(os.environ["DATABASE_URL"], f"{name}_throwaway", like=name) as url:
        yield Arena(url)
