"""A copy of everything that is known about one person, as plain data ready for JSON.

Times are ISO 8601 with their offset, money is whole halalas and says so in its key. Only the person's own rows: of
others there are the salons' and the teams' names that stood on their own bookings, as they saw them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Prefetch

from salon.accounts import consents, data_requests
from salon.accounts.models import Consent, DataRequest, User
from salon.bookings.models import Booking, BookingEvent, BookingItem
from salon.notifications.models import Notification
from salon.payments.models import Credit, Discount, Invoice, Payment, Refund
from salon.reviews.models import Review
from salon.salons.models import Membership

FORMAT: Final = "salon-personal-data/1"
"""Changes when a key changes its meaning or goes."""

Rows = list[dict[str, Any]]


def export(*, user: User, now: dt.datetime) -> dict[str, Any]:
    """The copy, and the note that it was handed over. Sixteen queries at most, whatever it holds."""
    copy = {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "profile": _profile(user),
        "works_in": _works_in(user),
        "consents": _consents(user),
        "bookings": _bookings(user),
        "payments": _payments(user),
        "discounts": _discounts(user),
        "salon_credit": _credit(user),
        "invoices": _invoices(user),
        "reviews": _reviews(user),
        "messages": _messages(user),
        "sessions": _sessions(user),
        "sign_in_keys": _keys(user),
    }
    data_requests.answered_copy(user, now=now)  # first, so that the copy tells of itself
    copy["data_requests"] = _requests(user)
    return copy


def _time(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _profile(user: User) -> dict[str, Any]:
    return {
        "id": str(user.pk),
        "mobile_number": str(user.phone),
        "name": user.name,
        "language": user.language,
        "sign_in_codes_by": user.code_channel or None,
        "messages_by": user.letter_channel or None,
        "joined_at": _time(user.date_joined),
        "last_signed_in_at": _time(user.last_login),
    }


def _works_in(user: User) -> Rows:
    return [
        {"salon_ar": each.salon.name_ar, "salon_en": each.salon.name_en, "role": each.role}
        for each in Membership.objects.filter(user=user).select_related("salon").order_by("pk")
    ]


def _consents(user: User) -> Rows:
    return [
        {
            "purpose": row.purpose,
            "agreed": row.granted,
            "at": _time(row.at),
            "text_version": row.text_version,
            "text": consents.words_of(row),
            "language": row.language,
        }
        for row in Consent.objects.filter(user=user).order_by("at", "pk")
    ]


def _bookings(user: User) -> Rows:
    items = BookingItem.objects.select_related("service", "variant", "staff").order_by("position")
    mine = Booking.objects.filter(customer=user).select_related("salon")
    events = Prefetch("events", queryset=BookingEvent.objects.order_by("pk"))
    return [
        {
            "reference": booking.reference,
            "salon_ar": booking.salon.name_ar,
            "salon_en": booking.salon.name_en,
            "status": booking.status,
            "starts_at": _time(booking.starts_at),
            "ends_at": _time(booking.ends_at),
            "made_at": _time(booking.created_at),
            "price_halalas": booking.price,
            "to_prepay_halalas": booking.due_now,
            "terms": booking.policy,
            "note_for_the_salon": booking.note,
            "scrambled_network_address": booking.held_from,
            "services": [_item(item) for item in booking.items.all()],
            "history": [_event(event) for event in booking.events.all()],
        }
        for booking in mine.prefetch_related(Prefetch("items", items), events).order_by("created_at", "pk")
    ]


def _item(item: BookingItem) -> dict[str, Any]:
    return {
        "service_ar": item.service.name_ar,
        "service_en": item.service.name_en,
        "variant_ar": item.variant.name_ar if item.variant else None,
        "variant_en": item.variant.name_en if item.variant else None,
        "with_ar": item.staff.name_ar,
        "with_en": item.staff.name_en,
        "starts_at": _time(item.starts_at),
        "minutes": item.minutes,
        "price_halalas": item.price,
    }


def _event(event: BookingEvent) -> dict[str, Any]:
    return {
        "at": _time(event.at),
        "by": event.actor_kind,
        "from": event.old_status or None,
        "to": event.new_status,
        "reason": event.reason,
        "moved_from": _time(event.moved_from),
        "moved_to": _time(event.moved_to),
    }


def _payments(user: User) -> Rows:
    refunds = Prefetch("refunds", queryset=Refund.objects.order_by("created_at", "pk"))
    mine = Payment.objects.filter(booking__customer=user).select_related("booking").prefetch_related(refunds)
    return [
        {
            "id": str(payment.pk),
            "booking": payment.booking.reference,
            "amount_halalas": payment.amount,
            "currency": payment.currency,
            "state": payment.state,
            "paid_through": payment.checkout,
            "method": payment.method,
            "kind_of_method": payment.method_kind or None,
            "declined_as": payment.decline_code or None,
            "reserved_only": payment.hold,
            "reserved_until": _time(payment.hold_ends_at),
            "opened_at": _time(payment.created_at),
            "gateway": payment.gateway,
            "gateway_invoice": payment.invoice_id,
            "gateway_payment": payment.charge_id,
            "refunds": [
                {
                    "amount_halalas": refund.amount,
                    "state": refund.state,
                    "reason": refund.reason,
                    "ordered_at": _time(refund.created_at),
                    "done_at": _time(refund.done_at),
                }
                for refund in payment.refunds.all()
            ],
        }
        for payment in mine.order_by("created_at", "pk")
    ]


def _discounts(user: User) -> Rows:
    return [
        {
            "booking": discount.booking.reference,
            "amount_halalas": discount.amount,
            "reason": discount.reason,
            "at": _time(discount.at),
        }
        for discount in Discount.objects.filter(booking__customer=user).select_related("booking").order_by("pk")
    ]


def _credit(user: User) -> Rows:
    return [
        {
            "salon_ar": credit.salon.name_ar,
            "salon_en": credit.salon.name_en,
            "booking": credit.payment.booking.reference,
            "amount_halalas": credit.amount,
            "used_halalas": credit.used,
            "since": _time(credit.created_at),
        }
        for credit in Credit.objects.filter(customer=user).select_related("salon", "payment__booking").order_by("pk")
    ]


def _invoices(user: User) -> Rows:
    return [
        {
            "kind": document.kind,
            "number": document.code,
            "booking": document.booking.reference,
            "issued_at": _time(document.issued_at),
            "issued_to": document.buyer_name,
            "total_halalas": document.gross,
            "vat_halalas": document.vat,
            "lines_in_halalas": document.lines,
            "reason": document.reason,
        }
        for document in Invoice.objects.filter(booking__customer=user).select_related("booking").order_by("pk")
    ]


def _reviews(user: User) -> Rows:
    return [
        {
            "booking": review.booking.reference,
            "rating": review.rating,
            "text": review.text,
            "reply": review.reply,
            "status": review.status,
            "written_at": _time(review.created_at),
        }
        for review in Review.objects.filter(booking__customer=user).select_related("booking").order_by("pk")
    ]


def _messages(user: User) -> Rows:
    return [
        {
            "message": letter.letter,
            "booking": letter.booking.reference,
            "by": letter.channel,
            "state": letter.state,
            "written_at": _time(letter.created_at),
            "sent_at": _time(letter.sent_at),
        }
        for letter in Notification.objects.filter(recipient=user).select_related("booking").order_by("pk")
    ]


def _sessions(user: User) -> Rows:
    return [
        {
            "signed_in_at": _time(session.created_at),
            "last_seen_at": _time(session.last_seen_at),
            "network_address": session.ip,
            "browser": session.user_agent,
        }
        for session in UserSession.objects.filter(user=user).order_by("pk")
    ]


def _keys(user: User) -> Rows:
    return [
        {"kind": key.type, "added_at": _time(key.created_at), "last_used_at": _time(key.last_used_at)}
        for key in Authenticator.objects.filter(user=user).order_by("pk")
    ]


def _requests(user: User) -> Rows:
    return [
        {
            "request": row.kind,
            "state": row.state,
            "asked_at": _time(row.requested_at),
            "due_at": _time(row.due_at),
            "closed_at": _time(row.closed_at),
        }
        for row in DataRequest.objects.filter(user=user).order_by("requested_at", "pk")
    ]
