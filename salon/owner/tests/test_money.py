"""The office's money pages: figures of the salon's own days, one payment, and the file for a spreadsheet."""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import uuid

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from salon.owner import money_asked
from salon.owner.tests.office import NOON, PARTIAL, Office, book, colleague
from salon.payments import counter, ledger
from salon.payments.models import EntryKind, MethodKind, Payment, PaymentState, Refund
from salon.salons.models import Role, Salon
from salon.tests.people import at, rose


def pay(booking, amount: int = 11500, when: dt.datetime = NOON, method: str = "mada", **extra) -> Payment:
    fields = {"state": PaymentState.PAID, "gateway": "simulator", "expires_at": when, "created_at": when}
    payment = Payment.objects.create(booking=booking, amount=amount, method_kind=method, **(fields | extra))
    if payment.state == PaymentState.PAID:
        with transaction.atomic():
            ledger.enter(payment, EntryKind.CAPTURE, ref="c", amount=amount, now=when)
    return payment


def give_back(payment: Payment, amount: int, when: dt.datetime = NOON) -> Refund:
    with transaction.atomic():
        refund = Refund.objects.create(
            payment=payment, amount=amount, reason="لون آخر", state="done", created_at=when, done_at=when
        )
        ledger.enter(payment, EntryKind.REFUND, ref=str(refund.pk), amount=-amount, now=when)
    return refund


@pytest.fixture
def taxed(shop):
    Salon.objects.filter(pk=shop.salon.pk).update(vat_number="310122393500003")
    return shop


@pytest.fixture
def paid(taxed, visit):
    return pay(visit)


def money(office: Office, query: str = "", **headers: str):
    return office.client.get(f"{office.root}money/{query}", headers=headers)


def text(answer) -> str:
    return html.unescape(answer.content.decode())


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_month_is_shown(shop, paid, visit, language):
    give_back(paid, 2300)
    pay(book(shop, "15:00", customer=shop.lama), 5000, at("2026-11-02", "09:00"), "cash")
    hind = Office(shop.owner, language)
    answer = money(hind)
    page = text(answer)
    assert answer.status_code == 200
    assert answer.context["total"].net == 11500 - 2300 + 5000
    assert [day for day, _ in answer.context["days"]] == [dt.date(2026, 11, 24), dt.date(2026, 11, 2)]
    assert [figures.net for _, figures in answer.context["methods"]] == [9200, 5000]
    assert f"{hind.root}money/{paid.pk}/" in page
    assert visit.reference in page
    assert "142" in page


@pytest.mark.parametrize(
    ("query", "first", "last", "preset"),
    [
        ("?range=today", "2026-11-24", "2026-11-24", "today"),
        ("?range=yesterday", "2026-11-23", "2026-11-23", "yesterday"),
        ("?range=week", "2026-11-22", "2026-11-24", "week"),
        ("?range=month", "2026-11-01", "2026-11-24", "month"),
        ("", "2026-11-01", "2026-11-24", "month"),
        ("?from=2026-11-22&to=2026-11-24", "2026-11-22", "2026-11-24", "week"),
        ("?from=2026-10-05&to=2026-10-20", "2026-10-05", "2026-10-20", ""),
        ("?from=2026-10-20&to=2026-10-05", "2026-10-05", "2026-10-20", ""),
        ("?from=٢٠٢٦-١٠-٠٥", "2026-10-05", "2026-10-05", ""),
        ("?to=2027-01-01&from=2026-11-24", "2026-11-24", "2026-11-24", "today"),
        ("?from=2020-01-01&to=2026-11-24", "2025-11-24", "2026-11-24", ""),
    ],
)
def test_days_are_read_from_the_address(hind, query, first, last, preset):
    asked = money(hind, query).context["asked"]
    assert (str(asked.first), str(asked.last), asked.preset) == (first, last, preset)


@pytest.mark.parametrize(
    "query",
    [
        "?from=tomorrow",
        "?from=0001-01-01&to=9999-12-31",
        "?from=2026-13-45&to=x",
        "?range=always&page=0",
        "?page=-1&method=gold&state=rich",
        "?page=99999999999999999999&from=%00&state=%00",
    ],
)
def test_nothing_typed_there_is_an_error(hind, paid, query):
    assert money(hind, query).status_code == 200
    assert hind.client.get(f"{hind.root}money/csv/{query}").status_code == 200


