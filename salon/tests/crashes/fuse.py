"""A process that dies in the middle of its work, by `os._exit`, as a power cut ends it: no `finally`, no rollback sent.

`perish` runs the work in a forked child with connections of its own and ends that child at one of its steps: before a
write outside of a transaction, before and after each commit, before and after each request to the gateway, and inside
transactions before the writes of `MIDWAY`. Other moments leave nothing else behind than one of these; with
CRASH_EVERYWHERE=1 every write counts all the same. Nothing in the product knows of it: all is patched in the child.
"""

from __future__ import annotations

import logging
import os
import re
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from typing import Any
from unittest import mock

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from salon.core import http

KILLED = 137
MIDWAY = {
    *("insert payments_payment", "insert payments_ledgerentry", "insert payments_invoice", "insert payments_refund"),
    *("insert bookings_busytime", "update bookings_booking"),
}
EVERYWHERE = os.environ.get("CRASH_EVERYWHERE", "") == "1"
PATIENCE = 60  # seconds after which a child that hangs is ended
BROKEN = 70
_WRITE = re.compile(r'\s*(INSERT|UPDATE|DELETE)\b(?:.*?\b(?:INTO|FROM))?\s+"?(\w+)"?', re.IGNORECASE | re.DOTALL)
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


class Fuse:
    """Counts the steps of this process and ends it at number `at` (from 1); `last_words` hears which step that was."""

    def __init__(self, at: int, last_words: Callable[[str], None]) -> None:
        self.at = at
        self.last_words = last_words
        self.steps = 0

    def step(self, what: str) -> None:
        self.steps += 1
        if self.steps == self.at:
            self.last_words(what)
            os._exit(KILLED)

    @contextmanager
    def lit(self) -> Iterator[None]:
        commit, send = BaseDatabaseWrapper.commit, http.send

        def execute(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
            if written := _WRITE.match(sql):
                what = f"{written[1].lower()} {written[2]}"
                if EVERYWHERE or what in MIDWAY or not connection.in_atomic_block:
                    self.step(what)
            return execute(sql, params, many, context)

        def commit_or_die(wrapper: BaseDatabaseWrapper) -> None:
            self.step("commit")
            commit(wrapper)
            self.step("committed")

        def send_or_die(method: str, url: str, **how: Any) -> http.HttpAnswer:
            what = f"{method} {_ID.sub('*', url.partition('/v1')[2])}"
            self.step(what)
            answer = send(method, url, **how)
            self.step(f"{what} answered")
            return answer

        with ExitStack() as stack:
            stack.enter_context(mock.patch.object(BaseDatabaseWrapper, "commit", commit_or_die))
            stack.enter_context(mock.patch.object(http, "send", send_or_die))
            stack.enter_context(connection.execute_wrapper(execute))
            yield


def perish(work: Callable[[], object], *, at: int, still: AbstractContextManager[object]) -> str | None:
    """Run `work` in a child that dies at step `at`; the step's name, or None if it had fewer and lived.

    `still` keeps the other threads of this process out of locks: one that is held at the fork stays so in the child.
    """
    connections.close_all()  # a connection must not be in two processes
    inlet, outlet = os.pipe()
    with still:
        pid = os.fork()
    if pid == 0:  # never leaves this block alive: there must not be two test runs
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(PATIENCE)
        logging.disable(logging.CRITICAL)  # another thread may have been writing: its stream stays locked here
        try:
            os.close(inlet)
            with Fuse(at, partial(_tell, outlet)).lit():
                work()
            os._exit(0)
        except BaseException:  # noqa: BLE001 - whatever it is, it is told to the parent
            _tell(outlet, traceback.format_exc())
        finally:
            os._exit(BROKEN)
    os.close(outlet)
    with os.fdopen(inlet) as pipe:
        told = pipe.read()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in (0, KILLED), f"{code}: {told}"
    return told if code == KILLED else None


def _tell(outlet: int, text: str) -> None:
    with os.fdopen(outlet, "w") as pipe:
        pipe.write(text)
