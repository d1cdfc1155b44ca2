"""Mistakes in the settings of the till, found before the first riyal finds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from salon.payments import apple_pay
from salon.payments.chosen import GATEWAYS
from salon.payments.gateways import form


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


@register(Tags.security)
def check_checkout(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001 - the same
    """MOYASAR_CHECKOUT is a way to pay that exists, and the form has all that its script will ask for."""
    ways = ("invoice", "form")
    if settings.MOYASAR_CHECKOUT not in ways:
        return [
            Error(
                f"MOYASAR_CHECKOUT is “{settings.MOYASAR_CHECKOUT}”, and there is no such way to pay.",
                hint=f"Choose one of: {', '.join(ways)}.",
                id="payments.E011",
            )
        ]
    if settings.MOYASAR_CHECKOUT != "form":
        return []
    found: list[CheckMessage] = [
        Error(sentence, hint="MOYASAR_CHECKOUT is form.", id="payments.E012")
        for sentence in form.missing(
            publishable_key=settings.MOYASAR_PUBLISHABLE_KEY, api_url=settings.MOYASAR_API_URL, site_is_https=True
        )
    ]
    unknown = sorted(set(settings.MOYASAR_METHODS) - set(form.Method))
    if unknown or not settings.MOYASAR_METHODS:
        names = ", ".join(unknown) or "empty"
        found.append(
            Error(
                f"MOYASAR_METHODS has what the form does not offer here: {names}.",
                hint=f"Choose from: {', '.join(form.Method)}.",
                id="payments.E013",
            )
        )
    if form.Method.APPLE_PAY in settings.MOYASAR_METHODS and apple_pay.domain_text() is None:
        found.append(
            Error(
                "Apple Pay is offered, but MOYASAR_APPLE_PAY_DOMAIN_FILE is empty or cannot be read.",
                hint="Download it from Moyasar's dashboard, or take applepay out of MOYASAR_METHODS.",
                id="payments.E014",
            )
        )
    files = urlsplit(settings.MOYASAR_FORM_URL)
    if settings.MOYASAR_FORM_URL and not (files.scheme in ("http", "https") and files.hostname):
        found.append(Error("MOYASAR_FORM_URL is not a whole address.", id="payments.E015"))
    elif files.scheme == "http" and settings.SITE_IS_HTTPS:
        found.append(
            Error("MOYASAR_FORM_URL is not https: no browser loads it into an https page.", id="payments.E015")
        )
    return found


@register(Tags.security, deploy=True)
def check_form_is_safe(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001 - the same
    """In production a card is typed on a page with TLS only."""
    if settings.MOYASAR_CHECKOUT != "form" or settings.SITE_IS_HTTPS:
        return []
    return [Error("Cards would be typed into a page without TLS: SITE_URL is not https.", id="payments.E016")]


@register(Tags.security)
def check_hold_days(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001 - the same
    """A hold lasts no longer than banks keep it, and long enough for a visit of the next day."""
    if 2 <= settings.MOYASAR_HOLD_DAYS <= 14:
        return []
    return [
        Error(
            f"MOYASAR_HOLD_DAYS is {settings.MOYASAR_HOLD_DAYS}.",
            hint="mada keeps a reservation 14 days at most; below 2 days nothing could ever be reserved.",
            id="payments.E017",
        )
    ]


def _mode(key: str, kind: str) -> str | None:
    """What the key's own prefix says, "test" or "live"; None when it is no such key."""
    return next((mode for mode in ("test", "live") if key.startswith(f"{kind}_{mode}_")), None)
