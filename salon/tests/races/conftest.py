"""A database of its own for the races, migrated once a session and thrown away."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

HOUSE = Path(__file__).resolve().parents[3]


class Arena:
    """Runs scenarios in a process of their own against one fresh database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.vendor = "sqlite" if url.startswith("sqlite") else "postgresql"
        self.rivals = 8 if self.vendor == "sqlite" else 16

    def python(self, *asked: str) -> str:
        done = subprocess.run(  # noqa: S603 - our own interpreter and our own modules
            [sys.executable, *asked],
            cwd=HOUSE,
            env=os.environ | {"DATABASE_URL": self.url},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self, scenario: str, *, rivals: int = 0, rounds: int = 10, bare: str = "") -> dict:
        asked = ["--rivals", str(rivals or self.rivals), "--rounds", str(rounds), "--bare", bare]
        report = json.loads(self.python("-m", "salon.tests.races.arena", scenario, *asked).splitlines()[-1])
        print(report)  # noqa: T201 - shown when the test fails
        return report


@pytest.fixture(scope="session")
def arena(tmp_path_factory) -> Iterator[Arena]:
    """SQLite: a file. PostgreSQL: a database beside the one of DATABASE_URL."""
    base = os.environ.get("DATABASE_URL", "")
    if not base.startswith("postgres"):
        races = Arena(f"sqlite:///{tmp_path_factory.mktemp('races') / 'races.sqlite3'}")
        races.python("manage.py", "migrate", "--verbosity", "0")
        yield races
        return
    name = f"{os.environ.get('TEST_DB_NAME', 'test')}_races_{os.getpid()}"
    with psycopg.connect(base, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            races = Arena(urlunsplit(urlsplit(base)._replace(path=f"/{name}")))
            races.python("manage.py", "migrate", "--verbosity", "0")
            yield races
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
