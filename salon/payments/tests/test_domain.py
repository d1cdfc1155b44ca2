"""The verbs of the till, its ledger's guard and its settings."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from salon.bookings.models import Booking
from salon.payments import checks, domain, guard, ledger, refunds
from salon.payments.models import EntryKind, LedgerEntry, Payment, PaymentState, Refund, RefundState
from salon.tests.people import person, rose

pytestmark = pytest.mark.django_db

NOW = timezone.now().replace(microsecond=0)
SOON = NOW + dt.timedelta(minutes=10)


@pytest.fixture(autouse=True)
def _nothing_is_sent(monkeypatch):
    monkeypatch.setattr(refunds, "send", lambda refund, *, now: refund)


@pytest.fixture
def booking():
    return Booking.objects.create(
        reference="R7K2M9",
        customer=person("Lama"),
        salon=rose().salon,
        starts_at=NOW + dt.timedelta(days=2),
        ends_at=NOW + dt.timedelta(days=2, hours=1),
        business_day=NOW.date(),
        price=18000,
        expires_at=SOON,
        created_at=NOW,
    )


def opened(booking, amount=4500, expires_at=SOON, now=NOW):
    return domain.open_payment(booking=booking, amount=amount, expires_at=expires_at, now=now)


def captured(booking, amount, minutes=0):
    payment = Payment.objects.create(
        booking=booking,
        amount=amount,
        gateway="simulator",
        state=PaymentState.PAID,
        charge_id=f"c{minutes}",
        expires_at=SOON,
        created_at=NOW + dt.timedelta(minutes=minutes),
    )
    assert ledger.enter(payment, EntryKind.CAPTURE, ref=payment.charge_id, amount=amount, now=NOW)
    return payment


def order(booking, amount, by=None):
    return domain.order_refund(booking=booking, amount=amount, reason="x", requested_by=by, now=NOW)


# --- one live payment a booking ---------------------------------------------------------------------------


def test_asked_again_it_is_the_same(booking):
    assert opened(booking) == opened(booking)
    assert domain.live_payment(booking).amount == 4500


def test_until_somebody_was_told_its_end_may_move(booking):
    later = SOON + dt.timedelta(minutes=5)
    opened(booking)
    assert opened(booking, expires_at=later).expires_at == later
    Payment.objects.update(synced_at=NOW)
    assert opened(booking, expires_at=SOON).expires_at == later


def test_another_amount_takes_its_place(booking):
    first = opened(booking)
    second = opened(booking, amount=18000)
    first.refresh_from_db()
    assert first != second
    assert (first.state, first.next_sync_at) == (PaymentState.CANCELLED, NOW)
    assert domain.live_payment(booking) == second


def test_one_that_ran_out_is_not_given_again(booking):
    first = opened(booking)
    second = opened(booking, now=SOON, expires_at=SOON + dt.timedelta(minutes=10))
    first.refresh_from_db()
    assert first != second
    assert first.state == PaymentState.EXPIRED


def test_another_gateway_opens_another(booking, settings):
    first = opened(booking)
    settings.PAYMENT_GATEWAY = "moyasar"
    assert opened(booking) != first


def test_closing(booking):
    opened(booking)
    assert domain.close_payments(booking=booking, now=NOW) == 1
    assert domain.close_payments(booking=booking, now=NOW) == 0
    assert domain.live_payment(booking) is None


# --- giving back ------------------------------------------------------------------------------------------


def test_never_more_than_is_with_us(booking):
    assert order(booking, 100) == []
    captured(booking, 4500)
    assert [each.amount for each in order(booking, 99999)] == [4500]
    assert order(booking, 1) == []
    assert domain.balance(booking) == 4500, "a promise is not yet money"


def test_spread_over_captures_newest_first(booking):
    captured(booking, 4500, minutes=0)
    captured(booking, 2000, minutes=1)
    assert [each.amount for each in order(booking, 3000)] == [2000, 1000]


def test_a_promise_grows_until_it_is_sent(booking):
    payment = captured(booking, 4500)
    order(booking, 1000)
    assert [each.amount for each in order(booking, 500)] == [1500]
    Refund.objects.update(state=RefundState.SENDING)
    with pytest.raises(domain.RefundInFlight):
        order(booking, 500)
    Refund.objects.update(state=RefundState.STOPPED)
    assert ledger.refundable(payment) == 3000


@pytest.mark.parametrize("amount", [0, -5, 4501])
def test_a_wrong_amount_is_refused(booking, amount):
    payment = captured(booking, 4500)
    with pytest.raises(ValueError, match="more than"):
        domain.order_refund_of(payment=payment, amount=amount, reason="x", requested_by=None, now=NOW)


def test_who_ordered_it_is_kept(booking):
    captured(booking, 4500)
    assert order(booking, 4500, by=booking.customer)[0].requested_by == booking.customer


def test_it_is_sent_after_the_commit(booking, monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr(refunds, "send", lambda refund, *, now: sent.append(refund.amount))
    captured(booking, 4500)
    with django_capture_on_commit_callbacks(execute=True):
        order(booking, 4500)
        assert sent == []
    assert sent == [4500]


# --- the ledger -------------------------------------------------------------------------------------------


def test_an_entry_is_written_once(booking):
    payment = captured(booking, 4500)
    assert not ledger.enter(payment, EntryKind.CAPTURE, ref=payment.charge_id, amount=4500, now=NOW)
    assert domain.balance(booking) == 4500


def raw(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    "change",
    [
        lambda: LedgerEntry.objects.update(amount=1),
        lambda: LedgerEntry.objects.all().delete(),
        lambda: raw("UPDATE payments_ledgerentry SET amount = 1"),
        lambda: raw("DELETE FROM payments_ledgerentry"),
    ],
    ids=["update", "delete", "raw update", "raw delete"],
)
def test_the_database_refuses_changes(booking, change):
    captured(booking, 4500)
    assert guard.missing(connection) == set()
    with pytest.raises(IntegrityError, match=guard.LEDGER_IS_FINAL), transaction.atomic():
        change()
    assert domain.balance(booking) == 4500


@pytest.mark.parametrize(
    ("kind", "amount"), [("capture", -1), ("capture", 0), ("refund", 1), ("external_refund", 0), ("transfer", 1)]
)
def test_the_database_knows_the_signs(booking, kind, amount):
    payment = captured(booking, 4500)
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerEntry.objects.create(payment=payment, kind=kind, ref="x", amount=amount, at=NOW)


# --- settings ---------------------------------------------------------------------------------------------


def ids(*found):
    return sorted(each.id for some in found for each in some)


def test_an_unknown_gateway(settings):
    settings.PAYMENT_GATEWAY = "piggy-bank"
    assert ids(checks.check_gateway(None)) == ["payments.E001"]
    with pytest.raises(ImproperlyConfigured):
        domain.gateway()


def test_the_simulator_is_fine_here_and_not_in_production():
    assert ids(checks.check_gateway(None), checks.check_keys(None)) == []
    assert ids(checks.check_real(None)) == ["payments.E007", "payments.E009", "payments.E010"]


def test_a_production_that_is_right(settings):
    settings.PAYMENT_GATEWAY, settings.SITE_IS_HTTPS = "moyasar", True
    settings.MOYASAR_SECRET_KEY, settings.MOYASAR_PUBLISHABLE_KEY = "sk_live_x", "pk_live_x"
    settings.MOYASAR_WEBHOOK_SECRET, settings.MOYASAR_API_URL = ["long"], "https://api.moyasar.com/v1"
    assert ids(checks.check_gateway(None), checks.check_keys(None), checks.check_real(None)) == []
    settings.SITE_IS_HTTPS = False
    assert ids(checks.check_keys(None)) == ["payments.E006"]
    settings.PAYMENT_GATEWAY = "simulator"
    assert ids(checks.check_keys(None)) == ["payments.E005", "payments.E006"]


@pytest.mark.parametrize(
    ("secret", "publishable", "wanted"),
    [
        ("", "", []),
        ("pk_test_x", "sk_test_x", ["payments.E003", "payments.E003"]),
        ("sk_live_x", "pk_test_x", ["payments.E004"]),
        ("sk_x", "pk_live_x", ["payments.E003"]),
        ("sk_test_x", "pk_test_x", []),
    ],
)
def test_keys(settings, secret, publishable, wanted):
    settings.PAYMENT_GATEWAY, settings.SITE_IS_HTTPS = "moyasar", True
    settings.MOYASAR_SECRET_KEY, settings.MOYASAR_PUBLISHABLE_KEY = secret, publishable
    assert ids(checks.check_keys(None)) == wanted


def test_missing_keys(settings):
    settings.PAYMENT_GATEWAY = "moyasar"
    settings.MOYASAR_SECRET_KEY = settings.MOYASAR_PUBLISHABLE_KEY = ""
    settings.MOYASAR_WEBHOOK_SECRET = [""]
    assert ids(checks.check_gateway(None)) == ["payments.E002"] * 3


@pytest.mark.parametrize(("days", "wanted"), [(1, ["payments.E017"]), (2, []), (14, []), (15, ["payments.E017"])])
def test_how_long_a_card_is_held_to(settings, days, wanted):
    settings.MOYASAR_HOLD_DAYS = days
    assert ids(checks.check_hold_days(None)) == wanted


def test_a_test_key_in_production(settings):
    settings.PAYMENT_GATEWAY = "moyasar"
    settings.MOYASAR_WEBHOOK_SECRET, settings.MOYASAR_API_URL = ["long"], "https://api.moyasar.com/v1"
    assert ids(checks.check_real(None)) == ["payments.E008"]
