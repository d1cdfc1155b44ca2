"""`manage.py balance`: what the vendors of codes and of letters say is left to send with."""

from __future__ import annotations

import sys
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand

from salon.messaging.authentica import AuthenticaAccount
from salon.messaging.base import WireError

BLOCKS: Final = {"OTP": "Sign-in codes", "NOTIFICATION": "Letters"}
SILENT: Final = {
    "console": "nothing is sent, nothing is spent",
    "unifonic": "Unifonic does not tell its balance here; see its console",
    "twilio": "Twilio does not tell its balance here; see its console",
}


class Command(BaseCommand):
    """One line an account. Exit code 1 when a vendor refuses the key or cannot be asked."""

    help = "Say what is left on the accounts that send sign-in codes and letters."

    def handle(self, **options: Any) -> None:  # noqa: ARG002 - Django's own options
        failed = False
        for block, what in BLOCKS.items():
            name = getattr(settings, f"{block}_PROVIDER")
            try:
                self.stdout.write(f"{what} ({name}): {_left(block, name)}")
            except WireError as error:
                failed = True
                self.stderr.write(f"{what} ({name}): not known: {error}")
        if failed:
            sys.exit(1)


def _left(block: str, name: str) -> str:
    if name in SILENT:
        return SILENT[name]
    account = AuthenticaAccount(
        api_key=getattr(settings, f"{block}_AUTHENTICA_API_KEY"),
        api_url=getattr(settings, f"{block}_AUTHENTICA_API_URL"),
    )
    return f"{account.balance()} credits"
