"""What Authentica says, and what we make of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from salon.messaging.authentica import AuthenticaOtpClient, AuthenticaSmsClient
from salon.messaging.base import Receipt, Verdict, WireError
from salon.messaging.tests.authentica_server import Authentica, authentica_server

LAMA = "+966551234567"
KEY = "$2y$10$key.with/dollars"


@pytest.fixture
def vendor() -> Iterator[Authentica]:
    with authentica_server(KEY) as server:
        yield server


def codes(vendor: Authentica) -> AuthenticaOtpClient:
    return AuthenticaOtpClient(api_key=KEY, sms_template=31, whatsapp_template=5, api_url=vendor.url)


def letters(vendor: Authentica, sender: str = "SALON") -> AuthenticaSmsClient:
    return AuthenticaSmsClient(api_key=KEY, sender=sender, api_url=vendor.url)


@pytest.mark.parametrize(("channel", "template"), [("sms", 31), ("whatsapp", 5)])
def test_our_own_code_by_the_template_of_its_channel(vendor, channel, template):
    assert codes(vendor).send_code(LAMA, code="082715", channel=channel) == Receipt()
    assert vendor.asked == [{"method": channel, "phone": LAMA, "template_id": template, "otp": "082715"}]
    assert vendor.asked[0].key == KEY


def test_their_code_is_sent_and_checked_by_them(vendor):
    client = codes(vendor)
    client.start(LAMA, channel="whatsapp", language="ar")
    assert vendor.asked == [{"method": "whatsapp", "phone": LAMA, "template_id": 5}]
    right = vendor.codes[LAMA]
    assert client.check(LAMA, channel="whatsapp", code="000000") is Verdict.WRONG
    assert client.check(LAMA, channel="whatsapp", code=right) is Verdict.CORRECT
    assert vendor.asked[-1] == {"phone": LAMA, "otp": right}
    assert client.check(LAMA, channel="whatsapp", code=right) is Verdict.WRONG, "it works once"


def test_a_letter_carries_the_sender(vendor):
    assert letters(vendor).send(LAMA, "موعدك مؤكد") == Receipt()
    assert vendor.asked == [{"phone": LAMA, "message": "موعدك مؤكد", "sender_name": "SALON"}]


@pytest.mark.parametrize(
    ("status", "said", "verdict"),
    [
        (200, {"status": True, "message": "OTP verified successfully"}, Verdict.CORRECT),
        (200, {"verified": True}, Verdict.CORRECT),
        (200, {"success": True, "data": None}, Verdict.CORRECT),
        (200, {"success": True, "data": {"verified": True}}, Verdict.CORRECT),
        (200, {"status": False}, Verdict.WRONG),
        (200, {"success": True, "status": False}, Verdict.WRONG),
        (200, {"success": True, "verified": False}, Verdict.WRONG),
        (200, {"success": True, "data": {"result": False}}, Verdict.WRONG),
        (400, {"message": "Invalid OTP"}, Verdict.WRONG),
        (422, {"errors": [{"message": "The code is invalid"}]}, Verdict.WRONG),
        (422, {"status": True}, Verdict.WRONG),
        (200, {"status": "true"}, None),
        (200, {"status": 1, "message": "OK"}, None),
        (200, {"status": "success", "success": True}, None),
        (200, {"message": "OTP verified successfully"}, None),
        (200, {}, None),
        (400, b"<h1>Bad request</h1>", None),
        (401, {"errors": [{"message": "Unauthorized"}]}, None),
        (404, {"status": False}, None),
        (429, {"status": False}, None),
        (500, {"status": True}, None),
        (302, {"status": True}, None),
    ],
)
def test_only_a_plain_yes_is_a_yes(vendor, status, said, verdict):
    vendor.answer(said, status=status)
    if verdict:
        assert codes(vendor).check(LAMA, channel="sms", code="482715") is verdict
    else:
        with pytest.raises(WireError):
            codes(vendor).check(LAMA, channel="sms", code="482715")


@pytest.mark.parametrize(
    ("status", "body", "fault", "code"),
    [
        (200, {"success": False, "message": "Not sent"}, "passing", "no success"),
        (200, {"success": "false"}, "passing", "no success"),
        (200, {"message": "OTP send successfully"}, "passing", "no success"),
        (302, {}, "ours", "HTTP 302"),
        (400, {"message": "Bad phone"}, "for good", "HTTP 400"),
        (401, {"errors": [{"message": "Unauthorized"}]}, "ours", "HTTP 401"),
        (402, {"message": "Insufficient balance"}, "ours", "HTTP 402"),
        (422, {"errors": {"phone": ["The phone is invalid."]}}, "for good", "HTTP 422"),
        (429, {"message": "Too Many Attempts."}, "passing", "HTTP 429"),
        (500, {"success": True}, "passing", "HTTP 500"),
    ],
)
def test_refusals_say_what_helps(vendor, status, body, fault, code):
    vendor.answer(body, status=status)
    for ask in (
        lambda: codes(vendor).send_code(LAMA, code="482715", channel="sms"),
        lambda: codes(vendor).start(LAMA, channel="sms", language="ar"),
        lambda: letters(vendor).send(LAMA, "x"),
    ):
        with pytest.raises(WireError) as caught:
            ask()
        assert (caught.value.permanent, caught.value.config) == (fault == "for good", fault == "ours")
        assert caught.value.code == code


@pytest.mark.parametrize("body", [{"errors": [{"message": "Unauthorized"}]}, {"message": "Unauthorized"}])
def test_their_words_are_kept_for_the_log(vendor, body):
    vendor.answer(body, status=401)
    with pytest.raises(WireError) as caught:
        letters(vendor).send(LAMA, "x")
    assert str(caught.value) == "HTTP 401: Unauthorized"


def test_the_balance(vendor):
    assert letters(vendor).balance() == 21934
    vendor.answer({"success": True, "data": {"balance": 12.75}})
    assert codes(vendor).balance() == 12
    assert vendor.asked[0].method == "GET"


@pytest.mark.parametrize("data", [None, [], {}, {"balance": None}, {"balance": "12"}, {"balance": True}])
def test_no_balance_is_not_zero(vendor, data):
    vendor.answer({"success": True, "data": data})
    with pytest.raises(WireError):
        letters(vendor).balance()


@pytest.mark.parametrize("to", ["0551234567", "966551234567"])
def test_the_stand_in_is_strict(vendor, to):
    with pytest.raises(WireError) as caught:
        letters(vendor).send(to, "x")
    assert caught.value.permanent
    assert vendor.faults.pop() == "phone"
