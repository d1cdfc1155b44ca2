"""What a code costs: pause, limits, a provider that is down, and who is told what."""

from __future__ import annotations

import logging
import re

import pytest
from django.core.cache import cache
from django.db import DatabaseError
from django.urls import reverse
from django.utils.translation import override

from salon.accounts import limits, otp, otp_providers
from salon.accounts.models import UsageCounter, User
from salon.accounts.otp_providers import OtpError
from salon.accounts.otp_text import code_text
from salon.accounts.tests.guest import HTMX, LAMA, REEM, Guest
from salon.accounts.waiting import refusal_text
from salon.core.text import sms_segments

pytestmark = pytest.mark.django_db


class Down:
    """A provider that refuses everything."""

    def send_code(self, *, phone, code, language, channel):
        raise OtpError(permanent=False, reason="timeout")


@pytest.fixture
def down(monkeypatch):
    """Press to break the provider; what it returns repairs it."""

    def break_it():
        monkeypatch.setitem(otp_providers.PROVIDERS, "console", Down)
        return lambda: monkeypatch.setitem(otp_providers.PROVIDERS, "console", otp_providers.ConsoleOtp)

    return break_it


def test_a_resend_makes_the_old_code_useless(guest, clock):
    guest.ask(next="/account/")
    clock.shift(31)
    answer = guest.resend(next="/account/")
    assert (answer.status_code, answer["Location"]) == (303, "/accounts/login/code/?next=%2Faccount%2F")
    newer, older = guest.codes()
    if newer != older:
        wrong = guest.type(older, next="/account/")
        assert wrong.status_code == 422
        assert wrong.context["resent"] is True
    assert guest.type(newer, next="/account/")["Location"] == "/account/"


def test_a_resend_too_early_is_refused_and_the_code_at_hand_still_works(guest, clock):
    guest.ask()
    assert guest.page().context["wait"] == 30
    clock.shift(10)
    answer = guest.resend()
    assert (answer.status_code, answer["Retry-After"]) == (429, "30")
    assert len(guest.codes()) == 1
    assert guest.page().context["wait"] == 20
    assert guest.type(guest.codes()[0]).status_code == 302


def test_a_resend_does_not_give_new_tries(guest, clock):
    guest.ask()
    for _ in range(4):
        guest.type(guest.wrong())
    clock.shift(31)
    guest.resend()
    assert guest.type(guest.wrong()).status_code == 429


def test_three_resends_and_no_more(guest, clock):
    guest.ask()
    for _ in range(3):
        clock.shift(31)
        guest.resend()
    assert len(guest.codes()) == 4
    clock.shift(31)
    page = guest.page()
    assert page.context["can_resend"] is False
    assert guest.resend().status_code == 422, "no longer an action: read as a code that is missing"
    assert len(guest.codes()) == 4
    assert guest.type(guest.codes()[0]).status_code == 302


def test_a_new_guest_can_resend(guest, clock):
    guest.ask(REEM)
    clock.shift(31)
    assert guest.resend().status_code == 303
    assert not User.objects.exists()


def test_the_pause_is_the_phones_not_the_browsers(inbox, clock):
    first, second = Guest(inbox), Guest(inbox)
    first.ask()
    refused = second.ask("٠٥٥ ١٢٣ ٤٥٦٧")
    assert (refused.status_code, refused["Retry-After"]) == (429, "30")
    assert second.ask(REEM).status_code == 303


def test_five_an_hour_and_ten_a_day_for_a_phone(inbox, clock):
    sent = 0
    for _hour in range(3):
        for _ in range(7):
            clock.shift(31)
            answer = Guest(inbox).ask()
            sent += answer.status_code == 303
        if _hour < 2:
            assert sent == 5 * (_hour + 1)
            clock.shift(3600)
    assert sent == 10
    assert answer.status_code == 429
    assert 3600 < int(answer["Retry-After"]) <= 86_400
    assert len(Guest(inbox).codes()) == 10


@pytest.mark.parametrize(
    ("name", "phones"),
    [
        ("OTP_CODES_PER_ADDRESS_HOUR", ["0551230001", "0561230001", "0501230001"]),
        ("OTP_CODES_PER_PREFIX_HOUR", ["0551234561", "0551234562", "0551234563"]),
        ("OTP_CODES_PER_DAY", ["0551230001", "0561230001", "0501230001"]),
    ],
)
def test_the_limits_of_money(inbox, settings, clock, name, phones):
    setattr(settings, name, 2)
    answers = [Guest(inbox).ask(phone) for phone in phones]
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert int(answers[2]["Retry-After"]) > 1
    assert len(inbox.read_text().splitlines()) == 2


def test_a_refused_code_costs_nothing_else(inbox, settings, clock):
    settings.OTP_CODES_PER_DAY = 0
    Guest(inbox).ask()
    assert sum(UsageCounter.objects.values_list("count", flat=True)) == 0
    settings.OTP_CODES_PER_DAY = 1
    assert Guest(inbox).ask().status_code == 303, "not even the pause"


