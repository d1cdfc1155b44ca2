"""A payment from all sides at once: the page the guest returns to, two webhooks, two rounds of the clock, and a rival
for the chair. Some of those who settle are killed in the middle of it.

The gateway is the simulator, in a process of its own and asked over loopback; its clock stands still, so that no page
runs out however long the race takes. Most guests paid; some paid with two cards, were declined, or are still at the
bank. Every hold ends a second after the one before it, and all six come in the second in which it ends.
"""

from __future__ import annotations

import atexit
import datetime as dt
import multiprocessing
import os
import random
import signal
import time
import uuid
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.db import connection, connections
from django.db.models import QuerySet

from salon.bookings import guard, hot_reads
from salon.bookings.errors import SlotTaken
from salon.bookings.models import Booking
from salon.bookings.states import Status
from salon.core.clock import Minute, day_start_minute, local_day
from salon.flows import booking as flow
from salon.flows import payment as paying
from salon.jobs import audit, maintenance
from salon.notifications import outbox
from salon.notifications.models import Notification
from salon.payments import refunds, verdict
from salon.payments.models import Invoice, LedgerEntry, Payment, Refund
from salon.payments.simulator import Simulator
from salon.salons.models import Prepayment
from salon.tests.people import person
from salon.tests.races.arena import Scene, without_locks
from salon.tests.races.scenes import NOW, RIYADH, hold, shop

RIVALS = 6
SETTLE, SWEEP = (0, 1, 2), (3, 4)
"""Who of the six does what; the last wants the chair."""

LATE = 0.1
"""Seconds that sweeps and rival may come later: they need not ask the gateway first, and would always win."""

DEPOSIT = 4500
FIRST_PHONE = uuid.uuid4().int % 10**7  # of thousands drawn one by one, two would be the same now and then
KINDS = ("paid",) * 7 + ("paid twice", "declined", "at the bank")
KILLED_EVERY = 4

WINDOW = 0.03
"""Seconds that the negative control waits between looking and writing: the moment in which a lock is missed."""


def start_of(this: int) -> Minute:
    """The slot of a round: every hour from ten, from tomorrow on."""
    day, slot = divmod(this, 11)
    return day_start_minute(local_day(NOW, RIYADH) + dt.timedelta(days=day + 1), RIYADH) + 600 + slot * 60


class Bank:
    """The simulator in another process: what it can do is asked for by name."""

    def __init__(self) -> None:
        connections.close_all()
        fork = multiprocessing.get_context("fork")
        self._pipe, theirs = fork.Pipe()
        process = fork.Process(target=self._serve, args=(theirs,), daemon=True)
        process.start()
        atexit.register(process.terminate)
        settings.MOYASAR_API_URL = self._pipe.recv()

    @staticmethod
    def _serve(pipe: Any) -> None:
        with Simulator(now=lambda: NOW) as simulator:
            pipe.send(simulator.api_url)
            with suppress(EOFError):
                while True:
                    name, asked, named = pipe.recv()
                    pipe.send(getattr(simulator, name)(*asked, **named))

    def __getattr__(self, name: str) -> Any:
        def ask(*asked: Any, **named: Any) -> Any:
            self._pipe.send((name, asked, named))
            return self._pipe.recv()

        return ask


@dataclass
class Visit:
    """One round: a placed hold, and what its guest did at the bank."""

    booking: Booking
    payment: Payment
    kind: str

    @property
    def ends(self) -> dt.datetime:
        return self.booking.expires_at


