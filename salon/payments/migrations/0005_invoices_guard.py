"""Invoices are only ever added, as ledger entries are; see salon/payments/guard.py."""

from django.db import migrations

from salon.payments import guard


def install(apps, schema_editor):
    guard.install(schema_editor.connection, guard.INVOICES)


def remove(apps, schema_editor):
    guard.remove(schema_editor.connection, guard.INVOICES)


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_invoices")]
    operations = [migrations.RunPython(install, remove)]
