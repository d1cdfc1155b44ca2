"""Fetching and finding the open times together, in CPU ms of ours and of the database: `python -m bench.bench_fetch`.

20 staff x 30 days x 10 bookings a day, a visit of 60 minutes with buffers on a 15-minute grid; first with 10 thousand
rows of busy time in the table, then with BENCH_ROWS (1 million unless said). The goals are 12 ms for the month, and a
ratio of at most 1.25. The median of many rounds is shown. Both databases are made for the run and thrown away.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from bench.lib.database import Database, Postgres, Sqlite, postgres_url
from bench.lib.server import ROOT, cpu_seconds, environment

MANY = int(os.environ.get("BENCH_ROWS", "1000000"))
ROUNDS = 9 if os.environ.get("BENCH_QUICK") == "1" else 41
DAYS_FILLED = 50  # 20 x 50 x 10 are the 10 thousand
WARM = 3  # rounds that only fill the caches
STAFF, DAYS, BOOKINGS = 20, 30, 10
GOAL_MS, GOAL_RATIO = 12.0, 1.25


def measure() -> None:
    """In a process of its own, on an empty database: fill it, ask, let it grow, ask again."""
    import django  # noqa: PLC0415 - the settings come with the environment

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from bench.lib import seed  # noqa: PLC0415
    from salon.bookings import queries  # noqa: PLC0415
    from salon.bookings.models import BusyTime  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    now = timezone.now()
    today = now.astimezone(dt.timezone(dt.timedelta(hours=3))).date()
    salon, service, team = _salon(today)

    def board(staff: int | None, days: int) -> Callable[[], object]:
        first = today + dt.timedelta(days=1)
        return lambda: queries.load_board(
            salon=salon, services=[service], staff=staff, first_day=first, days=days, now=now
        )

    questions = {
        f"anyone ({STAFF}), {DAYS} days": board(None, DAYS),
        f"anyone ({STAFF}), 1 day": board(None, 1),
        f"one person, {DAYS} days": board(team[0], DAYS),
        "one person, 1 day": board(team[0], 1),
    }
    database: list[int] = []
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            database = [cursor.fetchone()[0]]
        database = [pid for pid in database if Path(f"/proc/{pid}").exists()]
    found: dict[str, list[float]] = {name: [] for name in questions}
    rows = []
    for stage in ("few", "many"):
        if stage == "few":
            seed.settle()
        rows.append(BusyTime.objects.count() if stage == "few" else seed.grow(MANY, today))
        times: dict[str, list[float]] = {name: [] for name in questions}
        for number in range(ROUNDS + WARM):
            for name, ask in questions.items():
                began = time.process_time() + cpu_seconds(database)
                ask()
                if number >= WARM:
                    times[name].append((time.process_time() + cpu_seconds(database) - began) * 1e3)
        for name, measured in times.items():
            found[name].append(median(measured))
    for name, (few, many) in found.items():
        print(f"{connection.vendor}|{name}|{rows[0]}|{few:.3f}|{rows[1]}|{many:.3f}")


def _salon(today: dt.date) -> tuple:
    """One salon of twenty who all do one service, with about ten visits a day each for the coming weeks."""
    from bench.lib.seed import SLUG  # noqa: PLC0415
    from salon.bookings.models import BusyTime  # noqa: PLC0415
    from salon.core.clock import day_start_minute, zone  # noqa: PLC0415
    from salon.salons.models import (  # noqa: PLC0415
        Category,
        City,
        Salon,
        Service,
        Staff,
        StaffService,
        WeeklyHours,
    )

    city = City.objects.create(slug="riyadh", name_ar="الرياض", name_en="Riyadh")
    category = Category.objects.create(slug="bench", name_ar="الشعر", name_en="Hair")
    salon = Salon.objects.create(
        slug=SLUG, name_ar="قياس", name_en="Bench", audience="women", city=city, status="published", lead_minutes=0
    )
    service = Service.objects.create(
        salon=salon,
        category=category,
        name_ar="قص",
        name_en="Cut",
        price=18000,
        minutes=60,
        buffer_before=5,
        buffer_after=10,
    )
    WeeklyHours.objects.bulk_create(
        WeeklyHours(salon=salon, weekday=day, start_minute=start, end_minute=end)
        for day in range(7)
        for start, end in ((540, 780), (810, 1260))
    )
    team = Staff.objects.bulk_create(Staff(salon=salon, name_ar="أ", name_en=f"S{number}") for number in range(STAFF))
    StaffService.objects.bulk_create(StaffService(staff=each, service=service) for each in team)
    draw, riyadh, busy = random.Random(42), zone("Asia/Riyadh"), []
    for each in team:
        for day in range(DAYS_FILLED):
            cursor = day_start_minute(today + dt.timedelta(days=day), riyadh) + 540
            for _ in range(BOOKINGS):
                cursor += draw.choice((0, 0, 5, 15, 30, 65))
                length = draw.choice((15, 30, 35, 45, 60, 75))
                busy.append(BusyTime(staff=each, start_minute=cursor, end_minute=cursor + length))
                cursor += length
    BusyTime.objects.bulk_create(busy, batch_size=2000)
    return salon, service, [each.pk for each in team]


def run(database: Database, static: Path) -> list[list[str]]:
    """The rows that `measure` prints for one database."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.bench_fetch", "--measure"],
        cwd=ROOT,
        env=environment(database.url, 0, static),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return [line.split("|") for line in done.stdout.splitlines()]


def main() -> int:
    """Print the table. 1 when a goal is missed."""
    place = Path(tempfile.mkdtemp(prefix="salon-bench."))
    rows: list[list[str]] = []
    try:
        databases: list[Database] = [Sqlite(place)]
        if url := postgres_url():
            databases.append(Postgres(url))
        else:
            print("SKIP  PostgreSQL: none found. Set BENCH_POSTGRES_URL, or run scripts/postgres start.")
        for database in databases:
            with database:
                rows += run(database, place)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    print(f"{'database':<12}{'open times of':<24}{'rows':>10}{'CPU ms':>9}{'rows':>11}{'CPU ms':>9}{'ratio':>8}")
    missed = 0
    for vendor, name, few_rows, few, many_rows, many in rows:
        ratio = float(many) / float(few)
        over = ratio > GOAL_RATIO or (f"{DAYS} days" in name and float(many) > GOAL_MS)
        missed += over
        print(
            f"{vendor:<12}{name:<24}{int(few_rows):>10,}{float(few):>9.2f}{int(many_rows):>11,}{float(many):>9.2f}"
            f"{ratio:>8.2f}{'  MISSED' if over else ''}"
        )
    print(
        f"goals: {GOAL_MS} ms for {STAFF} people and {DAYS} days, ratio {GOAL_RATIO}: {'MISSED' if missed else 'met'}"
    )
    return 1 if missed else 0


if __name__ == "__main__":
    if "--measure" in sys.argv:
        measure()
    else:
        sys.exit(main())
