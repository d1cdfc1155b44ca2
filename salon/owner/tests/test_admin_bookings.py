"""Bookings in the administration: found in either language, read-only, moved only by the flows."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import translation

from salon.bookings.models import Booking, BookingEvent
from salon.bookings.states import Status
from salon.notifications.models import Notification
from salon.owner import admin_bookings
from salon.salons.models import Salon
from salon.tests.chairs import NOW, booked, hold
from salon.tests.people import enter, person, rose

pytestmark = pytest.mark.django_db
LIST = "admin:bookings_booking_changelist"


@pytest.fixture
def shop():
    return rose()


@pytest.fixture
def lama():
    return person("لمى", "+966551234567")


@pytest.fixture
def operator(client):
    faisal = person("Faisal", is_staff=True, is_superuser=True)
    enter(client, faisal)
    client.user = faisal
    return client


@pytest.fixture
def at_nine(monkeypatch):
    """The operator presses at the moment at which the bookings were made."""
    monkeypatch.setattr(admin_bookings, "timezone", SimpleNamespace(now=lambda: NOW))


def press(client, action: str, *bookings: Booking):
    return client.post(reverse(LIST), {"action": action, "_selected_action": [each.pk for each in bookings]})


@pytest.mark.parametrize("typed", ["{reference}", "{lower}", "966551234567", "لمى", "لمسة", "Rose"])
def test_found_by_reference_phone_name_and_salon(operator, shop, lama, typed):
    mine = booked(shop, lama)
    other = hold(rose(slug="other", name_ar="أخرى", name_en="Other"))
    typed = typed.format(reference=mine.reference, lower=mine.reference.lower())
    for language in ("ar", "en"):
        with translation.override(language):
            html = operator.get(reverse(LIST), {"q": typed}).content.decode()
        assert mine.reference in html
        assert other.reference not in html


@pytest.mark.parametrize("name", ["booking", "busytime", "bookingevent"])
def test_lists_take_as_many_queries_for_one_as_for_many(operator, shop, name, django_assert_max_num_queries):
    counts = []
    for clocks in (["10:00"], ["12:00", "14:00", "16:00", "18:00"]):
        for clock in clocks:
            booked(shop, person("Lama"), clock)
        with django_assert_max_num_queries(20) as asked:
            assert operator.get(reverse(f"admin:bookings_{name}_changelist")).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_page_shows_and_does_not_edit(operator, shop, lama, django_assert_max_num_queries):
    counts = []
    for services in ([shop.nails], [shop.cut, shop.nails]):
        mine = booked(shop, lama, services=services, day="2026-11-25" if len(services) > 1 else "2026-11-24")
        url = reverse("admin:bookings_booking_change", args=[mine.pk])
        operator.get(url)  # what is cached for the process is read once
        with django_assert_max_num_queries(20) as asked:
            html = operator.get(url).content.decode()
        counts.append(len(asked))
        assert 'name="status"' not in html
        assert 'name="_save"' not in html
        assert mine.items.first().service.name_ar in html
        assert operator.post(url, {"status": "completed"}).status_code == 403
        assert operator.get(reverse("admin:bookings_booking_delete", args=[mine.pk])).status_code == 403
        mine.refresh_from_db()
        assert mine.status == Status.CONFIRMED
    assert counts[0] == counts[1]
    assert operator.get(reverse("admin:bookings_booking_add")).status_code == 403


def test_an_operators_press_is_a_flow_like_any_other(operator, shop, lama, at_nine):
    Salon.objects.update(manual_approval=True)
    booking = booked(shop, lama)
    press(operator, "confirm", booking)
    press(operator, "cancel", booking)
    events = BookingEvent.objects.filter(booking=booking).order_by("pk").values_list("actor_kind", "new_status")
    assert list(events)[2:] == [("operator", "confirmed"), ("operator", "cancelled")]
    assert BookingEvent.objects.last().actor == operator.user
    letters = Notification.objects.filter(booking=booking).order_by("pk").values_list("letter", flat=True)
    assert list(letters) == ["requested", "owner_new", "confirmed", "cancelled", "owner_cancelled"]


def test_what_cannot_be_moved_says_why_and_stops_no_other(operator, shop, lama, at_nine):
    Salon.objects.update(manual_approval=True)
    fine = booked(shop, lama, "12:00")
    Salon.objects.update(manual_approval=False)
    shop.salon.refresh_from_db()
    sure = booked(shop, lama, "14:00")
    answer = press(operator, "decline", sure, fine)
    told = [str(message) for message in get_messages(answer.wsgi_request)]
    assert len(told) == 2
    assert told[0].startswith(f"{sure.reference}: ")
    fine.refresh_from_db()
    assert fine.status == Status.DECLINED
    for action in ("arrive", "complete", "no_show"):
        told = [str(message) for message in get_messages(press(operator, action, sure).wsgi_request)]
        assert any(each.startswith(f"{sure.reference}: ") for each in told)


def test_looking_is_not_moving(client, shop, lama):
    clerk = person("Clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_booking"))
    enter(client, clerk)
    mine = booked(shop, lama)
    html = client.get(reverse(LIST)).content.decode()
    assert mine.reference in html
    assert 'value="cancel"' not in html
    press(client, "cancel", mine)
    mine.refresh_from_db()
    assert mine.status == Status.CONFIRMED


def test_strangers_stay_outside(client, lama):
    for name in ("booking", "busytime", "bookingevent"):
        client.force_login(lama)
        assert client.get(reverse(f"admin:bookings_{name}_changelist")).status_code in (302, 403)
