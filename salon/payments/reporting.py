"""Phase 2 of e-invoicing: whether and how a document reaches the tax authority. Today it does not, and says so.

Since 2023 the authority wants invoices of most VAT-registered sellers signed and reported within a day, by a system
it has certified for each of them. This product issues and keeps documents (phase 1) and reports none. A connection, be
it a certified provider's or our own, is a class with this one method, named in `reporter`. See docs/invoices.md.
"""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from salon.payments.invoice_models import Invoice


class Report(Enum):
    """Where one document stands with the authority."""

    NOT_WANTED = "not wanted"  # a receipt: nobody asks for it
    NOT_CONNECTED = "not connected"  # it should be reported, and nothing here does


class Reporter(Protocol):
    """The door to the authority."""

    def state_of(self, invoice: Invoice) -> Report:
        """Where the document stands. Never calls the network: a page asks."""


class NotConnected:
    """The only one there is: honest about reporting nothing."""

    def state_of(self, invoice: Invoice) -> Report:
        return Report.NOT_CONNECTED if invoice.is_taxed else Report.NOT_WANTED


def reporter() -> Reporter:
    """The door in use."""
    return NotConnected()