def prepare(at: SimpleNamespace, bank: Bank, this: int) -> Visit:
    now = NOW + dt.timedelta(seconds=this)
    lama = person("Lama", f"+96656{(FIRST_PHONE + this) % 10**7:07d}")
    kept = hold(at, start_of(this), now=now)
    placed = flow.place(booking=kept, customer=lama, name="Lama", note="", choice="deposit", now=now)
    paying.start(payment=placed.payment, language="ar", now=now)
    payment = Payment.objects.get(pk=placed.payment.pk)
    Payment.objects.filter(pk=payment.pk).update(next_sync_at=placed.booking.expires_at)  # and no earlier round's
    kind, page = KINDS[this % len(KINDS)], payment.invoice_id
    charges = [bank.begin(page)["id"] for _ in range(2 if kind == "paid twice" else 1)]
    for charge in charges if kind != "at the bank" else []:
        bank.tamper_invoice(page, status="initiated")  # both were begun while it was open
        bank.finish(charge, approve=kind != "declined")
    return Visit(placed.booking, payment, kind)


def payments(rivals: int, rounds: int) -> Scene:
    assert rivals == RIVALS
    bank = Bank()
    at = shop(prepayment=Prepayment.DEPOSIT, vat_number="310122393500003")
    visits = [prepare(at, bank, this) for this in range(rounds)]

    def play(number: int, this: int) -> str:
        visit, dice = visits[this], random.Random(this * RIVALS + number)
        time.sleep(wait(number, this, dice))
        if number in SETTLE:
            before = dt.timedelta(seconds=dice.randrange(2))
            if number == 0 and this % KILLED_EVERY == 0:
                return killed(visit, after=dice.uniform(0.002, 0.05))
            paying.settle(payment=visit.payment, now=visit.ends - before)
            return "settled"
        if number in SWEEP:
            for step in (flow.expire_due, paying.reconcile)[:: dice.choice((1, -1))]:
                step(now=visit.ends)
            return "swept"
        with suppress(SlotTaken):
            hold(at, start_of(this), now=visit.ends)
            return "rival"
        return "lost"

    return Scene(play, lambda: judge(at, bank, visits))


def wait(number: int, this: int, dice: random.Random) -> float:
    """Seconds. Of five rounds one is lost for sure by those who settle, and one by the others."""
    settles, late = number in SETTLE, this % 5
    return (0 if settles else dice.uniform(0, LATE)) + (3 * LATE if late == settles else 0)


def killed(visit: Visit, *, after: float) -> str:
    """Settle in a process that gets SIGKILL `after` so many seconds, wherever it is by then."""
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        with suppress(BaseException):
            paying.settle(payment=visit.payment, now=visit.ends)
        os._exit(0)
    time.sleep(after)
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return "killed" if os.WIFSIGNALED(status) else "settled"


# --- afterwards ---------------------------------------------------------------------------------------------


def judge(at: SimpleNamespace, bank: Bank, visits: list[Visit]) -> dict[str, Any]:
    """Let the clock go on, then compare every visit with what the gateway says of it."""
    now = settle_down(visits[-1].ends)
    mine = {"booking__salon": at.salon}
    ours = {
        "status": dict(Booking.objects.filter(salon=at.salon).values_list("pk", "status")),
        "pages": grouped(Payment.objects.filter(**mine).exclude(invoice_id="").values_list("booking", "invoice_id")),
        "entries": grouped(
            LedgerEntry.objects.filter(payment__booking__salon=at.salon).values_list(
                "payment__booking", "kind", "amount"
            )
        ),
        "documents": grouped(Invoice.objects.filter(salon=at.salon).values_list("booking", "kind", "gross")),
        "letters": grouped(Notification.objects.filter(**mine).values_list("booking", "letter")),
    }
    charges = grouped((charge["invoice_id"], charge) for charge in bank.payments())
    stands = Counter(stand(visit, ours, charges) for visit in visits)
    return {
        "wrong": sum(number for how, number in stands.items() if how.startswith("wrong")),
        "stands": dict(stands),
        "doubled": doubled(at),
        "broken": [finding.name for finding in audit.audit(now=now) if finding.broken],
    }


