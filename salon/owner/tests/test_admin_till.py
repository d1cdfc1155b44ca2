"""The operators' screens of the till: lists that sum up, what needs a look, and their buttons."""

from __future__ import annotations

import datetime as dt
import html
import uuid

import pytest
from django.contrib.auth.models import Permission
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from salon.bookings.models import Booking
from salon.flows.tests.till import Clock, about_to_pay
from salon.payments import counter
from salon.payments.models import (
    Credit,
    DayCheck,
    Discount,
    Finding,
    LedgerEntry,
    MethodKind,
    Payment,
    PaymentState,
    Refund,
    WebhookEvent,
)
from salon.payments.simulator import Simulator
from salon.tests.people import enter, person, rose

pytestmark = pytest.mark.django_db(transaction=True)
TILL = [
    *("payment", "refund", "ledgerentry", "webhookevent", "daycheck", "finding", "daywatch"),
    *("discount", "credit", "invoice", "invoicebook"),
]


@pytest.fixture
def gateway(settings):
    clock = Clock()
    with Simulator(now=clock) as simulator:
        settings.MOYASAR_API_URL = simulator.api_url
        simulator.clock = clock
        yield simulator


@pytest.fixture
def visit(db, gateway):
    return about_to_pay(gateway.clock, gateway)


