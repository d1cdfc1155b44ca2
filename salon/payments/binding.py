"""Which payment of ours something at the gateway belongs to, by the marks that it carries. Reads only."""

from __future__ import annotations

import uuid
from contextlib import suppress

from django.db.models import Q

from salon.payments.models import Payment

LONGEST_ID = 64


def payment_of(*, any_id: object, invoice_id: object = "", payment_id: object = "") -> Payment | None:
    """The payment that knows one of these ids; None for whatever is not ours. Values come from outside: any type.

    `any_id` may be a charge's id, an invoice's or, for a charge begun in our form, our payment's own. `payment_id` is
    what we attached as metadata. Several rows of one page: the first of them, whose invoice tells of all.
    """
    wanted = Q(pk__in=[])
    for identifier in (invoice_id, any_id):
        if isinstance(identifier, str) and 0 < len(identifier) <= LONGEST_ID:
            wanted |= Q(invoice_id=identifier) | Q(charge_id=identifier)
    for identifier in (any_id, payment_id):
        with suppress(ValueError):
            wanted |= Q(pk=uuid.UUID(str(identifier)))
    return Payment.objects.filter(wanted).order_by("created_at").first()
