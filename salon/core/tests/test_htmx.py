from __future__ import annotations

import json

from django.http import HttpResponse
from django.test import RequestFactory

from salon.core.htmx import go, is_htmx, is_partial, toast, vary_htmx

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


def ask(**headers):
    return RequestFactory().get("/", headers=headers)


def test_a_plain_visit_gets_the_page():
    assert not is_htmx(ask())
    assert not is_partial(ask())


def test_a_region_is_asked_for_by_its_two_headers():
    assert is_partial(ask(**PARTIAL))
    assert not is_partial(ask(**{"HX-Request": "true", "HX-Request-Type": "full"}))


def test_the_back_button_always_gets_the_whole_page():
    restored = ask(**PARTIAL, **{"HX-History-Restore-Request": "true"})
    assert not is_htmx(restored)
    assert not is_partial(restored)


def test_leaving_the_page_is_303_for_forms_and_a_header_for_htmx():
    plain, swapped = go(ask(), "/bookings/"), go(ask(**PARTIAL), "/bookings/")
    assert (plain.status_code, plain["Location"]) == (303, "/bookings/")
    assert (swapped.status_code, swapped["HX-Redirect"], swapped.content) == (204, "/bookings/", b"")


def test_a_toast_in_arabic_travels_as_ascii():
    header = toast(HttpResponse(), "أُلغي الحجز", action="تراجع", href="/x/")["HX-Trigger"]
    assert header.isascii()
    assert json.loads(header) == {"toast": {"text": "أُلغي الحجز", "action": "تراجع", "href": "/x/"}}


def test_caches_learn_of_both_answers_and_keep_what_they_knew():
    response = HttpResponse(headers={"Vary": "Cookie"})
    assert vary_htmx(response)["Vary"] == "Cookie, HX-Request, HX-Request-Type"