def test_deleting_the_row_lifts_the_limit(inbox, settings, clock):
    settings.OTP_CODES_PER_PHONE_HOUR = 1
    Guest(inbox).ask()
    clock.shift(31)
    assert Guest(inbox).ask().status_code == 429
    UsageCounter.objects.filter(key=LAMA, name="codes-phone-hour").delete()
    assert Guest(inbox).ask().status_code == 303


@pytest.mark.parametrize("broken", ["cache", "rows"])
def test_what_cannot_be_counted_is_not_sent(guest, monkeypatch, broken):
    def fail(*args, **kwargs):
        raise DatabaseError("gone")

    if broken == "cache":
        monkeypatch.setattr(otp.ratelimit, "consume", fail)
    else:
        monkeypatch.setattr(limits, "take", fail)
    answer = guest.ask()
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert guest.codes() == []


def test_the_code_page_shows_when_the_provider_is_down(guest, down, clock, caplog):
    repair = down()
    answer = guest.ask(next="/account/")
    assert answer.status_code == 303
    page = guest.client.get(answer["Location"])
    assert page.status_code == 200
    assert page.context["failed"] is True
    assert "alert--bad" in page.content.decode()
    assert LAMA not in caplog.text
    assert "+9665••••••67" in caplog.text
    repair()
    assert guest.resend(next="/account/").status_code == 303, "at once: the failure cost no pause"
    assert guest.type(guest.codes()[0], next="/account/")["Location"] == "/account/"


def test_a_failed_resend_leaves_the_old_code_and_the_quota_alone(guest, down, clock):
    guest.ask()
    clock.shift(31)
    repair = down()
    for _ in range(5):
        assert guest.resend().status_code == 303
    assert guest.page().context["failed"] is True
    assert guest.page().context["can_resend"] is True
    repair()
    assert guest.type(guest.codes()[0]).status_code == 302


def test_a_broken_provider_is_not_hammered_by_one_address(guest, down, settings, clock):
    settings.OTP_CODES_PER_ADDRESS_HOUR = 3
    down()
    guest.ask()
    assert [guest.resend().status_code for _ in range(3)] == [303, 303, 429]


def test_a_failed_send_gives_the_money_back(guest, down, clock):
    down()
    guest.ask()
    counts = dict(UsageCounter.objects.values_list("name", "count"))
    assert counts == {
        "codes-address": 1,
        "codes-address-day": 1,
        "codes-phone-hour": 0,
        "codes-phone-day": 0,
        "codes-prefix": 0,
        "codes-prefix-day": 0,
        "codes-all": 0,
    }


def test_codes_that_cannot_leave_bring_no_endless_tries(inbox, down, clock, monkeypatch):
    down()
    compared = []
    monkeypatch.setattr(otp, "compare_user_code", lambda **asked: bool(compared.append(asked)))
    for number in range(12):
        guest = Guest(inbox, REMOTE_ADDR=f"10.0.0.{number}")
        assert guest.ask().status_code == 303, "not paid for, so never refused"
        for guess in range(5):
            guest.type(f"{guess:06}")
        clock.shift(31)
    assert len(compared) == 25, "as many as five codes that were paid for would have brought"


def test_a_refused_resend_under_htmx_keeps_the_form(guest):
    guest.ask()
    answer = guest.resend(headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 429
    assert 'name="code"' in text
    assert "data-countdown" in text


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("seconds", [1, 2, 3, 11, 60, 100, 600, 5000, 7300, 86_400])
@pytest.mark.parametrize("reason", ["pause", "limit", "unavailable"])
def test_every_wait_has_words(language, seconds, reason):
    with override(language):
        text = refusal_text(otp.CodeRefused(reason, seconds))
    assert text
    assert "%" not in text


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize(("site", "https"), [("http://127.0.0.1:8000", False), ("https://salon.sa", True)])
def test_the_message_is_one_sms_with_one_code(settings, language, site, https):
    settings.SITE_URL, settings.SITE_IS_HTTPS = site, https
    text = code_text(code="012345", language=language)
    assert "012345" in text
    assert sms_segments(text) == 1
    assert (text.splitlines()[-1] == "@salon.sa #012345") is https


def test_a_long_host_is_left_out_of_an_arabic_message(settings):
    settings.SITE_URL, settings.SITE_IS_HTTPS = f"https://{'bookings.' * 6}salon.sa", True
    text = code_text(code="012345", language="ar")
    assert sms_segments(text) == 1
    assert "@" not in text


def test_the_console_line(guest, caplog):
    with caplog.at_level(logging.INFO, logger="salon.messaging.console"):
        guest.ask()
    lines = [record.getMessage() for record in caplog.records if record.name == "salon.messaging.console"]
    assert len(lines) == 1
    assert re.fullmatch(rf"SMS to \{LAMA} : .*{guest.codes()[0]}.*", lines[0])


def test_the_message_speaks_the_language_of_the_page(guest, monkeypatch):
    spoken = []

    class Listening:
        def send_code(self, *, phone, code, language, channel):
            spoken.append(language)

    monkeypatch.setitem(otp_providers.PROVIDERS, "console", Listening)
    guest.ask()
    cache.clear()
    with override("en"):
        guest.client.post(reverse("account_logout"))
        guest.ask()
    assert spoken == ["ar", "en"]
