"""What time does: everything that happens without anybody pressing anything, one step after the other."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from django.core.cache import cache
from django.core.management import call_command

from salon.accounts import limits
from salon.flows import booking, payment
from salon.notifications import outbox

logger = logging.getLogger("salon.jobs")

HOUR = 3600


def _housekeeping(now: dt.datetime) -> int:
    """Once an hour, whoever comes first: drop counters and sessions that are over."""
    if not cache.add("salon.jobs.housekeeping", now.isoformat(), timeout=HOUR):
        return 0
    call_command("clearsessions")
    return limits.purge(now)


# Money before letters: a settled payment writes letters that this same round sends.
STEPS: dict[str, Callable[[dt.datetime], int]] = {
    "holds": lambda now: booking.expire_due(now=now),
    "payments": lambda now: payment.reconcile(now=now),
    "refunds": lambda now: payment.send_due_refunds(now=now),
    "letters": lambda now: outbox.dispatch(now=now),
    "housekeeping": _housekeeping,
}


def run(
    *, clock: Callable[[], dt.datetime], stopping: Callable[[], bool] = lambda: False
) -> tuple[dict[str, int], int]:
    """One round: what each step did, and how many failed. A step that fails stops no other.

    Each step reads the clock anew, because the one before may have waited for a vendor. `stopping` is asked between
    steps.
    """
    done, failed = {}, 0
    for name, step in STEPS.items():
        if stopping():
            break
        try:
            done[name] = step(clock())
        except Exception:
            failed += 1
            logger.exception("tick: %s failed", name)
    return done, failed
