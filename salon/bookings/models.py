"""A visit and the chair it takes. Money in halalas; BusyTime in whole UTC minutes since the epoch."""

from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from salon.bookings.states import Status
from salon.core import clock
from salon.salons.models import Salon, Service, Staff, Variant

LONGEST_BUSY_MINUTES = 1440  # availability's range scan and the guard look back this far


class Source(models.TextChoices):
    WEB = "web", _("guest, on the site")
    OWNER = "owner", _("the salon")


class Booking(models.Model):
    """One visit of one guest: one or more services, back to back.

    `key` is the form's: the same key is the same booking, however often it is sent.
    `policy` is the salon's promise as the guest read it (see `bookings.policy`).
    `expires_at` ends a hold, or a request that the salon did not answer.
    """

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(_("reference"), max_length=10, unique=True)
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="bookings",
        null=True,
        blank=True,
        verbose_name=_("guest"),
    )
    salon = models.ForeignKey(Salon, on_delete=models.PROTECT, related_name="bookings", verbose_name=_("salon"))
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.HELD)
    version = models.PositiveIntegerField(default=0, editable=False)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    business_day = models.DateField(_("business day"))
    price = models.PositiveIntegerField(_("price, halalas"))
    due_now = models.PositiveIntegerField(_("to prepay, halalas"), default=0)
    policy = models.JSONField(_("policy as promised"), default=dict)
    note = models.CharField(_("guest's note"), max_length=280, blank=True)
    source = models.CharField(_("source"), max_length=5, choices=Source.choices, default=Source.WEB)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    hold_extended = models.BooleanField(editable=False, default=False)
    held_from = models.CharField(editable=False, max_length=64, blank=True)  # keyed hash of the address
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="booking_status_known"),
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="booking_takes_time"),
            models.CheckConstraint(
                condition=~Q(status=Status.HELD) | Q(expires_at__isnull=False), name="booking_hold_ends"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[Status.HELD, Status.EXPIRED, Status.CANCELLED]) | Q(customer__isnull=False),
                name="booking_has_guest",
            ),
        ]
        indexes = [
            models.Index(fields=["salon", "business_day"], name="booking_salon_day"),
            models.Index(fields=["customer", "starts_at"], name="booking_customer_start"),
            models.Index(
                fields=["expires_at"],
                name="booking_expiry",
                condition=Q(status__in=[Status.HELD, Status.REQUESTED]),
            ),
            models.Index(fields=["held_from"], name="booking_held_from", condition=Q(status=Status.HELD)),
        ]

    def __str__(self) -> str:
        return self.reference


class BookingItem(models.Model):
    """One service of the visit, by one staff member. Price and minutes as promised, not as they are now."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="items", verbose_name=_("booking"))
    position = models.PositiveSmallIntegerField(default=0)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+", verbose_name=_("service"))
    variant = models.ForeignKey(
        Variant, on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("variant")
    )
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="items", verbose_name=_("staff member"))
    starts_at = models.DateTimeField(_("starts"))
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    price = models.PositiveIntegerField(_("price, halalas"))

    class Meta:
        verbose_name = _("booked service")
        verbose_name_plural = _("booked services")
        ordering = ["booking", "position"]
        constraints = [models.UniqueConstraint(fields=["booking", "position"], name="item_once_a_position")]

    def __str__(self) -> str:
        return f"{self.service}, {self.staff}"


class BusyTime(models.Model):
    """The whole truth about a chair: bookings, holds, breaks and time off all write rows here.

    Half-open [start_minute, end_minute) in whole UTC minutes since the epoch, buffers included. A guard below the
    code (see the migration) refuses two overlapping rows of one staff member in one lane. Lane 0 is all that guests
    book. `held_until` is set for holds only, so that a reader can pass over one that ran out.
    """

    # No index of its own: `busy_staff_start` begins with it, and a second one only misleads the planner.
    staff = models.ForeignKey(
        Staff, on_delete=models.PROTECT, related_name="busy_times", db_index=False, verbose_name=_("staff member")
    )
    lane = models.PositiveSmallIntegerField(_("lane"), default=0)
    start_minute = models.IntegerField(_("from, UTC minutes"))
    end_minute = models.IntegerField(_("to, UTC minutes"))
    booking = models.ForeignKey(
        Booking, on_delete=models.CASCADE, related_name="busy_times", null=True, blank=True, verbose_name=_("booking")
    )
    reason = models.CharField(_("reason"), max_length=80, blank=True)
    held_until = models.DateTimeField(_("held until"), null=True, blank=True)

    class Meta:
        verbose_name = _("busy time")
        verbose_name_plural = _("busy times")
        constraints = [
            models.CheckConstraint(condition=Q(start_minute__lt=F("end_minute")), name="busy_takes_time"),
            models.CheckConstraint(
                condition=Q(end_minute__lte=F("start_minute") + LONGEST_BUSY_MINUTES), name="busy_at_most_a_day"
            ),
        ]
        indexes = [
            models.Index(fields=["staff", "start_minute", "end_minute", "held_until"], name="busy_staff_start"),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.starts_at:%F %H:%M}"

    @property
    def starts_at(self) -> dt.datetime:
        return clock.from_minute(self.start_minute)

    @property
    def ends_at(self) -> dt.datetime:
        return clock.from_minute(self.end_minute)


class ActorKind(models.TextChoices):
    GUEST = "guest", _("guest")
    SALON = "salon", _("salon")
    OPERATOR = "operator", _("operator")
    SYSTEM = "system", _("system")


class BookingEvent(models.Model):
    """What happened to a booking, by whom and why. Rows are only ever added.

    A change of time keeps the status and names both starts, `moved_from` and `moved_to`.
    """

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="events", verbose_name=_("booking"))
    at = models.DateTimeField(_("at"))
    actor_kind = models.CharField(_("who"), max_length=8, choices=ActorKind.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("person"),
    )
    old_status = models.CharField(_("from"), max_length=9, blank=True)
    new_status = models.CharField(_("to"), max_length=9, choices=Status.choices)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    moved_from = models.DateTimeField(_("moved from"), null=True, blank=True)
    moved_to = models.DateTimeField(_("moved to"), null=True, blank=True)

    class Meta:
        verbose_name = _("booking event")
        verbose_name_plural = _("booking events")
        ordering = ["booking", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=(~Q(old_status=F("new_status")) & Q(moved_from__isnull=True, moved_to__isnull=True))
                | Q(old_status=F("new_status"), moved_from__isnull=False, moved_to__isnull=False),
                name="event_moves_status_or_time",
            ),
        ]

    def __str__(self) -> str:
        if self.moved_from and self.moved_to:
            return f"{self.moved_from:%F %H:%M} → {self.moved_to:%F %H:%M}"
        return f"{self.old_status} → {self.new_status}"
