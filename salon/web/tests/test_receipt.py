"""The money of a visit as its guest reads it: every movement is there, in words, and the sums are right."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils.translation import override

from salon.bookings.models import Booking
from salon.payments.models import (
    Checkout,
    Credit,
    Discount,
    EntryKind,
    LedgerEntry,
    MethodKind,
    Payment,
    PaymentState,
    Refund,
    RefundState,
    Wish,
)
from salon.tests.people import person, rose
from salon.web.receipt import receipt_of
from salon.web.tests.walks import MORNING, signed_in, visit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def shop():
    return rose()


@pytest.fixture
def lama(client):
    return signed_in(client)


@pytest.fixture
def thursday(shop, lama) -> Booking:
    """A cut for 180 riyals, confirmed; 45 are asked for in advance and kept after the deadline."""
    booking = visit(shop, lama, "2026-11-26", "16:30", staff=shop.noura)
    booking.policy |= {"prepayment": "deposit", "deposit": 4500, "deposit_percent": 25, "late": "deposit"}
    booking.save(update_fields=["policy"])
    return booking


def payment(booking: Booking, amount: int = 4500, **extra: Any) -> Payment:
    given = {
        "state": PaymentState.PAID, "gateway": "simulator", "charge_id": uuid.uuid4().hex, "method": "mada 1010",
        "method_kind": MethodKind.MADA, "expires_at": MORNING, "created_at": MORNING,
    }  # fmt: skip
    return Payment.objects.create(booking=booking, amount=amount, **(given | extra))


def entry(row: Payment, amount: int | None = None, kind: str = EntryKind.CAPTURE) -> LedgerEntry:
    amount = row.amount if amount is None else amount
    return LedgerEntry.objects.create(payment=row, kind=kind, ref=uuid.uuid4().hex, amount=amount, at=MORNING)


def reserved(booking: Booking, **extra: Any) -> Payment:
    given = {"state": PaymentState.AUTHORIZED, "checkout": Checkout.FORM, "hold": True}
    return payment(booking, **(given | {"hold_ends_at": MORNING + dt.timedelta(days=6)} | extra))


def refund(row: Payment, amount: int = 4500, state: str = RefundState.WANTED) -> Refund:
    return Refund.objects.create(payment=row, amount=amount, reason="Cancelled", state=state, created_at=MORNING)


def page(client: Client, booking: Booking, tail: str = "", prefix: str = "/en") -> str:
    """The text of the page, without its tags."""
    response = client.get(f"{prefix}/bookings/{booking.reference}/{tail}")
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_nothing_is_said_before_anything_moved(client, thursday):
    assert "Payment details" not in page(client, thursday)


def test_a_deposit_with_what_is_left(client, thursday):
    entry(payment(thursday))
    said = page(client, thursday)
    assert "Price of the visit 180 Saudi riyals" in said
    assert "Paid with mada •••• 1010 22 November 2026, 9:00 AM 45 Saudi riyals" in said
    assert "Left to pay at the salon 135 Saudi riyals" in said


def test_a_discount_and_money_at_the_salon(client, thursday, shop):
    Discount.objects.create(
        booking=thursday, amount=2000, reason="عيد ميلاد", key=uuid.uuid4(), granted_by=person("Hind"), at=MORNING
    )
    entry(payment(thursday))
    cash = {"checkout": Checkout.COUNTER, "gateway": "counter", "charge_id": "", "method": ""}
    entry(payment(thursday, 1000, method_kind=MethodKind.CASH, **cash))
    entry(payment(thursday, 500, method_kind=MethodKind.CARD_MACHINE, **cash))
    entry(payment(thursday, 300, method_kind=MethodKind.CREDIT, **cash))
    said = page(client, thursday)
    assert "Discount عيد ميلاد − 20 Saudi riyals" in said
    assert "Paid in cash 22 November 2026, 9:00 AM 10 Saudi riyals" in said
    assert "Paid by card at the salon" in said
    assert "Paid from salon credit" in said
    assert "Left to pay at the salon 97 Saudi riyals" in said


def test_money_only_reserved_is_told_apart(client, thursday):
    reserved(thursday)
    said = page(client, thursday)
    assert "Reserved on the card •••• 1010 Not charged yet. Reserved until 28 November 2026 at most. 45" in said
    assert "Left to pay at the salon 135 Saudi riyals" in said
    assert "Reserved 45 Saudi riyals" in said
    assert "Paid with" not in said


@pytest.mark.parametrize(
    ("wish", "amount", "note", "left"),
    [
        (Wish.VOID, None, "It is being released. Nothing is charged.", 18000),
        (Wish.CAPTURE, 2000, "It is being charged now.", 16000),
    ],
)
def test_money_reserved_that_is_about_to_go(thursday, wish, amount, note, left):
    reserved(thursday, wish=wish, wish_amount=amount)
    with override("en"):
        receipt = receipt_of(thursday)
    assert [line.note for line in receipt.lines] == [note]
    assert receipt.left == left


def test_refunds_on_their_way_held_up_and_arrived(client, thursday):
    first = payment(thursday, 9000)
    entry(first)
    refund(first, 1000)
    refund(first, 2000, RefundState.STOPPED)
    refund(first, 500, RefundState.DROPPED)
    done = refund(first, 3000, RefundState.DONE)
    entry(first, -done.amount, EntryKind.REFUND)
    said = page(client, thursday)
    assert "On its way back to the card 22 November 2026, 9:00 AM − 10 Saudi riyals" in said
    assert "On its way back It was held up. Our team is seeing to it; nothing needs to be done. − 20" in said
    assert "Returned to the card •••• 1010 22 November 2026, 9:00 AM − 30 Saudi riyals" in said
    receipt = receipt_of(thursday)
    assert (receipt.paid, receipt.going_back, receipt.gone_back) == (6000, 3000, 3000)


def test_a_missed_visit_shows_the_credit_it_left(client, thursday, lama):
    row = payment(thursday)
    entry(row)
    Booking.objects.update(status="no_show")
    Credit.objects.create(customer=lama, salon=thursday.salon, payment=row, amount=4500, used=1500, created_at=MORNING)
    said = page(client, thursday)
    assert "Paid in all 45 Saudi riyals" in said
    assert "Credit at this salon, for a later visit 30 Saudi riyals" in said
    assert "Left to pay" not in said


def test_money_moved_to_another_visit_and_given_back_by_hand(client, thursday):
    cash = payment(thursday, method_kind=MethodKind.CASH, method="", checkout=Checkout.COUNTER)
    entry(cash)
    entry(cash, -1000, EntryKind.REFUND)
    entry(cash, -500, EntryKind.TRANSFER)
    said = page(client, thursday)
    assert "Given back at the salon 22 November 2026, 9:00 AM − 10 Saudi riyals" in said
    assert "Moved to another visit 22 November 2026, 9:00 AM − 5 Saudi riyals" in said
    assert receipt_of(thursday).gone_back == 0  # no card got any of it


# --- what calling off does to reserved money -----------------------------------------------------------------


def test_in_time_what_is_reserved_is_released(client, thursday):
    reserved(thursday)
    said = page(client, thursday, "cancel/")
    assert "45 Saudi riyals is only reserved on the card and is released. Nothing of it is charged." in said
    assert "Nothing was paid" not in said


def test_too_late_what_is_reserved_is_charged(client, thursday, clock):
    clock.move_to(thursday.starts_at - dt.timedelta(hours=1))
    reserved(thursday)
    said = page(client, thursday, "cancel/")
    assert "45 Saudi riyals of the money reserved on the card is charged" in said
    assert "released" not in said


def test_what_is_paid_is_kept_first_and_only_the_rest_is_charged(client, thursday, clock):
    """As `flows.money_out` does: to let go of reserved money costs nobody a fee."""
    clock.move_to(thursday.starts_at - dt.timedelta(hours=1))
    reserved(thursday)
    entry(payment(thursday, 3000))
    said = page(client, thursday, "cancel/")
    assert "15 Saudi riyals of the money reserved on the card is charged" in said
    assert "30 Saudi riyals goes back" not in said


def test_the_deadline_passes_while_the_form_is_open(client, thursday, clock):
    reserved(thursday)
    html = client.get(f"/en/bookings/{thursday.reference}/cancel/").content.decode()
    assert 'name="refund" value="4500"' in html
    clock.move_to(thursday.starts_at - dt.timedelta(hours=1))
    response = client.post(f"/en/bookings/{thursday.reference}/cancel/", {"refund": "4500"})
    assert response.status_code == 409
    assert Booking.objects.get().status == "confirmed"


def test_what_was_paid_at_the_salon_goes_back_there(client, thursday):
    """45 riyals came by card and 100 in cash; cancelled in time all goes back, late the deposit is kept online."""
    entry(payment(thursday))
    cash = payment(thursday, 10000, method="", charge_id="", method_kind=MethodKind.CASH, checkout=Checkout.COUNTER)
    entry(cash)
    with override("en"):
        said = re.sub(r"<[^>]+>", "", client.get(f"/en/bookings/{thursday.reference}/cancel/").content.decode())
        assert "45 Saudi riyals goes back to the card that paid." in said
        assert "100 Saudi riyals was paid at the salon and is given back there." in said
        thursday.policy |= {"free_minutes": 90 * 1440}
        thursday.save(update_fields=["policy"])
        said = re.sub(r"<[^>]+>", "", client.get(f"/en/bookings/{thursday.reference}/cancel/").content.decode())
    assert "goes back to the card" not in said
    assert "100 Saudi riyals was paid at the salon and is given back there." in said
    assert "45 Saudi riyals is kept" in said
