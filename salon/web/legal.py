"""Terms and privacy, as short as they are true."""

from __future__ import annotations

from typing import Final, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe


class Company(NamedTuple):
    """A company that handles personal data for us. `abroad`: the data leaves the Kingdom for it."""

    name: str
    country: Promise
    abroad: bool


COMPANIES: Final[dict[str, Company]] = {
    "unifonic": Company("Unifonic", _("Saudi Arabia"), abroad=False),
    "authentica": Company("Authentica", _("Saudi Arabia"), abroad=False),
    "twilio": Company("Twilio", _("United States"), abroad=True),
    "moyasar": Company("Moyasar", _("Saudi Arabia"), abroad=False),
}
"""By the names that settings know them by; console and simulator are nobody."""


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    return render(request, "web/terms.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Names the companies that this installation really uses."""
    context = {
        "messengers": [
            COMPANIES[name]
            for name in dict.fromkeys([settings.OTP_PROVIDER, settings.NOTIFICATION_PROVIDER])
            if name in COMPANIES
        ],
        "payer": COMPANIES.get(settings.PAYMENT_GATEWAY),
        "session_days": settings.LOGGED_IN_SESSION_AGE // 86_400,
    }
    return render(request, "web/privacy.html", context)
