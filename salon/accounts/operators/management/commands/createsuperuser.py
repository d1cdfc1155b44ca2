"""The first operator: a mobile number, and nothing else. Django's command would ask for a password nobody can use."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError, transaction

from salon.accounts.models import User
from salon.core.phones import InvalidPhone, parse_mobile


class Command(BaseCommand):
    help = (
        "Make an operator with all rights. The number signs in by a code, then sets up a passkey or authenticator app."
    )
    requires_migrations_checks = True
    stealth_options = ("stdin",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--phone", help="The operator's mobile number, in any spelling.")
        parser.add_argument("--name", default="", help="How the operator is called (optional).")
        parser.add_argument(
            "--noinput",
            "--no-input",
            action="store_false",
            dest="interactive",
            help="Ask nothing: the number comes from --phone or DJANGO_SUPERUSER_PHONE.",
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        given = options["phone"] or ("" if options["interactive"] else os.environ.get("DJANGO_SUPERUSER_PHONE", ""))
        if given:
            phone = self._checked(given)
        elif options["interactive"]:
            phone = self._asked(options.get("stdin") or sys.stdin)
        else:
            raise CommandError("No mobile number: give --phone, or set DJANGO_SUPERUSER_PHONE.")
        try:
            with transaction.atomic():
                User.objects.create_superuser(phone, name=options["name"].strip())
        except IntegrityError:
            raise CommandError(_taken(phone)) from None
        self.stdout.write(self.style.SUCCESS(f"{phone} is an operator now and signs in with a code at /admin/."))

    def _asked(self, answers: Any) -> str:
        """Ask until the number is right."""
        if hasattr(answers, "isatty") and not answers.isatty():
            raise CommandError("Nobody is there to ask: give --phone, or use --noinput with DJANGO_SUPERUSER_PHONE.")
        try:
            while True:
                try:
                    return self._checked(input("Mobile number (05XXXXXXXX): "))
                except CommandError as error:
                    self.stderr.write(f"{error}")
        except (KeyboardInterrupt, EOFError):
            raise CommandError("Nobody was made an operator.") from None

    def _checked(self, given: str) -> str:
        """E.164, free to use. Raises CommandError with a sentence."""
        try:
            phone = parse_mobile(given.strip(), countries=settings.OTP_COUNTRIES)
        except InvalidPhone:
            raise CommandError(f"“{given.strip()}” is not a mobile number. Write it like 05XXXXXXXX.") from None
        if User.objects.filter(phone=phone).exists():
            raise CommandError(_taken(phone))
        return phone


def _taken(phone: str) -> str:
    return f"{phone} belongs to somebody already. An operator can give that account its rights in the administration."
