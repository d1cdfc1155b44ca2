"""Proof of a phone outside sign-in: a fresh code on the old number, on a new one, before something that matters.

The code is paid for, sent, counted and checked exactly as at sign-in; only the place where it waits differs: one for
each `purpose` in the session, which must therefore stay on the server (`checks` asks for it).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import get_language

from salon.accounts import channels, otp
from salon.accounts.pending import Delivery, PendingCode
from salon.core.digits import to_ascii_digits
from salon.messaging.base import Verdict

_KEY: Final = "challenges"
"""Session key: {purpose: {"phone", "code" ("" when the vendor made it), "began", "key", "resends", "delivery"}}."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """A phone that waits for its code. `wait`: seconds until another code may be asked for."""

    purpose: str
    pending: PendingCode
    delivery: Delivery
    can_resend: bool
    wait: int

    @property
    def phone(self) -> str:
        """E.164."""
        return self.pending.phone

    @property
    def channel(self) -> str:
        """How the code that works now went; after a failure of the first one, how it was meant to go."""
        return self.delivery.channel

    @property
    def other_channel(self) -> str:
        """What to offer instead; "" when there is nothing else."""
        return channels.other(self.delivery.tried)

    @property
    def failed(self) -> bool:
        """The last code could not be handed to the provider. The one before it still works."""
        return self.delivery.failed

    @property
    def started_at(self) -> datetime:
        return self.pending.started_at

    @property
    def sent_at(self) -> datetime | None:
        """When the last code left."""
        return self.delivery.sent_at

    def tries_left(self) -> int:
        """How many guesses remain."""
        return self.pending.tries_left()

    def expired(self, now: datetime) -> bool:
        """Codes live ACCOUNT_LOGIN_BY_CODE_TIMEOUT seconds from the first send."""
        return self.pending.expired(now)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a typed code. Exactly one of `right`, `spent`, `expired`, `unavailable`, `unreadable` or none.

    None of them: wrong, with `tries_left`. `unavailable`: the vendor that checks could not be asked, try again.
    `unreadable`: not six digits, which costs no try. After `right`, `spent` and `expired` the challenge is gone.
    """

    right: bool = False
    spent: bool = False
    expired: bool = False
    tries_left: int = 0
    unavailable: bool = False
    unreadable: bool = False


def begin(request: HttpRequest, *, purpose: str, phone: str, channel: str = "", now: datetime) -> Challenge:
    """Pay for a code to the E.164 `phone` and send it; an earlier challenge of this purpose is replaced.

    `channel` is "sms" or "whatsapp"; anything not offered means what the person is used to. Raises otp.CodeRefused,
    which leaves an earlier challenge alone. A provider that fails is no error: `failed` says so.
    """
    user = request.user if request.user.is_authenticated else None
    own = user.code_channel if user is not None and str(user.phone) == phone else ""
    used = channels.pick(channel, own)
    code = _pay_and_make(request, phone, now)
    sent = _send(phone, code, used, now)
    delivery = Delivery().after(channel=used, chosen=used == channel, sent=sent, now=now)
    kept = {"phone": phone, "code": code, "began": now.timestamp(), "key": get_random_string(32), "resends": 0}
    _keep(request, purpose, {**kept, "delivery": delivery.kept()})
    return _challenge(request, purpose, now)


def current(request: HttpRequest, purpose: str) -> Challenge | None:
    """The challenge that waits, expired or not; None when there is none."""
    return _challenge(request, purpose, timezone.now()) if _kept(request, purpose) else None


def resend(request: HttpRequest, purpose: str, *, channel: str = "", now: datetime) -> Challenge:
    """Another code in place of the first, by `channel` or as before; one that could not leave changes nothing.

    Raises otp.CodeRefused (also when the resends are used up) and LookupError when there is no challenge.
    """
    kept = _kept(request, purpose)
    if kept is None:
        raise LookupError(purpose)
    if kept["resends"] >= settings.ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND:
        raise otp.CodeRefused("limit", _seconds_left(kept, now))
    before = Delivery.read(kept["delivery"])
    used = channels.pick(channel, before.tried)
    code = _pay_and_make(request, kept["phone"], now)
    sent = _send(kept["phone"], code, used, now)
    delivery = before.after(channel=used, chosen=before.chosen or used == channel, sent=sent, now=now)
    if sent:
        kept = {**kept, "code": code, "resends": kept["resends"] + 1}
    _keep(request, purpose, {**kept, "delivery": delivery.kept()})
    return _challenge(request, purpose, now)


def confirm(request: HttpRequest, purpose: str, *, given: str, now: datetime) -> Result:
    """Check what was typed, at the cost of a try. No challenge at all is `expired`."""
    kept = _kept(request, purpose)
    waiting = kept and _challenge(request, purpose, now)
    if not waiting or waiting.expired(now):
        drop(request, purpose)
        return Result(expired=True)
    code = read_code(given)
    if not code:
        return Result(unreadable=True, tries_left=waiting.tries_left())
    try:
        verdict = otp.check(waiting.pending, given=code, expected=kept["code"], channel=waiting.channel)
    except otp.CheckUnavailable:
        return Result(unavailable=True, tries_left=waiting.tries_left())
    if verdict is Verdict.CORRECT:
        drop(request, purpose)
        return Result(right=True)
    left = 0 if verdict is Verdict.SPENT else waiting.tries_left()
    if not left:
        otp.start_pause(request, waiting.phone)
        drop(request, purpose)
        return Result(spent=True)
    return Result(tries_left=left)


def drop(request: HttpRequest, purpose: str) -> None:
    """Forget the challenge, if there is one."""
    waiting = dict(request.session.get(_KEY) or {})
    if waiting.pop(purpose, None) is not None:
        request.session[_KEY] = waiting


def read_code(typed: str) -> str:
    """The digits of a typed code, whatever keyboard they came from; "" for what cannot be one."""
    code = "".join(character for character in to_ascii_digits(typed) if character.isascii())
    code = code.replace(" ", "").replace("-", "")
    return code if len(code) == settings.ALLAUTH_USER_CODE_FORMAT["length"] and code.isdigit() else ""


def _pay_and_make(request: HttpRequest, phone: str, now: datetime) -> str:
    otp.pay(request, phone, now=now)
    return otp.make_code()


def _send(phone: str, code: str, channel: str, now: datetime) -> bool:
    language = (get_language() or settings.LANGUAGE_CODE)[:2]
    return otp.send(phone=phone, code=code, language=language, channel=channel, now=now)


def _kept(request: HttpRequest, purpose: str) -> dict[str, Any] | None:
    return (request.session.get(_KEY) or {}).get(purpose)


def _keep(request: HttpRequest, purpose: str, kept: dict[str, Any]) -> None:
    request.session[_KEY] = {**(request.session.get(_KEY) or {}), purpose: kept}


def _challenge(request: HttpRequest, purpose: str, now: datetime) -> Challenge:
    kept = request.session[_KEY][purpose]
    delivery = Delivery.read(kept["delivery"])
    return Challenge(
        purpose=purpose,
        pending=PendingCode(
            phone=kept["phone"],
            started_at=datetime.fromtimestamp(kept["began"], dt.UTC),
            key=kept["key"],
        ),
        delivery=delivery,
        can_resend=kept["resends"] < settings.ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND,
        wait=delivery.wait(now),
    )


def _seconds_left(kept: dict[str, Any], now: datetime) -> int:
    """Until the challenge is over and a new one may begin."""
    return max(1, int(kept["began"] + settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT - now.timestamp()))
