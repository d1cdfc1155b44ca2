"""A document for every amount that moves, once, whoever tells of it and however often."""

from __future__ import annotations

import datetime as dt

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Sum
from django.db.utils import IntegrityError
from hypothesis import given
from hypothesis import strategies as st

from salon.bookings.models import ActorKind, Booking, BookingItem
from salon.flows import booking as visits
from salon.flows import payment as paying
from salon.flows.tests.till import about_to_pay, event, knock, paid
from salon.payments import guard, invoices, ledger
from salon.payments.domain import order_refund
from salon.payments.invoice_models import key_of
from salon.payments.invoice_sheet import REASONS
from salon.payments.models import EntryKind, Invoice, InvoiceBook, LedgerEntry, Payment
from salon.salons.models import Salon

VAT_NUMBER = "310122393500003"
pytestmark = pytest.mark.django_db(transaction=True)


def documents(*fields: str) -> list[tuple]:
    return list(Invoice.objects.order_by("pk").values_list("kind", "number", "gross", "vat", *fields))


@pytest.fixture
def taxed(clock, gateway):
    return about_to_pay(clock, gateway, vat_number=VAT_NUMBER, cr_number="7001234567", address_ar="طريق أنس")


def balance() -> int:
    return sum((-1 if kind == "credit_note" else 1) * gross for kind, _number, gross, _vat in documents())


def test_a_deposit_is_invoiced_when_it_comes(taxed):
    paid(taxed)
    assert documents("visit_price") == [("tax_invoice", 1, 4500, 587, 18000)]
    invoice = Invoice.objects.get()
    assert invoice.code == "INV-1"
    assert invoice.is_part
    assert invoice.booking == taxed.booking
    assert invoice.buyer_name == "Lama"
    assert (invoice.seller_name_ar, invoice.seller_vat_number, invoice.seller_cr_number) == (
        "لمسة ورد",
        VAT_NUMBER,
        "7001234567",
    )
    assert invoice.seller_address_ar == "طريق أنس، الملقا، الرياض"
    assert invoice.lines == [
        {"name_ar": "قص وتصفيف", "name_en": "Cut and blow-dry", "gross": 4500, "vat": 587, "net": 3913}
    ]


def test_without_a_vat_number_it_is_a_receipt_without_tax(visit):
    paid(visit)
    assert documents("net", "seller_vat_number") == [("receipt", 1, 4500, 0, 4500, "")]


def test_a_number_that_is_none_makes_no_tax_invoice(taxed):
    Salon.objects.update(vat_number="12345")
    paid(taxed)
    assert documents("seller_vat_number") == [("receipt", 1, 4500, 0, "")]


def test_our_own_reasons_are_told_in_both_languages():
    rooms = [*(settings.BASE_DIR / "salon/flows").glob("*.py"), settings.BASE_DIR / "salon/payments/credit.py"]
    ours = "".join(room.read_text() for room in rooms)
    for reason, pair in REASONS.items():
        assert not reason or f'"{reason}"' in ours
        assert pair.ar
        assert pair.en


def test_told_again_nothing_is_issued_again(taxed):
    taxed.start()
    charge = taxed.pay()
    for _ in range(3):
        taxed.settle()
        assert knock(event(charge)) == 200
    paying.reconcile(now=taxed.clock.pass_(minutes=30))
    assert documents() == [("tax_invoice", 1, 4500, 587)]
    assert InvoiceBook.objects.get().tax_invoice == 1


def test_money_back_is_a_credit_note(taxed):
    paid(taxed)
    visits.cancel(
        booking=taxed.booking, actor=taxed.lama, by=ActorKind.GUEST, reason="Plans changed", now=taxed.clock()
    )
    taxed.settle()
    assert documents() == [("tax_invoice", 1, 4500, 587), ("credit_note", 1, 4500, 587)]
    note = Invoice.objects.get(kind="credit_note")
    assert note.original.code == "INV-1"
    assert note.seller_vat_number == VAT_NUMBER
    assert balance() == ledger.balance(taxed.booking) == 0


def test_parts_back_take_back_the_very_tax(taxed):
    paid(taxed)
    for part in (1, 1499, 3000):
        with transaction.atomic():
            order_refund(booking=taxed.booking, amount=part, reason="So agreed", requested_by=None, now=taxed.clock())
        taxed.clock.pass_(minutes=1)
        paying.send_due_refunds(now=taxed.clock())
    notes = Invoice.objects.filter(kind="credit_note").order_by("number")
    assert [(note.number, note.gross, note.reason) for note in notes] == [
        (1, 1, "So agreed"),
        (2, 1499, "So agreed"),
        (3, 3000, "So agreed"),
    ]
    assert notes.aggregate(vat=Sum("vat"))["vat"] == 587


def test_a_refund_made_at_the_gateway_is_credited_too(taxed):
    paid(taxed)
    taxed.gateway.refund_in_dashboard(taxed.payment.charge_id, 1000)
    taxed.settle()
    taxed.settle()
    assert documents() == [("tax_invoice", 1, 4500, 587), ("credit_note", 1, 1000, 130)]
    taxed.gateway.refund_in_dashboard(taxed.payment.charge_id, 3500)
    taxed.settle()
    assert documents()[2] == ("credit_note", 2, 3500, 457)
    assert balance() == 0


