"""`manage.py audit_invariants`: one line an invariant; exit code 1 if any is broken."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from salon.jobs.audit import audit


class Command(BaseCommand):
    """Ask the database every truth that must hold."""

    help = "Count what breaks each invariant; exit 1 if anything does. Reads only."

    def handle(self, *_args: Any, **_options: Any) -> None:
        findings = audit(now=timezone.now())
        for name, broken in findings:
            self.stdout.write(f"{'BROKEN' if broken else 'ok':6} {broken:6} {name}")
        broken = sum(finding.broken for finding in findings)
        self.stdout.write("audit: all good" if not broken else f"audit: {broken} broken")
        if broken:
            sys.exit(1)
