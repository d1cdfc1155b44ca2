"""When days are compared with the gateway: a step of `tick`, one worker at a time.

Each day after three in the morning in Riyadh yesterday is compared, and the fortnight before it once more; a day of
the last thirty that was never compared (the clock stood still) is made up for. Before our first payment there is
nothing to compare.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.db.models import Min, Q

from salon.core import backoff, clock
from salon.flows.day_check import ZONE, Look, Patience, Unfinished, compare
from salon.payments.day_models import DayCheck, DayWatch, Finding
from salon.payments.gateways.base import GatewayError
from salon.payments.models import Checkout, Payment

logger = logging.getLogger("salon.flows.day_check")

READY_AT = dt.timedelta(hours=3)
"""How long after midnight a day is compared: payments begun before it have ended by then."""

AGAIN_DAYS = 14
MAKE_UP_DAYS = 30

ROUND_SECONDS = 20.0
"""How long one round may ask: nobody waits for it. The next one goes on where it ended."""

LEASE = dt.timedelta(minutes=15)
"""How long a worker may be silent before another one takes its turn."""

FINDINGS_AGAIN = 20
"""Open findings that one round looks at again, the longest unseen first."""


def compare_due(*, now: dt.datetime) -> int:
    """Compare every day whose time has come; how many were. Raises nothing for the gateway's troubles.

    No answer for two days in a row ends the round, and the next one waits, longer each time.
    """
    if not due(now=now):
        return 0
    with _turn(now) as turn:
        return _round(turn, now=now) if turn else 0


def due(*, now: dt.datetime) -> list[dt.date]:
    """Days to compare, the newest first."""
    ready = last_ready(now)
    newest, line = ready.date() - dt.timedelta(days=1), ready
    compared = dict(
        DayCheck.objects.filter(
            gateway=settings.PAYMENT_GATEWAY, day__gt=newest - dt.timedelta(days=MAKE_UP_DAYS)
        ).values_list("day", "checked_at")
    )
    days = [newest - dt.timedelta(days=back) for back in range(MAKE_UP_DAYS)]
    wanted = [
        day for back, day in enumerate(days) if day not in compared or (back < AGAIN_DAYS and compared[day] < line)
    ]
    if not wanted:
        return []
    began = (
        Payment.objects.filter(gateway=settings.PAYMENT_GATEWAY)
        .exclude(checkout=Checkout.COUNTER)
        .aggregate(first=Min("created_at"))["first"]
    )
    return [day for day in wanted if began and day >= clock.local_day(began, ZONE)]


def last_ready(now: dt.datetime) -> dt.datetime:
    """The last time it struck three in Riyadh (aware, in that zone)."""
    morning = now.astimezone(ZONE) - READY_AT
    return morning.replace(hour=0, minute=0, second=0, microsecond=0) + READY_AT


class _Turn:
    """One worker's turn: whether the round went well decides when the next may begin."""

    failed = False


@contextmanager
def _turn(now: dt.datetime) -> Iterator[_Turn | None]:
    """Nobody else compares meanwhile, and nobody at all while the gateway is given a rest: then it is None."""
    row, _ = DayWatch.objects.get_or_create(gateway=settings.PAYMENT_GATEWAY)
    free = Q(until__isnull=True) | Q(until__lte=now)
    until = now + LEASE
    if not DayWatch.objects.filter(free, pk=row.pk).update(until=until):
        yield None
        return
    turn = _Turn()
    try:
        yield turn
    finally:
        failures = DayWatch.objects.values_list("failures", flat=True).get(pk=row.pk) + 1 if turn.failed else 0
        DayWatch.objects.filter(pk=row.pk, until=until).update(
            until=now + backoff.pause(failures) if turn.failed else None, failures=failures
        )


def _round(turn: _Turn, *, now: dt.datetime) -> int:
    patience = Patience(until=time.monotonic() + ROUND_SECONDS)
    done, silent = 0, 0
    with suppress(Unfinished):
        for day in due(now=now):  # asked again: another worker may have done some a moment ago
            try:
                compare(day=day, now=now, patience=patience)
            except GatewayError as error:
                logger.warning("%s was not compared with the gateway: %s", day, error)
                turn.failed, silent = True, silent + 1
            except Unfinished:
                raise
            except Exception:
                logger.exception("%s was not compared with the gateway", day)
                turn.failed, silent = True, silent + 1
            else:
                done, silent = done + 1, 0
            if silent >= 2:
                break
            patience.ask()
        if not silent:
            _findings_again(patience, now=now)
    return done


def _findings_again(patience: Patience, *, now: dt.datetime) -> None:
    look = Look(now=now, patience=patience)
    stale = Finding.objects.filter(gateway=settings.PAYMENT_GATEWAY, resolved_at__isnull=True)
    for finding in stale.filter(seen_at__lt=last_ready(now)).order_by("seen_at")[:FINDINGS_AGAIN]:
        try:
            look.again(finding)
        except Unfinished:
            raise
        except Exception as error:  # noqa: BLE001 - it is looked at again tomorrow
            logger.warning("findings were not looked at again: %s", error)
            break
