"""Where a payment stands, in plain words for the salon."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from salon.core import clock
from salon.core.templatetags.salon import clock_time, day_long
from salon.payments.models import LIVE_STATES, Checkout, Payment, PaymentState, Wish

_TONES = {
    PaymentState.PAID: "ok",
    PaymentState.AUTHORIZED: "info",
    PaymentState.CREATED: "warn",
    PaymentState.INITIATED: "warn",
    PaymentState.MISMATCH: "bad",
}


@dataclass(frozen=True, slots=True)
class Badge:
    """A state's word, and the colour beside it: ok, info, warn, bad or "" (over, and nothing came of it)."""

    label: str
    tone: str


def badge_of(payment: Payment) -> Badge:
    state = PaymentState(payment.state)
    return Badge(str(state.label), _TONES.get(state, ""))


def story_of(payment: Payment, *, now: dt.datetime) -> str:
    """One or two sentences: what this state means for the salon, and until when."""
    story, until = _story(payment, now)
    if until is None:
        return str(story)
    zone = clock.zone(payment.booking.salon.zone)
    return str(story) % {"day": day_long(until, zone), "time": clock_time(until, zone)}


_STORIES: dict[str, Promise] = {
    PaymentState.PAID: _("The money came in."),
    PaymentState.FAILED: _("The bank refused it. No money came in."),
    PaymentState.EXPIRED: _("The guest's time to pay ran out. No money came in."),
    PaymentState.CANCELLED: _("It was not needed any more. No money came in."),
    PaymentState.MISMATCH: _(
        "The gateway's answer does not fit what was asked for, so it is not counted. Our team looks into it."
    ),
}


def _story(payment: Payment, now: dt.datetime) -> tuple[Promise, dt.datetime | None]:
    """The sentence, and the moment that its %(day)s and %(time)s are."""
    if payment.state == PaymentState.AUTHORIZED:
        return _reserved(payment, now)
    if payment.state in LIVE_STATES:
        if payment.expires_at > now:
            return _("The guest has until %(day)s, %(time)s to pay."), payment.expires_at
        return _("The guest's time to pay has run out. The gateway is asked whether money came."), None
    if payment.state == PaymentState.PAID and payment.checkout == Checkout.COUNTER:
        return _("It was taken at the salon."), None
    if payment.hold and payment.state in {PaymentState.EXPIRED, PaymentState.CANCELLED}:
        return _("Nothing is reserved on the card any more. No money came in."), None
    return _STORIES[payment.state], None


def _reserved(payment: Payment, now: dt.datetime) -> tuple[Promise, dt.datetime | None]:
    if payment.wish == Wish.CAPTURE:
        return _("The money is reserved on the card, and is being taken."), None
    if payment.wish == Wish.VOID:
        return _("The money is reserved on the card, and is being released."), None
    if payment.hold_ends_at and payment.hold_ends_at > now:
        return _("Reserved on the card until %(day)s, %(time)s."), payment.hold_ends_at
    return _("Reserved on the card."), None