@pytest.fixture
def operator(client, db):
    client.user = enter(client, person("Faisal", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def paid(visit):
    visit.start()
    visit.pay()
    visit.settle()
    return visit


def address(model: str) -> str:
    return f"/en/admin/payments/{model}/"


def text(answer) -> str:
    return html.unescape(answer.content.decode())


def press(client, model: str, action: str, *rows, **data: str):
    sent = {"action": action, "_selected_action": [row.pk for row in rows], **data}
    return client.post(address(model), sent, follow=True)


def clerk(client, *rights: str):
    """Somebody of the staff with these rights and no others."""
    user = person("Reem", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    enter(client, user)
    return user


def finding(visit, charge: str = "pay_9", **extra) -> Finding:
    now = visit.clock()
    fields = {"gateway": "simulator", "kind": "unknown", "amount": 4500, "found_at": now, "seen_at": now}
    return Finding.objects.create(charge_id=charge, **(fields | extra))


def day_check(visit, **extra) -> DayCheck:
    fields = {"gateway": "simulator", "day": visit.clock().date(), "charges": 1, "taken": 4500, "given_back": 0}
    fields |= {"ledger_taken": 4500, "ledger_given_back": 0, "checked_at": visit.clock()}
    return DayCheck.objects.create(**(fields | extra))


@pytest.fixture
def every(paid, operator):
    """A row of each kind."""
    now = paid.clock()
    Refund.objects.create(payment=paid.payment, amount=100, reason="x", created_at=now, state="stopped", error="404")
    WebhookEvent.objects.create(event_id="e", body=b"\xff{}", received_at=now, payment=paid.payment)
    finding(paid, payment=paid.payment)
    day_check(paid)
    Discount.objects.create(
        booking=paid.booking, amount=100, reason="x", key=uuid.uuid4(), granted_by=paid.lama, at=now
    )
    Credit.objects.create(customer=paid.lama, salon=paid.shop.salon, payment=paid.payment, amount=100, created_at=now)
    return paid


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize("model", TILL)
def test_each_list_and_row_is_shown(operator, every, model, language):
    page = operator.get(f"{language}/admin/payments/{model}/")
    assert page.status_code == 200
    for row in page.context["cl"].result_list:
        assert operator.get(f"{language}/admin/payments/{model}/{row.pk}/change/").status_code == 200
        assert operator.post(f"{language}/admin/payments/{model}/{row.pk}/change/", {}).status_code == 403
    assert model == "daywatch" or page.context["cl"].result_count >= 1


@pytest.mark.parametrize("model", ["payment", "refund", "ledgerentry", "webhookevent", "discount", "finding"])
def test_queries_of_a_list_do_not_grow(operator, every, model):
    def look() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert operator.get(address(model)).status_code == 200
        return len(seen)

    look()
    few = look()
    now = every.clock()
    for number in range(4):
        payment = more(every, number)
        LedgerEntry.objects.create(payment=payment, kind="capture", ref="c", amount=500, at=now)
        Refund.objects.create(payment=payment, amount=100, reason="x", created_at=now)
        WebhookEvent.objects.create(event_id=f"e{number}", body=b"{}", received_at=now, payment=payment)
        finding(every, f"pay_{number}", payment=payment)
        Discount.objects.create(
            booking=every.booking, amount=100, reason="x", key=uuid.uuid4(), granted_by=every.lama, at=now
        )
    assert look() == few


def more(visit, number: int, **extra) -> Payment:
    now = visit.clock()
    fields = {"state": PaymentState.PAID, "gateway": "simulator", "expires_at": now, "created_at": now}
    return Payment.objects.create(booking=visit.booking, amount=500, charge_id=f"charge_{number}", **(fields | extra))


# --- the ledger -------------------------------------------------------------------------------------------


def test_the_ledger_sums_up_what_its_filters_leave(operator, paid):
    now = paid.clock()
    LedgerEntry.objects.create(payment=paid.payment, kind="refund", ref="r", amount=-1250, at=now)
    other = rose(slug="jasmine")
    page = operator.get(address("ledgerentry"))
    assert page.context["cl"].sums == {"came": "45", "went": "-12.50", "net": "32.50"}
    assert "32.50" in text(page)
    narrowed = operator.get(address("ledgerentry"), {"kind__exact": "refund"})
    assert narrowed.context["cl"].sums == {"came": "0", "went": "-12.50", "net": "-12.50"}
    mine = {"salon": paid.shop.salon.slug, "at__year": now.year}
    assert operator.get(address("ledgerentry"), mine).context["cl"].sums["net"] == "32.50"
    assert operator.get(address("ledgerentry"), {"salon": other.salon.slug}).context["cl"].sums["net"] == "0"


def test_a_salon_is_chosen_with_the_other_filters_kept(operator, paid):
    page = text(operator.get(address("ledgerentry"), {"kind__exact": "capture", "q": "x"}))
    assert '<input type="hidden" name="kind__exact" value="capture">' in page
    assert '<input type="hidden" name="q" value="x">' in page
    page = text(operator.get(address("payment"), {"salon": paid.shop.salon.slug}))
    assert f'<option value="{paid.shop.salon.slug}" selected>' in page


def test_asking_about_an_entry_s_payment(operator, paid):
    paid.gateway.refund_in_dashboard(Payment.objects.get().charge_id)
    press(operator, "ledgerentry", "ask_again", LedgerEntry.objects.get())
    assert paid.ledger() == [("capture", 4500), ("external_refund", -4500)]
    paid.gateway.fault("any", "503")
    assert "Some could not be dealt with" in text(
        press(operator, "ledgerentry", "ask_again", *LedgerEntry.objects.all())
    )


def test_money_of_the_counter_is_nobody_s_to_ask(operator, paid):
    with transaction.atomic():
        cash = counter.record(
            booking=Booking.objects.get(),
            amount=500,
            method_kind=MethodKind.CASH,
            key=uuid.uuid4(),
            recorded_by=None,
            now=paid.clock(),
        )
    said = text(press(operator, "payment", "ask_again", cash, paid.payment))
    assert "1 payment is not of this gateway" in said
    assert "The gateway answered for 1." in said


# --- webhooks ----------------------------------------------------------------------------------------------


def test_an_event_is_worked_on_again(operator, visit):
    visit.start()
    visit.pay()
    now = visit.clock()
    body = f'{{"id":"a","type":"payment_paid","data":{{"invoice_id":"{visit.invoice_id()}"}}}}'.encode()
    named = WebhookEvent.objects.create(event_id="a", body=body, received_at=now, outcome="pending")
    broken = WebhookEvent.objects.create(event_id="b", body=b"\xff\x00{", received_at=now, outcome="pending")
    stranger = WebhookEvent.objects.create(
        event_id="c", body=b'{"data": {"id": "\\u0000pay", "metadata": 7}}', received_at=now, outcome="pending"
    )
    visit.gateway.fault("any", "503")
    assert "Some could not be dealt with" in text(press(operator, "webhookevent", "work_again", named))
    assert WebhookEvent.objects.get(pk=named.pk).outcome == "pending"
    visit.gateway.clear_faults()
    said = text(press(operator, "webhookevent", "work_again", named, broken, stranger))
    assert visit.status() == "confirmed"
    assert "Events that name no payment of ours: 2." in said
    row = WebhookEvent.objects.get(pk=named.pk)
    assert (row.payment, row.outcome) == (visit.payment, "settled: paid")
    shown = text(operator.get(f"{address('webhookevent')}{row.pk}/change/"))
    assert "payment_paid" in shown
    assert f"/payments/payment/{visit.payment.pk}/change/" in shown


@pytest.mark.parametrize(("came", "ids"), [("settled", ["a"]), ("pending", ["b"]), ("none", ["c"])])
def test_events_by_what_came_of_them(operator, paid, came, ids):
    now = paid.clock()
    WebhookEvent.objects.all().delete()
    for event_id, outcome, payment in (
        ("a", "settled: paid", paid.payment),
        ("b", "pending", None),
        ("c", "for no payment of ours", None),
    ):
        WebhookEvent.objects.create(event_id=event_id, body=b"{}", received_at=now, outcome=outcome, payment=payment)
    rows = operator.get(address("webhookevent"), {"came": came}).context["cl"].result_list
    assert [row.event_id for row in rows] == ids


# --- the daily comparison ----------------------------------------------------------------------------------


def test_a_day_is_told_in_words(operator, paid):
    day_check(paid)
    assert "✓ agrees" in text(operator.get(address("daycheck")))
    day_check(paid, day=dt.date(2026, 1, 2), given_back=1250)
    page = operator.get(address("daycheck"), {"agrees": "no"})
    assert "differs: 0 in, +12.50 back" in text(page)
    assert page.context["cl"].result_count == 1
    assert operator.get(address("daycheck"), {"agrees": "yes"}).context["cl"].result_count == 1


def test_a_day_is_compared_again(operator, paid):
    wrong = day_check(paid, day=paid.clock().astimezone(dt.timezone(dt.timedelta(hours=3))).date(), taken=1)
    other = day_check(paid, gateway="moyasar", day=dt.date(2026, 1, 2))
    said = text(press(operator, "daycheck", "compare_again", wrong, other))
    assert "1 day was compared." in said
    assert "2026-01-02: this gateway is not in use." in said
    assert DayCheck.objects.get(pk=wrong.pk).taken == 4500
    paid.gateway.fault("any", "503")
    assert "no usable answer" in text(press(operator, "daycheck", "compare_again", wrong))
    assert DayCheck.objects.get(pk=wrong.pk).taken == 4500


def test_a_finding_is_closed_with_a_word(operator, paid):
    row, other = finding(paid), finding(paid, "pay_10")
    for nothing in ("", "   ", "\u200b"):
        said = text(press(operator, "finding", "dealt_with", row, reason=nothing))
        assert "Please write what was done" in said
        assert Finding.objects.get(pk=row.pk).resolved_at is None
    assert "1 finding is dealt with." in text(press(operator, "finding", "dealt_with", row, reason="من حساب آخر"))
    row.refresh_from_db()
    assert (row.resolution, row.resolved_by) == ("من حساب آخر", operator.user)
    assert row.resolved_at is not None
    assert "0 findings are dealt with." in text(press(operator, "finding", "dealt_with", row, reason="again"))
    assert Finding.objects.get(pk=row.pk).resolution == "من حساب آخر"
    assert list(operator.get(address("finding"), {"open": "yes"}).context["cl"].result_list) == [other]
    assert list(operator.get(address("finding"), {"open": "no"}).context["cl"].result_list) == [row]


# --- what needs a look -------------------------------------------------------------------------------------


def test_nothing_needs_a_look(operator, paid):
    page = operator.get(f"{address('payment')}attention/")
    assert page.status_code == 200
    assert [section.total for section in page.context["sections"]] == [0, 0, 0, 0]


@pytest.mark.parametrize("language", ["", "/en"])
def test_what_needs_a_look_is_on_one_page(operator, every, language):
    now = every.clock()
    more(every, 1, state="mismatch", problem="9900 instead of 4500")
    held = {"state": "authorized", "checkout": "form", "hold": True}
    more(every, 2, **held, hold_ends_at=now - dt.timedelta(days=30))
    more(every, 3, **held, hold_ends_at=now + dt.timedelta(days=300))
    Payment.objects.filter(pk=every.payment.pk).update(charge_id="pay_of_refund")
    page = operator.get(f"{language}/admin/payments/payment/attention/")
    shown = text(page)
    assert [section.total for section in page.context["sections"]] == [1, 1, 1, 1]
    for said in ("charge_1", "9900 instead of 4500", "pay_of_refund", "404", "pay_9", "charge_2", "45 SAR"):
        assert said in shown
    assert "charge_3" not in shown
    for section in page.context["sections"]:
        listed = operator.get(section.url.replace("/en", language) if not language else section.url)
        assert listed.context["cl"].result_count == 1
    assert operator.get(address("payment"), {"look": "any"}).context["cl"].result_count == 3


def test_the_page_reads_the_same_number_of_times(operator, every):
    def look() -> int:
        with CaptureQueriesContext(connection) as seen:
            operator.get(f"{address('payment')}attention/")
        return len(seen)

    look()
    few = look()
    for number in range(5):
        finding(every, f"pay_1{number}", payment=more(every, number, state="mismatch"))
    assert look() == few


# --- rights ------------------------------------------------------------------------------------------------


def test_looking_is_not_acting(client, every):
    wrong = day_check(every, day=dt.date(2026, 1, 2), taken=1)
    event = WebhookEvent.objects.create(event_id="x", body=b"{}", received_at=every.clock(), payment=every.payment)
    clerk(client, "view_payment", "view_finding", "view_daycheck", "view_ledgerentry", "view_webhookevent")
    every.gateway.refund_in_dashboard(Payment.objects.get().charge_id)
    press(client, "finding", "dealt_with", Finding.objects.get(), reason="x")
    press(client, "daycheck", "compare_again", wrong)
    press(client, "ledgerentry", "ask_again", LedgerEntry.objects.get())
    press(client, "webhookevent", "work_again", event)
    assert Finding.objects.get().resolved_at is None
    assert DayCheck.objects.get(pk=wrong.pk).taken == 1
    assert every.ledger() == [("capture", 4500)]
    assert client.get(f"{address('payment')}attention/").status_code == 200


def test_the_right_to_change_is_the_right_to_act(client, every):
    clerk(client, "view_finding", "change_finding", "view_webhookevent", "change_payment")
    press(client, "finding", "dealt_with", Finding.objects.get(), reason="x")
    assert Finding.objects.get().resolved_at is not None
    every.gateway.refund_in_dashboard(Payment.objects.get().charge_id)
    press(client, "webhookevent", "work_again", WebhookEvent.objects.get(event_id="e"))
    assert every.ledger() == [("capture", 4500), ("external_refund", -4500)]


def test_without_the_right_to_see_payments_there_is_no_page(client, every):
    clerk(client, "view_finding")
    assert client.get(f"{address('payment')}attention/").status_code == 403


def test_strangers_do_not_come_in(client, every):
    client.logout()
    for user in (None, person("Abdullah")):
        if user:
            client.force_login(user)
        assert client.get(f"{address('payment')}attention/").status_code in {302, 403}