def test_the_week_begins_on_sunday():
    sunday = dt.date(2026, 11, 22)
    for days in range(7):
        today = sunday + dt.timedelta(days=days)
        assert money_asked._presets(today)["week"] == (sunday, today)


def test_payments_are_narrowed_by_method_and_state(hind, shop, paid, lama):
    cash = pay(book(shop, "15:00", customer=lama), method="cash")
    failed = pay(book(shop, "16:00", customer=lama), method="mada", state="failed")
    assert set(money(hind).context["page"].object_list) == {paid, cash, failed}
    assert list(money(hind, "?method=cash").context["page"].object_list) == [cash]
    narrowed = money(hind, "?method=mada&state=failed")
    assert list(narrowed.context["page"].object_list) == [failed]
    assert narrowed.context["total"].taken == 23000, "filters narrow the list, not the figures"
    assert "No payment of these days fits" in text(money(hind, "?state=mismatch"))


def test_a_region_for_htmx(hind, paid):
    answer = money(hind, "?range=today", **PARTIAL)
    page = text(answer)
    assert page.strip().startswith("<div")
    assert 'id="takings"' in page
    assert "data-announce=" in page
    assert "HX-Request" in answer["Vary"]
    assert "<!doctype" in text(money(hind, "?range=today"))


def test_pages_of_payments(hind, shop, lama):
    visit = book(shop, "15:00", customer=lama)
    for number in range(27):
        pay(visit, 100 + number, NOON - dt.timedelta(minutes=number), "cash", checkout="counter")
    assert len(money(hind).context["page"].object_list) == 25
    second = money(hind, "?range=month&method=cash&page=2")
    assert len(second.context["page"].object_list) == 2
    assert "range=month&method=cash&page=1" in text(second)


def test_queries_do_not_grow(hind, shop, paid, lama):
    hind.client.get(hind.root)
    with CaptureQueriesContext(
        connection,
    ) as few:
        money(hind)
    for number in range(8):
        each = pay(book(shop, f"{14 + number}:30", customer=lama), 5000, NOON - dt.timedelta(days=number), "visa")
        give_back(each, 100)
    with CaptureQueriesContext(connection) as many:
        money(hind)
    assert len(few) == len(many) == 8  # session, person, memberships; figures, waiting (2), count, page


def test_what_waits(hind, shop, paid, lama):
    Refund.objects.create(payment=paid, amount=700, reason="x", state="stopped", created_at=NOON)
    pay(book(shop, "15:00", customer=lama), 9900, state="authorized", checkout="form", hold=True, hold_ends_at=NOON)
    page = text(money(hind))
    assert "Reserved on cards" in page
    assert "Refunds on their way" in page
    assert "wait for our team" in page


ROLES = [(Role.OWNER, 200), (Role.MANAGER, 200), (Role.RECEPTION, 200), (Role.STYLIST, 404)]


@pytest.mark.parametrize(("role", "status"), ROLES)
def test_who_sees_takings_sees_it(shop, paid, role, status):
    reem = Office(colleague(shop.salon, role))
    for path in ("money/", "money/csv/", f"money/{paid.pk}/"):
        assert reem.client.get(f"{reem.root}{path}").status_code == status
    assert (f"{reem.root}money/" in text(reem.client.get(reem.root))) == (status == 200)


def test_a_rival_sees_nothing_of_it(hind, paid, visit):
    rival = Office(rose(slug="jasmine").owner)
    assert rival.client.get(f"{rival.root}money/{paid.pk}/").status_code == 404
    page = money(rival)
    assert page.context["total"].taken == 0
    assert visit.reference not in text(page)
    assert rows_of(rival.client.get(f"{rival.root}money/csv/")) == []
    assert hind.client.get(f"{hind.root}money/{uuid.uuid4()}/").status_code == 404
    assert hind.client.get(f"{hind.root}money/nonsense/").status_code == 404


def test_strangers_guests_and_wrong_methods(hind, paid, lama):
    for path in ("money/", "money/csv/", f"money/{paid.pk}/"):
        assert Office(None).client.get(f"{hind.root}{path}").status_code == 302
        assert Office(lama).client.get(f"{hind.root}{path}").status_code == 403
        assert hind.client.post(f"{hind.root}{path}").status_code == 405
    assert Office(None).client.get(f"{hind.root}money/", headers=PARTIAL).status_code == 401


# --- one payment -----------------------------------------------------------------------------------------


