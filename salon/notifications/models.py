"""The outbox: each letter is a row written in the transaction of the change it tells of."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from salon.bookings.models import Booking


class Letter(models.TextChoices):
    BOOKED = "booked", _("booking confirmed")
    REQUESTED = "requested", _("booking requested")
    CONFIRMED = "confirmed", _("request confirmed")
    DECLINED = "declined", _("request declined")
    CANCELLED = "cancelled", _("booking cancelled")
    EXPIRED = "expired", _("booking expired")
    LATE_PAYMENT = "late_payment", _("late payment returned")
    MOVED = "moved", _("time changed")
    NOT_MOVED = "not_moved", _("time not changed, payment returned")
    OWNER_NEW = "owner_new", _("new booking, to the salon")
    OWNER_CANCELLED = "owner_cancelled", _("cancellation, to the salon")
    OWNER_MOVED = "owner_moved", _("time changed, to the salon")


class NotificationState(models.TextChoices):
    QUEUED = "queued", _("waiting")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    DEAD = "dead", _("failed")
    SUPERSEDED = "superseded", _("overtaken")


class Notification(models.Model):
    """One letter to one person: outbox row and audit of every attempt to send it.

    It holds keys, not text or number: both are read as it is sent, so it is never stale. `attempts` fences a
    sender that woke up late: it may only finish the attempt it began.
    """

    dedupe_key = models.CharField(max_length=80, unique=True)
    letter = models.CharField(_("letter"), max_length=15, choices=Letter.choices)
    booking = models.ForeignKey(
        Booking, on_delete=models.PROTECT, related_name="notifications", verbose_name=_("booking")
    )
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notifications", verbose_name=_("recipient")
    )
    channel = models.CharField(_("channel"), max_length=10, default="sms")
    state = models.CharField(
        _("state"), max_length=10, choices=NotificationState.choices, default=NotificationState.QUEUED
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt"))
    lease_until = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(_("pointless after"))
    provider_ref = models.CharField(_("provider's reference"), max_length=80, blank=True)
    error = models.CharField(_("last error"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["next_at"], name="notification_due", condition=Q(state__in=["queued", "sending"])),
        ]

    def __str__(self) -> str:
        return self.dedupe_key
