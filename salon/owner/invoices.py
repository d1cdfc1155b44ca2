"""A booking's invoices, receipts and credit notes, as the salon keeps them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from salon.owner.access import Office, desk_view
from salon.payments import invoices
from salon.payments.invoice_sheet import sheet_of
from salon.payments.models import Invoice
from salon.payments.reporting import Report, reporter


@require_safe
@desk_view
def invoice(request: HttpRequest, office: Office, reference: str, number: str) -> HttpResponse:
    """One document, for those who see takings; on the screen it also says whether the authority heard of it."""
    found = office.booking(reference)
    try:
        document = invoices.invoice_of(booking=found, code=number)
    except Invoice.DoesNotExist:
        raise Http404 from None
    context = {
        "office": office,
        "section": "booking",
        "booking": found,
        "sheet": sheet_of(document),
        "unreported": reporter().state_of(document) is Report.NOT_CONNECTED,
    }
    return render(request, "owner/invoice.html", context)
