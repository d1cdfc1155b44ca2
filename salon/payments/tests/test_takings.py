"""The figures of the money page: sums of ledger entries by the salon's own days, whatever the payments' states say."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salon.bookings.models import Booking
from salon.payments import ledger, takings
from salon.payments.models import EntryKind, Invoice, LedgerEntry, MethodKind, Payment, PaymentState, Refund
from salon.salons.models import Salon
from salon.tests.people import RIYADH, at, person, rose

pytestmark = pytest.mark.django_db
TUESDAY = dt.date(2026, 11, 24)
MONDAY = dt.date(2026, 11, 23)


@pytest.fixture
def shop():
    return rose(vat_number="310122393500003")


def visit(salon: Salon, reference: str = "") -> Booking:
    when = at("2026-11-24", "16:00")
    return Booking.objects.create(
        reference=reference or f"V{Booking.objects.count():05}",
        salon=salon,
        customer=person(),
        status="confirmed",
        starts_at=when,
        ends_at=when + dt.timedelta(hours=1),
        business_day=TUESDAY,
        price=18000,
        policy={},
        created_at=when - dt.timedelta(days=2),
    )


def paid(booking: Booking, amount: int, when: dt.datetime, method: str = "mada", **extra) -> Payment:
    fields = {"state": PaymentState.PAID, "gateway": "simulator", "expires_at": when, "created_at": when}
    payment = Payment.objects.create(booking=booking, amount=amount, method_kind=method, **(fields | extra))
    if payment.state == PaymentState.PAID:
        with transaction.atomic():
            ledger.enter(payment, EntryKind.CAPTURE, ref="c", amount=amount, now=when)
    return payment


def give_back(payment: Payment, amount: int, when: dt.datetime, kind: EntryKind = EntryKind.REFUND) -> None:
    with transaction.atomic():
        ledger.enter(payment, kind, ref=f"{kind}{when.timestamp()}", amount=-amount, now=when)


def use_credit(booking: Booking, amount: int, when: dt.datetime) -> None:
    """Money of an older visit pays for this one."""
    old = paid(visit(booking.salon), amount, when - dt.timedelta(days=100))
    with transaction.atomic():
        ledger.enter(old, EntryKind.TRANSFER, ref=f"to:{booking.pk}", amount=-amount, now=when)
    paid(booking, amount, when, MethodKind.CREDIT)


def test_salon_credit_is_neither_taken_nor_given_back(shop):
    use_credit(visit(shop.salon), 2300, at("2026-11-24", "12:00"))
    found = takings.takings(salon=shop.salon, first=TUESDAY, last=TUESDAY)
    assert found == takings.Takings(takings.Figures(), {}, {}, used=2300)
    assert [row.amount for row in takings.lines(salon=shop.salon, first=TUESDAY, last=TUESDAY)] == [-2300, 2300]


def test_a_day_ends_at_the_salon_s_midnight(shop):
    late = paid(visit(shop.salon), 11500, at("2026-11-23", "23:59"))
    paid(visit(shop.salon), 2300, at("2026-11-24", "00:00"), "cash")
    give_back(late, 1150, at("2026-11-24", "10:00"), EntryKind.EXTERNAL_REFUND)
    both = takings.takings(salon=shop.salon, first=MONDAY, last=TUESDAY)
    assert list(both.days.items()) == [
        (TUESDAY, takings.Figures(2300, 1150, 300 - 150)),
        (MONDAY, takings.Figures(11500, 0, 1500)),
    ]
    assert both.methods == {
        MethodKind.MADA: takings.Figures(11500, 1150, 1350),
        MethodKind.CASH: takings.Figures(2300, 0, 300),
    }
    assert both.total == takings.Figures(13800, 1150, 1650)
    assert both.total.net == 12650
    monday = takings.takings(salon=shop.salon, first=MONDAY, last=MONDAY)
    assert (monday.total.taken, monday.total.returned) == (11500, 0)


def test_a_salon_of_another_zone_has_other_days(shop):
    Salon.objects.update(zone="Asia/Tokyo")
    salon = Salon.objects.get()
    paid(visit(salon), 1000, at("2026-11-23", "18:00"))  # midnight in Tokyo
    assert list(takings.takings(salon=salon, first=MONDAY, last=TUESDAY).days) == [TUESDAY]


def test_states_and_other_salons_are_no_money(shop):
    other = rose(slug="jasmine").salon
    paid(visit(other), 9900, at("2026-11-24", "12:00"))
    for state in PaymentState.values:
        if state != PaymentState.PAID:
            paid(visit(shop.salon), 5000, at("2026-11-24", "12:00"), state=state)
    found = takings.takings(salon=shop.salon, first=MONDAY, last=TUESDAY)
    assert found == takings.Takings(takings.Figures(), {}, {})
    assert takings.waiting(salon=shop.salon) == takings.Waiting(reserved=5000, refunds=0, stopped=0)
    assert takings.waiting(salon=other) == takings.Waiting(0, 0, 0)


def test_refunds_wait_until_they_arrive(shop):
    when = at("2026-11-24", "12:00")
    for number, state in enumerate(["wanted", "sending", "stopped", "done", "dropped"], start=1):
        payment = paid(visit(shop.salon), 5000, when)
        Refund.objects.create(payment=payment, amount=number, reason="x", state=state, created_at=when)
    assert takings.waiting(salon=shop.salon) == takings.Waiting(reserved=0, refunds=1 + 2 + 3, stopped=3)


def test_what_is_reserved_and_will_be_taken(shop):
    when, held = at("2026-11-24", "12:00"), {"state": "authorized", "checkout": "form", "hold": True}
    paid(visit(shop.salon), 5000, when, **held)
    paid(visit(shop.salon), 5000, when, **held, wish="capture", wish_amount=1200)
    paid(visit(shop.salon), 5000, when, **held, wish="void")
    assert takings.waiting(salon=shop.salon).reserved == 6200


def test_money_without_a_method_or_a_document_counts(shop):
    payment = paid(visit(shop.salon), 5000, at("2026-11-24", "12:00"), "")
    old = paid(visit(shop.salon), 700, at("2026-11-24", "12:00"), "other", state="created")
    LedgerEntry.objects.create(payment=old, kind="capture", ref="old", amount=700, at=at("2026-11-24", "12:00"))
    found = takings.takings(salon=shop.salon, first=TUESDAY, last=TUESDAY)
    assert found.methods == {MethodKind.OTHER: takings.Figures(5700, 0, Invoice.objects.get().vat)}
    rows = takings.payments(salon=shop.salon, first=TUESDAY, last=TUESDAY, method="other")
    assert set(rows) == {payment, old}


def test_the_payments_of_some_days(shop):
    """Begun then, or with money that moved then."""
    monday = paid(visit(shop.salon), 5000, at("2026-11-23", "12:00"))
    tuesday = paid(visit(shop.salon), 5000, at("2026-11-24", "12:00"), "cash")
    failed = paid(visit(shop.salon), 5000, at("2026-11-24", "13:00"), "visa", state="failed")
    paid(visit(rose(slug="jasmine").salon), 5000, at("2026-11-24", "12:00"))

    def of(first: dt.date, last: dt.date, **narrow: str) -> list[Payment]:
        return list(takings.payments(salon=shop.salon, first=first, last=last, **narrow))

    assert of(TUESDAY, TUESDAY) == [failed, tuesday]
    assert of(MONDAY, TUESDAY) == [failed, tuesday, monday]
    give_back(monday, 100, at("2026-11-24", "14:00"))
    give_back(monday, 100, at("2026-11-24", "15:00"))
    assert of(TUESDAY, TUESDAY) == [failed, tuesday, monday]
    assert of(TUESDAY, TUESDAY, method="cash") == [tuesday]
    assert of(TUESDAY, TUESDAY, state="failed") == [failed]
    assert of(TUESDAY, TUESDAY, state="failed", method="cash") == []


def test_one_payment_and_no_rival_s(shop):
    payment = paid(visit(shop.salon), 5000, at("2026-11-24", "12:00"))
    assert takings.payment_of(salon=shop.salon, pk=payment.pk) == payment
    with pytest.raises(Payment.DoesNotExist):
        takings.payment_of(salon=rose(slug="jasmine").salon, pk=payment.pk)


def test_lines_are_the_ledger(shop):
    payment = paid(visit(shop.salon, "ABC234"), 11500, at("2026-11-24", "12:00"))
    give_back(payment, 2300, at("2026-11-24", "13:00"))
    first, second = takings.lines(salon=shop.salon, first=TUESDAY, last=TUESDAY)
    assert first == takings.Line(
        at=at("2026-11-24", "12:00"),
        reference="ABC234",
        kind="capture",
        method=MethodKind.MADA,
        amount=11500,
        vat=1500,
        document="INV-1",
        payment=payment.pk,
    )
    assert (second.kind, second.amount, second.vat, second.document) == ("refund", -2300, -300, "CRN-1")


MOMENT = st.integers(min_value=0, max_value=8 * 24 * 3600).map(
    lambda second: at("2026-11-20", "00:00") + dt.timedelta(seconds=second)
)
MOVES = st.lists(
    st.tuples(
        MOMENT,
        st.sampled_from(["", *MethodKind.values]),
        st.integers(min_value=100, max_value=90000),
        st.lists(st.tuples(MOMENT, st.integers(min_value=1, max_value=100)), max_size=2),
    ),
    max_size=8,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES)
def test_days_methods_and_lines_have_the_sum_of_the_ledger(shop, moves):
    """Any money, at any time, by anything: three ways of adding up and the ledger say the same."""
    point = transaction.savepoint()
    try:
        taken: dict[dt.date, int] = defaultdict(int)
        returned: dict[dt.date, int] = defaultdict(int)
        first, last = dt.date(2026, 11, 22), dt.date(2026, 11, 26)
        booking = visit(shop.salon)
        for when, method, amount, backs in moves:
            payment = paid(booking, amount, when, "stcpay" if method == MethodKind.CREDIT else method)
            taken[when.astimezone(RIYADH).date()] += amount
            if method == MethodKind.CREDIT:
                use_credit(visit(shop.salon), amount, when)
            for number, (moment, percent) in enumerate(backs):
                part = max(1, amount * percent // 200)
                give_back(payment, part, moment + dt.timedelta(microseconds=number))
                returned[moment.astimezone(RIYADH).date()] += part
        inside = [day for day in {*taken, *returned} if first <= day <= last]
        found = takings.takings(salon=shop.salon, first=first, last=last)
        rows = list(takings.lines(salon=shop.salon, first=first, last=last))
        begins, ends = takings.span(RIYADH, first, last)
        of_ledger = [each.amount for each in LedgerEntry.objects.filter(at__gte=begins, at__lt=ends)]
        assert {day: (each.taken, each.returned) for day, each in found.days.items()} == {
            day: (taken[day], returned[day]) for day in inside
        }
        for parts in (found.days.values(), found.methods.values()):
            assert sum(parts, takings.Figures()) == found.total
        assert found.total.net == sum(of_ledger) == sum(row.amount for row in rows)
        if found.used == 0:
            assert found.total.taken == sum(each for each in of_ledger if each > 0)
        assert len(of_ledger) == len(rows)
        assert found.total.vat == sum(row.vat for row in rows)
    finally:
        transaction.savepoint_rollback(point)


def test_queries_do_not_grow(shop, django_assert_num_queries):
    def look() -> None:
        takings.takings(salon=shop.salon, first=MONDAY, last=TUESDAY)
        takings.waiting(salon=shop.salon)
        list(takings.lines(salon=shop.salon, first=MONDAY, last=TUESDAY))
        for row in takings.payments(salon=shop.salon, first=MONDAY, last=TUESDAY):
            assert row.booking.customer.name

    payment = paid(visit(shop.salon), 5000, at("2026-11-24", "12:00"))
    with django_assert_num_queries(5):
        look()
    for _ in range(3):
        give_back(paid(visit(shop.salon), 5000, at("2026-11-23", "12:00")), 100, at("2026-11-24", "12:00"))
    with django_assert_num_queries(5):
        look()
    with django_assert_num_queries(3):
        takings.payment_of(salon=shop.salon, pk=payment.pk)
