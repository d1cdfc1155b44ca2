"""One's own: who I am and my visits, for me and for nobody else."""

from __future__ import annotations

import datetime as dt
from itertools import chain
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db.models import F
from django.test import Client
from django.utils import timezone

from salon.accounts.models import User
from salon.api.tests.app import LAMA, REEM, App
from salon.api.tests.visits import booked, held
from salon.bookings.models import ActorKind, Booking
from salon.flows import booking as flow
from salon.flows import data_rights
from salon.payments.models import EntryKind, LedgerEntry, Payment, PaymentState
from salon.salons.models import Variant
from salon.tests.people import person, rose

pytestmark = pytest.mark.django_db

MINE = "/api/v1/me/bookings"


@pytest.fixture
def shop() -> SimpleNamespace:
    return rose()


@pytest.fixture
def lama(app) -> User:
    person("Lama", LAMA)
    app.sign_in()
    return User.objects.get(phone=LAMA)


@pytest.fixture
def reem(inbox, lama) -> App:
    """A rival: signed in as somebody else."""
    cache.clear()
    app = App(inbox)
    app.sign_in(REEM)
    return app


def cancel(booking: Booking, guest: User) -> Booking:
    return flow.cancel(booking=booking, actor=guest, by=ActorKind.GUEST, reason="", now=timezone.now())


def moved(booking: Booking, days: int) -> Booking:
    """As if it had been made for `days` later."""
    shift = dt.timedelta(days=days)
    Booking.objects.filter(pk=booking.pk).update(starts_at=F("starts_at") + shift, ends_at=F("ends_at") + shift)
    return booking


def references(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [each["reference"] for each in answer.json()["bookings"]]


def all_pages(app: App, path: str) -> list[list[str]]:
    pages, url = [], path
    while url:
        answer = app.call("GET", url.removeprefix("http://testserver"))
        pages.append(references(answer))
        url = answer.json()["next"]
    return pages


# --- who I am -----------------------------------------------------------------------------------------------


def test_who_i_am(app, lama, django_assert_num_queries):
    with django_assert_num_queries(2):
        answer = app.me()
    assert answer.json() == {
        "id": str(lama.pk),
        "phone": LAMA,
        "name": "Lama",
        "language": "ar",
        "code_channel": "",
        "letter_channel": "",
    }
    assert answer["Cache-Control"] == "private, no-store"
    assert "Authorization" in answer["Vary"]
    assert "Access-Control-Allow-Origin" not in answer


@pytest.mark.parametrize("path", ["/api/v1/me", MINE, f"{MINE}/ABC234"])
def test_nobody_without_a_token(client, lama, path):
    client.force_login(lama)  # a cookie is no token
    answer = client.get(path)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 401
    assert client.patch(path).status_code in {401, 405}


def test_changing_what_is_given(app, lama):
    answer = app.call("PATCH", "/api/v1/me", {"name": "  لمى \u202e العتيبي  ", "language": "en"})
    assert (answer.status_code, answer.json()["name"], answer.json()["language"]) == (200, "لمى العتيبي", "en")
    answer = app.call("PATCH", "/api/v1/me", {"code_channel": "whatsapp"})
    assert (answer.json()["name"], answer.json()["code_channel"]) == ("لمى العتيبي", "whatsapp")
    lama.refresh_from_db()
    assert (lama.name, lama.language, lama.code_channel, str(lama.phone)) == ("لمى العتيبي", "en", "whatsapp", LAMA)
    assert app.call("PATCH", "/api/v1/me", {}).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""}, {"name": " \u200b "}, {"name": "x" * 81}, {"name": "x" * 5000}, {"name": 5}, {"name": ["a"]},
        {"name": "\ud800"}, {"language": "fr"}, {"language": ""}, {"code_channel": "pigeon"}, {"letter_channel": 5},
        {"phone": REEM}, {"is_staff": True}, {"id": "x"}, {"letter_channel": "whatsapp"},
    ],
)  # fmt: skip
def test_what_cannot_be_changed_is_a_problem(app, lama, settings, change):
    settings.NOTIFICATION_CHANNELS = ["sms"]
    before = User.objects.values().get(pk=lama.pk)
    answer = app.call("PATCH", "/api/v1/me", change)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert answer.json()["errors"]
    assert User.objects.values().get(pk=lama.pk) == before


