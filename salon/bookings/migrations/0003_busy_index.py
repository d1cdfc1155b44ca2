"""One index on busy time instead of two. SQLite rebuilds the table for it, so the guard is put back."""

import django.db.models.deletion
from django.db import migrations, models

from salon.bookings import guard


def install(apps, schema_editor):
    guard.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("bookings", "0002_guard")]
    operations = [
        # First, so that it comes last when undoing: that rebuilds the table on SQLite as well.
        migrations.RunPython(migrations.RunPython.noop, install),
        migrations.AlterField(
            model_name="busytime",
            name="staff",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="busy_times",
                to="salons.staff",
                verbose_name="staff member",
            ),
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
