"""What Unifonic's three services say, and what we make of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from salon.messaging.base import Receipt, Verdict, WireError
from salon.messaging.tests.unifonic_server import (
    GOOD,
    Authenticate,
    Sms,
    WhatsApp,
    unifonic_authenticate_server,
    unifonic_server,
    unifonic_whatsapp_server,
)
from salon.messaging.unifonic import UnifonicSmsClient
from salon.messaging.unifonic_authenticate import UnifonicVerifyClient
from salon.messaging.unifonic_whatsapp import UnifonicWhatsAppClient

LAMA, NOURA = "+966551234567", "+966501234567"


@pytest.fixture
def sms() -> Iterator[Sms]:
    with unifonic_server("secret-sid") as vendor:
        yield vendor


@pytest.fixture
def whatsapp() -> Iterator[WhatsApp]:
    with unifonic_whatsapp_server("public:secret") as vendor:
        yield vendor


@pytest.fixture
def codes() -> Iterator[Authenticate]:
    with unifonic_authenticate_server("app:token") as vendor:
        yield vendor


def send(sms: Sms, to: str = LAMA, text: str = "x", sender: str = "SALON") -> Receipt:
    return UnifonicSmsClient(app_sid="secret-sid", sender=sender, api_url=sms.url).send(to, text)


def template(whatsapp: WhatsApp, **more: object) -> Receipt:
    client = UnifonicWhatsAppClient(public_id="public", secret="secret", api_url=f"{whatsapp.url}/")
    return client.send_template(LAMA, **{"template": "login", "language": "ar", "parameters": ["482715"]} | more)


def verify(codes: Authenticate) -> UnifonicVerifyClient:
    return UnifonicVerifyClient(app_id="app", token="token", api_url=codes.url)


def test_sends_bare_digits_as_a_service_message(sms):
    assert send(sms, text="رمز التحقق 123456").reference == "4200000000123"
    assert sms.asked == [
        {
            "AppSid": "secret-sid",
            "Recipient": "966551234567",
            "Body": "رمز التحقق 123456",
            "SenderID": "SALON",
            "MessageType": "3",
            "responseType": "JSON",
        }
    ]


@pytest.mark.parametrize("success", ["true", "True", True])
def test_success_may_be_a_word(sms, success):
    sms.answer(GOOD | {"success": success})
    assert send(sms).reference == "4200000000123"


@pytest.mark.parametrize(
    ("status", "body", "fault", "code"),
    [
        (200, {"success": False, "errorCode": "ER-01", "message": "no funds"}, "ours", "ER-01"),
        (200, {"success": False, "errorCode": "ER-02"}, "for good", "ER-02"),
        (200, {"success": False, "errorCode": "ER-04", "message": "Dest num is too short"}, "for good", "ER-04"),
        (200, {"success": "false", "errorCode": "ER-07"}, "for good", "ER-07"),
        (200, {"success": "false", "errorCode": "ER-08"}, "ours", "ER-08"),
        (200, {"success": False, "errorCode": "ER-77"}, "passing", "ER-77"),
        (200, {"success": "no", "errorCode": "ER-00"}, "passing", "ER-00"),
        (200, {"success": 1}, "passing", "no success"),
        (200, {"success": False, "errorCode": {"a": 1}}, "passing", "no success"),
        (500, {"success": True, "errorCode": "ER-00", "data": {"MessageID": 1}}, "passing", "ER-00"),
        (401, {"success": False, "message": "auth"}, "ours", "HTTP 401"),
        (410, {"errorCode": "ER-02"}, "for good", "ER-02"),
        (412, {}, "for good", "HTTP 412"),
        (429, {}, "passing", "HTTP 429"),
        (440, {}, "ours", "HTTP 440"),
        (480, {}, "ours", "HTTP 480"),
        (482, {}, "for good", "HTTP 482"),
        (499, {}, "ours", "HTTP 499"),
        (500, {}, "passing", "HTTP 500"),
        (599, {}, "passing", "HTTP 599"),
    ],
)
def test_refusals_say_what_helps(sms, status, body, fault, code):
    sms.answer(body, status=status)
    with pytest.raises(WireError) as caught:
        send(sms)
    assert (caught.value.permanent, caught.value.config) == (fault == "for good", fault == "ours")
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("status", "body"), [(200, {"success": False, "errorCode": "ER-09"}), (409, {"message": "duplicate"})]
)
def test_a_duplicate_counts_as_sent(sms, status, body):
    sms.answer(body, status=status)
    send(sms)


def test_a_page_that_says_409_does_not(sms):
    sms.answer(b"<h1>Conflict</h1>", status=409)
    with pytest.raises(WireError):
        send(sms)


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [({"to": "0551234567"}, "number"), ({"text": ""}, "text"), ({"sender": "A name too long"}, "sender")],
)
def test_the_stand_in_is_strict(sms, wrong, fault):
    with pytest.raises(WireError):
        send(sms, **wrong)
    assert sms.faults == [fault]
    sms.faults.clear()


def test_a_code_by_whatsapp_fills_the_text_and_the_button(whatsapp):
    assert template(whatsapp, button="482715").reference == "0f7b8a53-2c3a-4a5e-9d7c-8f3b5a1f2c11"
    (asked,) = whatsapp.asked
    assert asked == {
        "recipient": {"contact": "+966551234567", "channel": "whatsapp"},
        "content": {
            "type": "template",
            "name": "login",
            "language": {"code": "ar"},
            "components": [
                {"type": "body", "parameters": [{"type": "text", "text": "482715"}]},
                {
                    "type": "button",
                    "sub_type": "url",
                    "index": "0",
                    "parameters": [{"type": "text", "text": "482715"}],
                },
            ],
        },
    }
    assert asked.key == "public:secret"


def test_a_letter_by_whatsapp_has_no_button(whatsapp):
    template(whatsapp, parameters=["سارة", "5:30"], language="en")
    (component,) = whatsapp.asked[0]["content"]["components"]
    assert [text["text"] for text in component["parameters"]] == ["سارة", "5:30"]
    template(whatsapp, parameters=[])
    assert whatsapp.asked[1]["content"]["components"] == []


@pytest.mark.parametrize(
    ("status", "body", "fault", "code"),
    [
        (200, {"messageId": ""}, "passing", "no success"),
        (200, {"messageId": None, "message": "queued"}, "passing", "no success"),
        (400, {"message": "Template is not approved", "errors": ["x"]}, "for good", "HTTP 400"),
        (400, {"messageId": "1"}, "for good", "HTTP 400"),
        (401, {"message": "Unauthorized"}, "ours", "HTTP 401"),
        (402, {"message": "Insufficient balance"}, "ours", "HTTP 402"),
        (403, {"message": "Forbidden"}, "ours", "HTTP 403"),
        (422, {}, "for good", "HTTP 422"),
        (500, {"message": "Internal"}, "passing", "HTTP 500"),
    ],
)
def test_whatsapp_refusals_say_what_helps(whatsapp, status, body, fault, code):
    whatsapp.answer(body, status=status)
    with pytest.raises(WireError) as caught:
        template(whatsapp)
    assert (caught.value.permanent, caught.value.config) == (fault == "for good", fault == "ours")
    assert caught.value.code == code


def test_unifonic_makes_and_checks_a_code(codes):
    client = verify(codes)
    assert client.start(LAMA, channel="whatsapp", language="ar").reference
    assert codes.asked == [{"to": LAMA, "channel": "whatsapp", "locale": "ar", "length": "6"}]
    right = codes.codes[LAMA]
    assert client.check(LAMA, channel="whatsapp", code="000000") is Verdict.WRONG
    assert client.check(LAMA, channel="whatsapp", code=right) is Verdict.CORRECT
    assert client.check(LAMA, channel="whatsapp", code=right) is Verdict.SPENT, "verified before"


def test_too_many_tries_and_too_late_are_spent(codes):
    client = verify(codes)
    client.start(LAMA, channel="sms", language="en")
    tried = [client.check(LAMA, channel="sms", code="000000") for _ in range(6)]
    assert tried == [Verdict.WRONG] * 5 + [Verdict.SPENT]
    codes.expired.add(NOURA)
    client = verify(codes)
    assert client.check(NOURA, channel="sms", code="000000") is Verdict.SPENT


@pytest.mark.parametrize(
    ("status", "said", "verdict"),
    [
        (200, {"response_status": "correct"}, Verdict.CORRECT),
        (200, {"response_status": "correct", "error_code": "101"}, Verdict.CORRECT),
        (200, {"response_status": "incorrect"}, Verdict.WRONG),
        (400, {"response_status": "incorrect", "error_code": 107}, Verdict.WRONG),
        (200, {"response_status": "correct", "error_code": 107}, Verdict.WRONG),
        (200, {"response_status": "correct", "error_code": 109}, Verdict.SPENT),
        (400, {"error_code": "110"}, Verdict.SPENT),
        (200, {"response_status": "correct", "error_code": 999}, None),
        (200, {"response_status": "correct", "to": NOURA}, None),
        (200, {"response_status": "maybe"}, None),
        (200, {"error_code": 101}, None),
        (400, {"response_status": "correct", "error_code": 101}, None),
        (500, {"response_status": "correct", "error_code": 101}, None),
        (200, {"response_status": True}, None),
    ],
)
def test_only_a_plain_yes_is_a_yes(codes, status, said, verdict):
    codes.answer({"id": "1", "to": LAMA, "channel": "sms"} | said, status=status)
    if verdict:
        assert verify(codes).check(LAMA, channel="sms", code="482715") is verdict
    else:
        with pytest.raises(WireError):
            verify(codes).check(LAMA, channel="sms", code="482715")


@pytest.mark.parametrize("said", [{}, {"id": ""}, {"id": "1", "error_code": 108}, {"message": "no such channel"}])
def test_a_code_that_did_not_start(codes, said):
    codes.answer(said)
    with pytest.raises(WireError) as caught:
        verify(codes).start(LAMA, channel="sms", language="ar")
    assert not caught.value.permanent
