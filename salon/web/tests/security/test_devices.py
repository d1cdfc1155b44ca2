"""Where somebody is signed in: told in plain words, and really ended."""

from __future__ import annotations

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client
from django.utils.translation import override

from salon.accounts.models import User
from salon.accounts.tests.guest import HTMX, REEM, Guest
from salon.api.tests.app import App
from salon.web.security import _in_words

HERE = "/en/account/security/devices/"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


@pytest.fixture
def here(inbox, lama):
    """Lama at her computer, signed in just now."""
    guest = Guest(inbox, HTTP_USER_AGENT=WINDOWS)
    guest.sign_in()
    return guest


@pytest.fixture
def there(here, inbox):
    """Lama's phone, signed in as well."""
    cache.clear()  # no pause between the two
    guest = Guest(inbox, HTTP_USER_AGENT=IPHONE)
    guest.sign_in()
    return guest


def pk_of(guest):
    return UserSession.objects.get(session_key=guest.client.session.session_key).pk


def is_in(guest):
    return guest.client.get("/en/account/").status_code == 200


@pytest.mark.parametrize(
    ("path", "words"), [("/account/security/devices/", 'lang="ar" dir="rtl"'), (HERE, "This device")]
)
def test_the_list_in_both_languages(here, there, path, words):
    answer = here.client.get(path)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert words in page
    assert "no-store" in answer["Cache-Control"]
    assert here.client.session.session_key not in page
    assert there.client.session.session_key not in page


def test_this_device_is_first_and_marked(here, there):
    page = here.client.get(HERE).content.decode()
    assert page.index("Chrome on Windows") < page.index("This device") < page.index("Safari on iPhone")
    assert page.count("This device") == 1


def test_signing_one_out_ends_its_session(here, there):
    answer = here.client.post(HERE, {"session": pk_of(there)})
    assert (answer.status_code, answer["Location"]) == (303, HERE)
    assert not is_in(there)
    assert is_in(here)
    assert "iPhone" not in here.client.get(HERE).content.decode()


def test_signing_all_others_out(here, there):
    assert here.client.post(HERE).status_code == 303
    assert not is_in(there)
    assert is_in(here)
    assert UserSession.objects.count() == 1


def test_signing_oneself_out(here):
    answer = here.client.post(HERE, {"session": pk_of(here)})
    assert answer["Location"] == "/en/"
    assert not is_in(here)
    assert not UserSession.objects.exists()


def test_an_app_is_a_device_too_and_its_tokens_die_with_it(here, inbox):
    cache.clear()
    app = App(inbox, HTTP_USER_AGENT="SalonApp/1.0 (Dart)")
    app.sign_in()
    assert app.call("GET", "/api/v1/me").status_code == 200
    assert "App: SalonApp" in here.client.get(HERE).content.decode()
    here.client.post(HERE)
    assert app.call("GET", "/api/v1/me").status_code == 401
    assert app.renew().status_code == 400


def test_a_rival_cannot_see_or_end_it(here, there, rival):
    assert "iPhone" not in rival.get(HERE).content.decode()
    assert rival.post(HERE, {"session": pk_of(there)}).status_code == 404
    rival.post(HERE)
    assert is_in(there)


@pytest.mark.parametrize("given", ["0", "99999", "x", "-1", "1" * 15, "9" * 5000])
def test_what_is_no_session(here, given):
    assert here.client.post(HERE, {"session": given}).status_code == 404


def test_sessions_that_ended_by_themselves_are_left_out(here, there):
    there.client.session.flush()
    assert "iPhone" not in here.client.get(HERE).content.decode()


@pytest.mark.parametrize("many", [0, 5])
def test_four_queries_however_many_devices(here, inbox, many, django_assert_num_queries):
    for _ in range(many):
        client = Client(HTTP_USER_AGENT=IPHONE)
        client.force_login(person_of(here))
        UserSession.objects.create(
            user=person_of(here), session_key=client.session.session_key, ip="127.0.0.1", user_agent=IPHONE
        )
    with django_assert_num_queries(4):  # session, person, devices, which of them live
        page = here.client.get(HERE).content.decode()
    assert page.count("Safari on iPhone</bdi>") == many


def person_of(guest):
    return User.objects.get(pk=guest.user_id)


def test_no_page_writes_when_a_device_was_seen(here, django_assert_num_queries):
    here.client.get("/en/terms/")
    with django_assert_num_queries(2):  # session, person
        here.client.get("/en/terms/")


def test_a_stranger_signs_in(client):
    assert client.get(HERE).status_code == 302
    assert client.post(HERE).status_code == 302
    assert client.post(HERE, headers=HTMX).status_code == 401


def test_the_wrong_method(here):
    assert here.client.put(HERE).status_code == 405


def test_old_sessions_without_a_row_still_show_the_page(guest):
    assert guest.client.get(HERE).status_code == 200


@pytest.mark.parametrize(
    ("user_agent", "words", "kind"),
    [
        (IPHONE, "Safari on iPhone", "phone"),
        (WINDOWS, "Chrome on Windows", "computer"),
        (WINDOWS + " Edg/140.0", "Edge on Windows", "computer"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android", "phone"),
        (
            "Mozilla/5.0 (Linux; Android 15) SamsungBrowser/28.0 Chrome/130",
            "Samsung Internet on Android",
            "phone",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Firefox/140.0", "Firefox on Mac", "computer"),
        ("Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) CriOS/140 Mobile Safari/604.1", "Chrome on iPad", "phone"),
        ("okhttp/4.12.0", "App: okhttp", "app"),
        ("Mozilla/5.0 something", "Unknown device", "unknown"),
        ("", "Unknown device", "unknown"),
        ("<script>alert(1)</script>", "Unknown device", "unknown"),
    ],
)
def test_devices_in_plain_words(user_agent, words, kind):
    with override("en"):
        assert _in_words(user_agent) == (words, kind)


def test_somebody_elses_sign_in_is_not_in_the_list(here, inbox, reem):
    other = Guest(inbox, HTTP_USER_AGENT=IPHONE)
    other.sign_in(REEM)
    assert "iPhone" not in here.client.get(HERE).content.decode()
