"""Whatever comes back, from whichever vendor: a WireError, one line in the log, and no number in it."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest

from salon.messaging.authentica import AuthenticaOtpClient, AuthenticaSmsClient
from salon.messaging.base import WireError
from salon.messaging.tests.authentica_server import authentica_server
from salon.messaging.tests.stand_in import WAYS, Vendor
from salon.messaging.tests.twilio_server import twilio_server, twilio_verify_server
from salon.messaging.tests.unifonic_server import (
    unifonic_authenticate_server,
    unifonic_server,
    unifonic_whatsapp_server,
)
from salon.messaging.twilio import TwilioSmsClient, TwilioWhatsAppClient
from salon.messaging.twilio_verify import TwilioVerifyClient
from salon.messaging.unifonic import UnifonicSmsClient
from salon.messaging.unifonic_authenticate import UnifonicVerifyClient
from salon.messaging.unifonic_whatsapp import UnifonicWhatsAppClient
from salon.messaging.wire import Wire

LAMA = "+966551234567"
CODE = "482715"
SECRETS = ("the-secret", "the$2y$10$key")

UNIFONIC = UnifonicSmsClient(app_sid="the-secret", sender="SALON")
UNIFONIC_WHATSAPP = UnifonicWhatsAppClient(public_id="public", secret="the-secret")
UNIFONIC_CODES = UnifonicVerifyClient(app_id="app", token="the-secret")
AUTHENTICA = AuthenticaSmsClient(api_key="the$2y$10$key", sender="SALON")
AUTHENTICA_CODES = AuthenticaOtpClient(api_key="the$2y$10$key", sms_template=31, whatsapp_template=5)
TWILIO = TwilioSmsClient(account_sid="AC01", auth_token="the-secret", sender="SALON")
TWILIO_WHATSAPP = TwilioWhatsAppClient(account_sid="AC01", auth_token="the-secret", sender="+14155238886")
TWILIO_CODES = TwilioVerifyClient(account_sid="AC01", auth_token="the-secret", service_sid="VA01")


@dataclass(frozen=True)
class Call:
    """One thing a client can be asked."""

    client: Wire
    server: Callable[[], AbstractContextManager[Vendor]]
    do: Callable[[Wire], object]
    to: str = LAMA

    def at(self, url: str, **patience: object) -> object:
        """Do it, with the vendor at `url`."""
        fields = {name: getattr(self.client, name) for name in self.client.__dataclass_fields__}
        return self.do(type(self.client)(**fields | {"api_url": url} | patience))


def template(client: Wire) -> object:
    return client.send_template(LAMA, template="HX01", language="ar", parameters=[CODE], button=CODE)


def start(client: Wire) -> object:
    return client.start(LAMA, channel="sms", language="ar")


def check(client: Wire) -> object:
    return client.check(LAMA, channel="sms", code=CODE)


def letter(client: Wire) -> object:
    return client.send(LAMA, "موعدك مؤكد")


CALLS = {
    "unifonic sms": Call(UNIFONIC, unifonic_server, letter),
    "unifonic whatsapp": Call(UNIFONIC_WHATSAPP, unifonic_whatsapp_server, template),
    "unifonic start": Call(UNIFONIC_CODES, unifonic_authenticate_server, start),
    "unifonic check": Call(UNIFONIC_CODES, unifonic_authenticate_server, check),
    "authentica sms": Call(AUTHENTICA, authentica_server, letter),
    "authentica code": Call(AUTHENTICA_CODES, authentica_server, lambda c: c.send_code(LAMA, code=CODE, channel="sms")),
    "authentica start": Call(AUTHENTICA_CODES, authentica_server, start),
    "authentica check": Call(AUTHENTICA_CODES, authentica_server, check),
    "authentica balance": Call(AUTHENTICA, authentica_server, lambda client: client.balance(), to=""),
    "twilio sms": Call(TWILIO, twilio_server, letter),
    "twilio whatsapp": Call(TWILIO_WHATSAPP, twilio_server, template),
    "twilio start": Call(TWILIO_CODES, twilio_verify_server, start),
    "twilio check": Call(TWILIO_CODES, twilio_verify_server, check),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)

NAMES = {  # what we call it; anything else could be read and says no success
    "slow": "timeout",
    "drip": "timeout",
    "reset": "reset",
    "hang_up": "reset",
    "truncated": "reset",
    "not_http": "reset",
    "huge": "too_large",
    "html403": "HTTP 403",
    "html502": "HTTP 502",
    "redirect": "HTTP 302",
    "busy": "HTTP 429",
    "down": "HTTP 503",
    "no_fields": "no success",
    "wrong_types": "no success",
    "wrong_lists": "no success",
}


def failed(call: Call, url: str, caplog, **patience: object) -> WireError:
    """The error of one failed call, which has left exactly one line, with nothing private in it."""
    with caplog.at_level(logging.INFO, logger="salon.messaging"), pytest.raises(WireError) as caught:
        call.at(url, **patience)
    (line,) = [record for record in caplog.records if record.name == "salon.messaging"]
    told = f"{caplog.text} {caught.value} {caught.value.vendor_message}"
    assert ("+9665••••••67" in line.getMessage()) == bool(call.to)
    assert not re.search(r"55[\s.-]?123[\s.-]?4567", told)
    assert CODE not in told
    assert not any(secret in told for secret in SECRETS)
    assert line.levelno == (logging.ERROR if caught.value.config else logging.WARNING)
    return caught.value


@every_call
@pytest.mark.parametrize("how", WAYS)
def test_no_usable_answer_is_a_passing_trouble(call, how, caplog):
    patience = {"timeout": (1, 0.08)} if how == "slow" else {"deadline": 0.1} if how == "drip" else {}
    with call.server() as vendor:
        vendor.answer(how=how)
        began = time.monotonic()
        error = failed(call, vendor.url, caplog, **patience)
        assert time.monotonic() - began < 3
        while not vendor.asked and time.monotonic() - began < 4:  # on a busy machine it may read later than we give up
            time.sleep(0.01)
        assert len(vendor.asked) == 1, "asked once: nothing is tried again by itself"
    assert error.code == NAMES.get(how, "unreadable")
    assert (error.permanent, error.sent) == (False, True)
    assert error.config == (how == "redirect")


@every_call
def test_nobody_there_was_surely_not_asked(call, caplog):
    error = failed(call, "http://127.0.0.1:9", caplog)
    assert (error.code, error.sent, error.permanent, error.config) == ("connect", False, False, False)


@every_call
def test_who_cannot_prove_their_name_is_not_told_anything(call, caplog):
    """A certificate that is not theirs does not pass by itself, and is not passed over."""
    with call.server() as vendor:
        error = failed(call, vendor.url.replace("http:", "https:"), caplog)
        assert vendor.asked == []
    assert (error.code, error.sent, error.permanent, error.config) == ("connect", False, False, True)


@every_call
@pytest.mark.parametrize("url", ["not an address", "http://", "ftp://127.0.0.1/", "http://127.0.0.1:99999"])
def test_an_address_that_is_none_is_ours_to_repair(call, url, caplog):
    error = failed(call, url, caplog)
    assert not error.sent
    assert not error.permanent


@every_call
@pytest.mark.parametrize("key", ["مفتاح", "two\nlines", "half \ud800"])
def test_a_key_that_cannot_be_sent_is_a_wire_error_too(call, key, caplog):
    """Where it can be sent all the same (in a form, or as Basic auth), it is the vendor that refuses it."""
    name = next(name for name in ("auth_token", "api_key", "secret", "token", "app_sid") if hasattr(call.client, name))
    with call.server() as vendor:
        vendor.answer({}, status=401)
        error = failed(call, vendor.url, caplog, **{name: key})
    assert (error.permanent, error.config) == (False, True)


@every_call
def test_a_key_they_do_not_know_wakes_somebody(call, caplog):
    with call.server() as vendor:
        vendor.keys = ("another",)
        error = failed(call, vendor.url, caplog)
        assert vendor.faults == ["key"]
        vendor.faults.clear()
    assert (error.permanent, error.config, error.sent) == (False, True, True)
    assert error.code in ("HTTP 401", "20003")


@every_call
@pytest.mark.parametrize("status", [402, 403, 404, 405])
def test_an_account_that_may_not_is_ours_to_repair(call, status, caplog):
    with call.server() as vendor:
        vendor.answer({"message": "Not for you"}, status=status)
        error = failed(call, vendor.url, caplog)
    assert (error.permanent, error.config, error.vendor_message) == (False, True, "Not for you")


@every_call
def test_what_they_quote_back_is_taken_out(call, caplog):
    """Their words may hold the number in any spelling, the code, the key, and a second line for our log."""
    words = f"+966 55-123.4567 00966551234567 {CODE} the$2y$10$key-the-secret-and-more\r\nERROR all is lost \u202e"
    with call.server() as vendor:
        vendor.answer({"success": False, "message": [words], "errors": {"phone": [words]}}, status=500)
        error = failed(call, vendor.url, caplog)
    assert error.vendor_message.startswith("… … ERROR all is lost ; … …")
    assert len(error.vendor_message) <= 200


@every_call
def test_a_short_key_that_they_quote_back_is_taken_out_too(call, caplog):
    """It looks like any other word."""
    names = ("auth_token", "api_key", "secret", "token", "app_sid")
    key = next(getattr(call.client, name) for name in names if hasattr(call.client, name))
    with call.server() as vendor:
        vendor.answer({"message": f"Unknown key {key}."}, status=401)
        error = failed(call, vendor.url, caplog)
    assert error.vendor_message == "Unknown key …."


@every_call
def test_a_client_shows_no_secret(call):
    assert not any(secret in repr(call.client) for secret in SECRETS)
