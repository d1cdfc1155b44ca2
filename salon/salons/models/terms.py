"""What a salon asks and promises about money: presets, prepayment, and what a service or a season has of its own.

`bookings.policy_terms` holds what each word means. An empty field always means "as above": a service's is the salon's,
the salon's is its preset's. All of it may be changed any day, for a booking keeps the terms its guest read.
"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

LONGEST_CUTOFF = 90 * 1440
PERCENT = [MinValueValidator(1), MaxValueValidator(100)]
LEAST_DEPOSIT = [MinValueValidator(100)]  # the gateway takes no less than one riyal
CUTOFF = [MaxValueValidator(LONGEST_CUTOFF)]


class Policy(models.TextChoices):
    """Until when a guest cancels free of charge, and what the deposit is where none is named."""

    FLEXIBLE = "flexible", _("Flexible: free until 4 hours before")
    STANDARD = "standard", _("Standard: free until 24 hours before")
    STRICT = "strict", _("Strict: free until 14 days before")


class Prepayment(models.TextChoices):
    NONE = "none", _("pay at the salon")
    DEPOSIT = "deposit", _("a deposit, or the whole price if the guest likes")
    FULL = "full", _("the whole price")
    HOLD = "hold", _("a deposit, reserved on the card and taken at the visit")


class Kept(models.TextChoices):
    """What stays with the salon of what was paid; the rest goes back to the card."""

    NOTHING = "nothing", _("nothing: all of it goes back")
    DEPOSIT = "deposit", _("the deposit; what was paid above it goes back")
    ALL = "all", _("all that was paid")


def one_deposit(percent: int | None, amount: int | None) -> None:
    """Raises ValidationError for a deposit that is both a share and a sum."""
    if percent and amount:
        message = _("A deposit is either a percentage or a fixed amount. Please leave one of the two empty.")
        raise ValidationError({"deposit_amount": message})


class OwnTerms(models.Model):
    """Terms that replace the salon's, for one service or for the days of one season. Minutes and halalas."""

    prepayment = models.CharField(
        _("prepayment of its own"),
        max_length=7,
        choices=Prepayment.choices,
        null=True,
        blank=True,
        help_text=_("Empty: as the salon asks, or a deposit when one is named below."),
    )
    deposit_percent = models.PositiveSmallIntegerField(
        _("deposit of its own, percent"), null=True, blank=True, validators=PERCENT, help_text=_("Of its price.")
    )
    deposit_amount = models.PositiveIntegerField(
        _("deposit of its own, halalas"),
        null=True,
        blank=True,
        validators=LEAST_DEPOSIT,
        help_text=_("A fixed amount instead of a percentage, such as 10000 for 100 riyals. Never more than the price."),
    )
    free_minutes = models.PositiveIntegerField(
        _("free cancellation of its own, minutes before"),
        null=True,
        blank=True,
        validators=CUTOFF,
        help_text=_("1440 is a day. Of several services in one visit the longest counts."),
    )

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        one_deposit(self.deposit_percent, self.deposit_amount)