@pytest.mark.parametrize("body", [b"", b"[", b"[]", b"5", b"\xff", b"[" * 100_000, b'{"name": "a\\u0000b"}'])
def test_a_change_that_cannot_be_read(app, lama, body):
    answer = app.client.generic(
        "PATCH", "/api/v1/me", body, content_type="application/json", headers={"Authorization": f"Bearer {app.access}"}
    )
    assert answer.status_code in {200, 400, 422}
    assert "\0" not in User.objects.get(pk=lama.pk).name


def test_a_deleted_account_does_not_get_its_name_back(app, lama, monkeypatch):
    """The account ends while the app's change is under way."""

    def meanwhile(text, _length):
        assert data_rights.ask_deletion(user=lama, now=timezone.now()).is_done
        return text

    monkeypatch.setattr("salon.api.me.clean_line", meanwhile)
    assert app.call("PATCH", "/api/v1/me", {"name": "Lama Alotaibi"}).status_code == 401
    lama.refresh_from_db()
    assert (lama.name, lama.phone) == ("", None)


# --- my visits ----------------------------------------------------------------------------------------------


def test_a_visit_tells_place_times_people_and_money(app, lama, shop, django_assert_num_queries):
    booking = booked(shop, lama, clock="16:30")
    with django_assert_num_queries(4):
        answer = app.call("GET", MINE, **{"Accept-Language": "en"})
    row = answer.json()["bookings"][0]
    day = booking.business_day.isoformat()
    assert answer.json()["next"] is None
    assert (row["reference"], row["status"], row["price"]) == (booking.reference, "confirmed", 18000)
    assert (row["starts_at"], row["ends_at"]) == (f"{day}T16:30:00+03:00", f"{day}T17:30:00+03:00")
    assert row["salon"] == {
        "slug": "rose",
        "name": "Touch of Rose",
        "city": {"slug": "riyadh", "name": "Riyadh"},
        "district": {"slug": "malqa", "name": "Al Malqa"},
        "zone": "Asia/Riyadh",
    }
    service = row["services"][0]
    assert service.pop("staff") in {shop.noura.pk, shop.reem.pk}
    assert service.pop("staff_name") in {"Noura", "Reem"}
    assert service == {
        "service": str(shop.cut.pk),
        "name": "Cut and blow-dry",
        "variant": "",
        "starts_at": f"{day}T16:30:00+03:00",
        "minutes": 60,
        "price": 18000,
    }
    arabic = app.call("GET", MINE).json()["bookings"][0]
    assert (arabic["salon"]["name"], arabic["services"][0]["name"]) == ("لمسة ورد", "قص وتصفيف")


def test_one_visit_with_what_was_paid(app, lama, shop, django_assert_num_queries):
    booking = booked(shop, lama)
    payment = Payment.objects.create(
        booking=booking, amount=4500, state=PaymentState.PAID, gateway="simulator", charge_id="c1",
        expires_at=timezone.now(), created_at=timezone.now(),
    )  # fmt: skip
    for kind, ref, amount in ((EntryKind.CAPTURE, "c1", 4500), (EntryKind.REFUND, "r1", -1500)):
        LedgerEntry.objects.create(payment=payment, kind=kind, ref=ref, amount=amount, at=timezone.now())
    with django_assert_num_queries(5):
        answer = app.call("GET", f"{MINE}/{booking.reference.lower()}")
    told = answer.json()
    assert (told["paid"], told["due_when_booking"], told["note"]) == (3000, 0, "by the window")
    assert told["free_until"].endswith("T16:30:00+03:00")
    assert told["expires_at"] is None
    assert told["salon"]["point"] is None
    assert told["url"] == f"http://testserver/bookings/{booking.reference}/"


def test_a_variant_is_named_as_availability_asks_for_it(app, lama, shop):
    long = Variant.objects.create(service=shop.cut, name_ar="طويل", name_en="Long", price=25000, minutes=90)
    booked(shop, lama, services=(long,))
    service = app.call("GET", MINE, **{"Accept-Language": "en"}).json()["bookings"][0]["services"][0]
    assert (service["service"], service["variant"]) == (f"{shop.cut.pk}-{long.pk}", "Long")
    assert (service["price"], service["minutes"]) == (25000, 90)


