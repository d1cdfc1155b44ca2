"""Whose session it is, and what they may do. Nobody signs in by a password here."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest


class PhoneBackend(AuthenticationBackend):
    """Django's rights and sessions, and no password: signing in is a code to the phone or a passkey.

    A password left in a row (by a shell, by an import) opens nothing: it would go round the code and the second factor.
    """

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:  # noqa: ARG002 - Django's signature
        return None
