"""Keeps a provider that is down from being asked in every request: guests should not wait for its timeout.

One for each process, by its own clock: no shared state to fail in its turn. For letters only the try right after a
commit asks here; `tick` goes on trying what is due, and its first success closes the circuit in its own process, as
the next probe does in the others. Sign-in codes ask before every one.
"""

from __future__ import annotations

import time

FAILURES = 5
"""In a row, before requests stop trying."""

PROBE_SECONDS = 60.0
"""Then one request in this time tries all the same."""


class Circuit:
    """Closed (everything goes at once) until FAILURES in a row; then open, with a probe now and then."""

    def __init__(self) -> None:
        self._failed = 0
        self._probe_at = 0.0

    def lets_through(self) -> bool:
        """Whether a request may try now. While open, each yes puts the next one PROBE_SECONDS off."""
        if self._failed < FAILURES:
            return True
        now = time.monotonic()
        if now < self._probe_at:
            return False
        self._probe_at = now + PROBE_SECONDS
        return True

    def tell(self, *, sent: bool) -> None:
        """What became of an attempt."""
        if sent:
            self._failed = 0
            return
        self._failed += 1
        if self._failed == FAILURES:
            self._probe_at = time.monotonic() + PROBE_SECONDS
