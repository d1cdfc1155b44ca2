"""Money may move to another visit, and a refund knows the office's form that ordered it."""

from django.db import migrations, models

from salon.payments import guard


def install(apps, schema_editor):
    """Put the ledger's guard back, should SQLite have copied the table."""
    guard.install(schema_editor.connection, guard.LEDGER)


class Migration(migrations.Migration):
    dependencies = [("payments", "0007_discounts_guard")]
    operations = [
        migrations.AlterField(
            model_name="ledgerentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("capture", "money in"),
                    ("refund", "refund"),
                    ("external_refund", "refund made at the gateway"),
                    ("transfer", "moved to another visit"),
                ],
                max_length=15,
                verbose_name="kind",
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="form_key",
            field=models.UUIDField(blank=True, db_index=True, editable=False, null=True),
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
