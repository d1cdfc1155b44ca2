"""The daily list: what the gateway says of one day beside what the ledger says. Money in halalas."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class DayCheck(models.Model):
    """One day (midnight to midnight in Riyadh) of one gateway, compared. Written anew each time it is made."""

    gateway = models.CharField(_("gateway"), max_length=10)
    day = models.DateField(_("day"))
    charges = models.PositiveIntegerField(_("charges at the gateway"))
    taken = models.BigIntegerField(_("taken at the gateway, halalas"))
    given_back = models.BigIntegerField(_("given back at the gateway, halalas"))
    ledger_taken = models.BigIntegerField(_("taken in the ledger, halalas"))
    ledger_given_back = models.BigIntegerField(_("given back in the ledger, halalas"))
    checked_at = models.DateTimeField(_("looked at"))

    class Meta:
        verbose_name = _("daily comparison")
        verbose_name_plural = _("daily comparisons")
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["gateway", "day"], name="day_check_once")]

    def __str__(self) -> str:
        return f"{self.gateway} {self.day}"


class DayWatch(models.Model):
    """Who compares days at this moment: one worker for each gateway, until it is done or `until` is over.

    After a round without answer `until` is when the next may be tried; `failures` counts such rounds in a row.
    """

    gateway = models.CharField(_("gateway"), max_length=10, unique=True)
    until = models.DateTimeField(_("taken until"), null=True, blank=True)
    failures = models.PositiveSmallIntegerField(_("rounds without an answer"), default=0)

    class Meta:
        verbose_name = _("turn of the daily comparison")
        verbose_name_plural = _("turns of the daily comparison")

    def __str__(self) -> str:
        return self.gateway


class FindingKind(models.TextChoices):
    UNKNOWN = "unknown", _("a charge that belongs to no payment of ours")
    DIFFERS = "differs", _("the gateway and the ledger disagree")
    MISSING = "missing", _("the ledger has it, the gateway does not")


class Finding(models.Model):
    """Something of the daily list that asking again did not put right: a person must look. Once a charge."""

    gateway = models.CharField(_("gateway"), max_length=10)
    charge_id = models.CharField(_("gateway's payment"), max_length=64)
    kind = models.CharField(_("kind"), max_length=8, choices=FindingKind.choices)
    payment = models.ForeignKey(
        "payments.Payment",
        on_delete=models.PROTECT,
        related_name="findings",
        null=True,
        blank=True,
        verbose_name=_("payment"),
    )
    status = models.CharField(_("gateway's status"), max_length=20, blank=True)
    amount = models.BigIntegerField(_("amount, halalas"))
    currency = models.CharField(_("currency"), max_length=3, default="SAR")
    note = models.CharField(_("what differs"), max_length=300, blank=True)
    charged_at = models.DateTimeField(_("charged"), null=True, blank=True)
    found_at = models.DateTimeField(_("found"))
    seen_at = models.DateTimeField(_("last seen"))
    resolved_at = models.DateTimeField(_("dealt with"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("dealt with by"),
    )
    resolution = models.CharField(_("what was done"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        ordering = ["-found_at"]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "charge_id", "kind"], name="finding_once"),
            models.CheckConstraint(condition=Q(kind__in=FindingKind.values), name="finding_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.charge_id}"
