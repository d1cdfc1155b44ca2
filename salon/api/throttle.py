"""How many requests of one address are answered in a minute.

Counted in the memory of the worker, on purpose. What is to be kept away is a program that runs wild and takes all
workers; that needs no exact count, and must not cost more than the answers it saves. A row or an entry of the database
cache would be a write for each read, while reads take no lock here (docs/api.md tells the figures). Each worker
counts for itself: with four of them an address gets up to four times the limit.
"""

from __future__ import annotations

import datetime as dt
import threading
from typing import Final

from django.conf import settings

WINDOW: Final = 60  # seconds
MOST_ADDRESSES: Final = 50_000
"""Known at a time, some ten megabytes. A flood from more than these is forgotten rather than remembered."""


class Throttle:
    """Counts of the running minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window = 0
        self._counts: dict[str, int] = {}

    def wait(self, address: str, now: dt.datetime) -> int:
        """Count a request. 0 when it may be answered, else the seconds until it may be asked again."""
        limit = settings.API_REQUESTS_PER_MINUTE
        window, passed = divmod(int(now.timestamp()), WINDOW)
        with self._lock:
            if window != self._window or len(self._counts) >= MOST_ADDRESSES:
                self._window, self._counts = window, {}
            count = self._counts[address] = self._counts.get(address, 0) + 1
        return WINDOW - passed if 0 < limit < count else 0

    def forget(self) -> None:
        """Start over."""
        with self._lock:
            self._counts = {}


throttle = Throttle()
