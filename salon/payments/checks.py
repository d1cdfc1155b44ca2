"""Mistakes in the settings of the till, found before the first riyal finds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from salon.payments.chosen import GATEWAYS


@register(Tags.security)
def check_gateway(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001 - Django's signature
    """PAYMENT_GATEWAY names a gateway that exists and has its keys."""
    if settings.PAYMENT_GATEWAY not in GATEWAYS:
        return [
            Error(
                f"PAYMENT_GATEWAY is “{settings.PAYMENT_GATEWAY}”, and there is no such gateway.",
                hint=f"Choose one of: {', '.join(sorted(GATEWAYS))}.",
                id="payments.E001",
            )
        ]
    missing = [
        name
        for name in ("MOYASAR_PUBLISHABLE_KEY", "MOYASAR_SECRET_KEY", "MOYASAR_WEBHOOK_SECRET")
        if not any([*getattr(settings, name)])
    ]
    return [
        Error(f"{name} is empty.", hint="Copy it from Moyasar's dashboard.", id="payments.E002") for name in missing
    ]


@register(Tags.security)
def check_keys(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001 - the same
    """Both keys are of their kind and of one mode, and a live key never meets the simulator or a page without TLS."""
    secret, publishable = settings.MOYASAR_SECRET_KEY, settings.MOYASAR_PUBLISHABLE_KEY
    found = []
    if secret and _mode(secret, "sk") is None:
        found.append(Error("MOYASAR_SECRET_KEY is not an sk_test_… or sk_live_… key.", id="payments.E003"))
    if publishable and _mode(publishable, "pk") is None:
        found.append(Error("MOYASAR_PUBLISHABLE_KEY is not a pk_test_… or pk_live_… key.", id="payments.E003"))
    if secret and publishable and not found and _mode(secret, "sk") != _mode(publishable, "pk"):
        found.append(Error("One Moyasar key is for tests and the other is live.", id="payments.E004"))
    if "live" in (_mode(secret, "sk"), _mode(publishable, "pk")):
        if settings.PAYMENT_GATEWAY == "simulator":
            found.append(Error("A live Moyasar key is set while PAYMENT_GATEWAY is the simulator.", id="payments.E005"))
        if not settings.SITE_IS_HTTPS:
            found.append(Error("A live Moyasar key is set, but SITE_URL is not https.", id="payments.E006"))
    return found


@register(Tags.security, deploy=True)
def check_real(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001 - the same
    """In production money is real: no simulator, no test key, no secret that everybody knows, no plain HTTP."""
    found: list[CheckMessage] = []
    if settings.PAYMENT_GATEWAY == "simulator":
        found.append(Error("PAYMENT_GATEWAY is the simulator: nobody really pays.", id="payments.E007"))
    elif "test" in (_mode(settings.MOYASAR_SECRET_KEY, "sk"), _mode(settings.MOYASAR_PUBLISHABLE_KEY, "pk")):
        found.append(Error("A Moyasar test key is set: nobody really pays.", id="payments.E008"))
    if "simulator-webhook-secret" in settings.MOYASAR_WEBHOOK_SECRET:
        found.append(Error("MOYASAR_WEBHOOK_SECRET is the simulator's, which everybody knows.", id="payments.E009"))
    if urlsplit(settings.MOYASAR_API_URL).scheme != "https":
        found.append(
            Error("MOYASAR_API_URL is not https: the secret key would travel in the open.", id="payments.E010")
        )
    return found


def _mode(key: str, kind: str) -> str | None:
    """What the key's own prefix says, "test" or "live"; None when it is no such key."""
    return next((mode for mode in ("test", "live") if key.startswith(f"{kind}_{mode}_")), None)
