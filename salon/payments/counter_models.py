"""What the salon itself grants a guest: a discount on this visit, credit for a later one. Money in halalas."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from salon.bookings.models import Booking
from salon.salons.models import Salon


class Discount(models.Model):
    """Less to pay for this visit, with the reason given for it. Rows are only added: it lowers what is left to pay.

    `key` is the form's: pressed twice, granted once.
    """

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="discounts", verbose_name=_("booking"))
    amount = models.PositiveIntegerField(_("amount, halalas"))
    reason = models.CharField(_("reason"), max_length=200)
    key = models.UUIDField(unique=True, editable=False)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("granted by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("discount")
        verbose_name_plural = _("discounts")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0) & ~Q(reason=""), name="discount_gives_something")
        ]

    def __str__(self) -> str:
        return f"{self.booking_id}: {self.amount}"


class Credit(models.Model):
    """Money of a missed visit that the salon keeps for the guest's next one there. `used` of it is spent.

    The money stays in the ledger of `payment` until it is used; then it moves to the new visit's.
    """

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="credits", verbose_name=_("guest")
    )
    salon = models.ForeignKey(Salon, on_delete=models.PROTECT, related_name="credits", verbose_name=_("salon"))
    payment = models.OneToOneField(
        "payments.Payment", on_delete=models.PROTECT, related_name="credit", verbose_name=_("payment")
    )
    amount = models.PositiveIntegerField(_("amount, halalas"))
    used = models.PositiveIntegerField(_("used, halalas"), default=0)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("salon credit")
        verbose_name_plural = _("salon credits")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0, used__lte=F("amount")), name="credit_not_overdrawn")
        ]
        indexes = [models.Index(fields=["customer", "salon"], name="credit_of_guest")]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.amount - self.used}"
