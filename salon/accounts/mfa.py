"""allauth's hooks for passkeys and authenticator apps: our names, our site, and secrets that are no use in a backup."""

from __future__ import annotations

import base64
from typing import Any, Final
from urllib.parse import urlsplit

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from salon.accounts.models import User

_SALT: Final = "salon.accounts.mfa"


class MfaAdapter(DefaultMFAAdapter):
    """A passkey belongs to the host of SITE_URL for ever: when the site moves to another host, passkeys are lost."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("This is not right. Please try again."),
        "cannot_delete_authenticator": gettext_lazy("This cannot be removed."),
        "cannot_generate_recovery_codes": gettext_lazy("Recovery codes come with a passkey or an authenticator app."),
    }

    def encrypt(self, text: str) -> str:
        """With a key made from SECRET_KEY: whoever has the database alone cannot make anybody's codes."""
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Also what was written under one of SECRET_KEY_FALLBACKS. Raises cryptography.fernet.InvalidToken."""
        return _box().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        return _brand()

    def get_totp_label(self, user: User) -> str:
        """What an authenticator app writes beside the code: with two accounts the number tells them apart."""
        return str(user.phone)

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's name
        """The name of a passkey that was given none."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Passkey") if number == 1 else _("Passkey %(number)d") % {"number": number}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": urlsplit(settings.SITE_URL).hostname or "", "name": _brand()}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        return {
            "id": user_pk_to_url_str(user).encode(),
            "display_name": user.name or str(user.phone),
            "name": str(user.phone),
        }


def _box() -> MultiFernet:
    """Writes with SECRET_KEY; reads with it and with every SECRET_KEY_FALLBACKS."""
    return MultiFernet([Fernet(_key(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str) -> bytes:
    return base64.urlsafe_b64encode(salted_hmac(_SALT, "fernet", secret=secret, algorithm="sha256").digest())


def _brand() -> str:
    return settings.BRAND_NAME_AR if (get_language() or "ar").startswith("ar") else settings.BRAND_NAME_EN
