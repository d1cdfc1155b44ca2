"""What waits for its code: tries that are counted, and how the last code left. Shared by sign-in and challenges."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from salon.accounts import channels, limits
from salon.accounts.budgets import PHONE_TRIES, TRIES

DELIVERY: Final = "code_delivery"
"""Session key of the sign-in's `Delivery`."""


@dataclass(frozen=True, slots=True)
class PendingCode:
    """A phone to be proved. `key` names it in the counters: a new request starts a new one, a resend does not."""

    phone: str
    started_at: datetime
    key: str

    def expired(self, now: datetime) -> bool:
        """Codes live ACCOUNT_LOGIN_BY_CODE_TIMEOUT seconds from the first send."""
        return now - self.started_at > timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)

    def take_try(self) -> bool:
        """Use up one try; False when all are used. Counted in the database: the session's own count can be raced."""
        # The moment of the start picks the counters' windows, so that a code across midnight keeps one counter.
        when = {"now": self.started_at}
        if not limits.take(TRIES.name, self.key, limit=TRIES.allowed, window=TRIES.window, **when):
            return False
        return limits.take(PHONE_TRIES.name, self.phone, limit=PHONE_TRIES.allowed, window=PHONE_TRIES.window, **when)

    def give_try_back(self) -> None:
        """The try that was taken could not be evaluated."""
        limits.give_back(TRIES.name, self.key, window=TRIES.window, now=self.started_at)
        limits.give_back(PHONE_TRIES.name, self.phone, window=PHONE_TRIES.window, now=self.started_at)

    def tries_left(self) -> int:
        """How many guesses remain."""
        taken = limits.used(TRIES.name, self.key, window=TRIES.window, now=self.started_at)
        return max(0, TRIES.allowed - taken)


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the last code left.

    `channel`: of the code that works now. `tried`: of the last attempt, which may have failed. `chosen`: the guest
    asked for it by name.
    """

    channel: str = ""
    tried: str = ""
    chosen: bool = False
    failed: bool = False
    sent_at: datetime | None = None

    @classmethod
    def read(cls, kept: dict[str, Any] | None) -> Delivery:
        """From the session; nothing there is a delivery that never was."""
        kept = kept or {}
        moment = kept.get("sent_at")
        channel = channels.pick(str(kept.get("channel", "")))
        return cls(
            channel=channel,
            tried=channels.pick(str(kept.get("tried", "")), channel),
            chosen=bool(kept.get("chosen")),
            failed=bool(kept.get("failed")),
            sent_at=datetime.fromtimestamp(moment, dt.UTC) if moment else None,
        )

    def after(self, *, channel: str, chosen: bool, sent: bool, now: datetime) -> Delivery:
        """The delivery once another code was tried; a failed one leaves the moment of the last that left."""
        return Delivery(
            channel=channel if sent or self.sent_at is None else self.channel,
            tried=channel,
            chosen=chosen,
            failed=not sent,
            sent_at=now if sent else self.sent_at,
        )

    def kept(self) -> dict[str, Any]:
        """For the session. Moments are Unix seconds, 0 for never."""
        return {
            "channel": self.channel,
            "tried": self.tried,
            "chosen": self.chosen,
            "failed": self.failed,
            "sent_at": self.sent_at.timestamp() if self.sent_at else 0,
        }

    def wait(self, now: datetime) -> int:
        """Seconds until another code may be asked for; 0 after a failure."""
        if self.sent_at is None or self.failed:
            return 0
        return max(0, settings.OTP_PAUSE_SECONDS - int((now - self.sent_at).total_seconds()))


def key_of(request: HttpRequest, kind: str, began: float) -> str:
    """32 hexadecimal digits for one code of this session."""
    text = f"{kind}:{request.session.session_key}:{began}"
    return salted_hmac("salon.accounts.pending", text, algorithm="sha256").hexdigest()[:32]


def pending_sign_in(request: HttpRequest) -> PendingCode | None:
    """The sign-in this session waits for, expired or not; None when there is none. allauth keeps it."""
    login = request.session.get(LOGIN_SESSION_KEY)
    try:
        phone = login["state"]["stages"]["login_by_code"]["data"]["phone"]
        began = float(login["initiated_at"])
    except (KeyError, TypeError, ValueError):
        return None
    key = key_of(request, "sign-in", began)
    return PendingCode(phone=phone, started_at=datetime.fromtimestamp(began, dt.UTC), key=key)


def delivery(request: HttpRequest) -> Delivery:
    """How the last code of this session's sign-in left."""
    return Delivery.read(request.session.get(DELIVERY))


def send_failed(request: HttpRequest) -> bool:
    """The last code of this session's sign-in could not be handed to the provider."""
    return delivery(request).failed


def record_delivery(request: HttpRequest, *, channel: str, chosen: bool, sent: bool, now: datetime) -> None:
    """Remember how sending went, for the countdown, the alert and the words of the code page."""
    made = delivery(request).after(channel=channel, chosen=chosen, sent=sent, now=now)
    request.session[DELIVERY] = made.kept()
