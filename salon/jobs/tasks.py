"""What the queue may ask for: published by name (`salon.accounts.otp_queue`), run by the worker of `salon.celery`."""

from __future__ import annotations

import datetime as dt

from celery import shared_task

from salon.accounts import otp, otp_queue


@shared_task(name=otp_queue.TASK, ignore_result=True)
def send_code(*, phone: str, code: str, language: str, channel: str, paid_at: float) -> None:
    """Send one code, once. One that could not leave is paid back, so that the guest may ask again at once."""
    now = dt.datetime.fromtimestamp(paid_at, dt.UTC)
    otp.send_now(phone=phone, code=code, language=language, channel=channel, now=now)
