"""The signature on Twilio's webhooks: two known vectors, and every way to be somebody else."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from salon.messaging.twilio_signature import valid_signature

TOKEN = "12345"
CALL = {
    "url": "https://mycompany.com/myapp.php?foo=1&bar=2",
    "params": {
        "CallSid": ["CA1234567890ABCDE"],
        "Caller": ["+14158675309"],
        "Digits": ["1234"],
        "From": ["+14158675309"],
        "To": ["+18005551212"],
    },
    "auth_token": TOKEN,
    "given": "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
}
STATUS = {
    "url": "https://example.com/hooks/twilio/status/",
    "params": {
        "AccountSid": ["AC00000000000000000000000000000001"],
        "From": ["SALON"],
        "MessageSid": ["SM00000000000000000000000000000001"],
        "MessageStatus": ["delivered"],
        "To": ["+966501234567"],
    },
    "auth_token": TOKEN,
    "given": "nygt0Ds5FJ7cvaCyjVXLvvgjqqU=",
}


def signed(text: str, token: str = TOKEN) -> str:
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


@pytest.mark.parametrize("vector", [CALL, STATUS], ids=["call", "status"])
def test_known_vectors(vector):
    assert valid_signature(**vector)


@pytest.mark.parametrize(
    "change",
    [
        {"given": ""},
        {"given": "nygt0Ds5FJ7cvaCyjVXLvvgjqqV="},
        {"given": "ليس توقيعًا"},
        {"auth_token": "12346"},
        {"url": "https://example.com/hooks/twilio/status"},
        {"url": "http://example.com/hooks/twilio/status/"},
        {"url": "https://example.com/hooks/twilio/status/?x=1"},
        {"url": "https://example.com:99999/hooks/twilio/status/"},
        {"url": "https://[/hooks/"},
        {"url": "https://example.com/\ud800"},
        {"params": {}},
        {"params": STATUS["params"] | {"MessageStatus": ["failed"]}},
        {"params": STATUS["params"] | {"Extra": ["1"]}},
        {"params": STATUS["params"] | {"MessageStatus": ["delivered", "failed"]}},
        {"body": b"{}"},
    ],
)
def test_anything_else_is_nobody(change):
    assert not valid_signature(**(STATUS | change))


def test_without_a_token_nobody_is_believed():
    url = "https://salon.example/hook"
    assert not valid_signature(url=url, params={}, auth_token="", given=signed(url, token=""))


@pytest.mark.parametrize(
    ("called", "seen"),
    [
        ("https://salon.example:443/hook?a=1", "https://salon.example/hook?a=1"),
        ("https://salon.example/hook?a=1", "https://salon.example:443/hook?a=1"),
        ("http://salon.example:80/hook", "http://salon.example/hook"),
        ("https://salon.example:8443/hook", "https://salon.example:8443/hook"),
        ("https://salon.example/hook", "https://salon.example:8443/hook"),
        ("https://[::1]:443/hook", "https://[::1]/hook"),
    ],
)
def test_a_port_may_come_and_go(called, seen):
    given = signed(called + "MessageStatussent")
    assert valid_signature(url=seen, params={"MessageStatus": ["sent"]}, auth_token=TOKEN, given=given)


def test_a_field_with_several_values_counts_each_once_and_sorted():
    given = signed("https://salon.example/hookA1A2B")
    params = {"B": [""], "A": ["2", "1", "2"]}
    assert valid_signature(url="https://salon.example/hook", params=params, auth_token=TOKEN, given=given)


def test_arabic_is_signed_as_utf_8():
    given = signed("https://salon.example/hookBodyشكرًا")
    assert valid_signature(url="https://salon.example/hook", params={"Body": ["شكرًا"]}, auth_token=TOKEN, given=given)


def test_a_body_is_signed_by_its_hash():
    body = b'{"MessageStatus": "delivered"}'
    url = f"https://salon.example/hook?bodySHA256={hashlib.sha256(body).hexdigest()}"
    asked = {"url": url, "params": {}, "auth_token": TOKEN, "given": signed(url)}
    assert valid_signature(**asked, body=body)
    assert not valid_signature(**asked, body=body + b" ")
    assert not valid_signature(**(asked | {"given": signed("https://x/")}), body=body)
    bare = "https://salon.example/hook"
    assert not valid_signature(url=bare, params={}, auth_token=TOKEN, given=signed(bare), body=body), "nothing names it"
