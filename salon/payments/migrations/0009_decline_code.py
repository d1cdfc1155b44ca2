"""Why a payment was turned down, beside the gateway's words."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0008_counter")]
    operations = [
        migrations.AddField(
            model_name="payment",
            name="decline_code",
            field=models.CharField(blank=True, default="", max_length=10, verbose_name="why it was declined"),
            preserve_default=False,
        ),
    ]
