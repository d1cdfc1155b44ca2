"""Any order of paying, refunding, discounting, missing, moving and dying: at every step the halalas add up.

A press is one transaction; `dies` means that its process ended before anything that comes after the commit. The
gateway is the simulator over loopback. MONEY_RUNS=300x50 runs as many stories of as many steps.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import uuid
from collections.abc import Iterator
from typing import ClassVar

from django.db import connection, transaction
from django.test import override_settings
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from salon.bookings import queries
from salon.bookings.errors import BookingError
from salon.bookings.models import ActorKind, Booking
from salon.bookings.policy import choices
from salon.bookings.states import Status
from salon.core.money import vat_inside
from salon.flows import booking as visits
from salon.flows import counter, moving
from salon.flows import payment as paying
from salon.flows.tests.till import Clock, Visit
from salon.jobs import audit
from salon.notifications import outbox
from salon.payments import counter as desk
from salon.payments import credit, ledger
from salon.payments.counter import TooMuch
from salon.payments.models import (
    Checkout,
    EntryKind,
    Invoice,
    InvoiceKind,
    MethodKind,
    Payment,
    PaymentState,
    Refund,
)
from salon.payments.simulator import Simulator
from salon.payments.simulator.wire import ApiError
from salon.salons.models import Salon
from salon.tests.chairs import DAY
from salon.tests.people import at, person, rose

LATE = frozenset({"a hold or request that should have ended", "a letter stuck in the outbox"})
FOR_A_PERSON = frozenset({"money that needs a person's look"})
"""Truths about how late the clock is, which here stands still between steps, and about refunds that crossed one made by
hand in the dashboard, which stop on purpose.
"""

WAYS = ["pays and comes back", "pays and comes back", "pays", "is declined", "stays at the bank"]
MINUTES = st.sampled_from([1, 4, 9, 11, 60, 125, 24 * 60])
PARTS = st.sampled_from([1, 3, 10, 1000, 10**9])
"""A share of what there is: all of it, a third, a tenth, or next to nothing; or far more than there is."""


class Money(RuleBasedStateMachine):
    """A salon, two guests, a gateway, and a clock that only goes forward."""

    gateway: ClassVar[Simulator]
    clock: ClassVar[Clock]
    bookings = Bundle("bookings")

    @initialize(
        target=bookings,
        terms=st.sampled_from([("invoice", "deposit"), ("invoice", "full"), ("form", "deposit"), ("form", "hold")]),
        taxed=st.booleans(),
        manual=st.sampled_from([False, False, True]),
        no_show=st.sampled_from(["keep", "credit"]),
        waiting=st.integers(0, 2),
    )
    def open_the_salon(self, terms, taxed, manual, no_show, waiting):
        """Two guests are about to pay, or have done so. All in a transaction that teardown takes back."""
        self.undo = transaction.atomic()
        self.undo.__enter__()
        connection.atomic_blocks[-1]._from_testcase = True  # so that the flows' own may begin, and the network be used
        checkout, prepayment = terms
        self.settings = override_settings(MOYASAR_CHECKOUT=checkout)
        self.settings.enable()
        self.clock.now = at(DAY, "09:00")
        vat = {"vat_number": "310122393500003"} if taxed else {}
        self.shop = rose(prepayment=prepayment, manual_approval=manual, **vat)
        Salon.objects.filter(pk=self.shop.salon.pk).update(no_show_credit=no_show == "credit")
        self.shop.salon.refresh_from_db()
        self.guests = [person("Lama"), person("Reem")]
        self.at_bank: list[str] = []
        pks = [self.book(who, 5, 2, first=True) for who in (0, 1)]
        for pk in pks[: 2 - waiting]:
            self.go_to_the_bank(pk, "pays and comes back")
        return multiple(*pks)

    def teardown(self):
        if not hasattr(self, "undo"):
            return
        try:
            self.everything_comes_to_rest()
        finally:
            self.settings.disable()
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    @property
    def now(self) -> dt.datetime:
        return self.clock.now

    @contextlib.contextmanager
    def press(self, *, dies: bool = False) -> Iterator[None]:
        """One press: what is refused changes nothing, what comes after the commit comes, unless its process dies."""
        before = len(connection.run_on_commit)
        with contextlib.suppress(BookingError, TooMuch):
            yield
        while len(connection.run_on_commit) > before:
            after = connection.run_on_commit[before:]
            del connection.run_on_commit[before:]
            for _, work, _ in after if not dies else ():
                work()

    def visit(self, pk: int) -> Visit:
        booking = Booking.objects.get(pk=pk)
        payment = booking.payments.exclude(checkout=Checkout.COUNTER).order_by("-created_at").first()
        return Visit(self.clock, self.gateway, self.shop, booking.customer, booking, payment)

    # --- the guest ---

    @rule(target=bookings, who=st.integers(0, 1), hour=st.integers(0, 9), days=st.integers(0, 3), first=st.booleans())
    def choose(self, who, hour, days, first):
        pk = self.book(who, hour, days, first=first)
        return pk or multiple()

    def book(self, who: int, hour: int, days: int, *, first: bool) -> int | None:
        """Hold what is offered, confirm it, open the page."""
        start = self.offered(self.now.date() + dt.timedelta(days=days), hour)
        if start is None:
            return None
        try:
            booking = visits.hold(
                salon=self.shop.salon,
                services=[self.shop.cut],
                staff=None,
                start_minute=start,
                key=uuid.uuid4(),
                customer=self.guests[who],
                held_from="f" * 32,
                replaces=None,
                now=self.now,
            )
        except BookingError:
            return None
        self.place(booking, self.guests[who], first=first)
        return booking.pk

    def offered(self, day: dt.date, tenth: int) -> int | None:
        found = queries.open_slots(salon=self.shop.salon, services=[self.shop.cut], first_day=day, days=1, now=self.now)
        return found[day][tenth * len(found[day]) // 10].start_minute if found[day] else None

    def place(self, booking, guest, *, first: bool) -> None:
        ways = choices(booking.policy)
        with self.press():
            placed = visits.place(
                booking=booking, customer=guest, name="", note="", choice=ways[0 if first else -1], now=self.now
            )
            if placed.payment:
                paying.start(payment=placed.payment, language="ar", now=self.now)

    @rule(pk=bookings, first=st.booleans())
    def choose_how_to_pay_again(self, pk, first):
        booking = Booking.objects.get(pk=pk)
        if booking.customer:
            self.place(booking, booking.customer, first=first)

    @rule(pk=bookings, how=st.sampled_from(WAYS))
    def go_to_the_bank(self, pk, how):
        """On any page that is still open, of any choice."""
        visit = self.visit(pk)
        for payment in visit.booking.payments.exclude(checkout=Checkout.COUNTER).order_by("-created_at"):
            visit.payment = payment
            with contextlib.suppress(ApiError):
                form = payment.checkout == Checkout.FORM
                charge = visit.type_card() if form else self.gateway.begin(payment.invoice_id)
                if how == "stays at the bank":
                    self.at_bank.append(charge["id"])
                else:
                    self.gateway.finish(charge["id"], approve=how != "is declined")
                if how == "pays and comes back":
                    self.settle(pk, dies=False)
                return

    @rule(index=st.integers(0, 5))
    def come_back_from_the_bank(self, index):
        if self.at_bank:
            self.gateway.finish(self.at_bank.pop(index % len(self.at_bank)))

    @rule(pk=bookings, dies=st.booleans())
    def settle(self, pk, dies):
        for payment in Booking.objects.get(pk=pk).payments.exclude(checkout=Checkout.COUNTER):
            with self.press(dies=dies):
                paying.settle(payment=payment, now=self.now)

    @rule(pk=bookings, later=st.integers(1, 3), index=st.integers(0, 9))
    def move(self, pk, later, index):
        """The guest asks for another day; with something to pay, that is paid by the other rules."""
        booking = Booking.objects.get(pk=pk)
        if not booking.customer:
            return
        start = self.offered(self.now.date() + dt.timedelta(days=later), index)
        if start is None:
            return
        with self.press():
            asked = {"booking": booking, "start_minute": start, "staff": None}
            agreed = moving.propose(**asked, now=self.now).mark
            moved = moving.move(**asked, agreed=agreed, actor=booking.customer, now=self.now)
            if moved.payment:
                paying.start(payment=moved.payment, language="ar", now=self.now)

    # --- the salon ---

    @rule(
        pk=bookings, verb=st.sampled_from(["confirm", "decline", "arrive", "complete", "no_show"]), dies=st.booleans()
    )
    def the_salon_presses(self, pk, verb, dies):
        with self.press(dies=dies):
            getattr(visits, verb)(booking=Booking.objects.get(pk=pk), actor=self.shop.owner, now=self.now)

    @rule(pk=bookings, verb=st.sampled_from(["arrive", "no_show"]))
    def the_day_comes(self, pk, verb):
        booking = Booking.objects.get(pk=pk)
        if booking.status != Status.CONFIRMED:
            return
        self.clock.now = max(self.now, booking.starts_at + dt.timedelta(minutes=30))
        with self.press():
            getattr(visits, verb)(booking=booking, actor=self.shop.owner, now=self.now)

    @rule(pk=bookings, by=st.sampled_from([ActorKind.GUEST, ActorKind.SALON]), dies=st.booleans())
    def cancel(self, pk, by, dies):
        with self.press(dies=dies):
            visits.cancel(booking=Booking.objects.get(pk=pk), actor=self.shop.owner, by=by, now=self.now)

    @rule(pk=bookings, part=PARTS, how=st.sampled_from([MethodKind.CASH, MethodKind.CARD_MACHINE]))
    def take_at_the_counter(self, pk, part, how):
        booking = Booking.objects.get(pk=pk)
        seen = desk.left_to_pay(booking)
        with self.press():
            counter.take_payment(**self.form(booking, seen), amount=self.share(seen, part), method_kind=how)

    @rule(pk=bookings, part=PARTS)
    def discount(self, pk, part):
        booking = Booking.objects.get(pk=pk)
        seen = desk.left_to_pay(booking)
        with self.press():
            counter.give_discount(**self.form(booking, seen), amount=self.share(seen, part), reason="A wait.")

    @rule(pk=bookings, dies=st.booleans())
    def close_the_visit(self, pk, dies):
        booking = Booking.objects.get(pk=pk)
        with self.press(dies=dies):
            counter.close_visit(**self.form(booking, desk.left_to_pay(booking)), method_kind=MethodKind.CASH)

    @rule(pk=bookings, part=PARTS, dies=st.booleans())
    def give_back(self, pk, part, dies):
        booking = Booking.objects.get(pk=pk)
        seen = sum(desk.returnable(booking.payments.filter(state=PaymentState.PAID)).values())
        with self.press(dies=dies):
            counter.refund(**self.form(booking, seen), amount=self.share(seen, part), reason="It was not good.")

    @rule(pk=bookings, part=PARTS)
    def use_credit(self, pk, part):
        booking = Booking.objects.get(pk=pk)
        seen = desk.left_to_pay(booking)
        amount = self.share(min(seen, credit.worth_to(booking)), part)
        with self.press():
            counter.use_credit(**self.form(booking, seen), amount=amount)

    def form(self, booking: Booking, seen: int) -> dict:
        return {"booking": booking, "seen": seen, "key": uuid.uuid4(), "actor": self.shop.owner, "now": self.now}

    @staticmethod
    def share(whole: int, part: int) -> int:
        return max(1, whole // part) if part < 10**9 else whole + 1

    # --- the gateway's dashboard, and the clock ---

    @rule(pk=bookings, part=PARTS)
    def refund_in_the_dashboard(self, pk, part):
        for payment in Booking.objects.get(pk=pk).payments.filter(state=PaymentState.PAID).exclude(charge_id=""):
            with contextlib.suppress(ApiError):
                self.gateway.refund_in_dashboard(payment.charge_id, self.share(ledger.kept(payment), part))

    @rule(minutes=MINUTES)
    def time_passes(self, minutes):
        self.clock.pass_(minutes=minutes)

    @rule(dies=st.booleans())
    def tick(self, dies):
        for step in (visits.expire_due, paying.reconcile, paying.send_due_refunds):
            with self.press(dies=dies):
                step(now=self.now)

    # --- what must be true ---

    @invariant()
    def the_house_is_sound(self):
        if hasattr(self, "undo"):
            self.assert_audit(LATE | FOR_A_PERSON)

    @invariant()
    def it_adds_up(self):
        if not hasattr(self, "undo"):
            return
        for booking in Booking.objects.all():
            balance, off, kept = ledger.balance(booking), desk.discounted(booking), desk.reserved(booking)
            left = desk.left_to_pay(booking)
            assert min(balance, off, kept, left) >= 0
            assert off <= booking.price
            assert left == max(0, booking.price - balance - off - kept)
            documents = Invoice.objects.filter(booking=booking)
            assert sum(self.signed(each) for each in documents) == balance
        for payment in Payment.objects.all():
            assert ledger.kept(payment) >= ledger.refundable(payment) >= 0
        for original in Invoice.objects.exclude(kind=InvoiceKind.CREDIT_NOTE):
            assert original.vat == (vat_inside(original.gross) if original.is_taxed else 0)
            assert original.vat == sum(line["vat"] for line in original.lines)
            notes = list(original.credit_notes.all())
            back = sum(note.gross for note in notes)
            assert back <= original.gross
            assert sum(note.vat for note in notes) == (vat_inside(back) if original.is_taxed else 0)

    @staticmethod
    def signed(document: Invoice) -> int:
        return -document.gross if document.kind == InvoiceKind.CREDIT_NOTE else document.gross

    def assert_audit(self, but: frozenset[str]) -> None:
        broken = [found for found in audit.audit(now=self.now) if found.broken and found.name not in but]
        assert broken == []

    def everything_comes_to_rest(self) -> None:
        """The clock goes on with nobody pressing: then the ledger is what the gateway has, charge for charge."""
        for _ in range(4):
            self.clock.pass_(hours=3)
            Payment.objects.filter(gateway="simulator").update(next_sync_at=self.now)
            Refund.objects.filter(state__in=ledger.OPEN_REFUNDS).update(next_at=self.now)
            self.tick(dies=False)
        self.assert_audit(LATE | FOR_A_PERSON)
        for payment in Payment.objects.filter(state=PaymentState.PAID).exclude(charge_id=""):
            charge = self.gateway.payment(payment.charge_id)
            came = charge["captured"] or charge["amount"]
            back = came if charge["status"] == "voided" else charge["refunded"]
            moved = payment.entries.filter(
                kind=EntryKind.TRANSFER
            )  # to another visit of the guest, not out of the till
            assert ledger.kept(payment) - sum(moved.values_list("amount", flat=True)) == came - back
        assert not Refund.objects.filter(state__in=ledger.OPEN_REFUNDS).exists()


def test_any_order_of_money(db, clock, gateway, monkeypatch):
    monkeypatch.setattr(outbox, "_poke", lambda *_, **__: None)  # how letters leave is another story
    Money.clock, Money.gateway = clock, gateway
    runs, steps = map(int, os.environ.get("MONEY_RUNS", "6x25").split("x"))
    run_state_machine_as_test(Money, settings=settings(max_examples=runs, stateful_step_count=steps, deadline=None))
    assert not Salon.objects.exists()
