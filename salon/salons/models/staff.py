"""Who does the work, and what each can do."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from salon.salons.models.salon import Salon
from salon.salons.models.services import MINUTES, Service, Variant


class Staff(models.Model):
    """A person with a chair. `hue` (1 to 6) is their colour in the calendar and their mirror."""

    salon = models.ForeignKey(Salon, on_delete=models.CASCADE, related_name="staff", verbose_name=_("salon"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="chairs",
        null=True,
        blank=True,
        verbose_name=_("person"),
    )
    name_ar = models.CharField(_("name (Arabic)"), max_length=60)
    name_en = models.CharField(_("name (English)"), max_length=60)
    title_ar = models.CharField(_("title (Arabic)"), max_length=60, blank=True)
    title_en = models.CharField(_("title (English)"), max_length=60, blank=True)
    hue = models.PositiveSmallIntegerField(_("colour"), default=1)
    is_active = models.BooleanField(_("takes bookings"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("staff member")
        verbose_name_plural = _("staff")
        ordering = ["position", "pk"]
        constraints = [models.CheckConstraint(condition=Q(hue__gte=1, hue__lte=6), name="staff_hue_1_to_6")]

    def __str__(self) -> str:
        return self.name_ar


class StaffService(models.Model):
    """That a staff member can do a service, and their own price or minutes for it if they differ.

    The row without a variant says "can do it". A row with a variant overrides that variant for this person.
    """

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="offers", verbose_name=_("staff member"))
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="offers", verbose_name=_("service"))
    variant = models.ForeignKey(
        Variant, on_delete=models.CASCADE, related_name="offers", null=True, blank=True, verbose_name=_("variant")
    )
    price = models.PositiveIntegerField(_("own price, halalas"), null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(_("own minutes"), null=True, blank=True, validators=MINUTES)

    class Meta:
        verbose_name = _("staff member's service")
        verbose_name_plural = _("staff members' services")
        constraints = [
            models.UniqueConstraint(
                fields=["staff", "service"], condition=Q(variant__isnull=True), name="offer_once_a_service"
            ),
            models.UniqueConstraint(
                fields=["staff", "variant"], condition=Q(variant__isnull=False), name="offer_once_a_variant"
            ),
            models.CheckConstraint(
                condition=Q(minutes__isnull=True) | Q(minutes__gte=5, minutes__lte=600), name="offer_minutes_sane"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff}: {self.service}"
