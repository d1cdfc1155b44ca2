"""Whose turn it is to compare days with the gateway."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0009_decline_code")]
    operations = [
        migrations.CreateModel(
            name="DayWatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("gateway", models.CharField(max_length=10, unique=True, verbose_name="gateway")),
                ("until", models.DateTimeField(blank=True, null=True, verbose_name="taken until")),
                (
                    "failures",
                    models.PositiveSmallIntegerField(default=0, verbose_name="rounds without an answer"),
                ),
            ],
            options={
                "verbose_name": "turn of the daily comparison",
                "verbose_name_plural": "turns of the daily comparison",
            },
        ),
    ]
