from __future__ import annotations

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import path
from django.utils import translation

from salon.core.context import chrome


def nothing(request, **kwargs):
    return HttpResponse()


# A table of its own: core must not lean on the floors above it.
urlpatterns = [
    path("dev/kit/", nothing),
    *i18n_patterns(path("s/<slug:slug>/", nothing, name="salon"), prefix_default_language=False),
]


@pytest.fixture(autouse=True)
def own_urls(settings):
    settings.ROOT_URLCONF = __name__
    settings.BRAND_NAME_AR, settings.BRAND_NAME_EN = "صالون", "Salon"


def frame(url, language, **cookies):
    request = RequestFactory().get(url)
    request.COOKIES.update(cookies)
    with translation.override(language):
        return chrome(request)


def test_the_same_page_in_the_other_language_keeps_its_query():
    arabic, english = frame("/s/reem/?day=2026-11-26&service=1", "ar"), frame("/en/s/reem/?service=1", "en")
    assert arabic["alternate_url"] == "/en/s/reem/?day=2026-11-26&service=1"
    assert english["alternate_url"] == "/s/reem/?service=1"


@pytest.mark.parametrize(("url", "language", "home"), [("/dev/kit/", "ar", "/en/"), ("/en/none/", "en", "/")])
def test_a_page_without_a_twin_leads_to_the_home_of_the_other_language(url, language, home):
    assert frame(url, language)["alternate_url"] == home


def test_the_frame_speaks_the_language_of_the_page():
    arabic, english = frame("/s/reem/", "ar"), frame("/en/s/reem/", "en")
    assert (arabic["brand"], arabic["language"], arabic["direction"]) == ("صالون", "ar", "rtl")
    assert (english["brand"], english["language"], english["direction"]) == ("Salon", "en", "ltr")


@pytest.mark.parametrize(("cookie", "theme"), [("dark", "dark"), ("light", "light"), ('"><script>', ""), ("", "")])
def test_only_the_two_themes_reach_the_page(cookie, theme):
    assert frame("/s/reem/", "ar", theme=cookie)["theme"] == theme
