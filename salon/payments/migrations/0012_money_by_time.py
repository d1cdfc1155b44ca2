"""Money is asked for by the days it moved on: without these a salon's every payment would be read for one day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0011_wish_sent")]
    operations = [
        migrations.AddIndex(model_name="payment", index=models.Index(fields=["created_at"], name="payment_by_time")),
        migrations.AddIndex(model_name="ledgerentry", index=models.Index(fields=["at"], name="ledger_by_time")),
    ]
