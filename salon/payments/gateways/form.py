"""What our pay page needs to show Moyasar's own form: its configuration, its files and what the CSP must let in. Pure.

Read from `moyasar-payment-form` 2.2.10 (npm). The form is one element and one call of `Moyasar.init(config)`; the card
goes from the browser to Moyasar, with our payment's id as `given_id`. That id is used up by the first attempt that
reaches them, a declined one too: to try again is a new payment of ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

VERSION = "2.2.10"
FILES = f"https://cdn.jsdelivr.net/npm/moyasar-payment-form@{VERSION}/dist"
SCRIPT_NAME = "moyasar.umd.js"
STYLE_NAME = "moyasar.css"
SCRIPT_SRI = "sha384-v3Mq/A0fFxFCt5g25kMI1kLziRDkEyVz9N9DSECvSD/SZjH7unDRRXD9eVkiZYZH"
STYLE_SRI = "sha384-Dngi6SkpRXcAZV8VzrJzjmaBoJBTRtDEOSsIpv83JMsqSQuv1/Daa/Y4Krc4HzLs"
"""Of the files in npm's tarball. jsDelivr's `.min.js` is made by itself and has no lasting hash: never that one."""

APPLE_SDK = "https://applepay.cdn-apple.com/jsapi/1.latest/apple-pay-sdk.js"
"""The form loads it by itself when Apple Pay is on."""

LEAST_AMOUNT = 100
_KEY = re.compile(r"pk_(test|live)_\w+", re.ASCII)
_PRINTABLE = re.compile(r"[\x20-\x7e]+", re.ASCII)
_METADATA_KEYS, _METADATA_NAME, _METADATA_VALUE = 30, 40, 500


class Method(StrEnum):
    """How a guest may pay in the form. Samsung and Google Pay need contracts of their own and are not offered."""

    CARD = "creditcard"
    APPLE_PAY = "applepay"
    STC_PAY = "stcpay"


class Network(StrEnum):
    """Card schemes the form may accept."""

    MADA = "mada"
    VISA = "visa"
    MASTERCARD = "mastercard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form for one payment. `amount` in halalas; `label` is shown by Apple Pay, in ASCII only.

    `base_url` is Moyasar's address without `/v1`. `hold` takes the money later: STC Pay cannot, so it is left out.
    `files` is where script and style come from: they may lie with us, the hashes are the same.
    Raises ValueError, naming the field, for what the form's script would refuse in the guest's browser.
    """

    publishable_key: str
    base_url: str
    given_id: UUID
    amount: int
    currency: str
    description: str
    callback_url: str
    language: str
    label: str
    metadata: Mapping[str, str]
    hold: bool = False
    methods: Sequence[Method] = tuple(Method)
    networks: Sequence[Network] = tuple(Network)
    files: str = FILES

    def __post_init__(self) -> None:
        for name, good in self._rules():
            if not good:
                raise ValueError(f"The payment form cannot be shown with this {name}.")

    def _rules(self) -> Sequence[tuple[str, bool]]:
        live = self.publishable_key.startswith("pk_live_")
        return (
            ("publishable_key", bool(_KEY.fullmatch(self.publishable_key))),
            ("base_url", _is_origin(self.base_url) and not (live and _scheme(self.base_url) != "https")),
            ("given_id", self.given_id.version == 4),
            ("amount", type(self.amount) is int and self.amount >= LEAST_AMOUNT),
            ("currency", bool(re.fullmatch(r"[A-Z]{3}", self.currency))),
            ("description", bool(self.description.strip())),
            ("callback_url", _is_page(self.callback_url) and not (live and _scheme(self.callback_url) != "https")),
            ("language", self.language in ("ar", "en")),
            ("label", bool(_PRINTABLE.fullmatch(self.label) and self.label.strip())),
            ("metadata", _is_metadata(self.metadata)),
            ("methods", bool(self.offered)),
            ("networks", bool(self.networks)),
            ("files", _is_page(self.files)),
        )

    @property
    def offered(self) -> tuple[Method, ...]:
        """The methods that this payment can use."""
        return tuple(method for method in self.methods if not (self.hold and method is Method.STC_PAY))

    @property
    def script(self) -> str:
        """Address of the script; it goes with `SCRIPT_SRI` and `crossorigin="anonymous"`."""
        return f"{self.files}/{SCRIPT_NAME}"

    @property
    def style(self) -> str:
        """Address of the style sheet; it goes with `STYLE_SRI`."""
        return f"{self.files}/{STYLE_NAME}"

    def config(self) -> dict[str, Any]:
        """The argument of `Moyasar.init`, ready for `json_script`; the page adds `element`.

        `apply_coupon` is off, or a coupon of the card would charge less than was asked and the amounts would differ.
        """
        config: dict[str, Any] = {
            "publishable_api_key": self.publishable_key,
            "base_url": self.base_url,
            "given_id": str(self.given_id),
            "amount": self.amount,
            "currency": self.currency,
            "description": self.description,
            "callback_url": self.callback_url,
            "language": self.language,
            "metadata": dict(self.metadata),
            "methods": [str(method) for method in self.offered],
            "supported_networks": [str(network) for network in self.networks],
            "apply_coupon": False,
        }
        if Method.CARD in self.offered:
            config["credit_card"] = {"manual": self.hold, "save_card": False}
        if Method.APPLE_PAY in self.offered:
            config["apple_pay"] = {"country": "SA", "label": self.label, "manual": self.hold}
        return config

    def csp(self) -> dict[str, list[str]]:
        """What the pay page's policy needs beyond the site's own, by directive; nothing else, and on no other page.

        Whole addresses, not hosts: jsDelivr serves anybody's package. The form's telemetry (appsignal-endpoint.net)
        is not let out: it would tell a third party about our guests, and nothing but a line in the console misses it.
        3-D Secure is a navigation of the whole page and needs no frame. The form's icons are `data:` images.
        """
        apple = Method.APPLE_PAY in self.offered
        return {
            "script-src": [self.script, *([APPLE_SDK] if apple else [])],
            "style-src": [self.style],
            "style-src-attr": ["'unsafe-inline'"],
            "img-src": ["data:"],
            "connect-src": [self.base_url],
        }


def missing(*, publishable_key: str, api_url: str, site_is_https: bool) -> list[str]:
    """Why the form cannot be used by this installation, a sentence each; none when it can."""
    found = []
    if not _KEY.fullmatch(publishable_key):
        found.append("MOYASAR_PUBLISHABLE_KEY is not a pk_test_… or pk_live_… key.")
    if base_of(api_url) is None:
        found.append("MOYASAR_API_URL is not an address that ends in /v1.")
    if not site_is_https:
        found.append("SITE_URL is not https: Apple Pay and a live key work on no other page.")
    return found


def base_of(api_url: str) -> str | None:
    """`base_url` of the form for an API address that ends in `/v1`; None when it is no such address."""
    base, slash, version = api_url.rstrip("/").rpartition("/")
    return base if slash and version == "v1" and _is_origin(base) else None


def _is_page(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"[\s;,'\"<>]", address)


def _is_origin(address: str) -> bool:
    parts = urlsplit(address)
    return _is_page(address) and not (parts.path or parts.query or parts.fragment or parts.username)


def _scheme(address: str) -> str:
    return urlsplit(address).scheme


def _is_metadata(metadata: Mapping[str, str]) -> bool:
    return len(metadata) <= _METADATA_KEYS and all(
        isinstance(value, str) and 0 < len(name) <= _METADATA_NAME and len(value) <= _METADATA_VALUE
        for name, value in metadata.items()
    )
