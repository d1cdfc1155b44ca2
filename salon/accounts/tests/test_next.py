"""Where a guest goes after signing in, and where nobody is ever sent."""

from __future__ import annotations

import pytest
from django.urls import reverse

from salon.accounts.tests.guest import HTMX

pytestmark = pytest.mark.django_db

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "http:evil.example",
    "http:///evil.example",
    "https://testserver.evil.example/",
    "https://testserver@evil.example/",
    "http://[",
    "//[evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    " https://evil.example",
    "\x08//evil.example",
    "/%09/evil.example/..//evil.example" + "\n//evil.example",
]


@pytest.mark.parametrize("target", ELSEWHERE)
@pytest.mark.parametrize("headers", [None, HTMX])
def test_next_to_another_site_is_ignored(guest, target, headers):
    guest.client.get(reverse("account_login"), {"next": target})
    guest.ask(next=target, headers=headers)
    answer = guest.type(guest.codes()[0], next=target, headers=headers)
    goes_to = answer["HX-Redirect"] if headers else answer["Location"]
    assert goes_to == "/bookings/" or goes_to.startswith("/%09/")
    assert guest.user_id


@pytest.mark.parametrize("target", ELSEWHERE[:-1])
def test_a_next_kept_in_the_session_is_checked_too(guest, target):
    guest.ask()
    session = guest.client.session
    session["post_login_next"] = target
    session.save()
    assert guest.type(guest.codes()[0])["Location"] == "/bookings/"


@pytest.mark.parametrize("target", ELSEWHERE[:-1])
def test_a_guest_who_is_in_already_is_not_led_elsewhere(guest, target):
    guest.sign_in()
    assert guest.client.get(reverse("account_login"), {"next": target})["Location"] == "/bookings/"
    assert guest.client.get(reverse("account_confirm_login_code"), {"next": target})["Location"] == "/bookings/"


@pytest.mark.parametrize("target", ELSEWHERE[:-1])
def test_signing_out_does_not_lead_elsewhere(guest, target):
    guest.sign_in()
    assert guest.client.post(reverse("account_logout"), {"next": target})["Location"] == "/"


def test_the_session_remembers_when_next_is_lost(guest):
    guest.ask()
    session = guest.client.session
    session["post_login_next"] = "/s/rose/book/confirm/"
    session.save()
    assert guest.type(guest.codes()[0])["Location"] == "/s/rose/book/confirm/"
    assert "post_login_next" not in guest.client.session


def test_an_explicit_next_wins_and_the_remembered_one_is_forgotten(guest):
    guest.ask()
    session = guest.client.session
    session["post_login_next"] = "/s/rose/book/confirm/"
    session.save()
    assert guest.type(guest.codes()[0], next="/account/")["Location"] == "/account/"
    assert "post_login_next" not in guest.client.session


def test_next_is_in_every_form_of_both_pages(guest):
    page = guest.client.get(reverse("account_login"), {"next": "/account/?tab=a&b=1"})
    assert 'name="next" value="/account/?tab=a&amp;b=1"' in page.content.decode()
    guest.ask(next="/account/")
    page = guest.client.get(reverse("account_confirm_login_code"), {"next": "/account/"})
    assert page.content.decode().count('name="next"') == page.content.decode().count("<form")
