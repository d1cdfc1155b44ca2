"""How often is often enough: counters that cost money or trust, kept as rows and counted in one atomic statement.

Windows are fixed and aligned to the Unix epoch in UTC, so "a day" turns over at three in the morning in Riyadh.
Every function takes the moment; nothing here reads the clock.
"""

from __future__ import annotations

import datetime as dt
import math
from datetime import datetime, timedelta
from typing import Final

from allauth.core.internal.ratelimit import get_ip
from django.db import connection
from django.db.models import F
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from salon.accounts.models import UsageCounter

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)

# One statement, whether the row is there, is not, or is full: no rival can come between. The ORM cannot say WHERE here.
_TAKE: Final = """
    INSERT INTO accounts_usagecounter (name, key, window_start, count) VALUES (%s, %s, %s, 1)
    ON CONFLICT (name, key, window_start) DO UPDATE SET count = accounts_usagecounter.count + 1
    WHERE accounts_usagecounter.count < %s
"""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=dt.UTC)


def take(name: str, key: str, *, limit: int, window: timedelta, now: datetime) -> bool:
    """Use one of `limit` in the window that holds `now`; False when none is left. Exact under any number of rivals.

    Commit follows at once unless the caller is inside `atomic`; do not call it inside a long transaction, where the
    row would stay locked for everybody else.
    """
    if limit <= 0:
        return False
    values = [name, key, connection.ops.adapt_datetimefield_value(_start(window, now)), limit]
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        return cursor.rowcount == 1


def give_back(name: str, key: str, *, window: timedelta, now: datetime) -> None:
    """Undo one `take` of the same window: what it paid for did not happen."""
    rows = UsageCounter.objects.filter(name=name, key=key, window_start=_start(window, now), count__gt=0)
    rows.update(count=F("count") - 1)


def used(name: str, key: str, *, window: timedelta, now: datetime) -> int:
    """How many were taken in the window that holds `now`."""
    rows = UsageCounter.objects.filter(name=name, key=key, window_start=_start(window, now))
    return rows.values_list("count", flat=True).first() or 0


def retry_after(window: timedelta, now: datetime) -> int:
    """Whole seconds until the window that holds `now` ends, at least 1: fit for a Retry-After header."""
    return max(1, math.ceil((_start(window, now) + window - now).total_seconds()))


def purge(now: datetime) -> int:
    """Delete counters whose window is over for good (the longest is a day); returns how many."""
    return UsageCounter.objects.filter(window_start__lt=now - 2 * DAY).delete()[0]


def client_address(request: HttpRequest) -> str:
    """The address the request came from, behind TRUSTED_PROXY_COUNT proxies; an IPv6 one is cut to its /64.

    The adapter's NOWHERE when it cannot be told (a unix socket, a request that bypassed the proxies): all such share
    one limit.
    """
    return get_ip(request)


def address_key(address: str) -> str:
    """32 hexadecimal digits that stand for `address` and cannot be turned back into it without SECRET_KEY."""
    return salted_hmac("salon.accounts.address", address, algorithm="sha256").hexdigest()[:32]


def _start(window: timedelta, now: datetime) -> datetime:
    return now - (now - _EPOCH) % window
