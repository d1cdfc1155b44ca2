"""The frame: light and dark, terms and privacy, and what a broken request is answered."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_is_remembered_and_drawn_by_the_server(client, theme):
    response = client.post("/en/theme/", {"theme": theme, "next": "/en/terms/"})
    assert response.status_code == 303
    assert response["Location"] == "/en/terms/"
    cookie = response.cookies["theme"]
    assert (cookie.value, cookie["samesite"], cookie["httponly"]) == (theme, "Lax", True)
    assert f'data-theme="{theme}"' in client.get("/en/terms/").content.decode()


def test_auto_forgets_it(client):
    client.cookies["theme"] = "dark"
    response = client.post("/theme/", {"theme": "auto"})
    assert response.cookies["theme"]["max-age"] == 0
    assert "data-theme" not in client.get("/terms/").content.decode().split("<head>")[0]


@pytest.mark.parametrize("theme", ["", "blue", "dark;", "\0", "DARK" * 100])
def test_other_words_change_nothing(client, theme):
    response = client.post("/theme/", {"theme": theme})
    assert response.status_code == 303
    assert "theme" not in response.cookies


@pytest.mark.parametrize(
    "back",
    ["https://evil.example/", "//evil.example", "javascript:alert(1)", "http:///evil.example", "\\\\evil", "", "\0"],
)
def test_it_never_leads_to_another_site(client, back):
    response = client.post("/en/theme/", {"theme": "dark", "next": back})
    assert response["Location"] == "/en/"


def test_theme_is_only_posted(client):
    assert client.get("/theme/").status_code == 405


def test_a_form_without_its_token_is_refused_in_words(client):
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/en/theme/", {"theme": "dark"})
    assert response.status_code == 403
    assert "<h1>" in response.content.decode()


@pytest.mark.parametrize("path", ["/terms/", "/privacy/", "/en/terms/", "/en/privacy/"])
def test_legal_pages(client, django_assert_num_queries, path):
    with django_assert_num_queries(0):
        response = client.get(path)
    assert response.status_code == 200
    html = response.content.decode()
    assert html.count("<h1") == 1
    assert ('dir="ltr"' if path.startswith("/en/") else 'dir="rtl"') in html.split("<head>")[0]
    assert client.post(path).status_code == 405


def test_privacy_names_the_law_and_the_thirty_days(client):
    html = client.get("/en/privacy/").content.decode()
    assert "Personal Data Protection Law" in html
    assert "30 days" in html


@pytest.mark.parametrize("language", ["ar", "en"])
def test_privacy_names_the_companies_that_are_used_and_no_others(client, settings, language):
    path = "/en/privacy/" if language == "en" else "/privacy/"
    html = client.get(path).content.decode()
    assert not [name for name in ("Unifonic", "Authentica", "Twilio", "Moyasar") if name in html]
    settings.OTP_PROVIDER, settings.NOTIFICATION_PROVIDER, settings.PAYMENT_GATEWAY = "twilio", "unifonic", "moyasar"
    html = client.get(path).content.decode()
    assert [html.count(f"<bdi>{name}</bdi>") for name in ("Twilio", "Unifonic", "Moyasar", "Authentica")] == [
        1,
        1,
        1,
        0,
    ]
    if language == "en":
        assert html.count("leave the Kingdom") == 1


def test_privacy_leads_to_each_right(client):
    html = client.get("/en/privacy/").content.decode()
    for path in ("", "copy/", "delete/", "offers/"):
        assert f'href="/en/account/{path}"' in html
