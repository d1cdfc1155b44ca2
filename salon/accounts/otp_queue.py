"""Handing a code to the queue instead of to the vendor (CELERY_BROKER_URL). The worker's end is `salon.jobs.tasks`.

Published by the task's name: the task lives eight floors up. Celery is imported only where a broker is configured.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from salon.core.circuit import Circuit
from salon.core.phones import mask

logger = logging.getLogger("salon.accounts.otp")

TASK: Final = "send-code"
QUEUE: Final = "otp"
EXPIRES: Final = 60
"""Seconds after which a worker throws a code away: by then the guest has asked for another."""

circuit = Circuit()
"""A broker that does not answer is left alone for a while; codes then leave in the request."""


def publish(*, phone: str, code: str, language: str, channel: str, now: datetime) -> bool:
    """Queue one code, paid for at `now`; False when the broker did not take it. Tried once."""
    if not circuit.lets_through():
        return False
    from celery import current_app  # noqa: PLC0415 - half a second that web workers without a broker do not need

    try:
        current_app.send_task(
            TASK,
            kwargs={
                "phone": phone,
                "code": code,
                "language": language,
                "channel": channel,
                "paid_at": now.timestamp(),
            },
            kwargsrepr=f"for {mask(phone)}",  # what tools and logs show of a message
            queue=QUEUE,
            expires=EXPIRES,
            ignore_result=True,
            retry=False,
        )
    except Exception:
        circuit.tell(sent=False)
        logger.exception("Code for %s not queued; it leaves in the request", mask(phone))
        return False
    circuit.tell(sent=True)
    return True