def test_the_tabs_are_those_of_the_page(app, lama, shop):
    ahead = booked(shop, lama, days=2)
    later = booked(shop, lama, days=3)
    gone = moved(booked(shop, lama, days=1), -3)
    older = moved(booked(shop, lama, days=4), -30)
    off = cancel(booked(shop, lama, days=5), lama)
    hold = held(shop, lama, days=6)
    assert references(app.call("GET", MINE)) == [ahead.reference, later.reference]
    assert references(app.call("GET", f"{MINE}?tab=past")) == [gone.reference, older.reference]
    assert references(app.call("GET", f"{MINE}?tab=cancelled")) == [off.reference]
    assert app.call("GET", f"{MINE}/{hold.reference}").status_code == 404  # looked at, never placed
    Booking.objects.filter(pk=hold.pk).update(due_now=4500)
    assert hold.reference in references(app.call("GET", MINE))
    told = app.call("GET", f"{MINE}/{hold.reference}").json()
    assert (told["status"], told["due_when_booking"]) == ("held", 4500)
    assert told["expires_at"].endswith("+03:00")


@pytest.mark.parametrize("tab", ["upcoming", "past", "cancelled"])
def test_lists_go_on_where_they_ended_whatever_comes_between(app, lama, shop, tab):
    made = [booked(shop, lama, days=1 + number, clock="12:00") for number in range(5)]
    if tab == "past":
        made = [moved(booking, -30) for booking in made]
    if tab == "cancelled":
        made = [cancel(booking, lama) for booking in made]
    moved(made[1], 1)  # the same start as the next one: the key decides
    pages = all_pages(app, f"{MINE}?tab={tab}&limit=2")
    assert [len(page) for page in pages] == [2, 2, 1]
    told = list(chain.from_iterable(pages))
    assert sorted(told) == sorted(booking.reference for booking in made)
    assert told == references(app.call("GET", f"{MINE}?tab={tab}"))


def test_the_number_of_queries_does_not_grow(app, lama, shop, django_assert_num_queries):
    for days in range(1, 9):
        booked(shop, lama, days=days)
    with django_assert_num_queries(4):
        assert len(references(app.call("GET", MINE))) == 8


@pytest.mark.parametrize(
    "query",
    ["tab=all", "limit=0", "limit=101", "limit=x", "cursor=x", "cursor=%00", "lang=fr", "page=2", "tab=past&tab=past"],
)
def test_a_question_that_makes_no_sense(app, lama, query):
    answer = app.call("GET", f"{MINE}?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")


def test_a_cursor_of_another_tab_is_not_understood(app, lama, shop):
    for days in (1, 2):
        booked(shop, lama, days=days)
    cursor = app.call("GET", f"{MINE}?limit=1").json()["next"].partition("cursor=")[2]
    assert app.call("GET", f"{MINE}?limit=1&cursor={cursor}").status_code == 200
    assert app.call("GET", f"{MINE}?tab=past&cursor={cursor}").status_code == 422


# --- nobody else's ------------------------------------------------------------------------------------------


def test_a_rival_sees_nothing_of_mine(app, lama, reem, shop):
    booking = booked(shop, lama)
    assert app.call("GET", f"{MINE}/{booking.reference}").status_code == 200
    answer = reem.call("GET", f"{MINE}/{booking.reference}")
    nothing = reem.call("GET", f"{MINE}/ZZZZZZ")
    assert (answer.status_code, answer.json()["detail"]) == (404, nothing.json()["detail"])
    for tab in ("upcoming", "past", "cancelled"):
        assert references(reem.call("GET", f"{MINE}?tab={tab}")) == []


def test_the_owner_of_the_salon_is_a_stranger_here(app, lama, shop, inbox):
    booking = booked(shop, lama)
    cache.clear()
    office = App(inbox)
    office.sign_in(str(shop.owner.phone))
    assert office.call("GET", f"{MINE}/{booking.reference}").status_code == 404


@pytest.mark.parametrize(
    "reference", ["%00", "ABC%00DE", "%D8%A3%D8%A8", "x" * 5000, "..%2f..", "%F0%9F%92%85", "A B", "'"]
)
def test_references_that_are_none(app, lama, reference):
    answer = app.call("GET", f"{MINE}/{reference}")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("path", ["/api/v1/me", MINE, f"{MINE}/ABC234"])
def test_wrong_methods(app, lama, path):
    for method in ("POST", "PUT", "DELETE"):
        answer = app.call(method, path, {})
        assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
        assert "GET" in answer["Allow"]


def test_a_browser_page_of_another_origin_gets_no_leave_to_read(lama):
    answer = Client().options("/api/v1/me", headers={"Origin": "https://elsewhere.example"})
    assert "Access-Control-Allow-Origin" not in answer
