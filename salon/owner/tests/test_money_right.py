"""Sending money back: for owners and managers, with a passkey or an authenticator app given in this session."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from salon.accounts.models import User
from salon.bookings.models import Booking
from salon.bookings.states import Status
from salon.owner.tests.office import Office, book, colleague, prepay
from salon.payments.models import Refund
from salon.salons.models import Role
from salon.tests.people import prove, rose, with_second_factor

REASON = {"cancel-reason": "Noura is ill", "decline-reason": "We are full"}


@pytest.fixture
def paid(visit):
    prepay(visit, 4500)
    return visit


def status(booking):
    return Booking.objects.get(pk=booking.pk).status


def step(answer):
    """Where the answer leads, and the `next` it carries."""
    assert answer.status_code == 303
    parts = urlsplit(answer["Location"])
    return parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()}


def test_an_owner_without_a_factor_is_led_to_set_one_up_and_back_to_the_booking(hind, paid):
    path, query = step(hind.press("cancel", paid, **REASON))
    assert path == "/en/account/security/second-factor/"
    assert query == {"why": "money", "next": hind.page(paid)}
    assert status(paid) == Status.CONFIRMED
    assert not Refund.objects.exists()
    page = hind.client.get(path, query).content.decode()
    assert "you return to it" in page
    assert hind.page(paid) in page


def test_the_page_says_so_before_anything_is_typed(hind, shop, paid):
    page = hind.see(paid).content.decode()
    assert "Cancelling sends the prepaid money back" in page
    assert "cancel-reason" not in page
    with_second_factor(hind.client, shop.owner)
    assert "cancel-reason" in hind.see(paid).content.decode()


def test_a_factor_that_was_not_given_in_this_session_is_asked_for(hind, shop, paid):
    with_second_factor(hind.client, shop.owner)
    elsewhere = Office(shop.owner)
    prove(elsewhere.client, shop.owner)
    path, query = step(elsewhere.press("cancel", paid, **REASON))
    assert path == "/en/account/security/second-factor/"
    path, query = step(elsewhere.client.get(path, query))
    assert path == "/en/account/security/prove/"
    assert query == {"by": "factor", "why": "money", "next": elsewhere.page(paid)}
    assert "Send a code to my phone" not in elsewhere.client.get(path, query).content.decode()
    assert status(paid) == Status.CONFIRMED


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER])
def test_with_the_factor_the_money_goes_back(shop, paid, role, language):
    office = Office(colleague(shop.salon, role), language)
    with_second_factor(office.client, person_of(office))
    office.press("cancel", paid, **REASON)
    assert status(paid) == Status.CANCELLED
    assert Refund.objects.get().amount == 4500


def person_of(office):
    return User.objects.get(pk=office.client.session["_auth_user_id"])


def test_declining_a_prepaid_request_asks_too(hind, shop, lama):
    asked = book(shop, "16:00", status=Status.REQUESTED, customer=lama)
    prepay(asked, 4500)
    assert "Declining sends the prepaid money back" in hind.see(asked).content.decode()
    path, _query = step(hind.press("decline", asked, **REASON))
    assert path == "/en/account/security/second-factor/"
    with_second_factor(hind.client, shop.owner)
    hind.press("decline", asked, **REASON)
    assert status(asked) == Status.DECLINED
    assert Refund.objects.get().amount == 4500


def test_the_reception_cancels_what_holds_no_money(shop, visit):
    desk = Office(colleague(shop.salon, Role.RECEPTION))
    assert "cancel-reason" in desk.see(visit).content.decode()
    desk.press("cancel", visit, **REASON)
    assert status(visit) == Status.CANCELLED


def test_the_reception_is_told_who_may_cancel_the_rest(shop, paid):
    clerk = colleague(shop.salon, Role.RECEPTION)
    desk = Office(clerk)
    with_second_factor(desk.client, clerk)
    page = desk.see(paid).content.decode()
    assert "cancel-reason" not in page
    assert "Only the owner or a manager can cancel it" in page
    answer = desk.press("cancel", paid, **REASON)
    assert answer.status_code == 403
    assert "The owner or a manager can do it" in answer.content.decode()
    assert status(paid) == Status.CONFIRMED


def test_a_rivals_booking_is_not_there(shop, paid):
    rival = Office(rose(slug="rival").owner)
    assert rival.press("cancel", paid, **REASON).status_code == 404


def test_where_no_second_factor_is_required_the_money_goes_back(hind, paid, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    hind.press("cancel", paid, **REASON)
    assert status(paid) == Status.CANCELLED
