"""What the gateway's answer means for one of our payments. Pure: it compares, and decides nothing about bookings."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from salon.payments import declines
from salon.payments.gateways.base import Charge, Invoice, InvoiceStatus, Status
from salon.payments.models import LIVE_STATES, Checkout, Payment, PaymentState

TAKEN = frozenset({Status.PAID, Status.CAPTURED, Status.REFUNDED, Status.VOIDED})
"""Money came in, whatever became of it since."""

CLOSED = frozenset({PaymentState.FAILED, PaymentState.EXPIRED, PaymentState.CANCELLED})
"""Not expected any more. Money may still come: a payment begun before its page closed can complete."""

_CLOSED_BY = {
    InvoiceStatus.EXPIRED: PaymentState.EXPIRED,
    InvoiceStatus.CANCELED: PaymentState.CANCELLED,
    InvoiceStatus.FAILED: PaymentState.FAILED,
}

_ENDED_AS = {
    Status.FAILED: PaymentState.FAILED,
    Status.VERIFIED: PaymentState.FAILED,  # a card was looked at and no money moved
    Status.EXPIRED: PaymentState.EXPIRED,
}

METADATA_KEY = "payment_id"
"""Carries our payment's id to the gateway and back: it binds an invoice or a charge to one row of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`problem` is set when the answer does not fit our row: then none of its money may be counted.

    `taken` are charges that brought money, the oldest first. `reserved` is one whose money waits on the card as it was
    asked to, `released` says that such a one was let go and brought nothing. `closed` is what an invoice without money
    has become.
    `declined` are the bank's words about the newest failed attempt and `decline_code` the same as a code (declines.py),
    `pending` says that somebody is paying right now.
    """

    problem: str = ""
    taken: tuple[Charge, ...] = ()
    reserved: Charge | None = None
    released: bool = False
    closed: PaymentState | None = None
    declined: str = ""
    decline_code: str = ""
    pending: bool = False
    raw_status: str = ""


def judge(payment: Payment, invoice: Invoice) -> Verdict:
    """Compare an invoice and all its charges with our row: amount, currency, binding."""
    oldest_first = sorted(invoice.charges, key=lambda charge: (_began(charge), charge.id))
    taken = tuple(charge for charge in oldest_first if charge.status in TAKEN)
    failed = [charge for charge in oldest_first if charge.status == Status.FAILED]
    pending = any(charge.status.is_pending or charge.status == Status.AUTHORIZED for charge in oldest_first)
    return Verdict(
        problem=_invoice_problem(payment, invoice) or _first(_charge_problem(payment, charge) for charge in taken),
        taken=taken,
        closed=_CLOSED_BY.get(invoice.status),
        declined="" if pending or not failed else failed[-1].message,
        decline_code="" if pending or not failed else declines.code_of(failed[-1]),
        pending=pending,
        raw_status=str(invoice.status),
    )


def judge_charge(payment: Payment, charge: Charge) -> Verdict:
    """The same for a row that is one charge: paid in our form, or a second one that came in on another row's page."""
    in_form = payment.checkout == Checkout.FORM
    if in_form:
        problem = _form_problem(payment, charge)
    else:
        problem = _charge_problem(payment, charge, bound=charge.id == payment.charge_id)
    authorized = charge.status == Status.AUTHORIZED
    released = _was_released(payment, charge)
    return Verdict(
        problem=problem,
        taken=(charge,) if charge.status in TAKEN and not released else (),
        reserved=charge if authorized and payment.hold else None,
        released=released,
        closed=_ENDED_AS.get(charge.status) if in_form else None,
        declined=_declined(charge),
        decline_code=declines.code_of(charge),
        pending=charge.status.is_pending or (authorized and not payment.hold),
        raw_status=str(charge.status),
    )


def brought(payment: Payment, charge: Charge) -> int:
    """Halalas that a charge which fits our row has brought: of a hold what was taken of it."""
    return charge.captured if payment.hold and charge.captured else payment.amount


def next_look(payment: Payment, *, pending: bool, now: dt.datetime) -> dt.datetime | None:
    """When to ask about this payment again without being told to; None: never, only if somebody knocks.

    A guest who closed the browser is found within a minute, a webhook that never came within the hour's quarter,
    a refund made by hand within a day for two weeks. A hold is looked at when it ends, and often while its wish waits.
    """
    minute, hour, day = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
    age = now - payment.created_at
    if payment.state == PaymentState.PAID:
        return now + day if age < 14 * day else None
    if payment.state == PaymentState.AUTHORIZED:
        end = payment.hold_ends_at
        return now + 15 * minute if payment.wish or end is None or end <= now else min(end, now + day)
    if payment.state in LIVE_STATES or pending:
        steps = [(hour, minute), (2 * day, 15 * minute), (14 * day, day)]
    elif payment.state == PaymentState.MISMATCH:
        steps = [(2 * day, 15 * minute), (14 * day, day)]
    else:
        steps = [(hour, 5 * minute), (6 * hour, hour), (2 * day, 6 * hour)]
    return next((now + step for limit, step in steps if age < limit), None)


def _invoice_problem(payment: Payment, invoice: Invoice) -> str:
    if payment.invoice_id and invoice.id != payment.invoice_id:
        return f"The invoice is {invoice.id}, {payment.invoice_id} was asked for."
    if invoice.metadata.get(METADATA_KEY) != str(payment.pk):
        return "The invoice belongs to another payment."
    if (invoice.amount, invoice.currency) != (payment.amount, payment.currency):
        return f"The invoice is over {invoice.amount} {invoice.currency}."
    return ""


def _declined(charge: Charge) -> str:
    if charge.status == Status.AUTHORIZED:
        return "The bank only reserved it, and it was to be taken."
    return charge.message if charge.status == Status.FAILED else ""


def _form_problem(payment: Payment, charge: Charge) -> str:
    """In our form the charge's id is ours, and the metadata came from our own page: both must say so."""
    if charge.id.lower() != str(payment.pk) or charge.metadata.get(METADATA_KEY) != str(payment.pk):
        return f"Charge {charge.id} belongs to another payment."
    return _charge_problem(payment, charge, bound=True)


def _charge_problem(payment: Payment, charge: Charge, *, bound: bool = False) -> str:
    bound = bound or (charge.invoice_id == payment.invoice_id or not payment.invoice_id or not charge.invoice_id)
    if not bound or charge.metadata.get(METADATA_KEY, str(payment.pk)) != str(payment.pk):
        return f"Charge {charge.id} belongs to another payment."
    if (charge.amount, charge.currency) != (payment.amount, payment.currency):
        return f"Charge {charge.id} is over {charge.amount} {charge.currency}."
    if payment.hold:
        return _part_problem(payment, charge)
    if charge.captured not in (0, payment.amount):
        return f"Charge {charge.id} took only {charge.captured}."
    return ""


def _part_problem(payment: Payment, charge: Charge) -> str:
    """Of a hold a part may be taken, if it says which."""
    if charge.captured > payment.amount:
        return f"Charge {charge.id} took {charge.captured}."
    if charge.status == Status.CAPTURED and not charge.captured:
        return f"Charge {charge.id} does not say how much it took."
    return ""


def _was_released(payment: Payment, charge: Charge) -> bool:
    return bool(
        payment.hold and payment.state != PaymentState.PAID and charge.status == Status.VOIDED and not charge.captured
    )


def _began(charge: Charge) -> dt.datetime:
    return charge.created_at or dt.datetime.max.replace(tzinfo=dt.UTC)


def _first(problems: object) -> str:
    return next((problem for problem in problems if problem), "")
