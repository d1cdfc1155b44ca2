"""The port: what the till asks of any payment gateway, in plain units.

Amounts are whole minor units (halalas), times are aware UTC. A gateway only tells what is there: whether an amount, a
currency or a binding is the right one is decided by whoever compares it with our own row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Status(StrEnum):
    """Where a charge is. A word we do not know is UNKNOWN: waited on like a pending one, never taken for paid."""

    UNKNOWN = "unknown"
    INITIATED = "initiated"  # the payer is still at the bank
    FAILED = "failed"
    EXPIRED = "expired"
    VERIFIED = "verified"  # a card was checked and kept, no money moved
    AUTHORIZED = "authorized"  # money held, not taken
    PAID = "paid"
    CAPTURED = "captured"  # a hold that was taken
    VOIDED = "voided"
    REFUNDED = "refunded"  # in part or in whole: `Charge.refunded` says how much

    @property
    def rank(self) -> int:
        """How far along. A row never moves to a lower rank, so an answer that arrives late cannot undo a later one."""
        return _RANK[self]

    @property
    def is_paid(self) -> bool:
        """The money is ours at this moment."""
        return self in (Status.PAID, Status.CAPTURED)

    @property
    def is_pending(self) -> bool:
        """Ask again later."""
        return self in (Status.UNKNOWN, Status.INITIATED)


_RANK = {
    Status.UNKNOWN: 0,
    Status.INITIATED: 1,
    Status.FAILED: 2,
    Status.EXPIRED: 2,
    Status.VERIFIED: 2,
    Status.AUTHORIZED: 3,
    Status.PAID: 4,
    Status.CAPTURED: 4,
    Status.VOIDED: 5,
    Status.REFUNDED: 5,
}


class InvoiceStatus(StrEnum):
    """Where a hosted invoice is. Money is read from its charges, never from this word alone."""

    UNKNOWN = "unknown"
    INITIATED = "initiated"
    ON_HOLD = "on_hold"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELED = "canceled"
    PAID = "paid"
    VOIDED = "voided"
    REFUNDED = "refunded"

    @property
    def is_open(self) -> bool:
        """Someone may still begin to pay it. An unknown word counts as open: it is watched, not forgotten."""
        return self in (InvoiceStatus.UNKNOWN, InvoiceStatus.INITIATED, InvoiceStatus.ON_HOLD, InvoiceStatus.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One attempt to take money. `refunded` is the running total given back, `captured` what a hold finally took.

    `response_code` is the bank's answer by ISO 8583, where a bank was asked ("00": approved).
    """

    id: str
    status: Status
    amount: int
    currency: str
    refunded: int
    captured: int
    voided: bool
    invoice_id: str
    metadata: Mapping[str, str]
    source_type: str
    company: str
    masked_number: str
    message: str
    response_code: str
    created_at: datetime | None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """A page where the guest pays, and every charge tried on it."""

    id: str
    status: InvoiceStatus
    amount: int
    currency: str
    url: str
    expired_at: datetime | None
    metadata: Mapping[str, str]
    charges: tuple[Charge, ...]


class GatewayError(Exception):
    """The gateway did not do as asked. Catch one of the three kinds below: they differ in what may be done next.

    `kind` is one word for logs and counters, `status` the HTTP status if there was an answer, `vendor_message` their
    text, shortened and without card numbers: for the back office, never for a guest.
    """

    def __init__(self, kind: str, *, status: int | None = None, vendor_message: str = "") -> None:
        super().__init__(" ".join(str(part) for part in (kind, status, vendor_message) if part))
        self.kind = kind
        self.status = status
        self.vendor_message = vendor_message


class Refused(GatewayError):  # noqa: N818 - what the caller must know, in a word
    """A definite no. It was not done, and asking again will not help."""

    @property
    def needs_operator(self) -> bool:
        """A wrong key, a missing permission or an inactive account: nobody can pay until a person acts."""
        return self.status in (401, 403, 405)


class NotFound(Refused):
    """The gateway has nothing under this id."""


class Unavailable(GatewayError):  # noqa: N818 - what the caller must know, in a word
    """Surely not done, or only a question: safe to ask again later."""


class Uncertain(GatewayError):  # noqa: N818 - what the caller must know, in a word
    """It may have been done. Look (`fetch`, `find_invoice`) before doing it again."""


class Gateway(Protocol):
    """What a gateway can do. Every verb may raise any `GatewayError`; none may be called inside a transaction."""

    def create_invoice(
        self,
        *,
        amount: int,
        currency: str,
        description: str,
        success_url: str,
        back_url: str,
        callback_url: str,
        expired_at: datetime,
        metadata: Mapping[str, str],
    ) -> Invoice:
        """Open a page where the guest pays. Not idempotent: on `Uncertain`, `find_invoice` by metadata and adopt it."""

    def fetch_invoice(self, invoice_id: str) -> Invoice:
        """Read one invoice with its charges."""

    def find_invoice(self, *, key: str, value: str) -> Invoice | None:
        """The one invoice whose metadata says so, or None. `Uncertain("ambiguous")` if there are several."""

    def cancel_invoice(self, invoice_id: str) -> Invoice:
        """Close an open page. `Refused` if it is not open any more. A payment begun before may still complete."""

    def page_url(self, invoice: Invoice, *, language: str) -> str:
        """Where to send the browser, in the guest's language (`ar` or `en`). No network."""

    def fetch(self, charge_id: str) -> Charge:
        """Read one charge."""

    def find_charge(self, given_id: UUID) -> Charge | None:
        """The charge that was begun under an id of ours, or None: nobody began to pay (yet)."""

    def find_charges(self, *, created_after: datetime, created_before: datetime) -> list[Charge]:
        """Every charge made strictly between two moments, newest first. All of them, or an error."""

    def find_changed(self, *, updated_after: datetime, updated_before: datetime) -> list[Charge]:
        """Every charge last touched strictly between two moments, however old it is. All of them, or an error."""

    def capture(self, charge_id: str, amount: int) -> Charge:
        """Take all or part of a hold, once only: the rest is released. On `Uncertain`, `fetch(...).captured` tells."""

    def void(self, charge_id: str) -> Charge:
        """Undo a hold, or a payment of the last two hours, without a fee. On `Uncertain`, `fetch(...).voided` tells."""

    def refund(self, charge_id: str, amount: int) -> Charge:
        """Give back part or all. Not idempotent: on `Uncertain`, compare `fetch(...).refunded` with what it was."""
