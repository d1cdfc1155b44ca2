"""Which gateway this installation talks to."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from salon.payments.gateways.base import Gateway
from salon.payments.gateways.moyasar import Moyasar


def _moyasar() -> Gateway:
    return Moyasar(api_url=settings.MOYASAR_API_URL, secret_key=settings.MOYASAR_SECRET_KEY)


# The simulator speaks Moyasar's HTTP, so both names are one client at two addresses.
GATEWAYS: dict[str, Callable[[], Gateway]] = {"simulator": _moyasar, "moyasar": _moyasar}


def gateway() -> Gateway:
    """The gateway that `PAYMENT_GATEWAY` names. Raises ImproperlyConfigured for a name nobody knows."""
    try:
        build = GATEWAYS[settings.PAYMENT_GATEWAY]
    except KeyError:
        raise ImproperlyConfigured(f"PAYMENT_GATEWAY={settings.PAYMENT_GATEWAY!r} is not known.") from None
    return build()
