"""A salon's page: everything is there without JavaScript, and the totals always come from the server."""

from __future__ import annotations

import datetime as dt
from urllib.parse import unquote

import pytest
import time_machine

from salon.bookings.queries import load_board, load_visit
from salon.reviews.domain import refresh_rating
from salon.reviews.models import Review, ReviewStatus
from salon.salons import queries
from salon.salons.models import Policy, Prepayment, Salon, SalonStatus, StaffService, Variant
from salon.tests.people import at, category, make_salon, open_daily, rose, service
from salon.tests.reviewing import reviewed

pytestmark = pytest.mark.django_db

NOON = at("2026-11-22", "12:00")
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def shop():
    found = rose(
        about_en="Calm.", about_ar="هادئ.", address_en="Anas Road", latitude="24.811200", longitude="46.610300"
    )
    found.dye = service(
        found.salon, "Full colour", name_ar="صبغة", position=2, category=category("color", "صبغات", "Colour")
    )
    found.short = Variant.objects.create(service=found.dye, name_ar="قصير", name_en="Short", price=30000, minutes=90)
    found.long = Variant.objects.create(
        service=found.dye, name_ar="طويل", name_en="Long", price=50000, minutes=120, position=1
    )
    StaffService.objects.create(staff=found.reem, service=found.dye)
    return found


def page(client, query: str = "", path: str = "/en/s/rose/", **headers) -> str:
    response = client.get(path + query, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def cart(client, query: str) -> str:
    return page(client, query, **PARTIAL)


@pytest.mark.parametrize("status", [SalonStatus.DRAFT, SalonStatus.PENDING, SalonStatus.SUSPENDED])
def test_a_salon_that_is_not_published_is_not_there(client, status):
    make_salon(status=status)
    response = client.get("/en/s/rose/")
    assert response.status_code == 404
    assert "Explore salons" in response.content.decode()


@pytest.mark.parametrize("path", ["/s/nobody/", "/en/s/nobody/"])
@pytest.mark.parametrize("headers", [{}, PARTIAL])
def test_an_unknown_salon_is_a_real_404_page(client, path, headers):
    response = client.get(path, headers=headers)
    assert response.status_code == 404
    assert "<h1>" in response.content.decode()


def test_it_shows_who_where_what_and_when(client, shop):
    html = page(client)
    for text in (
        *("Touch of Rose", "Ladies&#x27; salon", "Al Malqa, Riyadh", "Calm.", "Anas Road", "Open until 10:00 PM"),
        *("Cut and blow-dry", "Full colour", "Short", "Long", "Noura", "Reem", "Maya"),
        "https://www.google.com/maps/dir/?api=1&amp;destination=24.811200%2C46.610300",
    ):
        assert text in html, text
    assert html.count("10:00 AM – 10:00 PM") == 7
    assert html.count('class="is-today"') == 1
    arabic = page(client, path="/s/rose/")
    for text in ("لمسة ورد", "هادئ.", "قص وتصفيف", "نورة", "10:00 ص – 10:00 م"):
        assert text in arabic, text


def test_nothing_is_said_about_reviews_or_a_map_that_do_not_exist(client):
    open_daily(make_salon())
    html = page(client)
    assert "google.com" not in html
    assert 'href="#reviews"' not in html
    assert "Nothing can be booked here right now" in html


def test_one_variant_of_a_service_and_services_in_their_order(client, shop):
    query = f"?service={shop.nails.pk}&v{shop.dye.pk}={shop.dye.pk}-{shop.long.pk}&service={shop.cut.pk}"
    html = cart(client, query)
    assert "<html" not in html
    assert html.count('id="cart"') == html.count('id="bar"') == 1
    assert 'hx-swap-oob="true"' in html
    assert 'data-announce="3 services, SAR 820"' in html
    assert "3 services • 3 h 45 min" in html
    assert html.index("Gel manicure") < html.index("Full colour, Long")
    both = f"?service={shop.dye.pk}-{shop.short.pk}&service={shop.dye.pk}-{shop.long.pk}"
    assert "SAR 500" in cart(client, both)


def test_somebody_who_asks_more_makes_it_from(client, shop):
    StaffService.objects.filter(staff=shop.noura, service=shop.cut).update(price=25000)
    html = cart(client, f"?service={shop.cut.pk}")
    assert "Total from" in html
    assert "</svg>180<" in html


def test_the_button_leads_to_the_times_with_the_choice(client, shop):
    query = f"?service={shop.cut.pk}&v{shop.dye.pk}={shop.dye.pk}-{shop.short.pk}&v99=&book=1"
    response = client.get("/en/s/rose/" + query)
    assert response.status_code == 302
    assert unquote(response["Location"]) == (
        f"/en/s/rose/book/?service={shop.cut.pk}&service={shop.dye.pk}-{shop.short.pk}"
    )
    assert client.get(response["Location"]).status_code == 200


def test_the_button_without_a_choice_asks_for_one(client, shop):
    html = page(client, "?book=1")
    assert "Choose a service first, then the time." in html
    assert 'role="alert"' in html


def test_what_cannot_be_kept_is_said_and_the_rest_stays(client, shop):
    shop.cut.is_active = False
    shop.cut.save()
    html = page(client, f"?service={shop.cut.pk}&service={shop.nails.pk}&book=1")
    assert "not offered any more" in html
    assert f'value="{shop.nails.pk}" checked' in html
    six = [service(shop.salon, f"Extra {number}") for number in range(7)]
    for each in six:
        StaffService.objects.create(staff=shop.reem, service=each)
    many = "?" + "&".join(f"service={each.pk}" for each in six)
    assert "at most 6 services" in page(client, many + "&book=1")


def test_another_salons_service_is_not_taken(client, shop):
    other = rose(slug="rival")
    html = cart(client, f"?service={other.cut.pk}&service={other.dye.pk if hasattr(other, 'dye') else 0}")
    assert "Total" not in html
    assert "not offered any more" in html


def test_the_price_here_is_the_price_at_the_time_step(client, shop):
    StaffService.objects.filter(staff=shop.reem, service=shop.cut).update(price=16500, minutes=50)
    StaffService.objects.create(staff=shop.reem, service=shop.dye, variant=shop.long, price=47000)
    for part in queries.menu(shop.salon):
        for entry in part.entries:
            for choice in entry.choices:
                visit = load_visit(slug="rose", picks=[choice.pick])
                board = load_board(salon=visit.salon, services=visit.services, first_day=NOON.date(), days=1, now=NOON)
                assert (board.price, board.price_from, board.minutes) == (
                    choice.price,
                    choice.price_from,
                    choice.minutes,
                ), choice.pick


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"policy": Policy.FLEXIBLE}, ["until 4 hours before", "payment is at the salon"]),
        (
            {"policy": Policy.STANDARD, "prepayment": Prepayment.DEPOSIT, "deposit_percent": 30},
            ["until 24 hours before", "A deposit of 30%", "the deposit is not returned"],
        ),
        (
            {"policy": Policy.STRICT, "prepayment": Prepayment.FULL, "manual_approval": True},
            ["until 14 days before", "whole price is paid when booking", "confirms each booking itself"],
        ),
    ],
)
def test_terms_are_told_in_words(client, fields, told):
    rose(**fields)
    html = page(client)
    for text in told:
        assert text in html


