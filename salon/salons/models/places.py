"""Where a salon is: city and district. The same district name lives in many cities."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class City(models.Model):
    slug = models.SlugField(_("slug"), unique=True)
    name_ar = models.CharField(_("name (Arabic)"), max_length=60)
    name_en = models.CharField(_("name (English)"), max_length=60)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("city")
        verbose_name_plural = _("cities")
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name_ar


class District(models.Model):
    city = models.ForeignKey(City, on_delete=models.PROTECT, related_name="districts", verbose_name=_("city"))
    slug = models.SlugField(_("slug"))
    name_ar = models.CharField(_("name (Arabic)"), max_length=60, help_text=_("Without the word «حي»."))
    name_en = models.CharField(_("name (English)"), max_length=60)

    class Meta:
        verbose_name = _("district")
        verbose_name_plural = _("districts")
        ordering = ["city", "slug"]
        constraints = [models.UniqueConstraint(fields=["city", "slug"], name="district_once_a_city")]

    def __str__(self) -> str:
        return f"{self.name_ar}، {self.city.name_ar}"
