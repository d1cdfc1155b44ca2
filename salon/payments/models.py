"""The till: what was asked, what came in, what went back. Money in halalas."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from salon.bookings.models import Booking


class PaymentState(models.TextChoices):
    CREATED = "created", _("opened")  # our row exists; the gateway may not have heard of it
    INITIATED = "initiated", _("waiting for the guest")  # the hosted page exists
    PAID = "paid", _("paid")
    FAILED = "failed", _("failed")
    EXPIRED = "expired", _("expired")
    CANCELLED = "cancelled", _("cancelled")
    MISMATCH = (
        "mismatch",
        _("does not match"),
    )  # amount, currency or binding differ: never confirmed, shown to operators


LIVE_STATES = [PaymentState.CREATED, PaymentState.INITIATED]


class Payment(models.Model):
    """One attempt to pay for one booking. `id` travels to the gateway and binds its answer to this row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="payments", verbose_name=_("booking"))
    amount = models.PositiveIntegerField(_("amount, halalas"))
    currency = models.CharField(_("currency"), max_length=3, default="SAR")
    state = models.CharField(_("state"), max_length=9, choices=PaymentState.choices, default=PaymentState.CREATED)
    gateway = models.CharField(_("gateway"), max_length=10)
    invoice_id = models.CharField(_("gateway's invoice"), max_length=64, blank=True)
    invoice_url = models.URLField(_("payment page"), max_length=300, blank=True)
    charge_id = models.CharField(_("gateway's payment"), max_length=64, blank=True)
    method = models.CharField(_("method"), max_length=40, blank=True)
    raw_status = models.CharField(_("gateway's status"), max_length=20, blank=True)
    problem = models.CharField(_("problem"), max_length=200, blank=True)
    expires_at = models.DateTimeField(_("expires"))
    created_at = models.DateTimeField(_("created"))
    synced_at = models.DateTimeField(_("asked the gateway"), null=True, blank=True)
    next_sync_at = models.DateTimeField(_("ask again"), null=True, blank=True, db_index=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["booking"], condition=Q(state__in=["created", "initiated"]), name="payment_one_live_a_booking"
            ),
            models.UniqueConstraint(fields=["invoice_id"], condition=~Q(invoice_id=""), name="payment_invoice_once"),
            models.UniqueConstraint(fields=["charge_id"], condition=~Q(charge_id=""), name="payment_charge_once"),
            models.CheckConstraint(condition=Q(amount__gte=100), name="payment_at_least_a_riyal"),
            models.CheckConstraint(condition=Q(state__in=PaymentState.values), name="payment_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id}: {self.amount}"


class EntryKind(models.TextChoices):
    CAPTURE = "capture", _("money in")
    REFUND = "refund", _("refund")
    EXTERNAL_REFUND = "external_refund", _("refund made at the gateway")


class LedgerEntry(models.Model):
    """Money that truly moved. Rows are only added; the unique key makes recording it twice impossible.

    `amount` is positive for money in and negative for money out, so that a sum is a balance.
    """

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="entries", verbose_name=_("payment"))
    kind = models.CharField(_("kind"), max_length=15, choices=EntryKind.choices)
    ref = models.CharField(_("reference"), max_length=80)
    amount = models.IntegerField(_("amount, halalas"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["payment", "kind", "ref"], name="ledger_once"),
            models.CheckConstraint(
                condition=Q(kind="capture", amount__gt=0) | (~Q(kind="capture") & Q(amount__lt=0)),
                name="ledger_sign",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"


class RefundState(models.TextChoices):
    WANTED = "wanted", _("ordered")
    SENDING = "sending", _("being sent")
    DONE = "done", _("done")
    STOPPED = "stopped", _("needs a look")
    DROPPED = "dropped", _("given up")  # by an operator, who dealt with it at the gateway


class Refund(models.Model):
    """The intent to give money back. `before` is the gateway's total when it was sent: compare, then post."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("payment"))
    amount = models.PositiveIntegerField(_("amount, halalas"))
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(_("state"), max_length=7, choices=RefundState.choices, default=RefundState.WANTED)
    before = models.PositiveIntegerField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt"), null=True, blank=True, db_index=True)
    error = models.CharField(_("last error"), max_length=200, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("ordered by"),
    )
    created_at = models.DateTimeField(_("created"))
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["payment"], condition=Q(state__in=["wanted", "sending"]), name="refund_one_open_a_payment"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_gives_something"),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id}: {self.amount}"


class WebhookEvent(models.Model):
    """A knock at the door, kept as raw bytes: JSON columns choke on NaN, NUL and lone surrogates."""

    event_id = models.CharField(_("event"), max_length=64, unique=True)
    kind = models.CharField(_("type"), max_length=40, blank=True)
    body = models.BinaryField()
    received_at = models.DateTimeField(_("received"))
    outcome = models.CharField(_("outcome"), max_length=80, blank=True)
    payment = models.ForeignKey(
        Payment, on_delete=models.SET_NULL, related_name="webhooks", null=True, blank=True, verbose_name=_("payment")
    )

    class Meta:
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        ordering = ["-received_at"]

    def __str__(self) -> str:
        return self.event_id


# At the end, for it points at the ledger by name; every model of the till is found here.
from salon.payments.invoice_models import Invoice, InvoiceBook, InvoiceKind  # noqa: E402, F401
