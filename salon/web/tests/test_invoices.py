from __future__ import annotations

import html
import re

import pytest
import time_machine
from django.db import transaction
from django.utils import translation

from salon.bookings.models import Booking
from salon.payments import ledger
from salon.payments.models import EntryKind, Invoice, Payment, PaymentState
from salon.tests.people import person, rose
from salon.web.tests.walks import MORNING
from salon.web.tests.walks import visit as booked

pytestmark = pytest.mark.django_db
VAT_NUMBER = "310122393500003"


def pay(booking: Booking, amount: int = 4500) -> Payment:
    with transaction.atomic():
        payment = Payment.objects.create(
            booking=booking,
            amount=amount,
            state=PaymentState.PAID,
            gateway="simulator",
            charge_id=f"c{amount}",
            expires_at=MORNING,
            created_at=MORNING,
        )
        ledger.enter(payment, EntryKind.CAPTURE, ref=payment.charge_id, amount=amount, now=MORNING)
    return payment


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MORNING, tick=False) as frozen:
        yield frozen


@pytest.fixture
def lama(client):
    user = person("Lama")
    client.force_login(user)
    return user


def visit(lama, **salon) -> Booking:
    shop = rose(**salon)
    return booked(shop, lama, "2026-11-26", "16:30", staff=shop.noura)


def see(client, booking: Booking, code: str, *, root: str = "/en", status: int = 200) -> str:
    response = client.get(f"{root}/bookings/{booking.reference}/invoices/{code}/")
    assert response.status_code == status
    return html.unescape(response.content.decode())


@pytest.mark.parametrize("root", ["", "/en"])
def test_a_tax_invoice_says_all_it_must_in_both_languages(client, lama, root):
    booking = visit(lama, vat_number=VAT_NUMBER, cr_number="7001234567")
    pay(booking)
    page = see(client, booking, "INV-1", root=root)
    for words in (
        *("فاتورة ضريبية مبسطة", "Simplified tax invoice", "INV-1", VAT_NUMBER, "7001234567", booking.reference),
        *("لمسة ورد", "Touch of Rose", "الملقا، الرياض", "Al Malqa, Riyadh", "قص وتصفيف", "Cut and blow-dry"),
        *(
            "39.13",
            "5.87",
            "45.00",
            "45.00 / 180.00",
            "VAT 15%",
            'الضريبة <bdi dir="ltr">15%',
            "2026-11-22 09:00",
            "Lama",
        ),
    ):
        assert words in page, words
    assert re.search(r'<img class="invoice__code" src="data:image/svg\+xml', page)
    assert "invoice.css" in page


def test_a_receipt_says_nothing_of_tax(client, lama):
    booking = visit(lama)
    pay(booking, 18000)
    page = see(client, booking, "rct-1")
    assert "إيصال دفع" in page
    sheet = page[page.index('<article class="invoice"') : page.index("</article>")]
    for word in ("VAT", "ضريب", "<img", "Part of"):
        assert word not in sheet
    assert "180.00" in sheet


def test_a_credit_note_names_its_invoice_and_why(client, lama):
    booking = visit(lama, vat_number=VAT_NUMBER)
    payment = pay(booking)
    with transaction.atomic():
        ledger.enter(payment, EntryKind.REFUND, ref="r", amount=-500, reason="It was paid twice.", now=MORNING)
        ledger.enter(payment, EntryKind.REFUND, ref="s", amount=-500, reason="<b>هدية</b>", now=MORNING)
    page = see(client, booking, "CRN-1")
    for words in ("إشعار دائن", "INV-1", "Refund of INV-1", "دُفع المبلغ مرتين", "It was paid twice", "5.00", "0.65"):
        assert words in page, words
    raw = client.get(f"/en/bookings/{booking.reference}/invoices/CRN-2/").content.decode()
    assert "&lt;b&gt;هدية" in raw


def test_the_ticket_links_to_its_documents_without_a_query_more(client, lama, django_assert_num_queries):
    booking = visit(lama)
    page = client.get(f"/en/bookings/{booking.reference}/").content.decode()
    assert "/invoices/" not in page
    payment = pay(booking)
    with transaction.atomic():
        ledger.enter(payment, EntryKind.REFUND, ref="r", amount=-500, now=MORNING)
    with django_assert_num_queries(9):
        page = client.get(f"/en/bookings/{booking.reference}/").content.decode()
    assert page.index(f"/en/bookings/{booking.reference}/invoices/RCT-1/") < page.index("/invoices/CRN-1/")


def test_four_queries(client, lama, django_assert_num_queries):
    booking = visit(lama, vat_number=VAT_NUMBER)
    pay(booking)
    with django_assert_num_queries(4):  # session, person, visit, document
        see(client, booking, "INV-1")


@pytest.mark.parametrize("code", ["INV-2", "RCT-1", "CRN-1", "INV", "INV-", "inv-1x", "1", "INV-9999999999", "INV-0"])
def test_what_was_never_issued_is_not_there(client, lama, code):
    booking = visit(lama, vat_number=VAT_NUMBER)
    pay(booking)
    see(client, booking, code, status=404)


def test_a_number_belongs_to_its_own_booking(client, lama):
    shop = rose()
    first = booked(shop, lama, "2026-11-26", "16:30", staff=shop.noura)
    second = booked(shop, lama, "2026-11-27", "16:30", staff=shop.noura)
    pay(first)
    see(client, second, "RCT-1", status=404)


def test_strangers_rivals_and_wrong_methods(client, lama):
    booking = visit(lama)
    pay(booking)
    path = f"/en/bookings/{booking.reference}/invoices/RCT-1/"
    assert client.post(path).status_code == 405
    client.logout()
    answer = client.get(path)
    assert answer.status_code == 302
    assert "/login/" in answer["Location"] or "account" in answer["Location"]
    client.force_login(person("Reem"))
    see(client, booking, "RCT-1", status=404)


def test_it_is_not_kept_by_a_cache_and_needs_no_foreign_source(client, lama):
    booking = visit(lama, vat_number=VAT_NUMBER)
    pay(booking)
    answer = client.get(f"/bookings/{booking.reference}/invoices/INV-1/")
    assert "no-store" in answer["Cache-Control"]
    assert "data:" in re.search(r"img-src ([^;]*)", answer["Content-Security-Policy"])[1]
    assert "style=" not in answer.content.decode()
    with translation.override("ar"):
        assert Invoice.objects.get().code == "INV-1"
