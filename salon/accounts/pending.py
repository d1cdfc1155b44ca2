"""The sign-in that waits for its code. allauth keeps it in the session; this is our read-only look at it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from salon.accounts import limits

DELIVERY: Final = "code_delivery"
"""Session key: {"sent_at": Unix seconds of the last code that left, or 0, "failed": the last one did not leave}."""

_TRIES: Final = "code-tries"


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """`key` names this one sign-in in the counters: a new code request starts a new one, a resend does not."""

    phone: str
    started_at: datetime
    key: str

    def expired(self, now: datetime) -> bool:
        """Codes live ACCOUNT_LOGIN_BY_CODE_TIMEOUT seconds from the first send."""
        return now - self.started_at > timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)

    def take_try(self) -> bool:
        """Use up one try; False when all are used. Counted in the database: the session's own count can be raced."""
        limit = settings.ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS
        return limits.take(_TRIES, self.key, limit=limit, window=limits.DAY, now=self.started_at)

    def tries_left(self) -> int:
        """How many guesses remain."""
        taken = limits.used(_TRIES, self.key, window=limits.DAY, now=self.started_at)
        return max(0, settings.ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS - taken)


def pending_sign_in(request: HttpRequest) -> PendingSignIn | None:
    """The sign-in this session waits for, expired or not; None when there is none."""
    login = request.session.get(LOGIN_SESSION_KEY)
    try:
        phone = login["state"]["stages"]["login_by_code"]["data"]["phone"]
        began = float(login["initiated_at"])
    except (KeyError, TypeError, ValueError):
        return None
    key = salted_hmac("salon.accounts.pending", f"{request.session.session_key}:{began}", algorithm="sha256")
    # The moment of the start picks the counter's window, so that a sign-in across midnight keeps one counter.
    return PendingSignIn(phone=phone, started_at=datetime.fromtimestamp(began, dt.UTC), key=key.hexdigest()[:32])


def last_sent(request: HttpRequest) -> datetime | None:
    """When the last code left for the phone of this session."""
    moment = (request.session.get(DELIVERY) or {}).get("sent_at")
    return datetime.fromtimestamp(moment, dt.UTC) if moment else None


def send_failed(request: HttpRequest) -> bool:
    """The last code of this session could not be handed to the provider."""
    return bool((request.session.get(DELIVERY) or {}).get("failed"))


def record_delivery(request: HttpRequest, *, sent: bool, now: datetime) -> None:
    """Remember how sending went, for the countdown and the alert of the code page."""
    before = (request.session.get(DELIVERY) or {}).get("sent_at", 0)
    request.session[DELIVERY] = {"sent_at": now.timestamp() if sent else before, "failed": not sent}