@pytest.mark.parametrize(
    ("clock", "said"),
    [("09:00", "Opens at 10:00 AM"), ("10:00", "Open until 10:00 PM"), ("22:00", "Opens Monday 10:00 AM")],
)
def test_open_or_not(client, clock, said):
    rose()
    with time_machine.travel(at("2026-11-22", clock), tick=False):
        assert said in page(client)


def write_review(salon: Salon, number: int, rating: int = 5, name: str = "Lama Zahrani", **extra: object) -> Review:
    at = NOON - dt.timedelta(days=1 + number)
    return reviewed(salon, rating, at=at, guest=name, **({"text": f"Said {number}."} | extra))


def test_reviews_show_a_first_name_and_a_histogram(client, shop):
    write_review(shop.salon, 0, reply="Thank you!")
    write_review(shop.salon, 1, rating=4, text="<b>bold</b>")
    write_review(shop.salon, 2, rating=1, text="Hidden words", status=ReviewStatus.HIDDEN)
    refresh_rating(shop.salon)
    html = page(client)
    assert "Lama" in html
    assert "Zahrani" not in html
    assert "Thank you!" in html
    assert "&lt;b&gt;bold&lt;/b&gt;" in html
    assert "Hidden words" not in html
    assert "2 reviews" in html
    assert html.count("--share:50%") == 2


def test_more_reviews_by_htmx_and_by_link(client, shop):
    for number in range(7):
        write_review(shop.salon, number)
    refresh_rating(shop.salon)
    html = page(client)
    assert html.count('class="review"') == 5
    assert 'href="/en/s/rose/?reviews=2#reviews"' in html
    more = page(client, "?reviews=2", **PARTIAL)
    assert more.count('class="review"') == 2
    assert "<html" not in more
    assert "More reviews" not in more
    assert page(client, "?reviews=2").count('class="review"') == 2
    assert page(client, "?reviews=99").count('class="review"') == 0


def test_the_first_variant_can_be_chosen_without_a_word_of_javascript(client, shop):
    html = page(client)
    assert f'type="radio" name="v{shop.dye.pk}" value="{shop.dye.pk}-{shop.short.pk}"' in html
    assert f'type="checkbox" name="service" value="{shop.cut.pk}"' in html
    assert 'form="services" name="book" value="1"' in html
