"""What a no-show leaves with a salon may become credit there."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("salons", "0002_terms")]
    operations = [
        migrations.AddField(
            model_name="salon",
            name="no_show_credit",
            field=models.BooleanField(
                default=False,
                help_text="The guest can use it here for a later visit. It never ends.",
                verbose_name="what is kept then becomes salon credit",
            ),
        ),
    ]
