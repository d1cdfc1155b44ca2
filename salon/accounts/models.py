"""People. A person is a proved mobile number; there is no username, e-mail or password to lose."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

if TYPE_CHECKING:
    from phonenumber_field.phonenumber import PhoneNumber


class UserManager(BaseUserManager["User"]):
    def create_user(self, phone: str, password: str | None = None, **extra: Any) -> User:
        user = self.model(phone=phone, **extra)
        if password:
            user.set_password(password)
        else:
            user.set_unusable_password()
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(self, phone: str, password: str | None = None, **extra: Any) -> User:
        return self.create_user(phone, password, is_staff=True, is_superuser=True, **extra)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(phone=username)


class Language(models.TextChoices):
    ARABIC = "ar", _("Arabic")
    ENGLISH = "en", _("English")


class Channel(models.TextChoices):
    """A way to a phone."""

    SMS = "sms", _("SMS")
    WHATSAPP = "whatsapp", _("WhatsApp")


class User(AbstractBaseUser, PermissionsMixin):
    """A guest, an owner, a member of a team or an operator: one row a mobile number.

    The UUID key is needed by sign-in: an unknown number is carried through the code step as an unsaved
    user whose key already exists. An account that was deleted keeps its row, for invoices and the ledger, without
    phone and name. `code_channel` and `letter_channel` remember a choice; empty: as the site does.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    phone: PhoneNumber | None = PhoneNumberField(_("mobile number"), unique=True, null=True)
    name = models.CharField(_("name"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.ARABIC)
    code_channel = models.CharField(_("sign-in codes by"), max_length=8, choices=Channel.choices, blank=True)
    letter_channel = models.CharField(_("messages by"), max_length=8, choices=Channel.choices, blank=True)
    is_staff = models.BooleanField(_("operator"), default=False, help_text=_("May enter the administration."))
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)
    anonymised_at = models.DateTimeField(_("anonymised"), null=True, blank=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "phone"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(phone__isnull=False) | models.Q(anonymised_at__isnull=False),
                name="person_has_phone",
            )
        ]

    def __str__(self) -> str:
        return self.shown_name or str(self.phone)

    @property
    def shown_name(self) -> str:
        """The name for everybody's eyes: "" when none was given, "deleted account" when there is nobody any more."""
        return self.name if self.anonymised_at is None else gettext("deleted account")

    def get_session_auth_hash(self) -> str:
        """Ends sessions when the password changes, and for nothing else.

        Django's also changes with SECRET_KEY and then gives each session a new key, which neither an app's tokens nor
        the list of sessions would follow. The session itself is signed with SECRET_KEY or one of its fallbacks.
        """
        return salted_hmac("salon.accounts.session", self.password, secret=str(self.pk), algorithm="sha256").hexdigest()

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """None: there is nothing to fall back from."""
        return iter(())


def new_person(phone: str) -> User:
    """Somebody whose phone is not proved yet: not saved, and speaking the language of the page."""
    language = (get_language() or settings.LANGUAGE_CODE)[:2]
    return User(phone=phone, language=language if language in Language.values else Language.ARABIC)


class UsageCounter(models.Model):
    """How often something that costs money or trust was done for one key in one window of time.

    Rows, not cache entries: a cache that is per process or was flushed would let twenty-four codes through
    where three are allowed. `limits.take` is the only writer and counts in one atomic statement.
    """

    name = models.CharField(_("limit"), max_length=40)
    key = models.CharField(_("key"), max_length=80)
    window_start = models.DateTimeField(_("from"))
    count = models.PositiveIntegerField(_("used"), default=0)

    class Meta:
        verbose_name = _("usage counter")
        verbose_name_plural = _("usage counters")
        constraints = [models.UniqueConstraint(fields=["name", "key", "window_start"], name="usage_once_a_window")]
        indexes = [models.Index(fields=["window_start"], name="usage_window")]

    def __str__(self) -> str:
        return f"{self.name} {self.key}: {self.count}"


class Purpose(models.TextChoices):
    """What somebody may agree to. Each is asked for apart and unticked (PDPL, article 25)."""

    MARKETING_SMS = "marketing_sms", _("offers by SMS")
    MARKETING_WHATSAPP = "marketing_whatsapp", _("offers by WhatsApp")


class Consent(models.Model):
    """Somebody agreed, or took it back: one row each time, never changed. The newest row of a purpose counts.

    `text_version` names the sentence that was read (see `accounts.consents`).
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="consents", verbose_name=_("person"))
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices)
    granted = models.BooleanField(_("agreed"))
    text_version = models.CharField(_("version of the text"), max_length=20)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["user", "purpose", "-at"], name="consent_newest")]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.granted}"


class DataRequestKind(models.TextChoices):
    EXPORT = "export", _("copy of the data")
    DELETION = "deletion", _("deletion of the account")


class DataRequestState(models.TextChoices):
    OPEN = "open", _("open")
    DONE = "done", _("done")
    WITHDRAWN = "withdrawn", _("withdrawn")


class DataRequest(models.Model):
    """Somebody's request about their own data, to be answered within 30 days (PDPL, articles 4 and 5)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="data_requests", verbose_name=_("person"))
    kind = models.CharField(_("request"), max_length=8, choices=DataRequestKind.choices)
    state = models.CharField(_("state"), max_length=9, choices=DataRequestState.choices, default=DataRequestState.OPEN)
    requested_at = models.DateTimeField(_("requested"))
    due_at = models.DateTimeField(_("to be answered by"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("data request")
        verbose_name_plural = _("data requests")
        ordering = ["-requested_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind"], condition=models.Q(state="open"), name="one_open_data_request"
            ),
            models.CheckConstraint(
                condition=models.Q(state="open") ^ models.Q(closed_at__isnull=False),
                name="data_request_closed_has_date",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="data_request_due", condition=models.Q(state="open"))]

    def __str__(self) -> str:
        return f"{self.kind}, {self.state}"
