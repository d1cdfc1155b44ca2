"""What time does: everything that happens without anybody pressing anything, one step after the other."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command

from salon.accounts import limits
from salon.bookings.models import Booking
from salon.bookings.states import Status
from salon.flows import booking, data_rights, day_round, payment
from salon.notifications import outbox

logger = logging.getLogger("salon.jobs")

HOUR = 3600

ADDRESS_KEPT = dt.timedelta(days=30)
"""How long a booking remembers the scrambled address its time was held from; the privacy page says so."""


def _housekeeping(now: dt.datetime) -> int:
    """Once an hour, whoever comes first: drop counters and sessions that are over, and what is kept for a short time.

    The limit of holds asks for addresses of the last minutes, the audit of letters for those of the last month.
    """
    if not cache.add("salon.jobs.housekeeping", now.isoformat(), timeout=HOUR):
        return 0
    call_command("clearsessions")
    _forget_devices(now)
    old = Booking.objects.exclude(held_from="").exclude(status=Status.HELD)
    old.filter(created_at__lt=now - ADDRESS_KEPT).update(held_from="")
    return limits.purge(now)


def _forget_devices(now: dt.datetime) -> None:
    """Address and browser of a session are kept as long as the session. A day's patience for one just beginning."""
    alive = Session.objects.values("session_key")
    UserSession.objects.filter(created_at__lt=now - limits.DAY).exclude(session_key__in=alive).delete()


# Money before letters: a settled payment writes letters that this same round sends. Accounts end before letters too:
# nobody is written to who has left.
STEPS: dict[str, Callable[[dt.datetime], int]] = {
    "holds": lambda now: booking.expire_due(now=now),
    "payments": lambda now: payment.reconcile(now=now),
    "refunds": lambda now: payment.send_due_refunds(now=now),
    "deletions": lambda now: data_rights.carry_out_open(now=now),
    "letters": lambda now: outbox.dispatch(now=now),
    "days": lambda now: day_round.compare_due(now=now),
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
