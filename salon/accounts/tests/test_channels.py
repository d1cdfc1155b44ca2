"""SMS or WhatsApp: what is offered, what was chosen, what is remembered, and what it must not tell a stranger."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from salon.accounts import channels, otp_providers
from salon.accounts.models import User
from salon.accounts.otp_providers import OtpError
from salon.accounts.tests.guest import HTMX, LAMA, REEM, Guest
from salon.tests.people import person

pytestmark = pytest.mark.django_db

BOTH = ["sms", "whatsapp"]


@pytest.fixture(autouse=True)
def _both(settings):
    settings.OTP_CHANNELS = BOTH


@pytest.fixture
def ways(caplog):
    """By which way each code of the console provider left."""
    caplog.set_level("INFO", logger="salon.messaging.console")
    return lambda: [
        record.getMessage().split()[0] for record in caplog.records if record.name == "salon.messaging.console"
    ]


@pytest.mark.parametrize(
    ("given", "offered"),
    [
        (["sms"], ("sms",)),
        (["whatsapp", "sms"], ("whatsapp", "sms")),
        (["sms", "sms", "pigeon"], ("sms",)),
        ([], ("sms",)),
    ],
)
def test_what_is_offered(settings, given, offered):
    settings.OTP_CHANNELS = given
    assert channels.offered() == offered
    assert channels.pick("pigeon", "") == offered[0]
    assert channels.other(offered[0]) == (offered[1] if len(offered) > 1 else "")


def test_the_first_is_the_default_and_the_page_says_which(guest, settings, ways):
    settings.OTP_CHANNELS = ["whatsapp", "sms"]
    guest.ask()
    page = guest.page()
    assert ways() == ["WhatsApp"]
    assert (page.context["channel"], page.context["other_channel"]) == ("whatsapp", "sms")


def test_with_one_way_nothing_is_offered(guest, settings):
    settings.OTP_CHANNELS = ["sms"]
    guest.ask()
    page = guest.page()
    assert page.context["other_channel"] == ""
    assert 'name="channel"' not in page.content.decode()


def test_a_resend_by_the_other_way(guest, clock, ways):
    guest.ask(next="/account/")
    assert 'name="channel" value="whatsapp"' in guest.page().content.decode()
    early = guest.resend(channel="whatsapp", next="/account/")
    assert (early.status_code, early["Retry-After"]) == (429, "30"), "the pause is the phone's, whatever the way"
    clock.shift(31)
    assert guest.resend(channel="whatsapp", next="/account/").status_code == 303
    page = guest.page()
    assert ways() == ["SMS", "WhatsApp"]
    assert (page.context["channel"], page.context["other_channel"]) == ("whatsapp", "sms")
    clock.shift(31)
    guest.resend(next="/account/")
    assert ways() == ["SMS", "WhatsApp", "WhatsApp"], "as before, unless asked"
    assert guest.type(guest.codes()[0], next="/account/")["Location"] == "/account/"


def test_a_resend_under_htmx(guest, clock, ways):
    guest.ask()
    clock.shift(31)
    assert guest.resend(channel="whatsapp", headers=HTMX).status_code == 204
    assert ways() == ["SMS", "WhatsApp"]


@pytest.mark.parametrize("channel", ["pigeon", "email", "voice", "", "SMS", "sms\x00", "<script>"])
def test_only_what_is_offered_can_be_asked_for(guest, settings, clock, ways, channel):
    settings.OTP_CHANNELS = ["whatsapp"]
    guest.ask()
    clock.shift(31)
    assert guest.resend(channel=channel).status_code == 303
    assert ways() == ["WhatsApp", "WhatsApp"]


def test_the_form_takes_a_channel_for_apps(guest, ways):
    assert guest.ask(channel="whatsapp").status_code == 303
    assert ways() == ["WhatsApp"]


def test_the_form_refuses_a_channel_that_is_not_offered_before_it_costs(guest, ways):
    answer = guest.ask(channel="pigeon")
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"channel"}
    assert ways() == []
    assert guest.ask().status_code == 303, "no pause was begun"


def test_a_choice_is_remembered_after_the_right_code_only(guest, clock):
    lama = person("Lama", LAMA)
    guest.ask(channel="whatsapp")
    lama.refresh_from_db()
    assert lama.code_channel == ""
    guest.type(guest.codes()[0])
    lama.refresh_from_db()
    assert lama.code_channel == "whatsapp"


def test_a_new_guest_is_remembered_too(guest, clock):
    guest.ask()
    clock.shift(31)
    guest.resend(channel="whatsapp")
    assert guest.type(guest.codes()[0]).status_code == 302
    assert User.objects.get().code_channel == "whatsapp"


def test_what_was_not_chosen_is_not_written(guest):
    lama = person("Lama", LAMA, code_channel="whatsapp")
    guest.sign_in()
    lama.refresh_from_db()
    assert lama.code_channel == "whatsapp", "the default of a new browser is nobody's choice"


@pytest.mark.parametrize("headers", [None, HTMX])
def test_the_next_sign_in_of_this_browser_goes_by_the_remembered_way(guest, clock, ways, headers):
    guest.ask(channel="whatsapp")
    guest.type(guest.codes()[0], headers=headers)
    guest.client.post("/accounts/logout/")
    assert guest.user_id is None
    clock.shift(31)
    guest.ask()
    assert ways() == ["WhatsApp", "WhatsApp"]
    clock.shift(31)
    guest.resend(channel="sms")
    guest.type(guest.codes()[0])
    assert User.objects.get().code_channel == "sms"


def test_what_is_not_offered_any_more_is_not_used(guest, clock, settings, ways):
    guest.ask(channel="whatsapp")
    guest.type(guest.codes()[0])
    guest.client.post("/accounts/logout/")
    settings.OTP_CHANNELS = ["sms"]
    clock.shift(31)
    guest.ask()
    assert ways() == ["WhatsApp", "SMS"]


def test_a_stranger_learns_nothing_from_the_way(inbox, ways):
    person("Lama", LAMA, code_channel="whatsapp")
    seen = []
    for phone in (LAMA, REEM):
        stranger = Guest(inbox)
        stranger.client.cookies["proved"] = "0" * 32
        stranger.ask(phone)
        page = stranger.page()
        seen.append((page.context["channel"], page.context["other_channel"]))
    assert seen[0] == seen[1] == ("sms", "whatsapp")
    assert ways() == ["SMS", "SMS"]


def test_a_browser_that_proved_one_phone_learns_nothing_of_another(guest, clock, ways):
    person("Reem", REEM, code_channel="whatsapp")
    guest.sign_in(LAMA)
    guest.client.post("/accounts/logout/")
    guest.ask(REEM)
    assert ways() == ["SMS", "SMS"]


def test_a_way_that_fails_keeps_the_code_of_the_other(guest, clock, monkeypatch):
    guest.ask()
    clock.shift(31)

    class NoWhatsApp(otp_providers.ConsoleOtp):
        def send_code(self, *, channel, **asked):
            if channel == "whatsapp":
                raise OtpError(permanent=True, reason="no such account")
            super().send_code(channel=channel, **asked)

    monkeypatch.setitem(otp_providers.PROVIDERS, "console", NoWhatsApp)
    assert guest.resend(channel="whatsapp").status_code == 303
    page = guest.page()
    assert (page.context["failed"], page.context["channel"], page.context["other_channel"]) == (True, "whatsapp", "sms")
    assert 'name="channel" value="sms"' in page.content.decode(), "back to the other way at once"
    assert guest.client.session["code_delivery"]["channel"] == "sms", "by which the code that works went"
    assert guest.type(guest.codes()[0]).status_code == 302


def test_known_and_unknown_phones_cost_the_same_queries(inbox):
    person("Lama", LAMA, code_channel="whatsapp")
    Guest(inbox).ask("0561112223")  # the counters of the address and the site have their rows
    counts = []
    for phone in (LAMA, REEM):
        guest = Guest(inbox)
        with CaptureQueriesContext(connection) as asked:
            guest.ask(phone)
        with CaptureQueriesContext(connection) as seen:
            guest.page()
        wrong = guest.wrong(phone)
        with CaptureQueriesContext(connection) as typed:
            guest.type(wrong)
        counts.append((len(asked), len(seen), len(typed)))
    # One person, twelve of the pause in the database's cache, seven counters, four of the session.
    assert counts == [(24, 2, 5)] * 2
