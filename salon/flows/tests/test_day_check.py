"""The gateway's list of one day beside our ledger."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import OperationalError

from salon.bookings.models import Booking
from salon.flows import day_check
from salon.flows.day_check import ZONE, Patience, Unfinished, bounds, compare
from salon.flows.tests.till import paid
from salon.payments import findings
from salon.payments.day_models import DayCheck, Finding
from salon.payments.gateways.base import Unavailable
from salon.payments.models import EntryKind, LedgerEntry, Payment, WebhookEvent
from salon.payments.simulator import sources
from salon.payments.simulator.wire import stamp

pytestmark = pytest.mark.django_db


def today(visit) -> dt.date:
    return visit.clock().astimezone(ZONE).date()


def look(visit, *, day: dt.date | None = None) -> DayCheck:
    """At the day the visit was booked on: half past three next morning, or as late as the clock is by then."""
    day = day or visit.payment.created_at.astimezone(ZONE).date()
    visit.clock.now = max(visit.clock(), bounds(day)[1] + dt.timedelta(hours=3, minutes=30))
    return compare(day=day, now=visit.clock())


def orphan(gateway, *, amount: int = 4500, **marks) -> dict:
    """A charge that only the gateway knows."""
    means = sources.card(number="4201320111111010", name="Somebody Else")
    begun = gateway.bank.begin(
        amount=amount, currency="SAR", means=means, callback_url="https://elsewhere.example/", **marks
    )
    return gateway.finish(begun["id"])


def sums(check: DayCheck) -> tuple[int, ...]:
    return (check.charges, check.taken, check.given_back, check.ledger_taken, check.ledger_given_back)


def found() -> list[tuple[str, str]]:
    return sorted(Finding.objects.filter(resolved_at=None).values_list("kind", "charge_id"))


def questions(visit, since: int) -> list[str]:
    return [path for method, path, _ in visit.gateway.seen[since:] if method == "GET" and path.count("/") > 2]


def test_all_is_well(visit):
    paid(visit)
    day, asked = today(visit), len(visit.gateway.seen)
    check = look(visit)
    assert (check.day, check.gateway) == (day, "simulator")
    assert sums(check) == (1, 4500, 0, 4500, 0)
    assert not Finding.objects.exists()
    assert questions(visit, asked) == [], "the two lists say it all"


def test_no_webhook_and_the_browser_closed(visit):
    """Nobody told us, and nobody would have asked any more."""
    visit.start()
    visit.pay()
    Payment.objects.update(next_sync_at=None)
    assert not WebhookEvent.objects.exists()
    check = look(visit)
    assert visit.status() == "confirmed"
    assert visit.ledger() == [("capture", 4500)]
    assert visit.letters() == ["booked", "owner_new"]
    assert sums(check) == (1, 4500, 0, 4500, 0)
    assert not Finding.objects.exists()


def test_a_card_that_was_declined_is_no_finding(visit):
    visit.start()
    visit.pay(approve=False)
    visit.gateway.begin(visit.invoice_id())
    assert sums(look(visit)) == (0, 0, 0, 0, 0)
    assert not Finding.objects.exists()


def test_a_refund_in_the_dashboard_after_weeks(visit):
    """It is found by the day it was made on, and by the day of the charge too."""
    paid(visit)
    first = today(visit)
    look(visit)
    visit.clock.pass_(days=20)
    Payment.objects.update(next_sync_at=None)
    charge = visit.gateway.payments()[0]["id"]
    visit.gateway.refund_in_dashboard(charge, 1500)
    refunded_on = today(visit)
    assert sums(look(visit, day=refunded_on)) == (0, 0, 0, 0, 0)
    assert visit.ledger() == [("capture", 4500), ("external_refund", -1500)]
    assert sums(look(visit, day=first)) == (1, 4500, 1500, 4500, 1500)
    assert not Finding.objects.exists()


def test_a_gateway_that_lists_by_creation_only(visit, monkeypatch, caplog):
    paid(visit)
    visit.gateway.refund_in_dashboard(visit.gateway.payments()[0]["id"], 1500)

    def everything(*args, **kwargs):
        raise Unavailable("filter")

    monkeypatch.setattr("salon.payments.gateways.moyasar.Moyasar.find_changed", everything)
    assert sums(look(visit)) == (1, 4500, 1500, 4500, 1500)
    assert "does not list by the time of a change" in caplog.text


def test_a_void_within_two_hours(visit):
    paid(visit)
    visit.gateway.void_in_dashboard(visit.gateway.payments()[0]["id"])
    assert sums(look(visit)) == (1, 4500, 4500, 4500, 4500)
    assert visit.ledger() == [("capture", 4500), ("external_refund", -4500)]
    assert not Finding.objects.exists()


def test_a_charge_of_somebody_else(visit):
    charge = orphan(visit.gateway, metadata={"order": "77"})
    check = look(visit)
    assert sums(check) == (1, 4500, 0, 0, 0)
    assert not LedgerEntry.objects.exists()
    row = Finding.objects.get()
    assert (row.kind, row.charge_id, row.payment, row.amount, row.status) == (
        "unknown",
        charge["id"],
        None,
        4500,
        "paid",
    )
    assert row.note.startswith("It carries no mark of ours")
    assert row.charged_at.isoformat(timespec="seconds")[:10] == charge["created_at"][:10]


def test_it_is_noted_once_and_seen_again(visit):
    orphan(visit.gateway)
    look(visit)
    first = Finding.objects.get()
    visit.clock.pass_(days=1)
    look(visit)
    again = Finding.objects.get()
    assert again.found_at == first.found_at
    assert again.seen_at == first.seen_at + dt.timedelta(days=1)
    assert DayCheck.objects.count() == 1


def test_what_an_operator_closed_stays_closed(visit):
    orphan(visit.gateway)
    day = today(visit)
    look(visit)
    row = Finding.objects.get()
    assert findings.close(finding=row, by=visit.shop.owner, words="not ours: the shop next door", now=visit.clock())
    assert not findings.close(finding=row, by=visit.lama, words="too late", now=visit.clock())
    visit.clock.pass_(days=1)
    look(visit, day=day)
    row.refresh_from_db()
    assert (row.resolution, row.resolved_by) == ("not ours: the shop next door", visit.shop.owner)
    assert row.seen_at == visit.clock()


def test_an_older_backup_was_restored(visit):
    """The rows of an hour are gone; the gateway kept all of it. Nothing is invented, somebody must look."""
    lost = uuid.uuid4()
    by_form = orphan(visit.gateway, given_id=str(lost), metadata={"payment_id": str(lost)})
    by_page = visit.gateway.bank.create_invoice(
        {"amount": 9000, "currency": "SAR", "description": "x", "metadata": {"payment_id": str(uuid.uuid4())}}
    )
    on_page = visit.gateway.pay(by_page["id"])
    check = look(visit)
    assert sums(check) == (2, 13500, 0, 0, 0)
    assert found() == sorted([("unknown", by_form["id"]), ("unknown", on_page["id"])])
    assert str(lost) in Finding.objects.get(charge_id=by_form["id"]).note


def test_our_row_forgot_the_page_it_sold(visit):
    """Restored to the moment before the page was written down: the page itself says whose it is."""
    visit.start()
    visit.pay()
    Payment.objects.update(invoice_id="", invoice_url="", state="created", synced_at=None, next_sync_at=None)
    assert sums(look(visit)) == (1, 4500, 0, 4500, 0)
    assert visit.letters(), "and the guest hears of it"
    assert not Finding.objects.exists()


def test_our_page_at_another_amount(visit):
    """It can never be counted; the finding says what each side thinks."""
    visit.start()
    charge = visit.pay()
    visit.gateway.tamper_invoice(visit.invoice_id(), amount=4400)
    visit.gateway.tamper_payment(charge["id"], amount=4400)
    check = look(visit)
    assert sums(check) == (1, 4400, 0, 0, 0)
    row = Finding.objects.get()
    assert (row.kind, row.payment) == ("differs", visit.payment)
    assert row.note == "The gateway says 44 in and 0 back, the ledger 0 in and 0 back. The invoice is over 4400 SAR."
    assert visit.status() == "held"


def test_less_at_the_gateway_than_here_and_put_right_by_itself(visit):
    paid(visit)
    day, charge = today(visit), visit.gateway.payments()[0]["id"]
    visit.gateway.tamper_payment(charge, status="failed")
    check = look(visit)
    assert sums(check) == (0, 0, 0, 4500, 0)
    assert found() == [("differs", charge)]
    visit.gateway.tamper_payment(charge, status="paid")
    look(visit)
    assert sums(look(visit, day=day)) == (1, 4500, 0, 4500, 0)
    row = Finding.objects.get()
    assert (row.resolution, row.resolved_by) == (findings.PUT_RIGHT, None)
    assert row.resolved_at == visit.clock()


def test_it_comes_back(visit):
    paid(visit)
    charge, day = visit.gateway.payments()[0]["id"], today(visit)
    for status in ("failed", "paid", "failed"):
        visit.gateway.tamper_payment(charge, status=status)
        look(visit, day=day)
        visit.clock.pass_(days=1)
    row = Finding.objects.get()
    assert (row.resolved_at, row.resolution) == (None, "")


def test_the_gateway_lost_it(visit):
    paid(visit)
    day, charge = today(visit), visit.gateway.payments()[0]
    visit.gateway.tamper_payment(charge["id"], created_at=stamp(visit.clock() - dt.timedelta(days=3)))
    assert sums(look(visit)) == (0, 0, 0, 0, 0), "it is asked for by name, and is another day's"
    assert not Finding.objects.exists()
    visit.gateway._store._db.execute("DELETE FROM docs WHERE id = ?", (charge["id"],))
    assert sums(look(visit, day=day)) == (0, 0, 0, 4500, 0)
    assert found() == [("missing", charge["id"])]
    assert "4" in Finding.objects.get().note
    visit.gateway.bank._store.put("payment", charge)
    look(visit, day=day)
    assert found() == []


def test_three_pages(visit):
    number = 95
    for _ in range(number):
        visit.clock.pass_(seconds=20)
        orphan(visit.gateway, amount=1000)
    asked = len(visit.gateway.seen)
    assert sums(look(visit)) == (number, number * 1000, 0, 0, 0)
    assert Finding.objects.count() == number
    assert [path for _, path, _ in visit.gateway.seen[asked:]] == ["/v1/payments"] * 6, (
        "three pages of the day, three of what was touched in it"
    )


def test_the_first_and_the_last_moment_of_a_day(visit):
    start, end = bounds(today(visit))
    ms = dt.timedelta(milliseconds=1)
    at = {}
    for moment in (start - ms, start, start + ms, end - ms, end):
        visit.clock.now = moment
        at[moment] = orphan(visit.gateway, amount=1000)["id"]
    look(visit, day=start.astimezone(ZONE).date())
    inside = {at[start], at[start + ms], at[end - ms]}
    assert {charge for _, charge in found()} == inside
    look(visit, day=start.astimezone(ZONE).date() - dt.timedelta(days=1))
    look(visit, day=end.astimezone(ZONE).date())
    assert {charge for _, charge in found()} == set(at.values()), "no moment belongs to no day"


def test_begun_before_midnight_and_paid_after_it(visit):
    day = today(visit)
    visit.clock.now = bounds(day)[1] - dt.timedelta(minutes=5)
    Payment.objects.update(created_at=visit.clock(), expires_at=visit.clock.now + dt.timedelta(minutes=10))
    Booking.objects.update(expires_at=visit.clock.now + dt.timedelta(minutes=10))
    visit.start()
    visit.clock.pass_(minutes=7)
    visit.pay()
    visit.settle()
    assert sums(look(visit, day=day)) == (0, 0, 0, 0, 0)
    assert sums(look(visit, day=day + dt.timedelta(days=1))) == (1, 4500, 0, 4500, 0)
    assert not Finding.objects.exists()


@pytest.mark.parametrize("kind", ["500", "429", "html403", "timeout", "truncated", "nan", "empty"])
def test_the_second_page_fails(visit, settings, kind, monkeypatch):
    """Half a list is no list: nothing is called missing, and the day is not done."""
    monkeypatch.setattr("salon.core.http.TIMEOUT", (3, 0.3))
    for _ in range(50):
        orphan(visit.gateway, amount=1000)
    visit.gateway.fault("list", "wrong_currency")  # the first page passes: one charge in dollars
    visit.gateway.fault("list", kind, seconds=0.5)
    with pytest.raises(Unavailable):
        look(visit)
    assert not DayCheck.objects.exists()
    assert not Finding.objects.exists()
    assert look(visit).charges == 50
    assert Finding.objects.count() == 50


def test_one_charge_without_an_answer_stops_no_other(visit):
    visit.start()
    visit.pay()
    stranger = orphan(visit.gateway)
    visit.gateway.fault("fetch_invoice", "500")
    with pytest.raises(Unavailable):
        look(visit)
    assert not DayCheck.objects.exists(), "the day is not done"
    assert found() == [("unknown", stranger["id"])]
    assert sums(look(visit)) == (2, 9000, 0, 4500, 0)
    assert found() == [("unknown", stranger["id"])]


def test_a_busy_database_is_trouble_too(visit, monkeypatch):
    visit.start()
    visit.pay()

    def busy(**kwargs):
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(day_check, "settle", busy)
        with pytest.raises(OperationalError):
            look(visit)
    assert look(visit).ledger_taken == 4500


def test_out_of_questions(visit):
    visit.start()
    visit.pay()
    with pytest.raises(Unfinished):
        compare(day=today(visit), now=visit.clock(), patience=Patience(questions=0))
    assert not DayCheck.objects.exists()
    with pytest.raises(Unfinished):
        Patience(until=0.0).ask()


def test_a_refund_on_its_way_is_no_finding(visit):
    paid(visit)
    charge = visit.gateway.payments()[0]["id"]
    visit.payment.refunds.create(
        amount=1000, reason="x", state="sending", before=0, attempts=1, created_at=visit.clock(), next_at=visit.clock()
    )
    visit.gateway.refund_in_dashboard(charge, 500)
    look(visit)
    assert not Finding.objects.exists()


def test_the_counter_and_other_gateways_are_not_asked_for(visit):
    paid(visit)
    Payment.objects.update(gateway="moyasar")
    assert look(visit).ledger_taken == 0
    assert {row.kind for row in Finding.objects.all()} == {"unknown"}


def test_money_moved_to_another_visit_is_still_with_us(visit):
    paid(visit)
    LedgerEntry.objects.create(payment=visit.payment, kind=EntryKind.TRANSFER, ref="x", amount=-4500, at=visit.clock())
    assert sums(look(visit)) == (1, 4500, 0, 4500, 0)
    assert not Finding.objects.exists()


def test_two_charges_on_one_page(visit):
    """The second has a row of its own once it is settled; both are counted."""
    visit.start()
    first, second = (visit.gateway.begin(visit.invoice_id()) for _ in range(2))
    visit.gateway.finish(first["id"])
    visit.gateway.tamper_invoice(visit.invoice_id(), status="initiated")
    visit.gateway.finish(second["id"])
    Payment.objects.update(next_sync_at=None)
    check = look(visit)
    assert (check.charges, check.taken, check.ledger_taken) == (2, 9000, 9000)
    assert not Finding.objects.exists()
    assert [amount for amount, _ in visit.refunds()] == [4500]


def test_a_day_in_queries(visit, django_assert_max_num_queries):
    """Where all is well, their number does not grow with the charges."""
    paid(visit)
    for count in (0, 60):
        for _ in range(count):
            charge = orphan(visit.gateway)
            row = Payment.objects.create(
                booking=visit.booking,
                amount=4500,
                gateway="simulator",
                state="paid",
                charge_id=charge["id"],
                expires_at=visit.clock(),
                created_at=visit.payment.created_at,
            )
            LedgerEntry.objects.create(payment=row, kind="capture", ref=charge["id"], amount=4500, at=visit.clock())
        now = bounds(today(visit))[1] + dt.timedelta(hours=4)
        with django_assert_max_num_queries(11):
            assert compare(day=today(visit), now=now).charges == count + 1
