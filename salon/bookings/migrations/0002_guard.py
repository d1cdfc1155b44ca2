"""The guard below the code; see salon/bookings/guard.py. An ExclusionConstraint in Meta would break SQLite."""

from django.db import migrations

from salon.bookings import guard


def install(apps, schema_editor):
    guard.install(schema_editor.connection)


def remove(apps, schema_editor):
    guard.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("bookings", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
