"""The salon's money: what came in and went back by day and method, each payment, and the same for a spreadsheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, gettext, pgettext
from django.views.decorators.http import require_safe

from salon.core import clock, spreadsheet
from salon.core.htmx import is_partial, vary_htmx
from salon.owner.access import Office, desk_view
from salon.owner.money_asked import PRESETS, Asked, read
from salon.owner.money_words import badge_of, story_of
from salon.payments import takings
from salon.payments.invoice_sheet import reason_in
from salon.payments.models import EntryKind, MethodKind, Payment, PaymentState

PER_PAGE = 25


@require_safe
@desk_view
def money(request: HttpRequest, office: Office) -> HttpResponse:
    """The figures of some days and their payments. Five queries beside those of the door; region `takings`."""
    asked = _asked(request, office)
    sums = takings.takings(salon=office.salon, first=asked.first, last=asked.last)
    rows = takings.payments(
        salon=office.salon, first=asked.first, last=asked.last, method=asked.method, state=asked.state
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    for payment in page.object_list:
        payment.badge = badge_of(payment)
    context = {
        "office": office,
        "section": "money",
        "zone": clock.zone(office.salon.zone),
        "asked": asked,
        "presets": [(name, label, asked.preset_query(name)) for name, label in PRESETS.items()],
        "total": sums.total,
        "days": list(sums.days.items()),
        "methods": [(kind.label, figures) for kind, figures in sums.methods.items()],
        "most": max((figures.taken for figures in sums.days.values()), default=0),
        "used": sums.used,
        "waiting": takings.waiting(salon=office.salon),
        "page": page,
        "method_choices": MethodKind.choices,
        "state_choices": PaymentState.choices,
        "partial": is_partial(request),
    }
    template = "owner/money.html#takings" if is_partial(request) else "owner/money.html"
    return vary_htmx(render(request, template, context))


@require_safe
@desk_view
def money_payment(request: HttpRequest, office: Office, payment: UUID) -> HttpResponse:
    """One payment of this salon: where it stands, its entries with their documents, what goes back."""
    try:
        found = takings.payment_of(salon=office.salon, pk=payment)
    except Payment.DoesNotExist:
        raise Http404 from None
    entries, now = list(found.entries.all()), timezone.now()
    refunds = list(found.refunds.all())
    for refund in refunds:
        refund.why = reason_in(get_language() or "ar", refund.reason)
    context = {
        "office": office,
        "section": "payment",
        "zone": clock.zone(office.salon.zone),
        "payment": found,
        "booking": found.booking,
        "method": takings.method_of(found.method_kind).label,
        "badge": badge_of(found),
        "story": story_of(found, now=now),
        "entries": entries,
        "kept": sum(each.amount for each in entries),
        "refunds": refunds,
    }
    return render(request, "owner/money_payment.html", context)


@require_safe
@desk_view
def money_csv(request: HttpRequest, office: Office) -> StreamingHttpResponse:
    """The entries of some days as a file, whatever the page's filters are: it sums up to the page's figures."""
    asked = _asked(request, office)
    header = [
        gettext("Date"),
        gettext("Time"),
        gettext("Booking"),
        pgettext("of an entry", "Kind"),
        gettext("Method"),
        gettext("Amount (SAR)"),
        gettext("VAT inside it (SAR)"),
        gettext("Document"),
        gettext("Payment"),
    ]
    return spreadsheet.csv_response(
        filename=f"money-{office.salon.slug}-{asked.first}-{asked.last}.csv", header=header, rows=_rows(office, asked)
    )


def _rows(office: Office, asked: Asked) -> Iterator[list[spreadsheet.Cell]]:
    zone = clock.zone(office.salon.zone)
    kinds = {kind.value: str(kind.label) for kind in EntryKind}  # here, where the reader's language is still known
    methods = {kind: str(kind.label) for kind in MethodKind}
    found = takings.lines(salon=office.salon, first=asked.first, last=asked.last)

    def write() -> Iterator[list[spreadsheet.Cell]]:
        for line in found:
            at = line.at.astimezone(zone)
            yield [
                f"{at:%Y-%m-%d}",
                f"{at:%H:%M}",
                line.reference,
                kinds[line.kind],
                methods[line.method],
                spreadsheet.riyals(line.amount),
                spreadsheet.riyals(line.vat),
                line.document,
                str(line.payment),
            ]

    return write()


def _asked(request: HttpRequest, office: Office) -> Asked:
    today: dt.date = clock.local_day(timezone.now(), clock.zone(office.salon.zone))
    return read(request.GET, today=today)
