# Only empty columns and one that may be empty from now on: no row changes its meaning, and the code before this one
# goes on working. SQLite copies the salons once for the last of them.

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('salons', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='salon',
            name='deposit_amount',
            field=models.PositiveIntegerField(blank=True, help_text='A fixed amount for the visit instead of a percentage, such as 10000 for 100 riyals.', null=True, validators=[django.core.validators.MinValueValidator(100)], verbose_name='deposit, halalas'),
        ),
        migrations.AddField(
            model_name='salon',
            name='free_minutes',
            field=models.PositiveIntegerField(blank=True, help_text='Empty: as the policy says, 240, 1440 or 20160.', null=True, validators=[django.core.validators.MaxValueValidator(129600)], verbose_name='free cancellation until, minutes before'),
        ),
        migrations.AddField(
            model_name='salon',
            name='grace_minutes',
            field=models.PositiveSmallIntegerField(blank=True, help_text='A no-show can be marked only after them. Empty: 15.', null=True, validators=[django.core.validators.MaxValueValidator(120)], verbose_name='minutes the salon waits for a late guest'),
        ),
        migrations.AddField(
            model_name='salon',
            name='late_keeps',
            field=models.CharField(blank=True, choices=[('deposit', 'the deposit; what was paid above it goes back'), ('all', 'all that was paid')], help_text='Empty: the deposit. Where the whole price is prepaid, the whole price is the deposit.', max_length=7, null=True, verbose_name='kept when the guest cancels late'),
        ),
        migrations.AddField(
            model_name='salon',
            name='no_show_keeps',
            field=models.CharField(blank=True, choices=[('nothing', 'nothing: all of it goes back'), ('deposit', 'the deposit; what was paid above it goes back'), ('all', 'all that was paid')], help_text='Empty: the deposit, or all with the strict policy. Never less than for a late cancellation.', max_length=7, null=True, verbose_name='kept when the guest does not come'),
        ),
        migrations.AddField(
            model_name='season',
            name='deposit_amount',
            field=models.PositiveIntegerField(blank=True, help_text='A fixed amount instead of a percentage, such as 10000 for 100 riyals. Never more than the price.', null=True, validators=[django.core.validators.MinValueValidator(100)], verbose_name='deposit of its own, halalas'),
        ),
        migrations.AddField(
            model_name='season',
            name='deposit_percent',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Of its price.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='deposit of its own, percent'),
        ),
        migrations.AddField(
            model_name='season',
            name='free_minutes',
            field=models.PositiveIntegerField(blank=True, help_text='1440 is a day. Of several services in one visit the longest counts.', null=True, validators=[django.core.validators.MaxValueValidator(129600)], verbose_name='free cancellation of its own, minutes before'),
        ),
        migrations.AddField(
            model_name='season',
            name='prepayment',
            field=models.CharField(blank=True, choices=[('none', 'pay at the salon'), ('deposit', 'a deposit, or the whole price if the guest likes'), ('full', 'the whole price')], help_text='Empty: as the salon asks, or a deposit when one is named below.', max_length=7, null=True, verbose_name='prepayment of its own'),
        ),
        migrations.AddField(
            model_name='service',
            name='deposit_amount',
            field=models.PositiveIntegerField(blank=True, help_text='A fixed amount instead of a percentage, such as 10000 for 100 riyals. Never more than the price.', null=True, validators=[django.core.validators.MinValueValidator(100)], verbose_name='deposit of its own, halalas'),
        ),
        migrations.AddField(
            model_name='service',
            name='deposit_percent',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Of its price.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='deposit of its own, percent'),
        ),
        migrations.AddField(
            model_name='service',
            name='free_minutes',
            field=models.PositiveIntegerField(blank=True, help_text='1440 is a day. Of several services in one visit the longest counts.', null=True, validators=[django.core.validators.MaxValueValidator(129600)], verbose_name='free cancellation of its own, minutes before'),
        ),
        migrations.AddField(
            model_name='service',
            name='prepayment',
            field=models.CharField(blank=True, choices=[('none', 'pay at the salon'), ('deposit', 'a deposit, or the whole price if the guest likes'), ('full', 'the whole price')], help_text='Empty: as the salon asks, or a deposit when one is named below.', max_length=7, null=True, verbose_name='prepayment of its own'),
        ),
        migrations.AlterField(
            model_name='salon',
            name='deposit_percent',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Of the price. Empty: 25, or 50 with the strict policy.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='deposit, percent'),
        ),
        migrations.AlterField(
            model_name='salon',
            name='policy',
            field=models.CharField(choices=[('flexible', 'Flexible: free until 4 hours before'), ('standard', 'Standard: free until 24 hours before'), ('strict', 'Strict: free until 14 days before')], default='standard', help_text='What is left empty below follows from it.', max_length=8, verbose_name='cancellation policy'),
        ),
    ]
