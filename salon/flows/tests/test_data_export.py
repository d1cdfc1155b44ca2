"""A copy holds all of one's own rows and none of anybody else's."""

from __future__ import annotations

import json
import uuid

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession

from salon.accounts import consents
from salon.accounts.models import DataRequest, Purpose
from salon.bookings.models import ActorKind
from salon.core import clock
from salon.flows import booking as visits
from salon.flows import data_export
from salon.flows.tests.till import hold
from salon.payments.models import Credit, Discount, Refund
from salon.reviews.models import Review
from salon.tests.people import person

pytestmark = pytest.mark.django_db

LISTS = (
    *("works_in", "consents", "bookings", "payments", "discounts", "salon_credit", "invoices", "reviews"),
    *("messages", "sessions", "sign_in_keys", "data_requests"),
)


@pytest.fixture
def told(visit):
    """Lama paid for a visit, reviewed another, agreed to offers; Reem did the same at the same salon."""
    visit.start()
    visit.pay()
    visit.settle()
    reem = person("Reem", phone="+966559876543")
    kept = hold(visit.shop, None, visit.clock, hour=19)
    note = "Reem's own words"
    hers = visits.place(booking=kept, customer=reem, name="Reem", note=note, choice="deposit", now=visit.clock())
    for guest, booking in ((visit.lama, visit.booking), (reem, hers.booking)):
        consents.set_consents(guest, {Purpose.MARKETING_SMS: True}, language="en", now=visit.clock())
        Review.objects.create(
            booking=booking, salon=visit.shop.salon, rating=4, text=f"By {guest.name}", created_at=visit.clock()
        )
        UserSession.objects.create(user=guest, session_key=guest.name * 4, ip="10.0.0.1", user_agent=f"{guest.name}/1")
        Authenticator.objects.create(user=guest, type="totp", data={"secret": "never shown"})
    Refund.objects.create(payment=visit.payment, amount=100, reason="sorry", created_at=visit.clock())
    for guest, booking in ((visit.lama, visit.booking), (reem, hers.booking)):
        Discount.objects.create(
            booking=booking, amount=50, reason=f"For {guest.name}", key=uuid.uuid4(), granted_by=guest, at=visit.clock()
        )
    Credit.objects.create(
        customer=visit.lama, salon=visit.shop.salon, payment=visit.payment, amount=300, created_at=visit.clock()
    )
    return visit


def export(visit, user=None):
    """As a file would hold it."""
    return json.loads(json.dumps(data_export.export(user=user or visit.lama, now=visit.clock()), ensure_ascii=False))


def test_everything_is_in_it(told):
    copy = export(told)
    assert copy["format"] == "salon-personal-data/1"
    assert copy["profile"]["mobile_number"] == str(told.lama.phone)
    assert copy["profile"]["name"] == "Lama"
    assert {name: len(copy[name]) for name in LISTS} == dict.fromkeys(LISTS, 1) | {"works_in": 0}
    (booking,) = copy["bookings"]
    assert booking["reference"] == told.booking.reference
    assert (booking["status"], booking["price_halalas"], booking["salon_ar"]) == ("confirmed", 18000, "لمسة ورد")
    assert [each["service_en"] for each in booking["services"]] == ["Cut and blow-dry"]
    assert [each["to"] for each in booking["history"]] == ["held", "confirmed"]
    (payment,) = copy["payments"]
    assert (payment["amount_halalas"], payment["state"], payment["booking"]) == (4500, "paid", told.booking.reference)
    assert payment["refunds"][0]["amount_halalas"] == 100
    assert (payment["paid_through"], payment["kind_of_method"], payment["reserved_only"]) == ("invoice", "mada", False)
    assert (copy["discounts"][0]["reason"], copy["salon_credit"][0]["amount_halalas"]) == ("For Lama", 300)
    assert copy["invoices"][0]["issued_to"] == "Lama"
    assert copy["messages"][0]["message"] == "booked"
    assert copy["sessions"][0]["browser"] == "Lama/1"
    assert copy["consents"][0]["text"].startswith("I agree to receive offers")
    assert copy["reviews"][0]["text"] == "By Lama"


def test_times_say_their_offset(told):
    starts = export(told)["bookings"][0]["starts_at"]
    assert starts.endswith("+00:00")
    assert starts == told.booking.starts_at.astimezone(clock.zone("UTC")).isoformat()


def test_nothing_of_a_rival_who_shares_the_salon(told):
    text = json.dumps(export(told), ensure_ascii=False)
    for foreign in ("Reem", "+966559876543", "By Reem", "Reem's own words", "Hind", str(told.shop.owner.phone)):
        assert foreign not in text
    assert "never shown" not in text
    theirs = json.dumps(export(told, told.shop.owner), ensure_ascii=False)
    assert "Lama" not in theirs
    assert "owner_new" in theirs


def test_it_is_written_down_as_done(told):
    copy = export(told)
    request = DataRequest.objects.get()
    assert (request.kind, request.state, request.closed_at) == ("export", "done", told.clock())
    assert copy["data_requests"][0]["request"] == "export"


@pytest.mark.django_db(transaction=True)
def test_the_same_queries_whatever_it_holds(told, django_assert_num_queries):
    with django_assert_num_queries(16):
        export(told)
    more = hold(told.shop, told.lama, told.clock, hour=12)
    visits.place(booking=more, customer=told.lama, name="", note="", choice="deposit", now=told.clock())
    visits.cancel(booking=told.booking, actor=told.lama, by=ActorKind.GUEST, now=told.clock())
    with django_assert_num_queries(16):
        assert len(export(told)["bookings"]) == 2
