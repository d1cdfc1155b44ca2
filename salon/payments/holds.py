"""Money that is only reserved on a card: what shall become of it, and asking the gateway for just that.

A hold is AUTHORIZED until its wish is fulfilled. `wish` is written in the transaction of whatever decides it (the visit
began, was missed, was called off, or our own clock: the gateway says "authorized" for ever, also when the bank has long
let go). `carry_out` posts it after the commit; what the gateway then says is written down by `flows.money_in`, and a
call whose answer was lost is told by the next look. A wish is never changed to another one while a call may be on its
way, and the gateway captures a hold once and voids it once, so a call made twice moves nothing twice.
"""

from __future__ import annotations

import datetime as dt
import logging
import time

from django.conf import settings
from django.db.models import Sum

from salon.bookings.models import Booking
from salon.core.money import Halalas
from salon.core.transactions import require_transaction
from salon.payments.chosen import gateway
from salon.payments.gateways.base import Charge, GatewayError, Refused, Status, Uncertain
from salon.payments.models import Payment, PaymentState, Wish
from salon.payments.refunds import REPOST_AFTER, STALE_SECONDS

logger = logging.getLogger("salon.payments.holds")

GIVE_UP_AFTER = dt.timedelta(days=1)
"""How long after its end the gateway may refuse to release a hold before we call it gone: the bank has let go of it."""


def reserved(booking: Booking) -> Halalas:
    """Halalas that are reserved on cards for this booking and not to be released."""
    held = Payment.objects.filter(booking=booking, state=PaymentState.AUTHORIZED).exclude(wish=Wish.VOID)
    return held.aggregate(sum=Sum("amount"))["sum"] or 0


def undecided(booking: Booking) -> list[Payment]:
    """The holds of a locked booking for which nothing was decided, locked, the newest first."""
    require_transaction()
    held = Payment.objects.select_for_update().filter(booking=booking, state=PaymentState.AUTHORIZED, wish="")
    return list(held.order_by("-created_at", "pk"))


def wish(payment: Payment, *, take: Halalas, now: dt.datetime, problem: str = "") -> None:
    """Of a locked hold take so many halalas and release the rest; 0 releases all. Wants the caller's transaction."""
    require_transaction()
    payment.wish, payment.wish_amount = (Wish.CAPTURE, take) if take else (Wish.VOID, None)
    payment.problem = problem or payment.problem
    payment.next_sync_at = now
    payment.save(update_fields=["wish", "wish_amount", "problem", "next_sync_at"])


def ends_at(charge: Charge, *, now: dt.datetime) -> dt.datetime:
    """Until when we count on a hold. It began when the charge did: no later than it was authorised."""
    return min(charge.created_at or now, now) + dt.timedelta(days=settings.MOYASAR_HOLD_DAYS)


def carry_out(payment: Payment, charge: Charge, *, now: dt.datetime) -> Charge | None:
    """Ask the gateway for what was wished, once. What it says then; None when nothing new is known.

    `charge` is what it said a moment ago. Calls the network, so never inside a transaction; raises nothing of the
    gateway's. Two workers may call it at once: one of them posts.
    """
    if payment.state != PaymentState.AUTHORIZED or not payment.wish or charge.status != Status.AUTHORIZED:
        return None
    asked = time.monotonic()
    if not _claim(payment, now=now) or time.monotonic() - asked > STALE_SECONDS:
        return None
    try:
        return _post(payment, charge.id)
    except Uncertain as error:  # it may have been done, or may still arrive
        logger.warning("payment %s: no clear answer to %s (%s)", payment.pk, payment.wish, error)
        return _look(charge.id)
    except Refused as error:
        said = None if error.needs_operator else _look(charge.id)
        if said is None or said.status == Status.AUTHORIZED:
            _refused(payment, error, now=now)
        return said
    except GatewayError as error:  # surely not done
        logger.warning("payment %s: %s was put off (%s)", payment.pk, payment.wish, error)
        _unclaim(payment, now=now)
        return None


def _claim(payment: Payment, *, now: dt.datetime) -> bool:
    """It is ours to post until REPOST_AFTER from now: till then an earlier call may still arrive."""
    if payment.wish_sent_at is not None and payment.wish_sent_at + REPOST_AFTER > now:
        return False
    mine = _same(payment).filter(wish_sent_at=payment.wish_sent_at).update(wish_sent_at=now)
    return bool(mine)


def _unclaim(payment: Payment, *, now: dt.datetime) -> None:
    _same(payment).filter(wish_sent_at=now).update(wish_sent_at=None)


def _same(payment: Payment):  # noqa: ANN202 - a queryset of the row, if it is still as we know it
    return Payment.objects.filter(
        pk=payment.pk, state=PaymentState.AUTHORIZED, wish=payment.wish, wish_amount=payment.wish_amount
    )


def _post(payment: Payment, charge_id: str) -> Charge:
    bank = gateway()
    return bank.capture(charge_id, payment.wish_amount) if payment.wish == Wish.CAPTURE else bank.void(charge_id)


def _look(charge_id: str) -> Charge | None:
    try:
        return gateway().fetch(charge_id)
    except GatewayError:
        return None


def _refused(payment: Payment, error: Refused, *, now: dt.datetime) -> None:
    """A definite no. Asked again later; once the hold is over it is released instead, and a day later it is gone."""
    logger.error("payment %s: the gateway refused to %s (%s)", payment.pk, payment.wish, error)
    change = {"wish_sent_at": None, "problem": f"The gateway refused to {payment.wish} it: {error}"[:200]}
    over = payment.hold_ends_at is not None and payment.hold_ends_at <= now and not error.needs_operator
    if over and payment.wish == Wish.CAPTURE:
        change |= {"wish": Wish.VOID, "wish_amount": None}
    elif over and payment.hold_ends_at + GIVE_UP_AFTER <= now:
        change |= {"state": PaymentState.EXPIRED}
    _same(payment).filter(wish_sent_at=now).update(**change)
