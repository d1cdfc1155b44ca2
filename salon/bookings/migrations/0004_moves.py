"""A change of time is an event with two starts. SQLite rebuilds the table for the check, so the guard comes after it."""

from django.db import migrations, models

from salon.bookings import guard


def install(apps, schema_editor):
    guard.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("bookings", "0003_busy_index")]
    operations = [
        # First, so that it comes last when undoing: that rebuilds the table on SQLite as well.
        migrations.RunPython(migrations.RunPython.noop, install),
        migrations.AddField(
            "bookingevent",
            "moved_from",
            models.DateTimeField(blank=True, null=True, verbose_name="moved from"),
        ),
        migrations.AddField(
            "bookingevent",
            "moved_to",
            models.DateTimeField(blank=True, null=True, verbose_name="moved to"),
        ),
        migrations.AddConstraint(
            "bookingevent",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Q(("old_status", models.F("new_status")), _negated=True),
                        ("moved_from__isnull", True),
                        ("moved_to__isnull", True),
                    ),
                    models.Q(
                        ("moved_from__isnull", False), ("moved_to__isnull", False), ("old_status", models.F("new_status"))
                    ),
                    _connector="OR",
                ),
                name="event_moves_status_or_time",
            ),
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
