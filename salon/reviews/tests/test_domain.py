"""Hiding a review takes its stars out of the salon's rating, and showing it puts them back."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from salon.reviews import domain, queries
from salon.reviews.models import Review
from salon.tests.people import at, enter, person, rose
from salon.tests.reviewing import reviewed

pytestmark = pytest.mark.django_db

NOON = at("2026-11-22", "12:00")


def reviews(salon, *ratings: int, name: str = "Lama Z.") -> list[Review]:
    made = [
        reviewed(salon, rating, at=NOON - dt.timedelta(days=number), guest=name, text="قيل")
        for number, rating in enumerate(ratings, start=1)
    ]
    domain.refresh_rating(salon)
    return made


def test_hide_and_publish_keep_the_rating_in_step():
    salon = rose().salon
    first, second, _ = reviews(salon, 5, 1, 3)
    assert (salon.rating_sum, salon.rating_count, salon.rating) == (9, 3, 3.0)
    assert domain.hide(reviews=[second]) == 1
    assert domain.hide(reviews=[second]) == 0
    salon.refresh_from_db()
    assert (salon.rating_sum, salon.rating_count) == (8, 2)
    assert domain.publish(reviews=[first, second]) == 1
    salon.refresh_from_db()
    assert (salon.rating_sum, salon.rating_count) == (9, 3)
    assert domain.hide(reviews=[]) == 0


def test_a_salon_whose_reviews_are_all_hidden_has_no_rating():
    salon = rose().salon
    domain.hide(reviews=reviews(salon, 4))
    salon.refresh_from_db()
    assert salon.rating is None


def test_pages_and_histogram(django_assert_num_queries):
    salon = rose().salon
    reviews(salon, 5, 5, 4, 1, 5, 5, 5)
    with django_assert_num_queries(1):
        first = queries.page_of(salon, 1)
    assert [len(first.reviews), first.next_number] == [5, 2]
    assert first.reviews[0].author == "Lama"
    assert [len(queries.page_of(salon, 2).reviews), queries.page_of(salon, 2).next_number] == [2, None]
    assert queries.page_of(salon, 0).number == 1
    assert queries.page_of(salon, 10**9).reviews == []
    with django_assert_num_queries(1):
        bars = queries.histogram(salon)
    assert [(bar.stars, bar.count, bar.percent) for bar in bars] == [
        (5, 5, 71),
        (4, 1, 14),
        (3, 0, 0),
        (2, 0, 0),
        (1, 1, 14),
    ]
    assert [bar.count for bar in queries.histogram(rose(slug="new").salon)] == [0] * 5


def test_a_guest_without_a_name_is_nobody_in_particular():
    salon = rose().salon
    reviews(salon, 5, name="")
    assert queries.page_of(salon, 1).reviews[0].author == ""


def test_operators_hide_and_show_but_never_edit_or_delete(client):
    salon = rose().salon
    (review,) = reviews(salon, 2)
    enter(client, person("Faisal", is_staff=True, is_superuser=True))
    url = reverse("admin:reviews_review_changelist")
    client.post(url, {"action": "hide", "_selected_action": [review.pk]})
    review.refresh_from_db()
    salon.refresh_from_db()
    assert (review.status, salon.rating_count) == ("hidden", 0)
    client.post(url, {"action": "publish", "_selected_action": [review.pk]})
    salon.refresh_from_db()
    assert salon.rating_count == 1
    change = reverse("admin:reviews_review_change", args=[review.pk])
    client.post(change, {"text": "changed", "rating": "5"})
    review.refresh_from_db()
    assert (review.text, review.rating) == ("قيل", 2)
    assert client.get(reverse("admin:reviews_review_add")).status_code == 403
    assert client.post(reverse("admin:reviews_review_delete", args=[review.pk]), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("many", [1, 8])
def test_the_list_takes_the_same_number_of_queries(client, django_assert_num_queries, many):
    reviews(rose().salon, *[5] * many)
    enter(client, person("Faisal", is_staff=True, is_superuser=True))
    url = reverse("admin:reviews_review_changelist")
    for search in ("", "قيل", "لمسة", "Rose"):
        assert client.get(url, {"q": search}).status_code == 200
    with django_assert_num_queries(7):
        client.get(url)


def test_reading_reviews_is_not_hiding_them(client):
    (review,) = reviews(rose().salon, 2)
    clerk = person("Hind", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_review"))
    enter(client, clerk)
    client.post(reverse("admin:reviews_review_changelist"), {"action": "hide", "_selected_action": [review.pk]})
    review.refresh_from_db()
    assert review.status == "published"
