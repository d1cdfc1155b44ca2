"""Codes by Unifonic: our code, its delivery, with keys apart from those of letters."""

from __future__ import annotations

import pytest

from salon.accounts.checks import check_provider
from salon.accounts.otp_providers import OtpError, otp_provider
from salon.messaging.tests.unifonic_server import unifonic_server


@pytest.fixture
def vendor(settings):
    with unifonic_server() as server:
        settings.OTP_PROVIDER = "unifonic"
        settings.OTP_UNIFONIC_APP_SID = "codes-sid"
        settings.OTP_UNIFONIC_SENDER = "CODES"
        settings.OTP_UNIFONIC_API_URL = server.url
        yield server


def test_a_code_leaves_with_its_own_keys(vendor):
    otp_provider().send_code(phone="+966551234567", code="482715", language="ar")
    (asked,) = vendor.asked
    assert (asked["AppSid"], asked["SenderID"], asked["Recipient"]) == ("codes-sid", "CODES", "966551234567")
    assert "482715" in asked["Body"]


def test_a_refusal_is_an_otp_error(vendor):
    vendor.answer({"success": False, "errorCode": "ER-02"})
    with pytest.raises(OtpError) as caught:
        otp_provider().send_code(phone="+966551234567", code="482715", language="en")
    assert caught.value.permanent


def test_missing_keys_are_named(settings):
    settings.OTP_PROVIDER = "unifonic"
    assert [error.msg.split()[0] for error in check_provider()] == ["OTP_UNIFONIC_APP_SID", "OTP_UNIFONIC_SENDER"]
