"""How long to wait, in words."""

from __future__ import annotations

import math
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from salon.accounts.otp import CodeRefused

_MINUTE: Final = 60
_HOUR: Final = 3600


def refusal_text(refusal: CodeRefused) -> str:
    """Why there is no code now, and when there will be one: seconds up to 90, then minutes, then hours, rounded up."""
    if refusal.reason == "unavailable":
        return _("Codes cannot be sent at this moment. Please try again in a minute.")
    seconds = refusal.retry_after
    if refusal.reason == "pause":
        return ngettext(
            "A code was sent just now. Another one can be sent in %(n)d second.",
            "A code was sent just now. Another one can be sent in %(n)d seconds.",
            seconds,
        ) % {"n": seconds}
    if seconds <= 1.5 * _MINUTE:
        return ngettext(
            "Too many codes were requested. Another one can be sent in %(n)d second.",
            "Too many codes were requested. Another one can be sent in %(n)d seconds.",
            seconds,
        ) % {"n": seconds}
    if seconds <= 1.5 * _HOUR:
        minutes = math.ceil(seconds / _MINUTE)
        return ngettext(
            "Too many codes were requested. Another one can be sent in %(n)d minute.",
            "Too many codes were requested. Another one can be sent in %(n)d minutes.",
            minutes,
        ) % {"n": minutes}
    hours = math.ceil(seconds / _HOUR)
    return ngettext(
        "Too many codes were requested. Another one can be sent in %(n)d hour.",
        "Too many codes were requested. Another one can be sent in %(n)d hours.",
        hours,
    ) % {"n": hours}
