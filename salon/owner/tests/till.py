"""What the tests of the counter share: a form as its page made it."""

from __future__ import annotations

import uuid

from salon.bookings.models import Booking

PRICE = 18000
VERBS = ("payment", "discount", "close", "refund", "credit")


def send(office, booking, verb, *, key=None, **data):
    """A form as its page made it: `seen` is in halalas, amounts as typed."""
    prefix = {"payment": "pay"}.get(verb, verb)
    filled = {"key": str(key or uuid.uuid4()), **data}
    return office.press(verb, booking, **{f"{prefix}-{name}": str(value) for name, value in filled.items()})


def pay(office, booking, amount="180", *, seen=PRICE, method="cash", **more):
    return send(office, booking, "payment", amount=amount, method=method, seen=seen, **more)


def words(answer):
    return answer.content.decode()


def status(booking):
    return Booking.objects.get(pk=booking.pk).status
