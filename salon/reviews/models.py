"""What guests say after a visit."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from salon.bookings.models import Booking
from salon.salons.models import Salon


class ReviewStatus(models.TextChoices):
    PUBLISHED = "published", _("published")
    HIDDEN = "hidden", _("hidden")


class Review(models.Model):
    """One completed booking's rating, 1 to 5, with the guest's words and the owner's answer."""

    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, related_name="review", verbose_name=_("booking"))
    salon = models.ForeignKey(Salon, on_delete=models.CASCADE, related_name="reviews", verbose_name=_("salon"))
    rating = models.PositiveSmallIntegerField(_("rating"), validators=[MinValueValidator(1), MaxValueValidator(5)])
    text = models.TextField(_("text"), max_length=1000, blank=True)
    reply = models.TextField(_("owner's reply"), max_length=1000, blank=True)
    status = models.CharField(_("status"), max_length=9, choices=ReviewStatus.choices, default=ReviewStatus.PUBLISHED)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["salon", "status", "-created_at"], name="review_salon_newest")]
        constraints = [models.CheckConstraint(condition=Q(rating__gte=1, rating__lte=5), name="review_1_to_5")]

    def __str__(self) -> str:
        return f"{self.rating} ★"