def settle_down(now: dt.datetime) -> dt.datetime:
    """Rounds of the clock until nothing waits any more."""
    for number in count(1):
        now += dt.timedelta(minutes=20)
        maintenance.run(clock=lambda now=now: now)
        waiting = Refund.objects.filter(state__in=refunds.OPEN).exists() or outbox.due_letters(now=now).exists()
        if (number > 4 and not waiting) or number > 200:
            return now
    raise AssertionError("unreachable")


def grouped(rows: Iterable[tuple[Any, ...]]) -> dict[Any, list[Any]]:
    """By the first column."""
    found: dict[Any, list[Any]] = {}
    for key, *rest in rows:
        found.setdefault(key, []).append(rest[0] if len(rest) == 1 else tuple(rest))
    return found


def stand(visit: Visit, ours: dict[str, dict[Any, Any]], charges: dict[str, list[Any]]) -> str:
    """How one visit ended: in two words if all is right, else what is wrong with it."""
    status, entries, documents, letters, pages = (
        ours[name].get(visit.booking.pk, []) for name in ("status", "entries", "documents", "letters", "pages")
    )
    taken = [
        each for page in pages for each in charges.get(page, []) if each["status"] in ("paid", "refunded", "voided")
    ]
    left = sum(0 if each["status"] == "voided" else each["amount"] - each["refunded"] for each in taken)
    balance = sum(amount for _, amount in entries)
    wrong = []
    if len([kind for kind, _ in entries if kind == "capture"]) != len(taken):
        wrong.append("not one capture a charge")
    if [amount for _, amount in documents] != [abs(amount) for _, amount in entries]:
        wrong.append("not one document an entry")
    if balance != left:
        wrong.append("not what the gateway has")
    if (status, balance) not in ((Status.CONFIRMED, DEPOSIT), (Status.EXPIRED, 0)):
        wrong.append(f"{status} with {balance}")
    if letters.count("booked") != (status == Status.CONFIRMED):
        wrong.append("not the letter of a booking")
    returned = len(taken) - (status == Status.CONFIRMED)
    if letters.count("late_payment") != returned:
        wrong.append("not the letters about money back")
    if wrong:
        return f"wrong: {visit.kind}: {', '.join(wrong)}"
    late = "late, " if "expired" in letters and status == Status.CONFIRMED else ""
    return f"{visit.kind}: {late}{status}"


def doubled(at: SimpleNamespace) -> int:
    """Ledger entries of one payment, kind and reference more than once."""
    rows = LedgerEntry.objects.filter(payment__booking__salon=at.salon).values_list("payment", "kind", "ref")
    return sum(number - 1 for number in Counter(rows).values())


# --- the negative control -----------------------------------------------------------------------------------


def payments_bare(rivals: int, rounds: int) -> Scene:
    """The same without the locks, the guard of chairs and UNIQUE(ledger). It spoils its database."""
    scene = payments(rivals, rounds)
    guard.remove(connection)
    once = next(each for each in LedgerEntry._meta.constraints if each.name == "ledger_once")
    LedgerEntry._meta.constraints.remove(once)  # SQLite writes the table anew, as the model has it
    with connection.schema_editor() as editor:
        editor.remove_constraint(LedgerEntry, once)
    read, weigh = hot_reads.offer_rows, verdict.judge

    def read_without_lock(*asked: Any, **named: Any) -> Any:
        return read(*asked, **named | {"lock": False})

    def weigh_slowly(*asked: Any, **named: Any) -> Any:
        time.sleep(WINDOW)
        return weigh(*asked, **named)

    def look_then_write(rows: QuerySet, defaults: dict[str, Any] | None = None, **key: Any) -> Any:
        found = rows.filter(**key).first()
        if found is not None:
            return found, False
        time.sleep(WINDOW)
        return rows.create(**key, **(defaults or {})), True

    hot_reads.offer_rows, verdict.judge, QuerySet.get_or_create = read_without_lock, weigh_slowly, look_then_write
    without_locks()
    return scene


SCENES = {"payments": payments, "payments_bare": payments_bare}
