"""Codes and letters are configured apart: two vendors, or one vendor with two accounts and two names."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.cache import cache
from django.utils import timezone

from salon.accounts import otp
from salon.accounts.models import User
from salon.accounts.tests.guest import LAMA, Guest
from salon.accounts.tests.vendors import WAYS
from salon.core.circuit import Circuit
from salon.messaging.tests.unifonic_server import unifonic_server
from salon.notifications import outbox
from salon.tests.chairs import hold, place
from salon.tests.people import rose

pytestmark = pytest.mark.django_db(transaction=True)

BY_TWILIO = next(way for way in WAYS if str(way) == "twilio-local-sms")
BY_UNIFONIC = next(way for way in WAYS if str(way) == "unifonic-local-sms")


@pytest.fixture(autouse=True)
def _whole(monkeypatch):
    cache.clear()
    otp.circuits.clear()
    monkeypatch.setattr(outbox, "circuit", Circuit())


@pytest.fixture
def letters(settings):
    """The vendor of letters, which knows one account only."""
    with unifonic_server("letters-app") as vendor:
        settings.NOTIFICATION_PROVIDER = "unifonic"
        settings.NOTIFICATION_UNIFONIC_APP_SID = "letters-app"
        settings.NOTIFICATION_UNIFONIC_SENDER = "LETTERS"
        settings.NOTIFICATION_UNIFONIC_API_URL = vendor.url
        yield vendor


def _book(lama, shop):
    now = timezone.now().replace(microsecond=0)
    day = f"{now + dt.timedelta(days=2):%Y-%m-%d}"
    place(hold(shop, "15:00", day=day, staff=shop.noura, now=now), lama, now=now, name="Lama")


@pytest.mark.parametrize("way", [BY_TWILIO, BY_UNIFONIC], ids=["two vendors", "one vendor, two accounts"])
def test_a_code_and_a_letter_each_go_their_own_way(way, settings, letters, tmp_path):
    shop = rose()
    guest = Guest(tmp_path / "nothing")
    with way.open(settings) as codes:
        guest.ask()
        assert guest.type(way.code(codes, LAMA)).status_code == 302
        assert letters.asked == []
        _book(User.objects.get(phone=LAMA), shop)
        (code,) = codes.asked
        to_guest = [asked for asked in letters.asked if asked["Recipient"] == LAMA.removeprefix("+")]
        assert len(to_guest) == 1
        assert {(asked["AppSid"], asked["SenderID"]) for asked in letters.asked} == {("letters-app", "LETTERS")}
        if way is BY_TWILIO:
            assert (code.key, code["From"]) == ("AC0:codes-token", "CODES")
        else:
            assert (code["AppSid"], code["SenderID"]) == ("codes-app", "CODES")


def test_one_failing_leaves_the_other_alone(settings, letters, tmp_path):
    shop = rose()
    guest = Guest(tmp_path / "nothing")
    with BY_TWILIO.open(settings) as codes:
        letters.answer(how="down")
        guest.ask()
        assert guest.type(BY_TWILIO.code(codes, LAMA)).status_code == 302
        _book(User.objects.get(phone=LAMA), shop)
        before = len(letters.asked)
        letters.answer()
        codes.answer(how="down")
        assert outbox.dispatch(now=timezone.now() + dt.timedelta(hours=1)) >= 1
        assert len(letters.asked) > before
        assert len(codes.asked) == 1
