"""Operators see what people asked about their data and by when, and carry a deletion out or read why not."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from salon.accounts.models import Consent, DataRequest, DataRequestState, User
from salon.bookings.models import ActorKind
from salon.flows import booking as visits
from salon.flows import data_rights
from salon.owner import admin_data_requests
from salon.tests.chairs import NOW, booked
from salon.tests.people import enter, person, rose

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/en/admin/accounts/datarequest/"
DAY = dt.timedelta(days=1)


@pytest.fixture
def shop():
    return rose()


@pytest.fixture
def lama():
    return person("Lama", "+966551234567")


@pytest.fixture
def operator(client):
    enter(client, person("Faisal", is_staff=True, is_superuser=True))
    return client


def request_of(user, *, days_ago=0, state=DataRequestState.OPEN, kind="deletion"):
    then = timezone.now() - days_ago * DAY
    closed = None if state == DataRequestState.OPEN else timezone.now()
    return DataRequest.objects.create(
        user=user, kind=kind, state=state, requested_at=then, due_at=then + 30 * DAY, closed_at=closed
    )


def press(client, *rows):
    answer = client.post(LIST, {"action": "carry_out", "_selected_action": [row.pk for row in rows]}, follow=True)
    return answer.content.decode()


def test_the_due_date_is_shown_and_an_overdue_one_is_marked(operator, lama):
    fresh, late = request_of(lama), request_of(person("Reem"), days_ago=31)
    page = operator.get(LIST).content.decode()
    assert timezone.localtime(fresh.due_at).date().isoformat() in page
    assert page.count("⚠ overdue") == 1
    assert page.index("Reem") < page.index("Lama")  # the most pressing first
    page = operator.get("/en/admin/accounts/datarequest/?overdue=yes").content.decode()
    assert "Reem" in page
    assert "Lama" not in page
    assert operator.get(f"/en/admin/accounts/datarequest/{late.pk}/change/").status_code == 200


def test_closed_ones_come_last_and_are_never_overdue(operator, lama):
    request_of(person("Reem"), days_ago=90, state=DataRequestState.DONE, kind="export")
    request_of(lama)
    page = operator.get(LIST).content.decode()
    assert "overdue</strong>" not in page
    assert page.index("Lama") < page.index("Reem")


@pytest.mark.parametrize("typed", ["0551234567", "٠٥٥١٢٣٤٥٦٧", "Lama"])
def test_found_by_number_and_name(operator, lama, typed):
    request_of(lama)
    assert "+966551234567" in operator.get("/en/admin/accounts/datarequest/", {"q": typed}).content.decode()


def test_carried_out(operator, lama):
    row = request_of(lama)
    assert "1 account was deleted." in press(operator, row)
    row.refresh_from_db()
    assert row.state == DataRequestState.DONE
    page = operator.get(LIST).content.decode()
    assert "deleted account" in page
    assert "None" not in page.split("result_list")[1].split("</table>")[0]
    assert operator.get(f"/en/admin/accounts/user/{lama.pk}/change/").status_code == 200


def test_refused_with_the_reason(operator, lama, shop, monkeypatch):
    monkeypatch.setattr(admin_data_requests, "timezone", SimpleNamespace(now=lambda: NOW))
    booking = booked(shop, lama)
    row, owners = request_of(lama), request_of(shop.owner)
    page = press(operator, row, owners)
    assert f"Lama: there is a booking ahead ({booking.reference})" in page
    assert "Hind: the person works in a salon" in page
    assert DataRequest.objects.filter(state="open").count() == 2
    assert User.objects.get(pk=lama.pk).name == "Lama"


def test_what_is_closed_or_a_copy_stays_as_it_is(operator, lama):
    rows = request_of(lama, state=DataRequestState.WITHDRAWN), request_of(lama, kind="export")
    assert "None of these is an open request for deletion." in press(operator, *rows)
    assert User.objects.get(pk=lama.pk).name == "Lama"


def test_who_may_only_look_must_not_act(client, lama):
    looker = person("Abdullah", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_datarequest"))
    enter(client, looker)
    row = request_of(lama)
    assert "carry_out" not in client.get(LIST).content.decode()
    press(client, row)
    assert User.objects.get(pk=lama.pk).name == "Lama"


def test_consents_and_requests_are_never_edited(operator, lama):
    Consent.objects.create(
        user=lama, purpose="marketing_sms", granted=True, text_version="2026-11", language="ar", at=timezone.now()
    )
    for model in ("consent", "datarequest"):
        assert operator.get(f"/en/admin/accounts/{model}/add/").status_code == 403
    page = operator.get("/en/admin/accounts/consent/").content.decode()
    assert "+966551234567" in page


def test_a_deleted_guest_breaks_no_page_of_the_salon_and_none_of_the_administration(client, lama, shop):
    """Called off, so that it may be deleted, and a visit that is over; both stay in the books."""
    gone = booked(shop, lama)
    visits.cancel(booking=gone, actor=lama, by=ActorKind.GUEST, now=NOW)
    over = booked(shop, lama)
    data_rights.ask_deletion(user=lama, now=over.ends_at)
    lama.refresh_from_db()
    assert lama.phone is None

    enter(client, shop.owner)
    day = f"?day={over.business_day}"
    for path in (f"/en/owner/{day}", f"/en/owner/bookings/{over.reference}/", f"/en/owner/bookings/{gone.reference}/"):
        page = client.get(path).content.decode()
        assert "Lama" not in page
        assert "tel:" not in page
        assert "None" not in page
        if gone.reference not in path:
            assert "deleted account" in page

    enter(client, person("Faisal", is_staff=True, is_superuser=True))
    for path in (
        *("accounts/user/", f"accounts/user/{lama.pk}/change/", "bookings/booking/"),
        *(f"bookings/booking/{over.pk}/change/", "notifications/notification/", "payments/payment/"),
    ):
        response = client.get(f"/en/admin/{path}")
        assert response.status_code == 200, path
        assert "Lama" not in response.content.decode()
    assert "deleted account" in client.get("/en/admin/bookings/booking/").content.decode()
