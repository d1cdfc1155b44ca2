"""A guest's own invoices, receipts and credit notes, to read and to print."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from salon.bookings.models import Booking
from salon.payments import invoices
from salon.payments.invoice_sheet import sheet_of
from salon.payments.models import Invoice
from salon.web.guests import guest, private


@private
@require_safe
def invoice(request: HttpRequest, reference: str, number: str) -> HttpResponse:
    """One document of one visit. Anybody else's is 404, the same as one that does not exist."""
    try:
        visit = Booking.objects.get(customer=guest(request), reference=reference.upper())
        found = invoices.invoice_of(booking=visit, code=number)
    except (Booking.DoesNotExist, Invoice.DoesNotExist):
        raise Http404 from None
    return render(request, "web/invoice.html", {"section": "bookings", "booking": visit, "sheet": sheet_of(found)})
