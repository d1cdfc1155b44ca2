"""What the tests of paying share: a clock that can be moved, a guest who went to pay, a gateway on loopback."""

from __future__ import annotations

import datetime as dt
import json
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

from django.db import connection
from django.test import Client
from django.utils import timezone

from salon.accounts.models import User
from salon.bookings.models import Booking
from salon.flows import booking as visits
from salon.flows import payment as paying
from salon.notifications.models import Notification
from salon.payments.models import LedgerEntry, Payment, Refund
from salon.payments.simulator import Simulator, cards, sources
from salon.salons.models import Prepayment
from salon.tests.people import RIYADH, person, rose

SECRET = "simulator-webhook-secret"


class Clock:
    """The time of our side and of the gateway's: noon of tomorrow in Riyadh, so that minutes later is the same day."""

    def __init__(self) -> None:
        tomorrow = timezone.now().astimezone(RIYADH) + dt.timedelta(days=1)
        self.now = tomorrow.replace(hour=12, minute=0, second=0, microsecond=0).astimezone(dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now

    def pass_(self, **length: float) -> dt.datetime:
        self.now += dt.timedelta(**length)
        return self.now


@dataclass
class Visit:
    """Lama, who chose tomorrow 16:30 with Noura at Rose and is about to pay a deposit of 45 riyals."""

    clock: Clock
    gateway: Simulator
    shop: SimpleNamespace
    lama: User
    booking: Booking
    payment: Payment

    def start(self) -> str:
        return paying.start(payment=self.payment, language="ar", now=self.clock())

    def settle(self) -> Payment:
        self.payment = paying.settle(payment=self.payment, now=self.clock())
        return self.payment

    def invoice_id(self) -> str:
        return Payment.objects.get(pk=self.payment.pk).invoice_id

    def pay(self, **how) -> dict:
        return self.gateway.pay(self.invoice_id(), **how)

    def type_card(self, *, card: str = cards.MADA, manual: bool | None = None, **asked) -> dict:
        """What the form on our page does when a card is typed, up to the bank's page. `manual` as the payment asks."""
        payment = Payment.objects.get(pk=self.payment.pk)
        manual = payment.hold if manual is None else manual
        return self.gateway.bank.begin(
            means=sources.card(number=card, name="Lama Test", manual=manual),
            **{
                "amount": payment.amount,
                "currency": payment.currency,
                "given_id": str(payment.pk),
                "metadata": {"payment_id": str(payment.pk), "booking_reference": self.booking.reference},
                **asked,
            },
        )

    def pay_in_form(self, *, approve: bool = True, **how) -> dict:
        """The same, and a press on the bank's page."""
        return self.gateway.finish(self.type_card(**how)["id"], approve=approve)

    def status(self) -> str:
        return Booking.objects.get(pk=self.booking.pk).status

    def letters(self) -> list[str]:
        return sorted(Notification.objects.filter(booking=self.booking).values_list("letter", flat=True))

    def ledger(self) -> list[tuple[str, int]]:
        rows = LedgerEntry.objects.filter(payment__booking=self.booking).order_by("pk")
        return list(rows.values_list("kind", "amount"))

    def sent_back(self) -> list[int]:
        """What the gateway gave back of each charge, the newest first: voided or refunded, it counts the same."""
        return [
            (charge["captured"] or charge["amount"]) if charge["status"] == "voided" else charge["refunded"]
            for charge in self.gateway.payments()
        ]

    def posts(self, *verbs: str) -> list[str]:
        """Which of these verbs the gateway was asked for, in order."""
        asked = [path.rpartition("/")[2] for method, path, _ in self.gateway.seen if method == "POST"]
        return [verb for verb in asked if verb in verbs]

    def refunds(self) -> list[tuple[int, str]]:
        return list(Refund.objects.order_by("pk").values_list("amount", "state"))

    def place(self, choice: str) -> Payment:
        placed = visits.place(
            booking=self.booking, customer=self.lama, name="Lama", note="", choice=choice, now=self.clock()
        )
        return placed.payment

    def expire(self) -> None:
        """The hold ends without money."""
        self.clock.pass_(minutes=11)
        assert visits.expire_due(now=self.clock()) >= 1


def tomorrow(clock: Clock, hour: int = 16, minute: int = 30, days: int = 1) -> int:
    """A UTC epoch minute on Rose's grid."""
    local = clock().astimezone(RIYADH) + dt.timedelta(days=days)
    return int(local.replace(hour=hour, minute=minute, second=0, microsecond=0).timestamp() // 60)


def hold(shop: SimpleNamespace, customer: User | None, clock: Clock, *, days: int = 2, hour: int = 16) -> Booking:
    return visits.hold(
        salon=shop.salon,
        services=[shop.cut],
        staff=shop.noura,
        start_minute=tomorrow(clock, hour, days=days),
        key=uuid.uuid4(),
        customer=customer,
        held_from="",
        replaces=None,
        now=clock(),
    )


def about_to_pay(clock: Clock, gateway: Simulator, *, choice: str = "deposit", **salon) -> Visit:
    shop = rose(**({"prepayment": Prepayment.DEPOSIT} | salon))
    lama = person("Lama")
    booking = hold(shop, None, clock)
    placed = visits.place(booking=booking, customer=lama, name="Lama", note="", choice=choice, now=clock())
    return Visit(clock, gateway, shop, lama, placed.booking, placed.payment)


def event(charge: dict, *, kind: str = "payment_paid", event_id: str = "", **extra) -> dict:
    return {
        "id": event_id or str(uuid.uuid4()),
        "type": kind,
        "created_at": "2026-11-24T10:00:00.000Z",
        "secret_token": SECRET,
        "account_name": "Salon",
        "live": False,
        "data": charge,
        **extra,
    }


def knock(body: dict | bytes, **headers) -> int:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client().post("/webhooks/moyasar/", raw, content_type="application/json", headers=headers).status_code


def paid(visit: Visit, *, hours: float = 0) -> Visit:
    """The same visit, paid and confirmed so many hours ago: after two, money goes back as a refund, not as a void."""
    visit.start()
    visit.pay()
    visit.settle()
    assert visit.status() == "confirmed"
    visit.clock.pass_(hours=hours)
    return visit


def four_at_once(work: Callable[[], object]) -> None:
    """The same work in four threads with connections of their own, let go together. None may end in trouble."""
    barrier, troubles = threading.Barrier(4), []

    def worker() -> None:
        try:
            barrier.wait()
            work()
        except Exception as error:  # noqa: BLE001 - shown by the assertion
            troubles.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=worker) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert troubles == []
