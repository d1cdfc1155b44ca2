"""The scenarios of sign-in: guesses and code requests from processes of their own. Each counts what really happened.

A guess is evaluated when the typed code is compared with the right one; a code is sent when the provider has it. The
negative controls count in two steps (look, then write), as a session or a cache would.
"""

from __future__ import annotations

import datetime as dt
import secrets
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import F
from django.test import Client
from django.urls import reverse

from salon.accounts import limits, otp
from salon.accounts.models import UsageCounter
from salon.accounts.pending import PendingCode
from salon.messaging.base import Verdict
from salon.messaging.console import read_inbox
from salon.tests.races.arena import Scene

CODES = 100
GUESSES = 11_200
PAGES = 10
GUESSES_BY_PAGE = 240
REQUESTS = 100

_evaluated: list[str] = []
"""What this process really compared."""


def _watch() -> None:
    """Count every comparison of this process, wherever it is asked for."""
    compare = otp.compare_user_code

    def comparing(*, actual: str, expected: str) -> bool:
        _evaluated.append(actual)
        return compare(actual=actual, expected=expected)

    otp.compare_user_code = comparing


def _count_in_two_steps() -> None:
    """What a counter in a session or a cache does."""

    def take(name: str, key: str, *, limit: int, window: dt.timedelta, now: dt.datetime) -> bool:
        if limits.used(name, key, window=window, now=now) >= limit:
            return False
        time.sleep(0.3 if name == "codes-all" else 0.005)
        start = limits._start(window, now)
        rows = UsageCounter.objects.filter(name=name, key=key, window_start=start)
        if not rows.update(count=F("count") + 1):
            row = UsageCounter(name=name, key=key, window_start=start, count=1)
            UsageCounter.objects.bulk_create([row], ignore_conflicts=True)
        return True

    limits.take = take


def _share(rival: int, rivals: int, total: int) -> int:
    """How much of `total` falls to this rival."""
    return total // rivals + (rival < total % rivals)


def guesses(rivals: int, rounds: int) -> Scene:
    """Each round all guess wrong at one code: through `otp.check`, which the page, apps and challenges call."""
    _watch()
    now = dt.datetime.now(dt.UTC)
    codes = [PendingCode(phone=_phone(), started_at=now, key=uuid.uuid4().hex) for _ in range(rounds)]

    def play(rival: int, this: int) -> str:
        before = len(_evaluated)
        for _ in range(_share(rival, rivals, GUESSES // CODES)):
            verdict = otp.check(codes[this], given="000000", expected="482715", channel="sms")
            assert verdict in {Verdict.WRONG, Verdict.SPENT}
        return str(len(_evaluated) - before)

    return Scene(play, lambda: {"spent": sorted({pending.tries_left() for pending in codes})})


def guesses_counted_in_two_steps(rivals: int, rounds: int) -> Scene:
    """The negative control."""
    scene = guesses(rivals, rounds)
    _count_in_two_steps()
    return scene


def guesses_by_page(rivals: int, rounds: int) -> Scene:
    """The same through the whole page: many browsers with one session cookie."""
    _watch()
    settings.DEV_INBOX = Path(tempfile.mkdtemp()) / "inbox.jsonl"
    cookies, wrong = [], []
    for _ in range(rounds):
        client, phone = Client(REMOTE_ADDR=_address()), _phone()
        assert client.post(reverse("account_login"), {"phone": phone}).status_code == 303
        cookies.append(client.cookies["session"].value)
        code = next(letter.text for letter in read_inbox(settings.DEV_INBOX) if letter.to == phone)
        wrong.append("000000" if "000000" not in code else "000001")

    def play(rival: int, this: int) -> str:
        before, client = len(_evaluated), Client(raise_request_exception=False)
        for _ in range(_share(rival, rivals, GUESSES_BY_PAGE // PAGES)):
            client.cookies["session"] = cookies[this]
            answer = client.post(reverse("account_confirm_login_code"), {"action": "verify", "code": wrong[this]})
            assert answer.status_code in {303, 422, 429}, answer.status_code
        return str(len(_evaluated) - before)

    return Scene(play)


def _requests(rivals: int, *, one_phone: bool) -> Scene:
    cache.clear()
    settings.DEV_INBOX = Path(tempfile.mkdtemp()) / "inbox.jsonl"
    the_phone = _phone()

    def play(rival: int, _this: int) -> str:
        said = []
        for _ in range(_share(rival, rivals, REQUESTS)):
            client = Client(REMOTE_ADDR=_address(), raise_request_exception=False)
            phone = the_phone if one_phone else _phone()
            said.append(client.post(reverse("account_login"), {"phone": phone}).status_code)
        assert set(said) <= {303, 429}, said
        return str(said.count(303))

    return Scene(play, lambda: {"sent": len(read_inbox(settings.DEV_INBOX, limit=REQUESTS))})


def codes_for_the_site(rivals: int, _rounds: int) -> Scene:
    """A hundred phones from a hundred addresses, and seven codes for the whole site today."""
    UsageCounter.objects.all().delete()
    settings.OTP_CODES_PER_DAY = 7
    return _requests(rivals, one_phone=False)


def codes_for_one_phone(rivals: int, _rounds: int) -> Scene:
    """A hundred addresses want a code for one phone; the pause is out of the way, five an hour remain."""
    otp.ratelimit.consume = lambda *_asked, **_named: True
    return _requests(rivals, one_phone=True)


def codes_within_the_pause(rivals: int, _rounds: int) -> Scene:
    """The same with the pause of thirty seconds: one."""
    return _requests(rivals, one_phone=True)


def codes_counted_in_two_steps(rivals: int, rounds: int) -> Scene:
    """The negative control."""
    scene = codes_for_the_site(rivals, rounds)
    _count_in_two_steps()
    return scene


def _phone() -> str:
    return f"+96655{secrets.randbelow(10**7):07d}"


def _address() -> str:
    return f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{secrets.randbelow(256)}"


SCENES: dict[str, Any] = {
    scene.__name__: scene
    for scene in (
        guesses,
        guesses_counted_in_two_steps,
        guesses_by_page,
        codes_for_the_site,
        codes_for_one_phone,
        codes_within_the_pause,
        codes_counted_in_two_steps,
    )
}
