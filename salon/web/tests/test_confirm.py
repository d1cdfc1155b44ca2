"""The last step: what is asked, what is promised, and every way to come here too late or twice."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client

from salon.bookings.models import Booking
from salon.bookings.states import Status
from salon.payments.models import Payment
from salon.salons.models import Policy, Prepayment
from salon.tests.people import person, rose
from salon.web.tests.walks import MORNING, TIMES, confirm, kept, minute, press, signed_in

pytestmark = pytest.mark.django_db

START = minute("2026-11-26", "16:30")
CONFIRM = "/en/s/rose/book/confirm/"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def shop():
    return rose()


@pytest.fixture
def lama(client, shop):
    """Lama, who keeps Thursday 16:30."""
    guest = signed_in(client)
    press(client, shop, START, day="2026-11-26")
    return guest


def page(client, path=CONFIRM, status=200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


# --- looking ------------------------------------------------------------------------------------------------


def test_the_visit_is_shown_before_it_is_confirmed(client, shop, lama):
    response = client.get(CONFIRM)
    text = response.content.decode()
    for each in (
        "Touch of Rose",
        "4:30 – 5:30 PM",
        "Cut and blow-dry",
        "with Noura",
        "16 Jumada",
        "Confirm the booking",
    ):
        assert each in text
    assert 'data-until="2026-11-22T09:10:00+03:00"' in text
    assert "Until Wednesday 25 November, 4:30 PM." in text
    assert "no-store" in response["Cache-Control"]
    assert 'name="name"' not in text


def test_a_stranger_proves_a_phone_first(client, shop):
    response = client.get(CONFIRM)
    assert (response.status_code, response["Location"]) == (302, f"/en/accounts/login/?next={CONFIRM}")
    assert client.get(CONFIRM, headers=TIMES).status_code == 401
    assert client.post(CONFIRM)["Location"] == f"/en/accounts/login/?next={CONFIRM}"


def test_only_reading_and_posting(client, lama):
    assert client.put(CONFIRM).status_code == 405


def test_vat_is_named_only_with_a_number(client, shop, lama):
    assert "VAT" not in page(client)
    shop.salon.vat_number = "3" + "0" * 13 + "3"
    shop.salon.save()
    text = page(client)
    assert "Includes 15% VAT:" in text
    assert "23.48" in text


def test_near_appointments_say_that_it_is_late(client, shop):
    signed_in(client)
    press(client, shop, minute("2026-11-22", "12:00"))
    assert ">Cancellation<" in page(client)


def test_the_terms_are_those_that_were_promised(client, shop, lama):
    shop.salon.policy, shop.salon.prepayment = Policy.STRICT, Prepayment.FULL
    shop.salon.save()
    text = page(client)
    assert "Until Wednesday 25 November, 4:30 PM." in text
    assert "payment is at the salon" in text


def test_a_salon_that_answers_itself_says_so(client):
    shop = rose(manual_approval=True)
    signed_in(client)
    press(client, shop, START)
    text = page(client)
    assert "Send the request" in text
    assert "Within 2 h at most." in text


@pytest.mark.parametrize(
    ("prepayment", "ways", "amounts", "kept"),
    [
        (Prepayment.DEPOSIT, ("deposit", "full"), ("45", "135", "180"), "the deposit of SAR 45 is kept"),
        (Prepayment.FULL, ("full",), ("180", "0"), "what is paid now is kept"),
    ],
)
def test_ways_to_pay_follow_the_terms(client, prepayment, ways, amounts, kept):
    shop = rose(prepayment=prepayment)
    signed_in(client)
    press(client, shop, START)
    text = page(client)
    assert "Confirm and pay" in text
    assert kept in text
    for way in ways:
        assert (
            f'name="choice"{" id=" + chr(34) + "choice-" + way + chr(34) if len(ways) > 1 else ""} value="{way}"'
            in text
        )
    for amount in amounts:
        assert f"</svg>{amount}<" in text
    assert ('value="none"' in text) is False


def test_a_deposit_that_is_only_reserved_is_not_called_paid(client, settings):
    settings.MOYASAR_CHECKOUT = "form"
    signed_in(client)
    press(client, rose(prepayment=Prepayment.HOLD), START)
    text = page(client)
    for said in ("Only reserved now", "only reserved now, of", "Confirm and reserve", "is taken at the visit"):
        assert said in text
    assert "the reserved SAR 45 is released; after that it is taken." in text
    for said in ("Confirm and pay", "Due now", "now, for everything", "what is paid"):
        assert said not in text
    went = client.post(CONFIRM, {"hold": str(kept(client).key), "choice": "deposit", "note": ""})
    payment = Payment.objects.get()
    assert (went.status_code, payment.hold, payment.amount) == (303, True, 4500)
    assert went["Location"].endswith(f"/en/pay/{payment.pk}/")


@pytest.mark.parametrize("services", [1, 2])
def test_four_queries_whatever_the_size(client, shop, django_assert_num_queries, services):
    signed_in(client)
    press(client, shop, START, services=(shop.cut, shop.nails)[:services])
    client.get(CONFIRM)
    with django_assert_num_queries(4):  # session, person, booking with its salon, services
        client.get(CONFIRM)


# --- confirming ---------------------------------------------------------------------------------------------


def test_confirming_books(client, shop, lama):
    response = confirm(client, shop, note="  By the\u202e window ")
    booking = kept(client)
    assert response["Location"] == f"/en/bookings/{booking.reference}/"
    assert (booking.status, booking.customer, booking.note) == (Status.CONFIRMED, lama, "By the window")
    text = page(client, response["Location"])
    assert 'class="bloom"' in text
    assert 'class="bloom"' not in page(client, response["Location"])


def test_a_name_is_asked_when_it_is_not_known(client, shop):
    guest = signed_in(client, name="")
    press(client, shop, START)
    assert 'name="name"' in page(client)
    response = confirm(client, shop, note="Keep this", name="  ")
    text = response.content.decode()
    assert response.status_code == 422
    assert "Please write a name." in text
    assert 'aria-invalid="true"' in text
    assert "Keep this" in text
    assert kept(client).status == Status.HELD
    confirm(client, shop, name="لمى")
    guest.refresh_from_db()
    assert guest.name == "لمى"
    assert kept(client).status == Status.CONFIRMED


def test_a_request_waits_for_the_salon(client):
    shop = rose(manual_approval=True)
    signed_in(client)
    press(client, shop, START)
    text = page(client, confirm(client, shop)["Location"])
    assert kept(client).status == Status.REQUESTED
    assert "The request is on its way" in text
    assert "bloom--wait" in text


@pytest.mark.parametrize(("field", "value"), [("choice", "deposit"), ("choice", ""), ("note", "x" * 281)])
def test_what_cannot_be_is_said_and_nothing_is_lost(client, shop, lama, field, value):
    response = confirm(client, shop, **{"note": "Keep this", field: value})
    assert response.status_code == 422
    assert kept(client).status == Status.HELD
    if field != "note":
        assert "Keep this" in response.content.decode()


def test_a_second_press_leads_to_the_same_booking(client, shop, lama):
    first = confirm(client, shop)
    assert confirm(client, shop)["Location"] == first["Location"]
    assert Booking.objects.count() == 1


def test_back_after_confirming_leads_to_the_booking(client, shop, lama):
    location = confirm(client, shop)["Location"]
    assert client.get(CONFIRM)["Location"] == location


def test_a_name_cannot_bring_markup(client, shop):
    signed_in(client, name="")
    press(client, shop, START)
    response = confirm(client, shop, name="<script>alert(1)</script>", note="<b>x</b>")
    text = page(client, response["Location"])
    assert "<script>alert" not in text
    assert "&lt;b&gt;x&lt;/b&gt;" in text


# --- too late, or in two places ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_hold_that_ran_out_leads_back_with_the_choice_kept(client, shop, lama, clock, method):
    clock.move_to(MORNING + dt.timedelta(minutes=10))
    response = client.get(CONFIRM) if method == "get" else confirm(client, shop)
    assert response.status_code == 303
    assert response["Location"] == f"/en/s/rose/book/?service={shop.cut.pk}&day=2026-11-26&start={START}"
    text = page(client, response["Location"])
    assert "they are over" in text
    assert f'value="{START}" required checked' in text


def test_a_person_is_kept_with_the_choice(client, shop, clock):
    signed_in(client)
    press(client, shop, START, staff=str(shop.reem.pk), day="2026-11-26")
    clock.move_to(MORNING + dt.timedelta(minutes=11))
    assert f"&staff={shop.reem.pk}&day=2026-11-26&" in client.get(CONFIRM)["Location"]


def test_without_a_hold_the_last_choice_is_offered(client, shop, lama):
    session = client.session
    del session["hold"]
    session.save()
    response = client.get(CONFIRM)
    assert response["Location"] == f"/en/s/rose/book/?service={shop.cut.pk}&day=2026-11-26"


@pytest.mark.parametrize("hold", [None, "999999", "abc", ["list"]])
def test_without_anything_the_salon_is_shown(client, shop, hold):
    signed_in(client)
    if hold is not None:
        session = client.session
        session["hold"] = hold
        session.save()
    response = client.get(CONFIRM, follow=True)
    assert response.redirect_chain == [("/en/s/rose/", 303)]
    assert "No time is being kept" in response.content.decode()


def test_somebody_elses_hold_is_no_hold(client, shop, lama):
    rival = Client()
    rival.force_login(person("Reem"))
    session = rival.session
    session["hold"] = client.session["hold"]
    session.save()
    Booking.objects.update(customer=lama)
    assert rival.get(CONFIRM)["Location"] == "/en/s/rose/"
    rival.post(CONFIRM, {"hold": str(kept(client).key), "choice": "none"})
    assert kept(client).status == Status.HELD


def test_two_tabs_the_last_choice_wins_and_the_first_is_told(client, shop, lama):
    first = str(kept(client).key)
    press(client, shop, START + 60)
    response = confirm(client, shop, hold=first)
    assert (response.status_code, response["Location"]) == (303, CONFIRM)
    text = page(client)
    assert "Another time was chosen meanwhile." in text
    assert "5:30 – 6:30 PM" in text
    assert kept(client).status == Status.HELD


def test_two_tabs_in_two_salons(client, shop, lama):
    other = rose(slug="other")
    press(client, other, START)
    assert client.get(CONFIRM)["Location"] == "/en/s/other/book/confirm/"


def test_too_many_holds_for_one_phone(client, shop, lama, settings):
    settings.HOLDS_PER_PHONE = 1
    mine, elsewhere = kept(client), Client()
    elsewhere.force_login(lama)
    settings.HOLDS_PER_PHONE = 9
    press(elsewhere, shop, START + 120)
    settings.HOLDS_PER_PHONE = 1
    response = confirm(client, shop)
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "Too many times are kept for this number." in response.content.decode()
    mine.refresh_from_db()
    assert mine.status == Status.HELD


def test_without_the_token_nothing_is_booked(client, shop, lama):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert strict.post(CONFIRM, {"hold": str(kept(client).key), "choice": "none"}).status_code == 403
    assert kept(client).status == Status.HELD
