"""Many payments of one salon arrive at the same moment: each is to get a number, and no number is to be missing."""

from __future__ import annotations

import contextlib
import time
import uuid
from typing import Any

from django.utils import timezone

from salon.bookings import domain as bookings
from salon.bookings.models import Booking
from salon.core.transactions import durably
from salon.flows import booking as flow
from salon.jobs import audit_invoices
from salon.payments import invoices, ledger
from salon.payments.models import EntryKind, Invoice, InvoiceBook, LedgerEntry, Payment, PaymentState
from salon.salons.models import Prepayment
from salon.tests.people import person
from salon.tests.races.arena import Scene, without_locks
from salon.tests.races.scenes import NOW, hold, phone_of, shop, start_of


def numbers(rivals: int, rounds: int) -> Scene:
    """Each rival writes one payment down a round, three times over, and gives a part back; the book is fresh."""
    at = shop(rivals, vat_number="310122393500003", prepayment=Prepayment.FULL)
    made: list[list[uuid.UUID]] = []
    for this in range(rounds):
        made.append([])
        for _ in range(rivals):
            lama = person("Lama", phone_of())
            booking = hold(at, start_of(this), customer=lama)
            placed = flow.place(booking=booking, customer=lama, name="Lama", note="", choice="full", now=NOW)
            assert placed.payment is not None
            made[-1].append(placed.payment.pk)

    def play(number: int, this: int) -> str:
        mine = made[this][number]

        def write(kind: EntryKind, ref: str, amount: int, *, fail: bool = False) -> bool:
            found = Payment.objects.get(pk=mine)
            booking = bookings.lock(Booking(pk=found.booking_id))
            payment = Payment.objects.select_for_update().get(pk=mine)
            payment.booking = booking
            Payment.objects.filter(pk=mine).update(state=PaymentState.PAID)
            new = ledger.enter(payment, kind, ref=ref, amount=amount, now=timezone.now())
            if fail:
                raise InterruptedError  # the number goes back with the document
            return new

        with contextlib.suppress(InterruptedError):
            durably(lambda: write(EntryKind.CAPTURE, "charge", 18000, fail=True))
        told = [durably(lambda: write(EntryKind.CAPTURE, "charge", 18000)) for _ in range(3)]
        back = [durably(lambda: write(EntryKind.REFUND, "refund:1", -1000)) for _ in range(2)]
        return "won" if (told, back) == ([True, False, False], [True, False]) else f"lost: {told} {back}"

    def judge() -> dict[str, Any]:
        issued = Invoice.objects.filter(salon=at.salon)
        book = InvoiceBook.objects.get(salon=at.salon)
        entries = LedgerEntry.objects.filter(payment__booking__salon=at.salon)
        return {
            "invoices": sorted(issued.filter(kind="tax_invoice").values_list("number", flat=True)),
            "credit_notes": sorted(issued.filter(kind="credit_note").values_list("number", flat=True)),
            "book": [book.tax_invoice, book.credit_note],
            "entries": entries.count(),
            "broken": sum(look(NOW) for look in (audit_invoices.gaps, audit_invoices.disagree)),
        }

    return Scene(play, judge)


def numbers_bare(rivals: int, rounds: int) -> Scene:
    """The negative control: the book is read without its lock, and on SQLite there is no transaction either."""
    scene, read = numbers(rivals, rounds), invoices._open_book

    def read_slowly(salon_id: int) -> InvoiceBook:
        book = read(salon_id)
        time.sleep(0.02)  # lengthens the moment between reading and writing in which the lock is missed
        return book

    invoices._open_book = read_slowly
    without_locks()
    return scene


SCENES = {"numbers": numbers, "numbers_bare": numbers_bare}
