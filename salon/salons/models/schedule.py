"""When a salon and its staff work. Minutes count from local midnight of the business day and may pass 1440:
a Ramadan evening from 20:00 to 02:00 is (1200, 1560) and belongs to the day it opened on.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from salon.salons.models.salon import Salon
from salon.salons.models.staff import Staff
from salon.salons.models.terms import OwnTerms

LATEST_END = 1440 + 720
SANE_SHIFT = Q(start_minute__lt=F("end_minute")) & Q(start_minute__lt=1440) & Q(end_minute__lte=LATEST_END)


class Weekday(models.IntegerChoices):
    """The week as Saudi Arabia counts it; `core.clock.weekday_of` is the one converter."""

    SUNDAY = 0, _("Sunday")
    MONDAY = 1, _("Monday")
    TUESDAY = 2, _("Tuesday")
    WEDNESDAY = 3, _("Wednesday")
    THURSDAY = 4, _("Thursday")
    FRIDAY = 5, _("Friday")
    SATURDAY = 6, _("Saturday")


class WeeklyHours(models.Model):
    """One shift of one weekday: the salon's own, or a staff member's.

    A staff member with rows of their own works in those, within the salon's; without, in the salon's.
    """

    salon = models.ForeignKey(Salon, on_delete=models.CASCADE, related_name="weekly_hours", verbose_name=_("salon"))
    staff = models.ForeignKey(
        Staff,
        on_delete=models.CASCADE,
        related_name="weekly_hours",
        null=True,
        blank=True,
        verbose_name=_("staff member"),
    )
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    start_minute = models.PositiveSmallIntegerField(_("from, minutes after midnight"))
    end_minute = models.PositiveSmallIntegerField(_("to, minutes after midnight"))

    class Meta:
        verbose_name = _("weekly hours")
        verbose_name_plural = _("weekly hours")
        ordering = ["weekday", "start_minute"]
        constraints = [
            models.CheckConstraint(condition=SANE_SHIFT, name="weekly_hours_sane"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="weekly_hours_weekday"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.start_minute}-{self.end_minute}"


class Season(OwnTerms):
    """Days on which other hours, and terms of their own, replace the usual ones, such as Ramadan. Both days included.

    Which days a visit belongs to is its business day's to say.
    """

    salon = models.ForeignKey(Salon, on_delete=models.CASCADE, related_name="seasons", verbose_name=_("salon"))
    name_ar = models.CharField(_("name (Arabic)"), max_length=60)
    name_en = models.CharField(_("name (English)"), max_length=60)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))

    class Meta:
        verbose_name = _("season")
        verbose_name_plural = _("seasons")
        ordering = ["first_day"]
        constraints = [models.CheckConstraint(condition=Q(first_day__lte=F("last_day")), name="season_days_ordered")]

    def __str__(self) -> str:
        return self.name_ar


class SeasonHours(models.Model):
    season = models.ForeignKey(Season, on_delete=models.CASCADE, related_name="hours", verbose_name=_("season"))
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    start_minute = models.PositiveSmallIntegerField(_("from, minutes after midnight"))
    end_minute = models.PositiveSmallIntegerField(_("to, minutes after midnight"))

    class Meta:
        verbose_name = _("season's hours")
        verbose_name_plural = _("season's hours")
        ordering = ["weekday", "start_minute"]
        constraints = [
            models.CheckConstraint(condition=SANE_SHIFT, name="season_hours_sane"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="season_hours_weekday"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.start_minute}-{self.end_minute}"


class Closure(models.Model):
    """Days on which the whole salon is closed. Both days are included."""

    salon = models.ForeignKey(Salon, on_delete=models.CASCADE, related_name="closures", verbose_name=_("salon"))
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        ordering = ["first_day"]
        constraints = [models.CheckConstraint(condition=Q(first_day__lte=F("last_day")), name="closure_days_ordered")]

    def __str__(self) -> str:
        return f"{self.first_day} – {self.last_day}"
