"""`manage.py tick`: one round of what time does; `--forever`: round after round, as the worker process."""

from __future__ import annotations

import signal
import sys
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from salon.core.secret_key import require_secret_key
from salon.jobs import maintenance


class Command(BaseCommand):
    """End holds, settle payments, send refunds and letters, tidy up. Any number may run at once."""

    help = "End what ran out, settle payments, send refunds and letters, tidy up. Run it every minute, or --forever."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--forever", action="store_true", help="until SIGTERM, which lets the step end")
        parser.add_argument("--pause", type=float, default=2.0, help="seconds between two rounds (default 2)")

    def handle(self, *, forever: bool, pause: float, **options: Any) -> None:  # noqa: ARG002 - Django's own options
        require_secret_key()
        stop = threading.Event()
        signs = (signal.SIGTERM, signal.SIGINT)
        before = [signal.signal(sign, lambda *_: stop.set()) for sign in signs]
        if forever:
            self.stdout.write("tick: at work")
            self.stdout.flush()
        try:
            failed = self._rounds(stop, forever=forever, pause=pause)
        finally:
            for sign, handler in zip(signs, before, strict=True):
                signal.signal(sign, handler)
        if failed and not forever:
            sys.exit(1)

    def _rounds(self, stop: threading.Event, *, forever: bool, pause: float) -> int:
        """How many steps of the last round failed."""
        while True:
            close_old_connections()
            done, failed = maintenance.run(clock=timezone.now, stopping=stop.is_set)
            close_old_connections()
            moved = ", ".join(f"{name} {count}" for name, count in done.items() if count)
            if moved:
                self.stdout.write(f"tick: {moved}")
                self.stdout.flush()
            if not forever or stop.wait(pause):
                return failed
