"""The one secret that nothing may run without, and which migrations and checks do not need."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def require_secret_key() -> None:
    """Raise ImproperlyConfigured while SECRET_KEY is empty: better at the start than on the first page."""
    try:
        settings.SECRET_KEY  # noqa: B018 - Django refuses to give an empty one
    except ImproperlyConfigured as error:
        if "SECRET_KEY" not in str(error):  # the settings themselves are broken
            raise
        raise ImproperlyConfigured(
            "SECRET_KEY is empty: set it in the environment or in .env (see .env.example)."
        ) from error
