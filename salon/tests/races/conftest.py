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
def bare_house(tmp_path_factory) -> Iterator[Arena]:
    """Migrated and only copied, nobody plays in it. SQLite: a file. PostgreSQL: beside the one of DATABASE_URL."""
    base = os.environ.get("DATABASE_URL", "")
    if base.startswith("postgres"):
        place = database(base, f"{os.environ.get('TEST_DB_NAME', 'test')}_races_{os.getpid()}")
    else:
        place = nullcontext(f"sqlite:///{tmp_path_factory.mktemp('races') / 'races.sqlite3'}")
    with place as url:
        house = Arena(url)
        house.python("manage.py", "migrate", "--verbosity", "0")
        yield house


@contextmanager
def copied(house: Arena, name: str, folder: Path) -> Iterator[Arena]:
    """A copy of it while the block lasts."""
    if house.vendor == "sqlite":
        copy = folder / f"{name}.sqlite3"
        with (
            closing(sqlite3.connect(house.url.removeprefix("sqlite:///"))) as old,
            closing(sqlite3.connect(copy)) as new,
        ):
            old.backup(new)
        yield Arena(f"sqlite:///{copy}")
        return
    like = urlsplit(house.url).path[1:]
    with database(os.environ["DATABASE_URL"], f"{like}_{name}", like=like) as url:
        yield Arena(url)


@pytest.fixture(scope="session")
def arena(bare_house, tmp_path_factory) -> Iterator[Arena]:
    """The database that the races share: each makes a salon of its own in it."""
    with copied(bare_house, "shared", tmp_path_factory.mktemp("shared")) as races:
        yield races


@pytest.fixture
def throwaway(bare_house, tmp_path) -> Iterator[Arena]:
    """A database for one test: for what spoils it, and for what asks the whole of it whether anything is wrong."""
    with copied(bare_house, "throwaway", tmp_path) as races:
        yield races
