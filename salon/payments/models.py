"""The till: what was asked, what came in, what went back. Money in halalas."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from salon.bookings.models import Booking


class PaymentState(models.TextChoices):
    CREATED = "created", _("opened")  # our row exists; the gateway may not have heard of it
    INITIATED = "initiated", _("waiting for the guest")  # the hosted page exists
    AUTHORIZED = "authorized", _("reserved on the card")  # a hold: the money is the guest's until it is captured
    PAID = "paid", _("paid")
    FAILED = "failed", _("failed")
    EXPIRED = "expired", _("expired")
    CANCELLED = "cancelled", _("cancelled")
    MISMATCH = (
        "mismatch",
        _("does not match"),
    )  # amount, currency or binding differ: never confirmed, shown to operators


LIVE_STATES = [PaymentState.CREATED, PaymentState.INITIATED]


class Checkout(models.TextChoices):
    """Where the money of a payment comes in."""

    INVOICE = "invoice", _("the gateway's page")
    FORM = "form", _("the form on our page")
    COUNTER = "counter", _("at the salon")  # no gateway ever hears of it


class MethodKind(models.TextChoices):
    """What was paid with, as a cash-up groups it. A wallet counts as itself, whatever card is in it."""

    MADA = "mada", _("mada")
    VISA = "visa", _("Visa")
    MASTERCARD = "mastercard", _("Mastercard")
    AMEX = "amex", _("American Express")
    APPLE_PAY = "applepay", _("Apple Pay")
    SAMSUNG_PAY = "samsungpay", _("Samsung Pay")
    STC_PAY = "stcpay", _("STC Pay")
    CASH = "cash", _("cash")
    CARD_MACHINE = "card_machine", _("card machine")
    CREDIT = "credit", _("salon credit")
    OTHER = "other", _("other")


class Wish(models.TextChoices):
    """What shall become of money that is reserved on a card; `flows.payment.settle` carries it out."""

    CAPTURE = "capture", _("take it")
    VOID = "void", _("release it")


class Payment(models.Model):
    """One attempt to pay for one booking. `id` travels to the gateway and binds its answer to this row.

    In the form `id` is also the gateway's id (`given_id`), used up by the first attempt. With `hold` the money is only
    reserved until `hold_ends_at`; `wish` and `wish_amount` say what shall become of it, and until a while after
    `wish_sent_at` one worker's call for it may still be on its way. `moves_to` is the hold of
    another time that this payment buys for a booking that is promised already. At the counter `form_key` makes a
    second press do nothing, and `recorded_by` took the money.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="payments", verbose_name=_("booking"))
    amount = models.PositiveIntegerField(_("amount, halalas"))
    currency = models.CharField(_("currency"), max_length=3, default="SAR")
    state = models.CharField(_("state"), max_length=10, choices=PaymentState.choices, default=PaymentState.CREATED)
    gateway = models.CharField(_("gateway"), max_length=10)
    checkout = models.CharField(_("paid through"), max_length=7, choices=Checkout.choices, default=Checkout.INVOICE)
    hold = models.BooleanField(_("only reserved until the visit"), default=False)
    hold_ends_at = models.DateTimeField(_("reserved until"), null=True, blank=True)
    wish = models.CharField(_("to be done with it"), max_length=7, choices=Wish.choices, blank=True)
    wish_amount = models.PositiveIntegerField(_("to be taken, halalas"), null=True, blank=True)
    wish_sent_at = models.DateTimeField(_("last asked for at the gateway"), null=True, blank=True)
    moves_to = models.ForeignKey(
        Booking, on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("for the new time")
    )
    form_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("recorded by"),
    )
    invoice_id = models.CharField(_("gateway's invoice"), max_length=64, blank=True)
    invoice_url = models.URLField(_("payment page"), max_length=300, blank=True)
    charge_id = models.CharField(_("gateway's payment"), max_length=64, blank=True)
    method = models.CharField(_("method"), max_length=40, blank=True)
    method_kind = models.CharField(_("kind of method"), max_length=12, choices=MethodKind.choices, blank=True)
    raw_status = models.CharField(_("gateway's status"), max_length=20, blank=True)
    problem = models.CharField(_("problem"), max_length=200, blank=True)
    decline_code = models.CharField(_("why it was declined"), max_length=10, blank=True)  # see declines.py
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
            models.CheckConstraint(
                condition=Q(amount__gte=100) | Q(checkout="counter", amount__gte=1), name="payment_at_least_a_riyal"
            ),
            models.CheckConstraint(
                condition=Q(wish="")
                | Q(wish="void", hold=True, wish_amount__isnull=True)
                | Q(wish="capture", hold=True, wish_amount__gte=1, wish_amount__lte=F("amount")),
                name="payment_wish_makes_sense",
            ),
            models.CheckConstraint(condition=Q(hold=False) | Q(checkout="form"), name="payment_hold_only_in_form"),
            models.CheckConstraint(condition=Q(state__in=PaymentState.values), name="payment_state_known"),
        ]
        indexes = [models.Index(fields=["created_at"], name="payment_by_time")]

    def __str__(self) -> str:
        return f"{self.booking_id}: {self.amount}"


class EntryKind(models.TextChoices):
    CAPTURE = "capture", _("money in")
    REFUND = "refund", _("refund")
    EXTERNAL_REFUND = "external_refund", _("refund made at the gateway")
    TRANSFER = "transfer", _("moved to another visit")  # salon credit: it comes in again there


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
        indexes = [models.Index(fields=["at"], name="ledger_by_time")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"


class RefundState(models.TextChoices):
    WANTED = "wanted", _("ordered")
    SENDING = "sending", _("being sent")
    DONE = "done", _("done")
    STOPPED = "stopped", _("needs a look")
    DROPPED = "dropped", _("given up")  # by an operator, who dealt with it at the gateway


class Refund(models.Model):
    """The intent to give money back. `before` is the gateway's total when it was sent: compare, then post.

    What was taken at the counter goes back by hand: its row is DONE from the start. `form_key` is that of the last
    form in the office which ordered it: pressed twice, it is one refund.
    """

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("payment"))
    amount = models.PositiveIntegerField(_("amount, halalas"))
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(_("state"), max_length=7, choices=RefundState.choices, default=RefundState.WANTED)
    before = models.PositiveIntegerField(null=True, editable=False)
    form_key = models.UUIDField(null=True, blank=True, db_index=True, editable=False)
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


# At the end, for they point at these by name; every model of the till is found here.
from salon.payments.counter_models import Credit, Discount  # noqa: E402, F401
from salon.payments.day_models import DayCheck, Finding  # noqa: E402, F401
from salon.payments.invoice_models import Invoice, InvoiceBook, InvoiceKind  # noqa: E402, F401