def test_one_payment_with_all_that_belongs_to_it(hind, paid, visit):
    refund = give_back(paid, 2300)
    Refund.objects.filter(pk=refund.pk).update(requested_by=hind_user(visit))
    Payment.objects.filter(pk=paid.pk).update(charge_id="pay_123", invoice_url="https://pay.example/secret")
    page = text(hind.client.get(f"{hind.root}money/{paid.pk}/"))
    for said in ("INV-1", "CRN-1", "لون آخر", "هند", "pay_123", hind.page(visit), "92", "The money came in."):
        assert said in page
    assert "pay.example" not in page


def hind_user(visit):
    user = visit.salon.memberships.get(role=Role.OWNER).user
    user.name = "هند"
    user.save()
    return user


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"state": "mismatch"}, "does not fit what was asked for"),
        ({"state": "mismatch"}, "do not take this money a second time"),
        ({"state": "failed"}, "The bank refused it"),
        ({"state": "expired"}, "time to pay ran out"),
        ({"state": "cancelled"}, "not needed any more"),
        ({"state": "created", "expires_at": NOON + dt.timedelta(minutes=10)}, "12:10 PM to pay"),
        ({"state": "initiated", "expires_at": NOON}, "has run out"),
        (
            {"state": "authorized", "checkout": "form", "hold": True, "hold_ends_at": at("2026-11-25", "18:30")},
            "Reserved on the card until Wednesday 25 November, 6:30 PM.",
        ),
        ({"state": "authorized", "checkout": "form", "hold": True, "wish": "void"}, "is being released"),
        (
            {"state": "authorized", "checkout": "form", "hold": True, "wish": "capture", "wish_amount": 100},
            "is being taken",
        ),
        ({"state": "authorized", "checkout": "form", "hold": True}, "Reserved on the card."),
        ({"state": "expired", "checkout": "form", "hold": True}, "Nothing is reserved on the card any more"),
    ],
)
def test_where_it_stands_in_words(hind, visit, fields, said):
    payment = pay(visit, **fields)
    page = text(hind.client.get(f"{hind.root}money/{payment.pk}/"))
    assert said in page
    assert "No money has moved." in page


def test_a_stopped_refund_is_said(hind, paid):
    Refund.objects.create(payment=paid, amount=700, reason="x", state="stopped", created_at=NOON)
    assert "Our team looks into it" in text(hind.client.get(f"{hind.root}money/{paid.pk}/"))


def test_taken_at_the_counter(hind, shop, visit):
    with transaction.atomic():
        payment = counter.record(
            booking=visit, amount=5000, method_kind=MethodKind.CASH, key=uuid.uuid4(), recorded_by=shop.owner, now=NOON
        )
    page = text(hind.client.get(f"{hind.root}money/{payment.pk}/"))
    assert "It was taken at the salon." in page
    assert "Cash" in page


# --- the file ----------------------------------------------------------------------------------------------


def rows_of(answer) -> list[list[str]]:
    whole = b"".join(answer.streaming_content)
    assert whole.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(whole.decode("utf-8-sig"))))[1:]


def test_the_file_is_the_ledger(hind, paid, visit):
    give_back(paid, 2300, NOON + dt.timedelta(minutes=5))
    answer = hind.client.get(f"{hind.root}money/csv/?from=2026-11-24&to=2026-11-24&method=cash")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="money-rose-2026-11-24-2026-11-24.csv"'
    assert rows_of(answer) == [
        ["2026-11-24", "12:00", visit.reference, "money in", "mada", "115.00", "15.00", "INV-1", str(paid.pk)],
        ["2026-11-24", "12:05", visit.reference, "refund", "mada", "-23.00", "-3.00", "CRN-1", str(paid.pk)],
    ]


def test_the_file_speaks_the_readers_language(shop, paid):
    hind = Office(shop.owner, "ar")
    whole = b"".join(hind.client.get(f"{hind.root}money/csv/").streaming_content).decode("utf-8-sig")
    assert "مبلغ وارد" in whole


def test_a_long_file_takes_no_more_queries(hind, shop, paid, lama):
    hind.client.get(hind.root)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            list(hind.client.get(f"{hind.root}money/csv/").streaming_content)
        return len(seen)

    few = queries()
    for number in range(6):
        pay(book(shop, f"{14 + number}:30", customer=lama), 5000, NOON - dt.timedelta(days=number))
    assert queries() == few
