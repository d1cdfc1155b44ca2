"""Proof of a phone outside sign-in: the same money, tries and words, in a place of its own."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.cache import SessionStore
from django.test import RequestFactory

from salon.accounts import challenge, otp, otp_providers
from salon.accounts.models import UsageCounter
from salon.accounts.otp_providers import OtpError
from salon.accounts.tests.guest import LAMA, REEM
from salon.messaging.console import read_inbox
from salon.tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(inbox, clock):
    """A request of one browser; its session stays the same."""
    session = SessionStore()
    user = person("Lama", LAMA)

    def build(*, signed_in=True):
        request = RequestFactory().post("/")
        request.session, request.user = session, user if signed_in else AnonymousUser()
        return request

    return build


def _now():
    return dt.datetime.now(dt.UTC)


def _codes(inbox, phone):
    return [letter.text.split("التحقق ")[1][:6] for letter in read_inbox(inbox) if letter.to == phone]


def _wrong(code):
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_a_new_number_is_proved_with_its_own_code(ask, inbox, clock):
    begun = challenge.begin(ask(), purpose="phone", phone=REEM, now=_now())
    assert (begun.phone, begun.channel, begun.failed, begun.wait, begun.tries_left()) == (REEM, "sms", False, 30, 5)
    assert challenge.current(ask(), "phone") == begun
    assert challenge.current(ask(), "fresh") is None
    (code,) = _codes(inbox, REEM)
    assert challenge.confirm(ask(), "phone", given=_wrong(code), now=_now()).tries_left == 4
    assert challenge.confirm(ask(), "phone", given="12", now=_now()).unreadable
    arabic = code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert challenge.confirm(ask(), "phone", given=f" {arabic}", now=_now()).right
    assert challenge.current(ask(), "phone") is None
    assert challenge.confirm(ask(), "phone", given=code, now=_now()).expired, "used once"


def test_five_wrong_tries_end_it_and_begin_a_pause(ask, inbox, clock):
    challenge.begin(ask(), purpose="phone", phone=REEM, now=_now())
    wrong = _wrong(_codes(inbox, REEM)[0])
    clock.shift(40)
    results = [challenge.confirm(ask(), "phone", given=wrong, now=_now()) for _ in range(5)]
    assert [result.tries_left for result in results] == [4, 3, 2, 1, 0]
    assert results[-1].spent
    with pytest.raises(otp.CodeRefused) as refused:
        challenge.begin(ask(), purpose="phone", phone=REEM, now=_now())
    assert (refused.value.reason, refused.value.retry_after) == ("pause", 30)


def test_two_purposes_do_not_meet(ask, inbox, clock):
    challenge.begin(ask(), purpose="old", phone=LAMA, now=_now())
    challenge.begin(ask(), purpose="new", phone=REEM, now=_now())
    assert challenge.confirm(ask(), "new", given=_codes(inbox, REEM)[0], now=_now()).right
    assert challenge.confirm(ask(), "old", given=_codes(inbox, LAMA)[0], now=_now()).right


def test_it_costs_what_a_sign_in_costs(ask, guest, clock):
    challenge.begin(ask(), purpose="fresh", phone=LAMA, now=_now())
    with pytest.raises(otp.CodeRefused):
        challenge.resend(ask(), "fresh", now=_now())
    assert UsageCounter.objects.get(name="codes-phone-hour", key=LAMA).count == 1
    assert guest.ask(LAMA).status_code == 429, "one pause for both"


def test_a_resend_replaces_the_code_by_the_other_way(ask, inbox, clock, settings):
    settings.OTP_CHANNELS = ["sms", "whatsapp"]
    first = challenge.begin(ask(), purpose="phone", phone=REEM, now=_now())
    assert first.other_channel == "whatsapp"
    clock.shift(31)
    again = challenge.resend(ask(), "phone", channel="whatsapp", now=_now())
    assert (again.channel, again.other_channel, again.sent_at) == ("whatsapp", "sms", _now())
    assert challenge.confirm(ask(), "phone", given=_codes(inbox, REEM)[0], now=_now()).right


def test_three_resends_and_no_more(ask, clock):
    challenge.begin(ask(), purpose="phone", phone=REEM, now=_now())
    for _ in range(3):
        clock.shift(31)
        last = challenge.resend(ask(), "phone", now=_now())
    assert not last.can_resend
    clock.shift(31)
    with pytest.raises(otp.CodeRefused) as refused:
        challenge.resend(ask(), "phone", now=_now())
    assert refused.value.retry_after == 600 - 4 * 31


def test_no_challenge_has_no_resend(ask):
    with pytest.raises(LookupError):
        challenge.resend(ask(), "phone", now=_now())


def test_it_runs_out(ask, inbox, clock):
    challenge.begin(ask(), purpose="phone", phone=REEM, now=_now())
    clock.shift(601)
    assert challenge.current(ask(), "phone").expired(_now())
    assert challenge.confirm(ask(), "phone", given=_codes(inbox, REEM)[0], now=_now()).expired
    assert challenge.current(ask(), "phone") is None


def test_a_provider_that_is_down_is_told_and_costs_nothing(ask, inbox, clock, monkeypatch):
    challenge.begin(ask(), purpose="phone", phone=REEM, now=_now())
    clock.shift(31)

    class Down:
        def send_code(self, **asked):
            raise OtpError(permanent=False, reason="timeout")

    monkeypatch.setitem(otp_providers.PROVIDERS, "console", Down)
    failed = challenge.resend(ask(), "phone", now=_now())
    assert (failed.failed, failed.wait, failed.can_resend) == (True, 0, True)
    assert UsageCounter.objects.get(name="codes-phone-hour", key=REEM).count == 1
    assert challenge.confirm(ask(), "phone", given=_codes(inbox, REEM)[0], now=_now()).right, "the old one still works"


def test_what_somebody_is_used_to_holds_for_their_own_phone(ask, clock, settings):
    settings.OTP_CHANNELS = ["sms", "whatsapp"]
    request = ask()
    request.user.code_channel = "whatsapp"
    assert challenge.begin(request, purpose="old", phone=LAMA, now=_now()).channel == "whatsapp"
    assert challenge.begin(request, purpose="new", phone=REEM, now=_now()).channel == "sms"
    assert challenge.begin(ask(signed_in=False), purpose="x", phone="+966500000001", now=_now()).channel == "sms"


def test_dropping_forgets(ask, clock):
    challenge.begin(ask(), purpose="phone", phone=REEM, now=_now())
    challenge.drop(ask(), "phone")
    challenge.drop(ask(), "phone")
    assert challenge.current(ask(), "phone") is None
