"""The whole desk presses at once: one refund, one payment of the rest, one use of a credit, whoever was first.

The `_unlocked` twins are the negative control: the same presses without the booking's lock, in the child only.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from unittest import mock

from salon.bookings.errors import StaleState
from salon.bookings.models import Booking
from salon.flows import booking as visits
from salon.flows import counter as desk
from salon.jobs import audit_counter, audit_invoices
from salon.payments import counter, credit, invoices, ledger
from salon.payments import domain as till
from salon.payments.counter import TooMuch
from salon.payments.models import Credit, EntryKind, LedgerEntry, MethodKind, Payment, Refund
from salon.tests.people import person
from salon.tests.races.arena import Scene
from salon.tests.races.scenes import NOW, phone_of, placed, shop

PRICE, PART = 18000, 4000
"""Four parts would fit: only the lock stands between two presses and two of them."""

Press = Callable[[Booking, Any], object]


def refunds(_rivals: int, rounds: int, *, locked: bool = True) -> Scene:
    """Everybody saw 180 riyals taken in cash and gives 40 of them back."""
    at, made = _visits(rounds)
    for booking in made:
        _take(booking, at.owner, PRICE, PRICE)

    def press(booking: Booking, who: Any) -> object:
        asked = {"booking": booking, "amount": PART, "reason": "Not happy", "seen": PRICE}
        return desk.refund(**asked, key=uuid.uuid4(), actor=who, now=NOW)

    def judge() -> dict[str, Any]:
        mine = Refund.objects.filter(payment__booking__in=made)
        return {"done": mine.count(), **_truths(made)}

    return _scene(made, at.owner, press, judge, locked=locked)


def rest(_rivals: int, rounds: int, *, locked: bool = True) -> Scene:
    """Everybody saw 180 riyals left to pay and writes 40 of them down."""
    at, made = _visits(rounds)

    def press(booking: Booking, who: Any) -> object:
        return _take(booking, who, PART, PRICE)

    def judge() -> dict[str, Any]:
        return {"done": Payment.objects.filter(booking__in=made).count(), **_truths(made)}

    return _scene(made, at.owner, press, judge, locked=locked)


def credits_used(_rivals: int, rounds: int, *, locked: bool = True) -> Scene:
    """Everybody uses the whole of one guest's credit, each for another of her visits. It is there once a round."""
    at = shop(no_show_credit=True)
    guests = [person("Lama", phone_of()) for _ in range(rounds)]
    ahead: list[list[Booking]] = []
    for number, lama in enumerate(guests):
        missed, *others = [placed(at, number * 4 + slot, lama) for slot in range(4)]
        _take(missed, at.owner, PART, PRICE)
        Booking.objects.filter(pk=missed.pk).update(policy={**missed.policy, "no_show": "all"})
        visits.no_show(booking=missed, actor=at.owner, now=missed.ends_at + timedelta(hours=1))
        ahead.append(others)
    made = [booking for bookings in ahead for booking in bookings]

    def play(rival: int, this: int) -> str:
        with contextlib.nullcontext() if locked else _unlocked():
            mine = ahead[this][rival % 3]
            use = partial(desk.use_credit, booking=mine, amount=PART, seen=PRICE, key=uuid.uuid4())
            return _outcome(lambda: use(actor=at.owner, now=NOW))

    def judge() -> dict[str, Any]:
        used = Credit.objects.filter(customer__in=guests).values_list("amount", "used")
        return {"done": Payment.objects.filter(booking__in=made).count(), "used": sorted(set(used)), **_truths(made)}

    return Scene(play, judge)


def _visits(rounds: int) -> tuple[Any, list[Booking]]:
    at = shop()
    return at, [placed(at, this, person("Lama", phone_of())) for this in range(rounds)]


def _take(booking: Booking, who: Any, amount: int, seen: int) -> Payment:
    asked = {"booking": booking, "amount": amount, "method_kind": MethodKind.CASH, "seen": seen}
    return desk.take_payment(**asked, key=uuid.uuid4(), actor=who, now=NOW)


def _scene(made: list[Booking], who: Any, press: Press, judge: Callable[[], dict[str, Any]], *, locked: bool) -> Scene:
    def play(_rival: int, this: int) -> str:
        with contextlib.nullcontext() if locked else _unlocked():
            return _outcome(partial(press, made[this], who))

    return Scene(play, judge)


def _outcome(press: Callable[[], object]) -> str:
    try:
        press()
    except (StaleState, TooMuch):
        return "told"
    return "won"


def _truths(made: list[Booking]) -> dict[str, Any]:
    """What must hold however many pressed; and that no visit has more money than it costs."""
    looks = (
        audit_invoices.gaps,
        audit_invoices.disagree,
        audit_counter.credit_and_ledger,
        audit_counter.over_the_price,
    )
    gone = LedgerEntry.objects.filter(payment__booking__in=made, kind=EntryKind.REFUND)
    return {
        "broken": sum(look(NOW) for look in (*looks, audit_counter.over_the_price)),
        "overpaid": sum(ledger.balance(booking) > booking.price for booking in made),
        "entries_out": gone.count(),
    }


@contextlib.contextmanager
def _unlocked() -> Iterator[None]:
    """No lock, and a longer moment between looking and writing. SQLite: no transaction either, for that is its lock."""
    from django.db import connection  # noqa: PLC0415

    def read(booking: Booking, **_more: Any) -> Booking:
        return Booking.objects.select_related("salon", "customer").get(pk=booking.pk)

    def slowly(look: Callable[..., Any]) -> Callable[..., Any]:
        def looked(*asked: Any, **named: Any) -> Any:
            found = look(*asked, **named)
            time.sleep(0.05)
            return found

        return looked

    def returnable(booking: Booking) -> dict[Payment, int]:
        return counter.returnable(Payment.objects.filter(booking=booking))

    with contextlib.ExitStack() as stack:
        patch = partial(mock.patch.object)
        stack.enter_context(patch(desk.domain, "lock", read))
        stack.enter_context(patch(desk, "_lock_sources", lambda _booking: None))
        stack.enter_context(patch(desk, "_returnable", slowly(returnable)))
        stack.enter_context(patch(desk, "_as_seen", slowly(desk._as_seen)))
        if connection.vendor == "sqlite":
            stack.enter_context(patch(desk, "durably", lambda work: work()))
            for module in (counter, credit, ledger, invoices, till):
                stack.enter_context(patch(module, "require_transaction", return_value=None))
        yield


SCENES = {
    "refunds": refunds,
    "refunds_unlocked": partial(refunds, locked=False),
    "rest": rest,
    "rest_unlocked": partial(rest, locked=False),
    "credits": credits_used,
}