def test_what_came_in_before_there_were_invoices_credits_nothing(taxed):
    payment = Payment.objects.get()
    payment.booking = taxed.booking
    LedgerEntry.objects.create(payment=payment, kind=EntryKind.CAPTURE, ref="old", amount=4500, at=taxed.clock())
    with transaction.atomic():
        assert ledger.enter(payment, EntryKind.REFUND, ref="refund:1", amount=-4500, now=taxed.clock())
    assert documents() == []


def test_a_number_is_taken_only_with_its_document(taxed):
    payment = Payment.objects.get()
    payment.booking = taxed.booking
    with transaction.atomic():
        ledger.enter(payment, EntryKind.CAPTURE, ref="c", amount=4500, now=taxed.clock())
        transaction.set_rollback(True)
    assert documents() == []
    with transaction.atomic():
        ledger.enter(payment, EntryKind.CAPTURE, ref="c", amount=4500, now=taxed.clock())
    assert documents() == [("tax_invoice", 1, 4500, 587)]


def test_the_same_occasion_is_the_same_document(taxed):
    paid(taxed)
    entry, invoice = LedgerEntry.objects.get(), Invoice.objects.get()
    with transaction.atomic():
        assert invoices.issue_invoice(booking=taxed.booking, entry=entry, now=taxed.clock()) == invoice
        with pytest.raises(ValueError, match="Money out"):
            invoices.issue_credit_note(invoice=invoice, entry=entry, reason="", now=taxed.clock())
        back = LedgerEntry.objects.create(
            payment=entry.payment, kind=EntryKind.REFUND, ref="r", amount=-5000, at=taxed.clock()
        )
        with pytest.raises(ValueError, match="more than is left"):
            invoices.issue_credit_note(invoice=invoice, entry=back, reason="", now=taxed.clock())
        with pytest.raises(ValueError, match="came in"):
            invoices.issue_invoice(booking=taxed.booking, entry=back, now=taxed.clock())
    assert InvoiceBook.objects.get().credit_note == 0


def test_what_was_issued_stays_when_the_salon_changes(taxed):
    paid(taxed)
    Salon.objects.update(name_ar="اسم جديد", vat_number="")
    taxed.shop.salon.refresh_from_db()
    visits.cancel(booking=taxed.booking, actor=taxed.lama, by=ActorKind.GUEST, reason="", now=taxed.clock())
    taxed.settle()
    assert set(Invoice.objects.values_list("seller_name_ar", "seller_vat_number")) == {("لمسة ورد", VAT_NUMBER)}


@pytest.mark.parametrize(
    "change",
    [
        lambda: Invoice.objects.update(buyer_name="Reem"),
        lambda: Invoice.objects.all().delete(),
        lambda: connection.cursor().execute("UPDATE payments_invoice SET number = 7"),
        lambda: connection.cursor().execute("DELETE FROM payments_invoice"),
    ],
)
def test_the_database_refuses_changes(taxed, change):
    paid(taxed)
    assert guard.missing(connection) == set()
    with pytest.raises(IntegrityError, match=guard.INVOICE_IS_FINAL), transaction.atomic():
        change()


def test_several_services_share_a_deposit_to_the_halala(taxed):
    item = BookingItem.objects.get()
    for position, price in enumerate((333, 0, 667), start=1):
        BookingItem.objects.create(
            booking=taxed.booking,
            position=position,
            service=taxed.shop.nails,
            staff=item.staff,
            starts_at=item.starts_at,
            minutes=5,
            price=price,
        )
    Booking.objects.update(price=19000)
    paid(taxed)
    invoice = Invoice.objects.get()
    assert [line["gross"] for line in invoice.lines] == [4263, 79, 158]
    for name in ("gross", "vat", "net"):
        assert sum(line[name] for line in invoice.lines) == getattr(invoice, name)


def test_six_queries_to_issue(taxed, django_assert_num_queries):
    payment = Payment.objects.get()
    payment.booking = taxed.booking
    payment.booking.customer = taxed.lama
    now: dt.datetime = taxed.clock()
    InvoiceBook.objects.create(salon=taxed.shop.salon)
    with transaction.atomic():
        entry = LedgerEntry.objects.create(payment=payment, kind=EntryKind.CAPTURE, ref="c", amount=4500, at=now)
        with django_assert_num_queries(6):  # the book, is it there, services, discounts, the number, the document
            invoice = invoices.issue_invoice(booking=payment.booking, entry=entry, now=now)
        back = LedgerEntry.objects.create(payment=payment, kind=EntryKind.REFUND, ref="r", amount=-45, at=now)
        with django_assert_num_queries(5):  # the book, is it there already, credited so far, the number, the document
            invoices.issue_credit_note(invoice=invoice, entry=back, reason="", now=now)


@given(st.text(max_size=20))
def test_any_number_is_read_or_refused(code):
    try:
        key = key_of(code)
    except ValueError:
        return
    assert key["number"] >= 0
