"""Rivals in processes of their own, let go at the same instant by a barrier, against a real database file or server.

    DATABASE_URL=… python -m salon.tests.races.arena herd --rivals 16 --rounds 20

prints one JSON line: what everybody got, the slowest waits, and what the database looks like afterwards. Threads and
a shared transaction would hide races; so do random attempts. Processes are forked before anybody connects.

`--bare` is the negative control: it takes the guard out of this database and the lock out of the rivals. It is done
here, in the child, by replacing functions; no switch of the product does it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from typing import Any

import salon.tests.environment  # noqa: F401 - the settings of tests, before Django reads them

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salon.settings")
PATIENCE = 120  # seconds that a rival waits for the others before it gives up


@dataclass
class Scene:
    """What a scenario prepared: `play` is one rival's part in one round; `judge` adds to the report."""

    play: Callable[[int, int], str]
    judge: Callable[[], dict[str, Any]] = dict


def run(
    make: Callable[[int, int], Scene], *, rivals: int, rounds: int, bare: str = "", seconds: float = PATIENCE
) -> dict[str, Any]:
    """Prepare with `make`, fork, let go, collect, look. After `seconds` no further round begins."""
    from django.db import connection, connections  # noqa: PLC0415 - after django.setup()

    from salon.bookings import guard  # noqa: PLC0415
    from salon.tests.chairs import overlaps  # noqa: PLC0415

    scene = make(rivals, rounds)
    if "guard" in bare:
        guard.remove(connection)
    connections.close_all()

    fork = multiprocessing.get_context("fork")
    began, over, answers = time.monotonic(), fork.Value("b", 0), fork.Queue()

    def look_at_the_clock() -> None:
        over.value = time.monotonic() - began > seconds

    barrier = fork.Barrier(rivals, look_at_the_clock)
    children = [
        fork.Process(
            target=_rival,
            kwargs={
                "scene": scene,
                "number": number,
                "rounds": rounds,
                "barrier": barrier,
                "over": over,
                "answers": answers,
                "bare": bare,
            },
            daemon=True,
        )
        for number in range(rivals)
    ]
    for child in children:
        child.start()
    collected = [answers.get(timeout=seconds + PATIENCE) for _ in children]
    for child in children:
        child.join(PATIENCE)
    took = time.monotonic() - began
    rounds = len(collected[0][0])

    outcomes: Counter[str] = Counter()
    winners: Counter[int] = Counter()
    waits: list[float] = []
    for results, _ in collected:
        for number, (outcome, wait) in enumerate(results):
            outcomes[outcome] += 1
            winners[number] += outcome == "won"
            waits.append(wait)
    waits.sort()
    report = {
        "vendor": connection.vendor,
        "rivals": rivals,
        "rounds": rounds,
        "outcomes": dict(outcomes),
        "errors": sum(count for outcome, count in outcomes.items() if outcome.startswith("error")),
        "tried_again": sum(retries for _, retries in collected),  # deadlocks and lock timeouts that were survived
        "winners_a_round": sorted({winners[number] for number in range(rounds)}),
        "overlaps": overlaps(),
        "p99_ms": round(waits[int(len(waits) * 0.99)] * 1000),
        "max_ms": round(waits[-1] * 1000),
        "seconds": round(took, 2),
        **scene.judge(),
    }
    if "guard" in bare:
        _clear()
        guard.install(connection)
    return report


def _rival(*, scene: Scene, number: int, rounds: int, barrier: Barrier, over: Any, answers: Any, bare: str) -> None:
    """One process: every round at the same moment as all others."""
    from unittest import mock  # noqa: PLC0415

    from salon.core import transactions  # noqa: PLC0415

    tries_again = mock.Mock(sleep=mock.Mock(side_effect=time.sleep))
    with (
        mock.patch.object(transactions, "time", tries_again),
        _unlocked() if "lock" in bare else contextlib.nullcontext(),
    ):
        results = []
        for this in range(rounds):
            barrier.wait(PATIENCE)
            if over.value:
                break
            began = time.monotonic()
            try:
                outcome = scene.play(number, this)
            except Exception as error:  # noqa: BLE001 - an unexpected error is a result to report
                outcome = f"error: {type(error).__name__}: {str(error)[:120]}"
            results.append((outcome, time.monotonic() - began))
        answers.put((results, tries_again.sleep.call_count))
    from django.db import connections  # noqa: PLC0415

    connections.close_all()


@contextlib.contextmanager
def _unlocked() -> Iterator[None]:
    """Take the lock away, and lengthen the moment between looking and writing in which it is missed.

    PostgreSQL: the staff rows are read without FOR NO KEY UPDATE. SQLite, whose one write lock is taken by BEGIN
    IMMEDIATE: no transaction at all.
    """
    from unittest import mock  # noqa: PLC0415

    from django.db import connection  # noqa: PLC0415

    from salon.bookings import availability, hot_reads, moves, reserve  # noqa: PLC0415
    from salon.flows import booking as flow  # noqa: PLC0415

    read, look = hot_reads.offer_rows, availability.slot_at

    def read_without_lock(*asked: Any, **named: Any) -> Any:
        return read(*asked, **named | {"lock": False})

    def look_slowly(*asked: Any, **named: Any) -> Any:
        found = look(*asked, **named)
        time.sleep(0.005)
        return found

    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(hot_reads, "offer_rows", read_without_lock))
        stack.enter_context(mock.patch.object(availability, "slot_at", look_slowly))
        if connection.vendor == "sqlite":
            stack.enter_context(mock.patch.object(flow, "durably", lambda work: work()))
            for module in (reserve, moves):
                stack.enter_context(mock.patch.object(module, "require_transaction", return_value=None))
        yield


def without_locks() -> None:
    """For negative controls of a whole process: no lock outlives its statement.

    Rows are read without their locks, and there is no transaction: it would keep those that writing takes.
    """
    from django.db import transaction  # noqa: PLC0415
    from django.db.models import QuerySet  # noqa: PLC0415

    from salon.core.transactions import require_transaction  # noqa: PLC0415

    QuerySet.select_for_update = lambda self, **_: self
    transaction.atomic = lambda *_, **__: contextlib.nullcontext()
    require_transaction.__code__ = (lambda: None).__code__  # wherever it was imported to


def _clear() -> None:
    """Away with what the negative control left, so that the guard can be put back."""
    from salon.bookings.models import BusyTime  # noqa: PLC0415

    BusyTime.objects.all().delete()


def main() -> None:
    import django  # noqa: PLC0415

    parser = argparse.ArgumentParser()
    parser.add_argument("scenario")
    parser.add_argument("--rivals", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--bare", default="", help="any of: lock, guard")
    parser.add_argument("--seconds", type=float, default=PATIENCE)
    asked = parser.parse_args()
    django.setup()
    logging.disable(logging.CRITICAL)
    from salon.tests.races import counter, invoicing, money, moving, scenes, sign_in  # noqa: PLC0415

    every = scenes.SCENES | sign_in.SCENES | invoicing.SCENES | moving.SCENES | counter.SCENES | money.SCENES
    report = run(
        every[asked.scenario], rivals=asked.rivals, rounds=asked.rounds, bare=asked.bare, seconds=asked.seconds
    )
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
