"""What a code costs, and how it leaves.

Every code is paid for before it is made, whoever asks (the form, a resend, an app): a pause for the phone, then
counters as rows for phone, address, number range and the whole site. Anything that cannot be counted is refused.
The answer never depends on whether the number is known. Codes of the vendor's own making (OTP_MODE=delegated) pay and
count the same; only sending and comparing are the vendor's then.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import datetime
from typing import Final, Literal

from allauth.core import ratelimit
from allauth.core.exceptions import RateLimited
from allauth.core.internal.cryptokit import compare_user_code
from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import get_random_string

from salon.accounts import limits, otp_queue
from salon.accounts.budgets import BUDGETS, Budget
from salon.accounts.otp_providers import OtpError, delegated, otp_provider, otp_verifier
from salon.accounts.pending import PendingCode
from salon.core.circuit import Circuit
from salon.core.phones import mask
from salon.messaging.base import Verdict

logger = logging.getLogger("salon.accounts.otp")

_WHEN_UNCOUNTED: Final = 60
_PAID: Final = "_code_paid"
_CHECKING: Final = "check "

circuits: defaultdict[str, Circuit] = defaultdict(Circuit)
"""One for each provider and channel, and one more for its checks: a way that is down is not waited for."""

Reason = Literal["pause", "limit", "unavailable"]


class CodeRefused(RateLimited):
    """No code now. `reason`: pause (one just left), limit (enough for now), unavailable (nothing could be counted)."""

    def __init__(self, reason: Reason, retry_after: int) -> None:
        super().__init__(reason)
        self.reason: Reason = reason
        self.retry_after = retry_after


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


def refund(phone: str, *, now: datetime) -> None:
    """The code did not leave: give back everything but the address's own, which still guards against hammering."""
    # The pause is the phone's: allauth asks for a request and does not look at it.
    ratelimit.clear(HttpRequest(), action="code_pause", key=phone)
    for budget in BUDGETS:
        if budget.given_back:
            limits.give_back(budget.name, budget.key(phone=phone, address=""), window=budget.window, now=now)


def start_pause(request: HttpRequest, phone: str) -> int:
    """Begin the pause for `phone` anew, as after the last wrong try; returns its seconds."""
    ratelimit.clear(request, action="code_pause", key=phone)
    ratelimit.consume(request, action="code_pause", key=phone)
    return settings.OTP_PAUSE_SECONDS


def make_code() -> str:
    """Six random digits; "" when the vendor makes the code: then there is nothing to send or to compare."""
    if delegated():
        return ""
    return get_random_string(settings.ALLAUTH_USER_CODE_FORMAT["length"], "0123456789")


def send(*, phone: str, code: str, language: str, channel: str, now: datetime) -> bool:
    """Send `code`, paid for at `now`, by `channel`; False (and the money back) when it could not leave.

    With a broker it only goes to the queue here: whoever works on it sends, and pays back what failed.
    """
    wanted = {"phone": phone, "code": code, "language": language, "channel": channel, "now": now}
    return (bool(settings.CELERY_BROKER_URL) and otp_queue.publish(**wanted)) or send_now(**wanted)


def send_now(*, phone: str, code: str, language: str, channel: str, now: datetime) -> bool:
    """The same, in this process."""
    sent = deliver(phone=phone, code=code, language=language, channel=channel)
    if not sent:
        refund(phone, now=now)
    return sent


def deliver(*, phone: str, code: str, language: str, channel: str) -> bool:
    """Hand `code` to the provider once, in this process, with no retry; False when it was not taken."""
    way = f"{settings.OTP_PROVIDER} {channel}"
    circuit = circuits[way]
    if not circuit.lets_through():
        logger.warning("Code for %s not sent (%s failed too often and is left alone)", mask(phone), way)
        return False
    try:
        otp_provider().send_code(phone=phone, code=code, language=language, channel=channel)
    except OtpError as error:
        circuit.tell(sent=error.permanent)  # a number refused is an answer: the vendor is there
        kind = "permanently" if error.permanent else "for now"
        logger.warning("Code for %s not sent (%s refused %s: %s)", mask(phone), way, kind, error)
        return False
    except Exception:
        circuit.tell(sent=False)
        logger.exception("Code for %s not sent (%s)", mask(phone), way)
        return False
    circuit.tell(sent=True)
    return True


class CheckUnavailable(Exception):  # noqa: N818 - it reads as a fact
    """The vendor that checks codes could not be asked: nobody knows whether this one is right."""


def check(pending: PendingCode, *, given: str, expected: str, channel: str) -> Verdict:
    """Whether `given` is the code, at the cost of a try. `expected` is ours, "" when the vendor made the code.

    SPENT: no try was left, or the vendor says that this code never will be right. Raises CheckUnavailable.
    """
    if not pending.take_try():
        return Verdict.SPENT
    if not delegated():
        return Verdict.CORRECT if compare_user_code(actual=given, expected=expected) else Verdict.WRONG
    way = f"{_CHECKING}{settings.OTP_PROVIDER} {channel}"
    circuit = circuits[way]
    if not circuit.lets_through():
        pending.give_try_back()
        logger.warning("Code of %s not checked (%s failed too often and is left alone)", mask(pending.phone), way)
        raise CheckUnavailable
    try:
        verdict = otp_verifier().check_code(phone=pending.phone, code=given, channel=channel)
    except OtpError as error:
        circuit.tell(sent=error.permanent)
        if not error.left:  # otherwise it may have been evaluated
            pending.give_try_back()
        logger.warning("Code of %s not checked (%s: %s)", mask(pending.phone), way, error)
        raise CheckUnavailable from error
    except Exception as error:
        circuit.tell(sent=False)
        logger.exception("Code of %s not checked (%s)", mask(pending.phone), way)
        raise CheckUnavailable from error
    circuit.tell(sent=True)
    return verdict


def _pay(request: HttpRequest, phone: str, now: datetime) -> None:
    if not ratelimit.consume(request, action="code_pause", key=phone):
        raise CodeRefused("pause", settings.OTP_PAUSE_SECONDS)
    address = limits.address_key(limits.client_address(request))
    paid: list[tuple[Budget, str]] = []
    for budget in BUDGETS:
        key = budget.key(phone=phone, address=address)
        if not limits.take(budget.name, key, limit=budget.allowed, window=budget.window, now=now):
            for earlier, its_key in paid:
                limits.give_back(earlier.name, its_key, window=earlier.window, now=now)
            ratelimit.clear(request, action="code_pause", key=phone)
            raise CodeRefused("limit", limits.retry_after(budget.window, now))
        paid.append((budget, key))
