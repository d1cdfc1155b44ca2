"""What Twilio's Messages and Verify say, and what we make of it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from salon.messaging.base import Receipt, Verdict, WireError
from salon.messaging.tests.twilio_server import Messages, Verify, said, twilio_server, twilio_verify_server
from salon.messaging.twilio import TwilioSmsClient, TwilioWhatsAppClient
from salon.messaging.twilio_verify import TwilioVerifyClient

SERVICE = "MG0123456789abcdef0123456789abcdef"
LAMA, NOURA = "+966551234567", "+966501234567"


@pytest.fixture
def vendor() -> Iterator[Messages]:
    with twilio_server("AC01:token") as server:
        yield server


@pytest.fixture
def codes() -> Iterator[Verify]:
    with twilio_verify_server("AC01:token") as server:
        yield server


def send(vendor: Messages, to: str = LAMA, text: str = "x", sender: str = "SALON", **more: object) -> Receipt:
    client = TwilioSmsClient(account_sid="AC01", auth_token="token", sender=sender, api_url=vendor.url, **more)
    return client.send(to, text)


def template(vendor: Messages, sender: str = "+14155238886", **more: object) -> Receipt:
    client = TwilioWhatsAppClient(account_sid="AC01", auth_token="token", sender=sender, api_url=vendor.url)
    return client.send_template(LAMA, **{"template": "HX01", "language": "ar", "parameters": ["سارة", "5:30"]} | more)


def verify(codes: Verify) -> TwilioVerifyClient:
    return TwilioVerifyClient(account_sid="AC01", auth_token="token", service_sid="VA01", api_url=codes.url)


def test_a_text_from_a_name(vendor):
    assert send(vendor, text="موعدك مؤكد").reference == "SM0123456789abcdef0123456789abcdef"
    assert vendor.asked == [{"To": LAMA, "From": "SALON", "Body": "موعدك مؤكد"}]
    assert vendor.asked[0].path == "/2010-04-01/Accounts/AC01/Messages.json"


def test_a_text_from_a_messaging_service_that_must_not_come_late(vendor):
    send(vendor, sender=SERVICE, validity=120)
    assert vendor.asked == [{"To": LAMA, "MessagingServiceSid": SERVICE, "Body": "x", "ValidityPeriod": "120"}]


def test_a_name_may_begin_as_a_service_does(vendor):
    send(vendor, sender="MG Beauty")
    assert vendor.asked[0]["From"] == "MG Beauty"


@pytest.mark.parametrize("sender", ["+14155238886", "whatsapp:+14155238886"])
def test_a_template_from_a_whatsapp_number(vendor, sender):
    template(vendor, sender=sender)
    (asked,) = vendor.asked
    assert {**asked, "ContentVariables": json.loads(asked["ContentVariables"])} == {
        "To": f"whatsapp:{LAMA}",
        "From": "whatsapp:+14155238886",
        "ContentSid": "HX01",
        "ContentVariables": {"1": "سارة", "2": "5:30"},
    }


def test_a_template_from_a_messaging_service(vendor):
    template(vendor, sender=SERVICE, parameters=[])
    assert vendor.asked == [{"To": f"whatsapp:{LAMA}", "MessagingServiceSid": SERVICE, "ContentSid": "HX01"}]


@pytest.mark.parametrize("parameters", [[], ["482715"]])
def test_a_code_is_the_one_variable_of_its_template(vendor, parameters):
    template(vendor, parameters=parameters, button="482715")
    assert vendor.asked[0]["ContentVariables"] == '{"1": "482715"}'


@pytest.mark.parametrize(
    ("status", "code", "fault"),
    [
        (400, 21211, "for good"),
        (400, 21614, "for good"),
        (400, 21610, "for good"),
        (400, 21617, "for good"),
        (400, 63016, "for good"),
        (400, 63024, "for good"),
        (400, 99999, "for good"),
        (401, 20003, "ours"),
        (404, 20404, "ours"),
        (400, 21212, "ours"),
        (400, 21408, "ours"),
        (400, 21606, "ours"),
        (400, 63007, "ours"),
        (403, 10001, "ours"),
        (429, 20429, "passing"),
        (400, 21611, "passing"),
        (429, 63018, "passing"),
        (500, 20500, "passing"),
        (503, 20503, "passing"),
    ],
)
def test_refusals_say_what_helps(vendor, status, code, fault):
    vendor.answer(said(status, code, f"Trouble with {LAMA}"), status=status)
    for ask in (send, template):
        with pytest.raises(WireError) as caught:
            ask(vendor)
        assert (caught.value.permanent, caught.value.config) == (fault == "for good", fault == "ours")
        assert (caught.value.code, caught.value.vendor_message) == (str(code), "Trouble with …")


@pytest.mark.parametrize(
    ("body", "code", "permanent"),
    [
        ({"sid": "SM1", "status": "failed", "error_code": 30005}, "30005", True),
        ({"sid": "SM1", "status": "undelivered", "error_code": None}, "no success", False),
        ({"sid": "SM1", "status": "canceled"}, "no success", False),
        ({"sid": "SM1", "status": "queued", "error_code": "30001"}, "30001", False),
        ({"sid": None, "status": "queued"}, "no success", False),
        ({"status": "queued"}, "no success", False),
    ],
)
def test_a_201_may_be_a_failure(vendor, body, code, permanent):
    vendor.answer(body, status=201)
    with pytest.raises(WireError) as caught:
        send(vendor)
    assert (caught.value.code, caught.value.permanent) == (code, permanent)


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [({"to": "966551234567"}, "number"), ({"text": ""}, "Body"), ({"validity": 0}, "ValidityPeriod")],
)
def test_the_stand_in_is_strict(vendor, wrong, fault):
    with pytest.raises(WireError):
        send(vendor, **wrong)
    assert vendor.faults.pop() == fault


def test_an_account_cannot_leave_its_place_in_the_address(vendor):
    client = TwilioSmsClient(account_sid="AC01/../AC02", auth_token="token", sender="SALON", api_url=vendor.url)
    with pytest.raises(WireError):
        client.send(LAMA, "x")
    assert vendor.asked == []
    vendor.faults.clear()


def test_twilio_makes_and_checks_a_code(codes):
    client = verify(codes)
    assert client.start(LAMA, channel="whatsapp", language="ar").reference.startswith("VE")
    assert codes.asked == [{"To": LAMA, "Channel": "whatsapp", "Locale": "ar"}]
    right = codes.codes[LAMA]
    assert client.check(LAMA, channel="whatsapp", code="000000") is Verdict.WRONG
    assert client.check(LAMA, channel="whatsapp", code=right) is Verdict.CORRECT
    assert codes.asked[-1] == {"To": LAMA, "Code": right}
    assert client.check(LAMA, channel="whatsapp", code=right) is Verdict.SPENT, "it works once"


def test_too_many_tries_are_spent(codes):
    client = verify(codes)
    client.start(LAMA, channel="sms", language="en")
    tried = [client.check(LAMA, channel="sms", code="000000") for _ in range(6)]
    assert tried == [Verdict.WRONG] * 5 + [Verdict.SPENT]


def test_too_many_codes_is_a_passing_trouble(codes):
    client = verify(codes)
    for _ in range(5):
        client.start(LAMA, channel="sms", language="en")
    with pytest.raises(WireError) as caught:
        client.start(LAMA, channel="sms", language="en")
    assert (caught.value.code, caught.value.permanent, caught.value.config) == ("60203", False, False)


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, {"status": "approved", "to": LAMA}, Verdict.CORRECT),
        (200, {"status": "approved"}, Verdict.CORRECT),
        (200, {"status": "pending", "valid": False}, Verdict.WRONG),
        (200, {"status": "canceled"}, Verdict.SPENT),
        (200, {"status": "max_attempts_reached"}, Verdict.SPENT),
        (200, {"status": "expired"}, Verdict.SPENT),
        (200, {"status": "deleted"}, Verdict.SPENT),
        (200, {"status": "failed"}, Verdict.SPENT),
        (404, said(404, 20404, "The requested resource was not found"), Verdict.SPENT),
        (429, said(429, 60202, "Max check attempts reached"), Verdict.SPENT),
        (200, {"status": "approved", "to": NOURA}, None),
        (200, {"valid": True}, None),
        (200, {"status": "Approved!"}, None),
        (200, {"status": True}, None),
        (404, b"<h1>Not found</h1>", None),
        (404, {"status": "approved"}, None),
        (401, said(401, 20003, "Authenticate"), None),
        (400, said(400, 60200, "Invalid parameter `To`"), None),
        (429, said(429, 20429, "Too many requests"), None),
        (503, {"status": "approved"}, None),
    ],
)
def test_only_a_plain_yes_is_a_yes(codes, status, body, verdict):
    codes.answer(body, status=status)
    if verdict:
        assert verify(codes).check(LAMA, channel="sms", code="482715") is verdict
    else:
        with pytest.raises(WireError):
            verify(codes).check(LAMA, channel="sms", code="482715")


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (201, {"sid": "VE1", "status": "canceled"}, "passing"),
        (201, {"status": "pending"}, "passing"),
        (400, said(400, 60200, "Invalid parameter `To`"), "for good"),
        (400, said(400, 68008, "WhatsApp is not set up"), "ours"),
        (404, said(404, 20404, "Service not found"), "ours"),
        (401, said(401, 20003, "Authenticate"), "ours"),
    ],
)
def test_a_code_that_did_not_start(codes, status, body, fault):
    codes.answer(body, status=status)
    with pytest.raises(WireError) as caught:
        verify(codes).start(LAMA, channel="sms", language="ar")
    assert (caught.value.permanent, caught.value.config) == (fault == "for good", fault == "ours")
