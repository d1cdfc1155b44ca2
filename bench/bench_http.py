"""The product over HTTP, on SQLite and on PostgreSQL: `python -m bench.bench_http`.

Pages are asked by turns with two yardsticks on the same server (see `bench.urls`), so that what else the machine does
falls on all of them alike. The figure to trust is CPU ms a request: the time that the web workers and, on PostgreSQL,
their database processes have used, whoever else was busy. BENCH_QUICK=1 is rough and takes half a minute;
BENCH_SYNC=1 measures workers without threads.
PostgreSQL is that of BENCH_POSTGRES_URL or of `scripts/postgres url`; a database is made there and dropped again.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.lib import table
from bench.lib.client import Guests
from bench.lib.database import Database, Postgres, Sqlite, postgres_url
from bench.lib.server import ROOT, Server, cpu_by_process, environment, free_port, machine_seconds, pace
from bench.lib.table import Figures, Sample

QUICK = os.environ.get("BENCH_QUICK") == "1"
ROUNDS, SECONDS = (1, 0.2) if QUICK else (3, 0.5)
GROWN = 100_000 if QUICK else 1_000_000
CROWDS = (1, 4)
HOLD = "hold a chair"
GROWING = ("a day, anyone", "31 days, anyone")


class Run:
    """One database, one server, its guests."""

    def __init__(self, database: Database, folder: Path, static_root: Path) -> None:
        self.database, self.folder = database, folder
        self.port = free_port()
        self.env = environment(database.url, self.port, static_root)

    def plan(self, *arguments: str) -> str:
        """Work on the data, in a process of its own that speaks Django."""
        command = [sys.executable, "-m", "bench.lib.plan", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise SystemExit(done.stderr)
        return done.stdout

    def measure(self) -> Figures:
        """All targets by turns, then the growth."""
        file = self.folder / "plan.json"
        self.plan(str(file))
        targets = json.loads(file.read_text())
        guests = Guests(self.port, targets)
        try:
            with Server(self.env, self.port, self.folder / "gunicorn.log") as server:
                figures = Figures(self.database.title, {name: target["sql"] for name, target in targets.items()})
                for name in targets:
                    self._round(server, guests, name, len(CROWDS) + 1, 0.15)  # warm: caches, connections, plans
                for _ in range(ROUNDS):
                    for crowd in CROWDS:
                        figures.paces.append(pace())
                        for name in targets:
                            figures.add(name, crowd, self._round(server, guests, name, crowd, SECONDS))
                figures.memory = server.memory()
                self._grow(server, guests, figures)
                return figures
        finally:
            guests.stop()

    def _grow(self, server: Server, guests: Guests, figures: Figures) -> None:
        """The same questions before and after the table has got its history, each several times."""
        for stage in ("before", "after"):
            if stage == "after":
                figures.rows = int(self.plan("--grow", str(GROWN)))
            for _ in range(ROUNDS):
                for name in ("plain view", *GROWING):
                    sample = self._round(server, guests, name, 1, SECONDS)
                    figures.growth.setdefault((name, stage), []).append(sample)

    def _round(self, server: Server, guests: Guests, name: str, crowd: int, seconds: float) -> Sample:
        whose = [*server.workers, *self.database.processes()]
        before, machine = cpu_by_process(whose), machine_seconds()
        answer = guests.ask(name, guests=crowd, seconds=seconds)
        after, machine = cpu_by_process(whose), machine_seconds() - machine
        used = sum(after[pid] - before[pid] for pid in after.keys() & before.keys())
        if name == HOLD:
            self.database.forget_holds()
        return Sample(answer, used, machine)


def collect_static(folder: Path) -> None:
    """Hashed static files, as a deployment has them: the pages look their names up in the manifest."""
    env = environment("sqlite://:memory:", 0, folder)
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=env, check=True)  # noqa: S603


def main() -> int:
    """Measure, print the tables and the goals. 1 when an answer was not what it should be, never for being slow."""
    place = Path(tempfile.mkdtemp(prefix="salon-bench."))
    found: list[Figures] = []
    try:
        collect_static(place / "static")
        databases: list[Database] = [Sqlite(place)]
        if url := postgres_url():
            databases.append(Postgres(url))
        else:
            print("SKIP  PostgreSQL: none found. Set BENCH_POSTGRES_URL, or run scripts/postgres start.")
        for database in databases:
            print(f"measuring over HTTP on {database.title} ...", flush=True)
            folder = place / database.title
            folder.mkdir()
            with database:
                found.append(Run(database, folder, place / "static").measure())
    finally:
        shutil.rmtree(place, ignore_errors=True)
    for figures in found:
        table.show(figures)
    wrong: dict[Any, int] = {key: count for figures in found for key, count in figures.wrong().items()}
    for (title, name, status), count in wrong.items():
        print(f"WRONG  {title}, {name}: {count} answers with status {status or 'none, the connection broke'}")
    table.show_goals(found)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
