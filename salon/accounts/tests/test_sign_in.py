"""The way in: one form for everybody, nobody saved before the right code."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from salon.accounts.models import User
from salon.accounts.tests.guest import HTMX, LAMA, REEM, Guest
from salon.tests.people import person

pytestmark = pytest.mark.django_db

LOGIN, CODE = "/accounts/login/", "/accounts/login/code/"


def test_a_new_guest_gets_a_row_with_the_right_code_and_not_before(guest):
    answer = guest.ask("0551234567")
    assert (answer.status_code, answer["Location"]) == (303, CODE)
    assert not User.objects.exists()
    guest.type(guest.wrong())
    assert not User.objects.exists()
    answer = guest.type(guest.codes()[0])
    assert (answer.status_code, answer["Location"]) == (302, "/bookings/")
    user = User.objects.get()
    assert (str(user.phone), user.language, user.has_usable_password()) == (LAMA, "ar", False)
    assert guest.user_id == str(user.pk)


def test_a_known_guest_comes_back_to_the_same_row(guest):
    lama = person("Lama", LAMA)
    guest.sign_in()
    assert guest.user_id == str(lama.pk)
    assert User.objects.count() == 1


def test_known_and_unknown_phones_get_the_same_answers(inbox):
    person("Lama", LAMA)
    seen = []
    for phone in (LAMA, REEM):
        guest = Guest(inbox)
        asked = guest.ask(phone)
        page = guest.page()
        wrong = guest.type(guest.wrong(phone))
        seen.append(
            [
                (asked.status_code, asked["Location"], sorted(asked.headers), sorted(asked.cookies)),
                (page.status_code, _neutral(page)),
                (wrong.status_code, _neutral(wrong)),
                guest.ask(phone).status_code,
                len(guest.codes(phone)),
            ]
        )
    assert seen[0] == seen[1]


def _neutral(page):
    """The page without the phone, the CSRF tokens and nonces that differ between any two visits."""
    text = page.content.decode()
    for phone in ("055 123 4567", "055 765 4321"):
        text = text.replace(phone, "PHONE")
    lines = [line for line in text.splitlines() if "csrf" not in line.lower()]
    return "\n".join(lines)


def test_the_page_language_becomes_the_language_of_a_new_guest(inbox):
    english = Guest(inbox)
    with override("en"):
        assert english.ask(REEM)["Location"] == "/en/accounts/login/code/"
        english.type(english.codes(REEM)[0])
    assert User.objects.get(phone=REEM).language == "en"


def test_a_known_guest_keeps_their_language(inbox):
    lama = person("Lama", LAMA, language="ar")
    guest = Guest(inbox)
    with override("en"):
        guest.sign_in()
    lama.refresh_from_db()
    assert lama.language == "ar"


def test_two_browsers_with_one_new_phone_end_on_one_person(inbox):
    first, second = Guest(inbox), Guest(inbox)
    first.ask()
    with time_machine.travel(_in(31), tick=False):
        second.ask()
        newer, older = first.codes()
        assert second.type(newer).status_code == 302
        assert first.type(older).status_code == 302
    user = User.objects.get()
    assert first.user_id == second.user_id == str(user.pk)


def _in(seconds):
    return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "typed",
    ["0551234567", "551234567", "966551234567", "00966 55 123 4567", "٠٥٥١٢٣٤٥٦٧", "۰۵۵-۱۲۳-۴۵۶۷", "\u200e0551234567"],
)
def test_any_spelling_is_one_phone(guest, typed):
    assert guest.ask(typed).status_code == 303
    assert len(guest.codes(LAMA)) == 1


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("hello", "unreadable"),
        ("05512", "unreadable"),
        ("\x00", "unreadable"),
        ("9" * 500, "unreadable"),
        ("0112345678", "landline"),
        ("+971501234567", "foreign"),
        ("+12025550123", "foreign"),
    ],
)
@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_phone_that_cannot_be_used_is_told_why(guest, typed, code, language):
    with override(language):
        answer = guest.ask(typed)
    assert answer.status_code == 422
    assert [error.code for error in answer.context["form"].errors.as_data()["phone"]] == [code]
    assert "05XXXXXXXX" in answer.content.decode()
    assert 'aria-invalid="true"' in answer.content.decode()
    assert guest.codes() == []


def test_no_phone_at_all(guest):
    assert guest.client.post(reverse("account_login")).status_code == 422


@pytest.mark.parametrize("fold", ["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"])
def test_arabic_digits_of_the_code_are_digits(guest, fold):
    guest.ask()
    assert guest.type(guest.codes()[0].translate(str.maketrans("0123456789", fold))).status_code == 302


def test_a_code_with_spaces_and_marks_is_that_code(guest):
    guest.ask()
    code = guest.codes()[0]
    assert guest.type(f"\u200f{code[:3]} - {code[3:]} ").status_code == 302


def test_half_a_code_costs_no_try(guest):
    guest.ask()
    for typed in ("", "12", "abcdef", "1234567", "²²²²²²"):
        answer = guest.type(typed)
        assert answer.status_code == 422
        assert answer.context["form"].errors
    for _ in range(4):
        assert guest.type(guest.wrong()).status_code == 422
    assert guest.type(guest.codes()[0]).status_code == 302


def test_a_wrong_code_says_how_many_tries_are_left(guest):
    guest.ask()
    left = [guest.type(guest.wrong()).context["form"].tries_left for _ in range(4)]
    assert left == [4, 3, 2, 1]


def test_the_last_wrong_try_ends_the_code_and_gives_a_time(guest):
    guest.ask(next="/account/")
    for _ in range(4):
        guest.type(guest.wrong(), next="/account/")
    answer = guest.type(guest.wrong(), next="/account/")
    assert (answer.status_code, answer["Retry-After"]) == (429, "30")
    assert "/accounts/login/?next=%2Faccount%2F" in answer.content.decode()
    assert guest.user_id is None
    back = guest.type(guest.codes()[0], next="/account/")  # the right one comes too late
    assert (back.status_code, back["Location"]) == (303, "/accounts/login/?next=%2Faccount%2F")
    assert guest.ask().status_code == 429, "the time that was given holds"
    with time_machine.travel(_in(31), tick=False):
        assert guest.ask().status_code == 303


def test_an_expired_code_leads_back_with_next_and_the_held_time(guest):
    session = guest.client.session
    session["hold"] = "17"
    session.save()
    guest.ask(next="/account/")
    with time_machine.travel(_in(601), tick=False):
        answer = guest.type(guest.codes()[0], next="/account/")
        assert (answer.status_code, answer["Location"]) == (303, "/accounts/login/?next=%2Faccount%2F")
        assert [message.level_tag for message in get_messages(answer.wsgi_request)] == ["warning"]
        page = guest.client.get(answer["Location"])
        assert "alert--warn" in page.content.decode()
        assert guest.client.session["hold"] == "17"
        assert guest.sign_in(next="/account/")["Location"] == "/account/"
    assert guest.client.session["hold"] == "17"


def test_an_expired_pending_sign_in_does_not_trap_the_login_page(guest):
    guest.ask()
    with time_machine.travel(_in(650), tick=False):
        first = guest.client.get(LOGIN)
        assert first["Location"] == CODE
        second = guest.client.get(CODE)
        assert second["Location"] == LOGIN
        assert guest.client.get(LOGIN).status_code == 200


def test_a_used_code_does_nothing_more(guest, inbox):
    guest.sign_in()
    again = guest.type(guest.codes()[0], next="/account/")
    assert (again.status_code, again["Location"]) == (302, "/account/"), "signed in already: on to where they go"
    stranger = Guest(inbox)
    answer = stranger.type(guest.codes()[0])
    assert (answer.status_code, answer["Location"]) == (303, LOGIN)
    assert stranger.user_id is None


def test_the_code_of_somebody_else_is_wrong(inbox):
    lama, reem = Guest(inbox), Guest(inbox)
    lama.ask(LAMA)
    reem.ask(REEM)
    if lama.codes(LAMA) != reem.codes(REEM):
        assert lama.type(reem.codes(REEM)[0]).status_code == 422


def test_the_code_page_without_a_code_is_the_login_page(guest):
    answer = guest.client.get(CODE + "?next=/account/")
    assert (answer.status_code, answer["Location"]) == (303, "/accounts/login/?next=%2Faccount%2F")


def test_the_login_page_goes_on_to_the_pending_code_and_keeps_next(guest):
    guest.ask()
    answer = guest.client.get(LOGIN + "?next=/account/")
    assert answer["Location"] == CODE + "?next=%2Faccount%2F"


def test_changing_the_number_keeps_the_session(guest):
    session = guest.client.session
    session["hold"] = "17"
    session.save()
    guest.ask(next="/account/")
    back = LOGIN + "?next=%2Faccount%2F"
    answer = guest.client.post(reverse("account_logout"), {"next": back})
    assert answer["Location"] == back
    page = guest.client.get(back)
    assert page.status_code == 200
    assert "055 123 4567" in page.content.decode(), "nobody types the number twice"
    assert guest.client.session["hold"] == "17"
    assert guest.sign_in(REEM, next="/account/")["Location"] == "/account/"


def test_an_inactive_person_gets_a_code_and_a_clear_page_but_no_session(guest):
    person("Faisal", LAMA, is_active=False)
    answer = guest.sign_in()
    assert answer["Location"] == "/accounts/inactive/"
    assert guest.user_id is None
    assert guest.client.get(answer["Location"]).status_code == 200


def test_a_signed_in_session_lasts_and_starts_anew(guest, settings):
    guest.ask()
    before = guest.client.session.session_key
    guest.type(guest.codes()[0])
    assert guest.client.session.session_key != before
    assert guest.client.session.get_expiry_age() > settings.LOGGED_IN_SESSION_AGE - 60
    assert int(guest.client.cookies["session"]["max-age"]) > settings.LOGGED_IN_SESSION_AGE - 60


def test_signing_out_takes_a_post(guest):
    guest.sign_in()
    assert guest.client.get(reverse("account_logout")).status_code == 200
    assert guest.user_id is not None
    answer = guest.client.post(reverse("account_logout"))
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert guest.user_id is None


def test_sign_in_needs_a_csrf_token(inbox):
    guest = Guest(inbox, enforce_csrf_checks=True)
    assert guest.ask().status_code == 403
    assert guest.codes() == []


@pytest.mark.parametrize("name", ["account_login", "account_request_login_code", "account_confirm_login_code"])
def test_sign_in_pages_are_never_stored(guest, name):
    guest.ask()
    assert "no-store" in guest.client.get(reverse(name))["Cache-Control"]


def test_a_signed_in_guest_does_not_see_the_form(guest):
    guest.sign_in()
    assert guest.client.get(LOGIN + "?next=/account/")["Location"] == "/account/"


def test_htmx_gets_regions_for_errors_and_a_real_navigation_for_success(guest):
    bad = guest.ask("hello", headers=HTMX)
    assert bad.status_code == 422
    assert 'id="phone-step"' in bad.content.decode()
    assert "<html" not in bad.content.decode()
    assert "HX-Request" in bad["Vary"]
    good = guest.ask(next="/account/", headers=HTMX)
    assert (good.status_code, good["HX-Redirect"]) == (204, CODE + "?next=%2Faccount%2F")
    wrong = guest.type(guest.wrong(), headers=HTMX)
    assert wrong.status_code == 422
    assert 'id="code-step"' in wrong.content.decode()
    assert "<html" not in wrong.content.decode()
    refused = guest.resend(headers=HTMX)
    assert (refused.status_code, "data-focus" in refused.content.decode()) == (429, True)
    done = guest.type(guest.codes()[0], next="/account/", headers=HTMX)
    assert (done.status_code, done["HX-Redirect"]) == (204, "/account/")
    again = guest.type(guest.codes()[0], next="/account/", headers=HTMX)
    assert (again.status_code, again["HX-Redirect"]) == (204, "/account/")


def test_htmx_restoring_history_gets_the_page(guest):
    answer = guest.ask("hello", headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert "<html" in answer.content.decode()


def test_names_in_the_form_are_escaped(guest):
    answer = guest.ask("<script>alert(1)</script>", next="/account/?q=<b>")
    assert "<script>alert" not in answer.content.decode()
    assert "<b>" not in answer.content.decode()


def test_pages_need_few_queries(guest, django_assert_max_num_queries):
    with django_assert_max_num_queries(1):
        assert Client().get(LOGIN).status_code == 200
