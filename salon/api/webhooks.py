"""Knocks at the door. A body is never believed: it only says which payment to ask the gateway about.

So every kind of event is treated alike, whatever it is called and in whichever order it comes: the payment that it
names is settled. Only `webhook_verification` says something itself: the code that turns their sender on.
"""

from __future__ import annotations

import datetime as dt
import hmac
import json
import logging
import re
import uuid
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from salon.core.http import BadJson, strict_json
from salon.flows.payment import settle
from salon.payments.binding import LONGEST_ID, payment_of
from salon.payments.domain import gateway
from salon.payments.gateways.base import GatewayError, NotFound
from salon.payments.models import Payment, WebhookEvent

logger = logging.getLogger("salon.api.webhooks")

MAX_BODY = 64 * 1024

PENDING = "pending"
"""The outcome of an event whose work is not done: when it is sent again, it is worked on again."""

VERIFICATION = "webhook_verification"
"""Sent once to a new webhook, which hears nothing else before somebody typed its code at Moyasar. No retry."""

_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"')
"""One text of a JSON document, with its quotes; what it looks for in is strict JSON already."""

COALESCE = dt.timedelta(seconds=5)
"""The invoice callback carries no secret, so it may cause one question a payment in this time and no more."""


class _TurnedAway(Exception):  # noqa: N818 - it reads as a fact
    """What came is not a webhook of theirs; `status` tells the sender why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@csrf_exempt
@require_POST
def moyasar(request: HttpRequest) -> HttpResponse:
    """200: dealt with, or not for us. 400, 403, 413: not a webhook of theirs. 503: send it again."""
    try:
        body = _body(request)
        event = _event(body)
        return _answer(200, _work(event, body, now=timezone.now()))
    except _TurnedAway as error:
        return _answer(error.status, str(error))
    except (GatewayError, DatabaseTrouble) as error:
        logger.warning("a webhook was put off (%s)", type(error).__name__)
        return _answer(503, "send it again")


@csrf_exempt
@require_POST
def moyasar_callback(request: HttpRequest, payment_id: uuid.UUID) -> HttpResponse:  # noqa: ARG001 - its body is not read
    """The invoice's own callback carries no secret, so only its address counts: it may cause a question."""
    now = timezone.now()
    try:
        payment = Payment.objects.filter(pk=payment_id).first()
        if payment is None:
            return _answer(200, "unknown")
        if payment.synced_at and dt.timedelta() <= now - payment.synced_at < COALESCE:  # not if a clock was set back
            Payment.objects.filter(pk=payment_id).update(next_sync_at=payment.synced_at + COALESCE)
        else:
            settle(payment=payment, now=now)
    except (GatewayError, DatabaseTrouble) as error:
        logger.warning("callback for %s: put off (%s)", payment_id, type(error).__name__)
        return _answer(503, "send it again")
    return _answer(200, "ok")


def _body(request: HttpRequest) -> bytes:
    """At most MAX_BODY bytes. The length that the sender claims is looked at first, the real one counts."""
    try:
        claimed = int(request.headers.get("Content-Length") or 0)
        body = request.read(MAX_BODY + 1) if claimed <= MAX_BODY else b""
    except (ValueError, UnreadablePostError) as error:
        raise _TurnedAway(400, "unreadable") from error
    if max(claimed, len(body)) > MAX_BODY:
        raise _TurnedAway(413, "too large")
    return body


def _event(body: bytes) -> dict[str, Any]:
    """A body as an event of theirs: strict JSON, our secret, an id and a type."""
    try:
        event = strict_json(body)
    except BadJson as error:
        raise _TurnedAway(400, "not JSON") from error
    if not isinstance(event, dict):
        raise _TurnedAway(400, "not an object")
    if not _knows_secret(event.get("secret_token")):
        raise _TurnedAway(403, "wrong secret")
    event_id = event.get("id")
    if not isinstance(event_id, str) or not 0 < len(event_id) <= LONGEST_ID or not isinstance(event.get("type"), str):
        raise _TurnedAway(400, "no id or type")
    return event


def _knows_secret(given: object) -> bool:
    """Compared with every secret of ours, whichever fits, so that the time taken tells nothing."""
    text = given.encode() if isinstance(given, str) else b""
    fits = [hmac.compare_digest(text, secret.encode()) for secret in settings.MOYASAR_WEBHOOK_SECRET if secret]
    return any(fits)


def _work(event: dict[str, Any], body: bytes, *, now: dt.datetime) -> str:
    """Remember the event, settle what it is about, say what came of it."""
    row = _remember(event, body, now=now)
    if row.outcome != PENDING:
        return "seen before"
    if event.get("live") not in (None, settings.MOYASAR_SECRET_KEY.startswith("sk_live_")):
        return _finish(row, "of the other mode")
    data = event.get("data")
    data = data if isinstance(data, dict) else {}
    if event["type"] == VERIFICATION:
        return _finish(row, _verification(data))
    payment = _payment_of(data)
    if payment is None:
        logger.warning("event %s (%s) is for no payment of ours", row.event_id, row.kind)
        return _finish(row, "for no payment of ours")
    row.payment = payment
    payment = settle(payment=payment, now=now)
    return _finish(row, f"settled: {payment.state}")


def _verification(data: dict[str, Any]) -> str:
    """What an operator reads in the list of events: the code and whose it is. It is worth nothing without our key."""
    code, webhook = (
        text if isinstance(text, str) and re.fullmatch(shape, text, re.ASCII) else "?"
        for text, shape in ((data.get("verification_code"), r"\d{4,10}"), (data.get("webhook_id"), r"[\w-]{1,36}"))
    )
    logger.warning("a webhook wants to be verified within 30 minutes: its code is among the webhook events")
    return f"code {code} for webhook {webhook}"


def _remember(event: dict[str, Any], body: bytes, *, now: dt.datetime) -> WebhookEvent:
    """The row of this event. Its bytes are kept as they came, except for our secret."""
    new = {"kind": event["type"][:40], "body": _without_secrets(body), "received_at": now, "outcome": PENDING}
    return WebhookEvent.objects.get_or_create(event_id=event["id"], defaults=new)[0]


def _without_secrets(body: bytes) -> bytes:
    """JSON can write one text in many ways: what reads as a secret of ours goes, however it is spelt."""
    secrets = [secret for secret in settings.MOYASAR_WEBHOOK_SECRET if secret]

    def censored(found: re.Match[bytes]) -> bytes:
        text = json.loads(found[0])
        return b'"*"' if any(secret in text for secret in secrets) else found[0]

    return _TEXT.sub(censored, body)


def _finish(row: WebhookEvent, outcome: str) -> str:
    row.outcome = outcome
    row.save(update_fields=["outcome", "payment"])
    return outcome


def _payment_of(data: dict[str, Any]) -> Payment | None:
    """The payment that an event's data is about, by any mark it carries; at last by asking whose charge it is."""
    metadata = data.get("metadata")
    found = payment_of(
        any_id=data.get("id"),
        invoice_id=data.get("invoice_id"),
        payment_id=metadata.get("payment_id") if isinstance(metadata, dict) else None,
    )
    if found is not None or not isinstance(data.get("id"), str):
        return found
    try:
        charge = gateway().fetch(data["id"])
    except NotFound:
        return None
    return payment_of(any_id=charge.id, invoice_id=charge.invoice_id, payment_id=charge.metadata.get("payment_id"))


def _answer(status: int, text: str) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain")
