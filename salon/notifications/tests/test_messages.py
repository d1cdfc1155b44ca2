"""What letters say, in both languages, and what they cost."""

from __future__ import annotations

import logging

import pytest

from salon.bookings.models import Booking, BookingEvent
from salon.bookings.states import Status
from salon.core.text import sms_safe, sms_segments
from salon.messaging.console import ConsoleSmsClient, read_inbox
from salon.messaging.unifonic import UnifonicSmsClient
from salon.notifications import checks, messages, providers
from salon.notifications.models import Letter
from salon.tests.people import at, person, rose

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking():
    shop = rose()
    return Booking.objects.create(
        reference="R7K2M9",
        customer=person("لمى"),
        salon=shop.salon,
        status=Status.CONFIRMED,
        starts_at=at("2026-11-26", "16:30"),
        ends_at=at("2026-11-26", "17:30"),
        business_day="2026-11-26",
        price=18000,
        created_at=at("2026-11-20", "10:00"),
    )


def text(letter, booking, language="ar", status=None):
    booking.status = status or booking.status
    booking.customer.language = language
    return messages.render(letter, booking=booking, recipient=booking.customer)


def test_booked_in_arabic(booking):
    assert text(Letter.BOOKED, booking) == (
        "صالون: تأكد موعدك في لمسة ورد، الخميس 26 نوفمبر 4:30 م. رقم الحجز R7K2M9 http://testserver/bookings/R7K2M9/"
    )


def test_booked_in_english(booking):
    assert text(Letter.BOOKED, booking, "en") == (
        "Salon: your appointment at Touch of Rose is confirmed, Thursday 26 November 4:30 PM. "
        "Reference R7K2M9 http://testserver/en/bookings/R7K2M9/"
    )


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("letter", list(Letter))
def test_each_letter_in_each_language(booking, letter, language, settings):
    settings.SITE_URL = "https://salon.example"
    for status in (Status.CONFIRMED, Status.REQUESTED, Status.CANCELLED):
        said = text(letter, booking, language, status)
        assert "R7K2M9" in said
        assert "https://salon.example" in said
        assert said == sms_safe(said) == " ".join(said.split())
        assert not set("{}%&") & set(said)
        assert sms_segments(said) <= 3
        assert ("ا" in said) is (language == "ar")


@pytest.mark.parametrize("name", ["لمسة ورد", "صالون الياسمين للتجميل", "مركز ميراا ستوديو النسائي"])
def test_the_usual_letter_is_two_parts_at_most(booking, settings, name):
    settings.SITE_URL = "https://salon.example"
    booking.salon.name_ar = name
    for letter in (Letter.BOOKED, Letter.CONFIRMED, Letter.CANCELLED, Letter.OWNER_NEW):
        assert sms_segments(text(letter, booking)) <= 2


def test_names_are_not_escaped_and_not_endless(booking):
    booking.salon.name_en = "Cut & Go <b> " + "x" * 80
    said = text(Letter.BOOKED, booking, "en")
    assert "Cut & Go <b> xxx" in said
    assert "x" * 40 not in said


def test_a_name_cannot_turn_the_text_around(booking):
    booking.salon.name_ar = "ورد\u202e\u2066 جميل"
    assert not set(text(Letter.BOOKED, booking)) & set("\u202e\u2066")


def test_the_office_letter_leads_to_the_office(booking):
    assert "/owner/bookings/R7K2M9/" in text(Letter.OWNER_NEW, booking)
    assert "طلب حجز بانتظار الرد" in text(Letter.OWNER_NEW, booking, status=Status.REQUESTED)


def test_returned_money_says_why(booking):
    assert "Your appointment stands" in text(Letter.LATE_PAYMENT, booking, "en")
    over = text(Letter.LATE_PAYMENT, booking, "en", Status.COMPLETED)
    assert "an extra payment" in over
    assert "stands" not in over
    assert "after the time was given up" in text(Letter.LATE_PAYMENT, booking, "en", Status.EXPIRED)


def test_an_ended_hold_does_not_blame_the_salon(booking):
    assert "did not answer" in text(Letter.EXPIRED, booking, "en", Status.EXPIRED)
    BookingEvent.objects.create(
        booking=booking, at=booking.starts_at, actor_kind="system", old_status="held", new_status="expired"
    )
    assert "payment was not completed" in text(Letter.EXPIRED, booking, "en", Status.EXPIRED)


# --- who carries them -------------------------------------------------------------------------------------


def test_the_console_keeps_an_inbox(settings, tmp_path, caplog):
    settings.DEV_INBOX = tmp_path / "inbox.jsonl"
    with caplog.at_level(logging.INFO, "salon.messaging.console"):
        providers.provider().send("+966551234567", "مرحبا")
    assert "SMS to +966551234567 : مرحبا" in caplog.text
    assert read_inbox(settings.DEV_INBOX)[0].text == "مرحبا"


def test_letters_and_codes_are_configured_apart(settings):
    settings.OTP_PROVIDER, settings.NOTIFICATION_PROVIDER = "console", "unifonic"
    settings.NOTIFICATION_UNIFONIC_APP_SID, settings.NOTIFICATION_UNIFONIC_SENDER = "sid", "Salon"
    assert isinstance(providers.provider(), UnifonicSmsClient)
    settings.OTP_PROVIDER, settings.NOTIFICATION_PROVIDER = "unifonic", "console"
    assert isinstance(providers.provider(), ConsoleSmsClient)


def test_checks(settings):
    assert checks.check_provider() == []
    assert [each.id for each in checks.check_console()] == ["notifications.E002"]
    settings.NOTIFICATION_PROVIDER = "pigeon"
    assert [each.id for each in checks.check_provider()] == ["notifications.E001"]
    settings.NOTIFICATION_PROVIDER = "unifonic"
    settings.NOTIFICATION_UNIFONIC_APP_SID = settings.NOTIFICATION_UNIFONIC_SENDER = ""
    assert [each.id for each in checks.check_provider()] == ["notifications.E003"] * 2
    assert checks.check_console() == []
