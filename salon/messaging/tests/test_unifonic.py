"""Unifonic's SMS wire against a strict stand-in server on the loopback address."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from salon.messaging.base import WireError
from salon.messaging.tests.unifonic_server import GOOD, Vendor, unifonic_server
from salon.messaging.unifonic import UnifonicSmsClient


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with unifonic_server() as server:
        yield server


def client(vendor: Vendor, **extra) -> UnifonicSmsClient:
    return UnifonicSmsClient(app_sid="secret-sid", sender="SALON", api_url=vendor.url, **extra)


def test_sends_bare_digits_as_a_service_message(vendor):
    receipt = client(vendor).send("+966551234567", "رمز التحقق 123456")
    assert receipt.reference == "4200000000123"
    assert vendor.asked == [
        {
            "AppSid": "secret-sid",
            "Recipient": "966551234567",
            "Body": "رمز التحقق 123456",
            "SenderID": "SALON",
            "MessageType": "3",
            "responseType": "JSON",
        }
    ]


def test_success_may_be_a_word(vendor):
    vendor.body = json.dumps(GOOD | {"success": "true"}).encode()
    assert client(vendor).send("+966551234567", "x").reference == "4200000000123"


@pytest.mark.parametrize(
    ("status", "body", "permanent", "code"),
    [
        (200, {"success": False, "errorCode": "ER-04", "message": "Dest num is too short"}, True, "ER-04"),
        (200, {"success": "false", "errorCode": "ER-08"}, False, "ER-08"),
        (200, {"success": False, "errorCode": "ER-01", "message": "no funds"}, False, "ER-01"),
        (200, {}, False, "no success"),
        (401, {"success": False, "message": "auth"}, False, "HTTP 401"),
        (410, {"errorCode": "ER-02"}, True, "ER-02"),
        (429, {}, False, "HTTP 429"),
        (440, {}, False, "HTTP 440"),
        (500, {}, False, "HTTP 500"),
        (503, {}, False, "HTTP 503"),
        (599, {}, False, "HTTP 599"),
    ],
)
def test_refusals_say_whether_to_try_again(vendor, status, body, permanent, code):
    vendor.status, vendor.body = status, json.dumps(body).encode()
    with pytest.raises(WireError) as caught:
        client(vendor).send("+966551234567", "x")
    assert (caught.value.permanent, caught.value.code) == (permanent, code)


def test_a_duplicate_counts_as_sent(vendor):
    vendor.body = json.dumps({"success": False, "errorCode": "ER-09"}).encode()
    client(vendor).send("+966551234567", "x")


@pytest.mark.parametrize("body", [b"", b"<html>busy</html>", b"[1]", b'{"success": NaN}', b"\xff\xfe"])
def test_garbage_is_never_a_success(vendor, body):
    vendor.body = body
    with pytest.raises(WireError) as caught:
        client(vendor).send("+966551234567", "x")
    assert not caught.value.permanent


def test_a_silent_vendor_is_given_up(vendor):
    vendor.delay.clear()
    with pytest.raises(WireError) as caught:
        client(vendor, timeout=(1, 0.2)).send("+966551234567", "x")
    assert (caught.value.permanent, caught.value.code) == (False, "timeout")


def test_nobody_there():
    lonely = UnifonicSmsClient(app_sid="s", sender="SALON", api_url="http://127.0.0.1:9")
    with pytest.raises(WireError) as caught:
        lonely.send("+966551234567", "x")
    assert caught.value.code == "connect"


def test_the_secret_is_not_shown(vendor):
    assert "secret-sid" not in repr(client(vendor))
