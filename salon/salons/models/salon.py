"""The salon itself, its booking rules and who works in its office."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from salon.salons.models.places import City, District
from salon.salons.models.terms import CUTOFF, LEAST_DEPOSIT, PERCENT, Kept, Policy, Prepayment, one_deposit


class Audience(models.TextChoices):
    WOMEN = "women", _("Women")
    MEN = "men", _("Men")
    BOTH = "both", _("Women and men")
    KIDS = "kids", _("Kids")


class SalonStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    PENDING = "pending", _("waiting for approval")
    PUBLISHED = "published", _("published")
    SUSPENDED = "suspended", _("suspended")


class Salon(models.Model):
    slug = models.SlugField(_("slug"), unique=True, max_length=60)
    name_ar = models.CharField(_("name (Arabic)"), max_length=80)
    name_en = models.CharField(_("name (English)"), max_length=80)
    about_ar = models.TextField(_("about (Arabic)"), blank=True)
    about_en = models.TextField(_("about (English)"), blank=True)
    search_text = models.TextField(editable=False, blank=True)  # folded names of salon, place and services
    audience = models.CharField(_("audience"), max_length=5, choices=Audience.choices)
    private_room = models.BooleanField(_("private room"), default=False)
    city = models.ForeignKey(City, on_delete=models.PROTECT, related_name="salons", verbose_name=_("city"))
    district = models.ForeignKey(
        District, on_delete=models.PROTECT, related_name="salons", null=True, blank=True, verbose_name=_("district")
    )
    address_ar = models.CharField(_("address (Arabic)"), max_length=160, blank=True)
    address_en = models.CharField(_("address (English)"), max_length=160, blank=True)
    latitude = models.DecimalField(_("latitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    cover = models.CharField(_("cover picture"), max_length=20, default="interior")
    zone = models.CharField(_("time zone"), max_length=40, default="Asia/Riyadh")
    slot_step = models.PositiveSmallIntegerField(
        _("minutes between offered times"), default=15, validators=[MinValueValidator(5), MaxValueValidator(240)]
    )
    lead_minutes = models.PositiveIntegerField(_("shortest notice, minutes"), default=60)
    horizon_days = models.PositiveSmallIntegerField(_("bookable ahead, days"), default=60)
    manual_approval = models.BooleanField(_("confirm each booking by hand"), default=False)
    approval_minutes = models.PositiveIntegerField(_("minutes to answer a request"), default=120)
    policy = models.CharField(
        _("cancellation policy"),
        max_length=8,
        choices=Policy.choices,
        default=Policy.STANDARD,
        help_text=_("What is left empty below follows from it."),
    )
    free_minutes = models.PositiveIntegerField(
        _("free cancellation until, minutes before"),
        null=True,
        blank=True,
        validators=CUTOFF,
        help_text=_("Empty: as the policy says, 240, 1440 or 20160."),
    )
    prepayment = models.CharField(_("prepayment"), max_length=7, choices=Prepayment.choices, default=Prepayment.NONE)
    deposit_percent = models.PositiveSmallIntegerField(
        _("deposit, percent"),
        null=True,
        blank=True,
        validators=PERCENT,
        help_text=_("Of the price. Empty: 25, or 50 with the strict policy."),
    )
    deposit_amount = models.PositiveIntegerField(
        _("deposit, halalas"),
        null=True,
        blank=True,
        validators=LEAST_DEPOSIT,
        help_text=_("A fixed amount for the visit instead of a percentage, such as 10000 for 100 riyals."),
    )
    late_keeps = models.CharField(
        _("kept when the guest cancels late"),
        max_length=7,
        choices=[(Kept.DEPOSIT.value, Kept.DEPOSIT.label), (Kept.ALL.value, Kept.ALL.label)],
        null=True,
        blank=True,
        help_text=_("Empty: the deposit. Where the whole price is prepaid, the whole price is the deposit."),
    )
    no_show_keeps = models.CharField(
        _("kept when the guest does not come"),
        max_length=7,
        choices=Kept.choices,
        null=True,
        blank=True,
        help_text=_("Empty: the deposit, or all with the strict policy. Never less than for a late cancellation."),
    )
    no_show_credit = models.BooleanField(
        _("what is kept then becomes salon credit"),
        default=False,
        help_text=_("The guest can use it here for a later visit. It never ends."),
    )
    grace_minutes = models.PositiveSmallIntegerField(
        _("minutes the salon waits for a late guest"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(120)],
        help_text=_("A no-show can be marked only after them. Empty: 15."),
    )
    cr_number = models.CharField(
        _("commercial registration"), max_length=10, blank=True, validators=[RegexValidator(r"^\d{10}$")]
    )
    vat_number = models.CharField(
        _("VAT number"), max_length=15, blank=True, validators=[RegexValidator(r"^3\d{13}3$")]
    )
    status = models.CharField(
        _("status"), max_length=9, choices=SalonStatus.choices, default=SalonStatus.DRAFT, db_index=True
    )
    rating_sum = models.PositiveIntegerField(editable=False, default=0)
    rating_count = models.PositiveIntegerField(editable=False, default=0)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("salon")
        verbose_name_plural = _("salons")
        ordering = ["slug"]
        indexes = [models.Index(fields=["status", "city"], name="salon_status_city")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(slot_step__gte=5, slot_step__lte=240), name="salon_slot_step_sane"
            ),
            models.CheckConstraint(
                condition=models.Q(deposit_percent__gte=1, deposit_percent__lte=100), name="salon_deposit_percent"
            ),
        ]

    def __str__(self) -> str:
        return self.name_ar

    def clean(self) -> None:
        super().clean()
        one_deposit(self.deposit_percent, self.deposit_amount)

    @property
    def rating(self) -> float | None:
        """The mean of published reviews, one decimal; None while there is none."""
        return round(self.rating_sum / self.rating_count, 1) if self.rating_count else None


class Role(models.TextChoices):
    OWNER = "owner", _("owner")
    MANAGER = "manager", _("manager")
    RECEPTION = "reception", _("reception")
    STYLIST = "stylist", _("stylist")


class Membership(models.Model):
    """A person's place in a salon's office."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("person")
    )
    salon = models.ForeignKey(Salon, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("salon"))
    role = models.CharField(_("role"), max_length=9, choices=Role.choices)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["user", "salon"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}"
