"""Write the secrets of second factors anew with the SECRET_KEY of today, before its predecessor is forgotten."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from salon.accounts.mfa import MfaAdapter

_SECRETS = ("secret", "seed")  # of an authenticator app, of recovery codes


class Command(BaseCommand):
    help = "Rewrite the secrets of second factors with SECRET_KEY; run it before a key leaves SECRET_KEY_FALLBACKS."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        adapter, done, lost = MfaAdapter(), 0, 0
        for pk in Authenticator.objects.order_by("pk").values_list("pk", flat=True):
            with transaction.atomic():
                row = Authenticator.objects.select_for_update().filter(pk=pk).first()
                names = [name for name in _SECRETS if name in row.data] if row is not None else []
                if row is None or not names:
                    continue
                try:
                    row.data |= {name: adapter.encrypt(adapter.decrypt(row.data[name])) for name in names}
                except InvalidToken:
                    lost += 1
                    continue
                row.save(update_fields=["data"])
                done += 1
        self.stdout.write(f"{done} second factors rewritten.")
        if lost:
            raise CommandError(f"{lost} cannot be read: their key is missing in SECRET_KEY_FALLBACKS.")
