"""What a code costs, and how it leaves.

Every code is paid for before it is made, whoever asks (the form, a resend, an app): a pause for the phone, then
counters as rows for phone, address, number range and the whole site. Anything that cannot be counted is refused.
The answer never depends on whether the number is known.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from allauth.core import ratelimit
from allauth.core.exceptions import RateLimited
from django.conf import settings
from django.http import HttpRequest

from salon.accounts import limits
from salon.accounts.otp_providers import OtpError, otp_provider
from salon.core.phones import mask

logger = logging.getLogger("salon.accounts.otp")

_WHEN_UNCOUNTED: Final = 60
_PREFIX: Final = len("+96655123")  # the eight digits by which number ranges are sold
_PAID: Final = "_code_paid"

Reason = Literal["pause", "limit", "unavailable"]


class CodeRefused(RateLimited):
    """No code now. `reason`: pause (one just left), limit (enough for now), unavailable (nothing could be counted)."""

    def __init__(self, reason: Reason, retry_after: int) -> None:
        super().__init__(reason)
        self.reason: Reason = reason
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class _Budget:
    name: str
    key: str
    limit: int
    window: timedelta
    given_back: bool = True


def pay(request: HttpRequest, phone: str, *, now: datetime) -> None:
    """Pay for one code to `phone`; a second call for it in the same request is free. Raises CodeRefused."""
    if getattr(request, _PAID, "") == phone:
        return
    try:
        _pay(request, phone, now)
    except CodeRefused as refusal:
        logger.warning("No code for %s: %s, %d s", mask(phone), refusal.reason, refusal.retry_after)
        raise
    except Exception as error:  # whatever the cache or the database throws: what is not counted is not sent
        logger.exception("No code for %s: the limits cannot be counted", mask(phone))
        raise CodeRefused("unavailable", _WHEN_UNCOUNTED) from error
    setattr(request, _PAID, phone)


def refund(request: HttpRequest, phone: str, *, now: datetime) -> None:
    """The code did not leave: give back everything but the address's own, which still guards against hammering."""
    ratelimit.clear(request, action="code_pause", key=phone)
    for budget in _budgets(request, phone):
        if budget.given_back:
            limits.give_back(budget.name, budget.key, window=budget.window, now=now)


def start_pause(request: HttpRequest, phone: str) -> int:
    """Begin the pause for `phone` anew, as after the last wrong try; returns its seconds."""
    ratelimit.clear(request, action="code_pause", key=phone)
    ratelimit.consume(request, action="code_pause", key=phone)
    return settings.OTP_PAUSE_SECONDS


def deliver(*, phone: str, code: str, language: str) -> bool:
    """Hand `code` to the provider once, in the request, with no retry; False when it was not taken."""
    try:
        otp_provider().send_code(phone=phone, code=code, language=language)
    except OtpError as error:
        kind = "permanently" if error.permanent else "for now"
        logger.warning("Code for %s not sent (%s refused %s: %s)", mask(phone), settings.OTP_PROVIDER, kind, error)
        return False
    return True


def _pay(request: HttpRequest, phone: str, now: datetime) -> None:
    if not ratelimit.consume(request, action="code_pause", key=phone):
        raise CodeRefused("pause", settings.OTP_PAUSE_SECONDS)
    paid: list[_Budget] = []
    for budget in _budgets(request, phone):
        if not limits.take(budget.name, budget.key, limit=budget.limit, window=budget.window, now=now):
            for earlier in paid:
                limits.give_back(earlier.name, earlier.key, window=earlier.window, now=now)
            ratelimit.clear(request, action="code_pause", key=phone)
            raise CodeRefused("limit", limits.retry_after(budget.window, now))
        paid.append(budget)


def _budgets(request: HttpRequest, phone: str) -> Iterator[_Budget]:
    address = limits.address_key(limits.client_address(request))
    yield _Budget("codes-address", address, settings.OTP_CODES_PER_ADDRESS_HOUR, limits.HOUR, given_back=False)
    yield _Budget("codes-phone-hour", phone, settings.OTP_CODES_PER_PHONE_HOUR, limits.HOUR)
    yield _Budget("codes-phone-day", phone, settings.OTP_CODES_PER_PHONE_DAY, limits.DAY)
    yield _Budget("codes-prefix", phone[:_PREFIX], settings.OTP_CODES_PER_PREFIX_HOUR, limits.HOUR)
    yield _Budget("codes-all", "all", settings.OTP_CODES_PER_DAY, limits.DAY)
