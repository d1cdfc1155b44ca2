"""People. A person is a proved mobile number; there is no username, e-mail or password to lose."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
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


class User(AbstractBaseUser, PermissionsMixin):
    """A guest, an owner, a member of a team or an operator: one row a mobile number.

    The UUID key is needed by sign-in: an unknown number is carried through the code step as an unsaved
    user whose key already exists.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    phone: PhoneNumber = PhoneNumberField(_("mobile number"), unique=True)
    name = models.CharField(_("name"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.ARABIC)
    is_staff = models.BooleanField(_("operator"), default=False, help_text=_("May enter the administration."))
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "phone"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.name or str(self.phone)


def new_person(phone: str) -> User:
    """Somebody whose phone is not proved yet: not saved, and speaking the language of the page."""
    language = (get_language() or settings.LANGUAGE_CODE)[:2]
    return User(phone=phone, language=language if language in Language.values else Language.ARABIC)


class UsageCounter(models.Model):
    """How often something that costs money or trust was done for one key in one window of time.

    Rows, not cache entries: a cache that is per process or was flushed would let twenty-four codes through
    where three are allowed. `limits.take` is the only writer and counts in one atomic UPDATE.
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
