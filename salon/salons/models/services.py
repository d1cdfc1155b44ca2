"""What a salon does, for how much and how long. Money in halalas, VAT inside; time in minutes."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from salon.salons.models.salon import Salon
from salon.salons.models.terms import OwnTerms

MINUTES = [MinValueValidator(5), MaxValueValidator(600)]


class Category(models.Model):
    """A kind of service, the same words across all salons."""

    slug = models.SlugField(_("slug"), unique=True)
    name_ar = models.CharField(_("name (Arabic)"), max_length=60)
    name_en = models.CharField(_("name (English)"), max_length=60)
    art = models.CharField(_("picture"), max_length=20, default="hair")
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name_ar


class Service(OwnTerms):
    salon = models.ForeignKey(Salon, on_delete=models.CASCADE, related_name="services", verbose_name=_("salon"))
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="services", verbose_name=_("category")
    )
    name_ar = models.CharField(_("name (Arabic)"), max_length=80)
    name_en = models.CharField(_("name (English)"), max_length=80)
    description_ar = models.CharField(_("description (Arabic)"), max_length=240, blank=True)
    description_en = models.CharField(_("description (English)"), max_length=240, blank=True)
    price = models.PositiveIntegerField(_("price, halalas"))
    minutes = models.PositiveSmallIntegerField(_("minutes"), validators=MINUTES)
    buffer_before = models.PositiveSmallIntegerField(_("preparation minutes before"), default=0)
    buffer_after = models.PositiveSmallIntegerField(_("clean-up minutes after"), default=0)
    is_active = models.BooleanField(_("offered"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(minutes__gte=5, minutes__lte=600), name="service_minutes_sane"),
            models.CheckConstraint(
                condition=models.Q(buffer_before__lte=120, buffer_after__lte=120), name="service_buffers_sane"
            ),
        ]

    def __str__(self) -> str:
        return self.name_ar


class Variant(models.Model):
    """One choice within a service that changes price and minutes, such as hair length."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="variants", verbose_name=_("service"))
    name_ar = models.CharField(_("name (Arabic)"), max_length=60)
    name_en = models.CharField(_("name (English)"), max_length=60)
    price = models.PositiveIntegerField(_("price, halalas"))
    minutes = models.PositiveSmallIntegerField(_("minutes"), validators=MINUTES)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(minutes__gte=5, minutes__lte=600), name="variant_minutes_sane"),
        ]

    def __str__(self) -> str:
        return f"{self.service.name_ar}: {self.name_ar}"
