"""Who comes in, as whom, and that another salon's row is no row."""

from __future__ import annotations

import re

import pytest

from salon.bookings.models import Booking
from salon.bookings.states import Status
from salon.owner.tests.office import PARTIAL, Office, book, colleague
from salon.salons.models import Membership, Role
from salon.tests.people import make_salon, person, rose

ACTS = ["confirm", "decline", "arrive", "complete", "no-show", "cancel"]


def status(booking):
    return Booking.objects.get(pk=booking.pk).status


def without_tokens(answer):
    return re.sub(r'(csrfmiddlewaretoken" value="|X-CSRFToken":")[^"]+', r"\1", answer.content.decode())


@pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER, Role.RECEPTION])
def test_the_desk_sees_the_phone_and_acts(shop, visit, role):
    desk = Office(colleague(shop.salon, role))
    page = desk.see(visit)
    assert page.status_code == 200
    assert "tel:+966551112233" in page.content.decode()
    assert desk.press("arrive", visit).status_code == 303
    assert status(visit) == Status.ARRIVED


def test_a_stylist_reads_and_does_not_act(shop, visit):
    noura = Office(colleague(shop.salon, Role.STYLIST, "Noura"))
    day = noura.day()
    assert "Lama" in day.content.decode()
    assert "Expected takings" not in day.content.decode()
    page = noura.see(visit).content.decode()
    assert "Lama" in page
    assert "No perfume, please" in page
    assert "1112233" not in page
    assert "tel:" not in page
    assert "<form" not in page.split('<div class="office__main">')[1]
    for act in ACTS:
        assert noura.press(act, visit, **{f"{act}-reason": "No"}).status_code == 404
    assert status(visit) == Status.CONFIRMED


def test_a_stylist_sees_requests_without_a_button(shop, lama):
    book(shop, "15:00", customer=lama, status=Status.REQUESTED)
    page = Office(colleague(shop.salon, Role.STYLIST)).day().content.decode()
    assert "Waiting for confirmation" in page
    assert "/confirm/" not in page


def test_a_guest_is_told_that_the_number_has_no_salon(lama):
    page = Office(lama).day()
    assert page.status_code == 403
    text = page.content.decode()
    assert "This number is not linked to a salon" in text
    assert "055 111 2233" in text
    assert 'action="/en/accounts/logout/"' in text


@pytest.mark.parametrize("path", ["", "?day=2026-11-25", "bookings/VST001/"])
def test_a_stranger_signs_in_first(db, path):
    stranger = Office(None)
    answer = stranger.client.get(f"{stranger.root}{path}")
    assert answer.status_code == 302
    assert answer.url.startswith("/en/accounts/login/?next=/en/owner/")


def test_a_stranger_acts_on_nothing(visit):
    stranger = Office(None)
    for act in ACTS:
        assert stranger.press(act, visit, reason="x").status_code == 302
    assert stranger.client.post(f"{stranger.root}switch/", {"salon": "rose"}).status_code == 302
    assert status(visit) == Status.CONFIRMED


def test_an_open_page_that_was_signed_out_is_told_so(db):
    assert Office(None).day(**PARTIAL).status_code == 401


def test_a_rival_finds_nothing_the_same_as_for_what_does_not_exist(visit):
    rival_salon = make_salon("jasmine")
    rival = Office(colleague(rival_salon, Role.OWNER, "Abdullah"))
    theirs, nothing = rival.see(visit), rival.client.get(rival.page("VST999"))
    assert theirs.status_code == nothing.status_code == 404
    assert without_tokens(theirs).replace(visit.reference, "VST999") == without_tokens(nothing)
    for act in ACTS:
        answers = [
            rival.client.post(f"{rival.page(reference)}{act}/", {f"{act}-reason": "Mine"})
            for reference in (visit, "VST999")
        ]
        assert [each.status_code for each in answers] == [404, 404]
    assert status(visit) == Status.CONFIRMED
    assert "Lama" not in rival.day().content.decode()


def test_pages_are_read_and_acts_are_pressed(hind, visit):
    for act in ACTS:
        assert hind.client.get(f"{hind.page(visit)}{act}/").status_code == 405
    assert hind.client.get(f"{hind.root}switch/").status_code == 405
    assert hind.client.post(hind.root).status_code == 405
    assert hind.client.post(hind.page(visit)).status_code == 405


def test_acts_want_a_token(shop, visit):
    office = Office(shop.owner)
    office.client.handler.enforce_csrf_checks = True
    assert office.press("arrive", visit).status_code == 403
    assert status(visit) == Status.CONFIRMED


def test_nothing_of_the_office_is_cached(hind, visit):
    for answer in (hind.day(), hind.see(visit)):
        assert "no-store" in answer["Cache-Control"]


class TestSeveralSalons:
    @pytest.fixture
    def both(self, shop, lama):
        other = rose(slug="jasmine", name_ar="ياسمين", name_en="Jasmine")
        Membership.objects.create(user=shop.owner, salon=other.salon, role=Role.STYLIST)
        book(shop, "13:00", customer=lama)
        book(other, "13:00", customer=person("Faisal"))
        return other

    def test_the_first_by_name_until_another_is_chosen(self, hind, both):
        page = hind.day().content.decode()
        assert "Jasmine" in page
        assert "Faisal" in page
        answer = hind.client.post(f"{hind.root}switch/", {"salon": "rose"})
        assert answer.status_code == 302
        assert answer.url == "/en/owner/"
        page = hind.day().content.decode()
        assert "Lama" in page
        assert "Faisal" not in page

    def test_the_role_is_that_of_the_salon_worked_in(self, hind, both):
        theirs = Booking.objects.get(salon=both.salon)
        assert "tel:" not in hind.see(theirs).content.decode()
        assert hind.press("arrive", theirs).status_code == 404

    def test_a_booking_of_the_other_salon_wants_a_switch(self, hind, shop, both):
        mine = Booking.objects.get(salon=shop.salon)
        assert hind.see(mine).status_code == 404
        hind.client.post(f"{hind.root}switch/", {"salon": "rose"})
        assert hind.see(mine).status_code == 200

    @pytest.mark.parametrize("wanted", ["foreign", "", "no-such-salon"])
    def test_never_to_a_foreign_one(self, hind, both, wanted):
        make_salon("foreign")
        assert hind.client.post(f"{hind.root}switch/", {"salon": wanted}).status_code == 404
        assert "Jasmine" in hind.day().content.decode()

    def test_one_who_left_is_back_in_the_other(self, hind, shop, both):
        hind.client.post(f"{hind.root}switch/", {"salon": "rose"})
        Membership.objects.get(user=shop.owner, salon=shop.salon).delete()
        assert "Faisal" in hind.day().content.decode()

    def test_a_single_salon_has_nothing_to_switch(self, hind):
        assert "switch/" not in hind.day().content.decode()
