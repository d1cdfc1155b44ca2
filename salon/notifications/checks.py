"""Mistakes in the settings of the post room, found before the first letter finds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from salon.notifications.providers import CONSOLE, NEEDS, PROVIDERS


@register(Tags.security)
def check_provider(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001 - Django's signature
    """NOTIFICATION_PROVIDER names a provider that exists and has its keys."""
    if settings.NOTIFICATION_PROVIDER in PROVIDERS:
        return [
            Error(
                f"{name} is empty, and {settings.NOTIFICATION_PROVIDER} cannot send without it.",
                id="notifications.E003",
            )
            for name in NEEDS.get(settings.NOTIFICATION_PROVIDER, ())
            if not getattr(settings, name)
        ]
    return [
        Error(
            f"NOTIFICATION_PROVIDER is “{settings.NOTIFICATION_PROVIDER}”, and there is no such provider.",
            hint=f"Choose one of: {', '.join(sorted(PROVIDERS))}.",
            id="notifications.E001",
        )
    ]


@register(Tags.security, deploy=True)
def check_console(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001 - the same
    """In production letters must reach phones, not the log."""
    if settings.NOTIFICATION_PROVIDER != CONSOLE:
        return []
    return [
        Error(
            "NOTIFICATION_PROVIDER is “console”: letters are written to the log and reach nobody.",
            hint="Set NOTIFICATION_PROVIDER to a provider that sends SMS, with its keys.",
            id="notifications.E002",
        )
    ]
