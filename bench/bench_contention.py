"""Ten thousand attempts at too few chairs: `python -m bench.bench_contention`.

Rivals in separate processes are let go by a barrier and all want overlapping times of one person: 16 on PostgreSQL,
8 on SQLite, and 16 guests over HTTP against gunicorn with two synchronous workers. Exactly one may win a round, no two
busy times may overlap, nobody may see an error, and over HTTP the losers get 409 with fresh times. The last lines are
the negative control: without lock and guard the same herd must book chairs twice, or the rest proves nothing.

BENCH_ATTEMPTS changes the number, BENCH_QUICK=1 takes seconds. No part runs longer than BENCH_SECONDS (240).
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import uuid
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.bench_http import collect_static
from bench.lib.database import Database, Postgres, Sqlite, postgres_url
from bench.lib.server import ROOT, Server, environment, free_port

ATTEMPTS = int(os.environ.get("BENCH_ATTEMPTS", "320" if os.environ.get("BENCH_QUICK") == "1" else "10000"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "240"))
NEGATIVE_ROUNDS = 10
RIVALS = {"sqlite": 8, "postgresql": 16}
GUESTS = 16
CSRF = "b" * 32


def over_http(port: int, _rivals: int, _rounds: int) -> Any:
    """The herd as browsers: each press comes from a guest nobody has seen before."""
    from salon.tests.races.arena import Scene  # noqa: PLC0415 - after Django is set up
    from salon.tests.races.scenes import shop, start_of  # noqa: PLC0415

    at = shop()

    def play(rival: int, this: int) -> str:
        body = urlencode(
            {
                "csrfmiddlewaretoken": CSRF,
                "service": at.cut.pk,
                "start": start_of(this) + 15 * (rival % 2),
                "key": uuid.uuid4(),
            }
        )
        status, page = _post(port, f"/s/{at.salon.slug}/book/hold/", body, f"100.64.{this % 256}.{rival + 1}")
        if status in {302, 303}:
            return "won"
        if status == 409:
            return "lost" if b'name="start"' in page else "error: 409 without fresh times"
        return f"error: status {status}"

    return Scene(play)


def _post(port: int, path: str, body: str, address: str) -> tuple[int, bytes]:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nCookie: csrf={CSRF}\r\n"
        f"Referer: http://127.0.0.1:{port}/\r\nX-Forwarded-For: {address}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), 60) as wire:
        wire.sendall((head + body).encode())
        page = b"".join(iter(lambda: wire.recv(65536), b""))
    return int(page[9:12] or 0), page


def part(name: str, attempts: int) -> None:
    """One line of the table, in a process of its own that speaks Django."""
    env = dict(os.environ)
    from salon.tests.races import arena  # noqa: PLC0415 - brings the environment of tests with it

    os.environ.update(env)  # measured as in production: synchronous=FULL and our own settings
    import django  # noqa: PLC0415

    django.setup()
    logging.disable(logging.CRITICAL)
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from salon.tests.races import scenes  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    make, bare = scenes.herd, ""
    rivals = RIVALS[connection.vendor]
    if name == "HTTP":
        rivals, make = GUESTS, partial(over_http, int(os.environ["BENCH_PORT"]))
    elif name == "no lock, no guard":
        bare, attempts = "lock,guard", NEGATIVE_ROUNDS * rivals
    report = arena.run(make, rivals=rivals, rounds=-(-attempts // rivals), bare=bare, seconds=SECONDS)
    print(json.dumps(report))


def run(database: Database, name: str, static: Path, port: int) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603 - our own interpreter and our own module
        [sys.executable, "-m", "bench.bench_contention", "--part", name],
        cwd=ROOT,
        env=environment(database.url, port, static) | {"BENCH_PORT": str(port), "OTP_PROVIDER": "console"},
        capture_output=True,
        text=True,
        timeout=SECONDS * 3 + 300,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr[-4000:])
    return json.loads(done.stdout.splitlines()[-1])


def main() -> int:
    """Print the table. 1 when a chair was booked twice, somebody saw an error, or the control found nothing."""
    place = Path(tempfile.mkdtemp(prefix="salon-bench."))
    bad = 0
    print(
        f"{'database':<12}{'herd':<19}{'rivals':>7}{'attempts':>9}{'winners a round':>17}{'overlaps':>9}{'errors':>8}"
        f"{'retries':>8}{'p99 ms':>8}{'max ms':>8}{'a second':>9}"
    )
    try:
        collect_static(place / "static")
        databases: list[Database] = [Sqlite(place)]
        if url := postgres_url():
            databases.append(Postgres(url))
        else:
            print("SKIP  PostgreSQL: none found. Set BENCH_POSTGRES_URL, or run scripts/postgres start.")
        for database in databases:
            with database:
                for name in ("processes", "HTTP", "no lock, no guard"):
                    report = _measured(database, name, place)
                    bad += _show(database.title, name, report)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    print("chairs booked twice, errors, or a control that found nothing" if bad else "no chair was booked twice")
    return 1 if bad else 0


def _measured(database: Database, name: str, place: Path) -> dict[str, Any]:
    port = free_port()
    if name != "HTTP":
        return run(database, name, place / "static", port)
    with Server(environment(database.url, port, place / "static"), port, place / "gunicorn.log"):
        return run(database, name, place / "static", port)


def _show(title: str, name: str, report: dict[str, Any]) -> bool:
    """Print the line; True when it is not as it should be."""
    attempts = sum(report["outcomes"].values())
    winners = report["winners_a_round"]
    print(
        f"{title:<12}{name:<19}{report['rivals']:>7}{attempts:>9,}{'-'.join(map(str, winners)):>17}"
        f"{report['overlaps']:>9,}{report['errors']:>8}{report['tried_again']:>8}{report['p99_ms']:>8}"
        f"{report['max_ms']:>8}{attempts / report['seconds']:>9.0f}",
        flush=True,
    )
    if report["errors"]:
        print({outcome: count for outcome, count in report["outcomes"].items() if outcome.startswith("error")})
    if name == "no lock, no guard":
        return not report["overlaps"]
    return bool(winners != [1] or report["overlaps"] or report["errors"])


if __name__ == "__main__":
    if "--part" in sys.argv:
        part(sys.argv[sys.argv.index("--part") + 1], ATTEMPTS)
    else:
        sys.exit(main())
