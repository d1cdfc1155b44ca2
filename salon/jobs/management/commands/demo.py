"""`manage.py demo`: invented salons and four weeks of bookings around today. Run it as often as you like."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from salon.jobs.demo import people
from salon.jobs.demo.bookings import write_days
from salon.jobs.demo.build import everyone, salons
from salon.reviews.domain import refresh_rating


class Command(BaseCommand):
    help = "Writes the demo data that is missing: salons, teams, people, bookings around today. Changes nothing else."

    def handle(self, *args: Any, **options: Any) -> None:
        del args, options
        now = timezone.now()
        users = everyone()
        pairs = salons(users)
        bookings = 0
        for sheet, salon in pairs:
            written = write_days(salon=salon, sheet=sheet, users=users, now=now)
            if written:
                refresh_rating(salon)
                self.stdout.write(f"  {salon.slug}: {written} bookings")
                self.stdout.flush()
            bookings += written
        self.stdout.write(f"Demo: {len(pairs)} salons, {bookings} new bookings.")
        self.stdout.write("Sign in with these numbers; the code appears in /dev/inbox/ while DEBUG is on:")
        for label, (number, english, arabic) in (
            ("guest", people.GUEST),
            ("owner", people.OWNER),
            ("stylist", people.STYLIST),
            ("operator", people.OPERATOR),
        ):
            self.stdout.write(f"  {label:<9} {number}  {english} · {arabic}")
        self.stdout.write(
            "The operator sets a second factor up at the first visit to /admin/, the owner before money goes back."
        )
