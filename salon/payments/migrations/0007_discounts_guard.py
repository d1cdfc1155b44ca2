"""Discounts are only ever added, as ledger entries are (salon/payments/guard.py); old payments learn their kind."""

from django.db import migrations

from salon.payments import guard

KINDS = {"mada", "visa", "mastercard", "amex", "applepay", "samsungpay", "stcpay"}


def install(apps, schema_editor):
    guard.install(schema_editor.connection, guard.DISCOUNTS)


def remove(apps, schema_editor):
    guard.remove(schema_editor.connection, guard.DISCOUNTS)


def name_kinds(apps, schema_editor):
    """`method` begins with what was paid with: "mada 1010"."""
    payments = apps.get_model("payments", "Payment").objects
    for kind in KINDS:
        payments.filter(method_kind="", method__startswith=kind).update(method_kind=kind)
    payments.filter(method_kind="", state="paid").update(method_kind="other")


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_checkouts_and_counter")]
    operations = [
        migrations.RunPython(name_kinds, migrations.RunPython.noop),
        migrations.RunPython(install, remove),
    ]
