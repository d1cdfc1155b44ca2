"""Whole transactions that may be run again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection, transaction

T = TypeVar("T")

ATTEMPTS = 3


def durably(work: Callable[[], T], *, attempts: int = ATTEMPTS) -> T:
    """Run `work` in a transaction of its own and commit it; deadlock, lock timeout and "locked" are tried again.

    `work` must read all it decides on inside, since it may run several times. The last OperationalError is raised.
    """
    for attempt in range(1, attempts + 1):
        try:
            with transaction.atomic(durable=True):
                return work()
        except OperationalError:
            if attempt == attempts or connection.in_atomic_block:
                raise
            time.sleep(random.uniform(0.01, 0.05) * attempt)
    raise AssertionError("unreachable")


def after_commit(work: Callable[[], object]) -> None:
    """Run `work` once the caller's transaction has committed. What it raises is logged and goes no further."""

    def run() -> None:  # a function with a name: Django's log of a failed hook asks for it, and `partial` has none
        work()

    transaction.on_commit(run, robust=True)


def require_transaction() -> None:
    """Refuse to go on outside `atomic`: what follows must stand or fall with its caller's change."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("This must run inside transaction.atomic().")
