"""Settings that would hurt are named before they do."""

from __future__ import annotations

import pytest
from django.core import checks

from salon.accounts.otp_providers import NEEDS


def _ids(*, deploy):
    found = checks.run_checks(tags=[checks.Tags.security], include_deployment_checks=deploy)
    return {message.id for message in found if str(message.id).startswith("accounts.")}


def test_the_console_is_fine_for_development_only():
    assert _ids(deploy=False) == set()
    assert _ids(deploy=True) == {"accounts.E003"}


def test_an_unknown_provider_is_named(settings):
    settings.OTP_PROVIDER = "pigeon"
    assert _ids(deploy=False) == {"accounts.E001"}
    message = next(m for m in checks.run_checks() if m.id == "accounts.E001")
    assert "pigeon" in message.msg
    assert "console" in message.hint


EVERY_KEY = sorted({name for names in NEEDS.values() for name in names})


def _messages():
    return [message for message in checks.run_checks() if str(message.id).startswith("accounts.")]


@pytest.mark.parametrize("mode", ["local", "delegated"])
@pytest.mark.parametrize("channels", [["sms"], ["whatsapp"], ["sms", "whatsapp"], ["whatsapp", "sms"]])
@pytest.mark.parametrize("provider", ["unifonic", "authentica", "twilio"])
def test_each_missing_key_is_named(settings, provider, mode, channels):
    settings.OTP_PROVIDER, settings.OTP_MODE, settings.OTP_CHANNELS = provider, mode, channels
    wanted = {name for channel in channels for name in NEEDS[provider, mode, channel]}
    for name in EVERY_KEY:
        setattr(settings, name, "")
    assert {message.msg.split()[0] for message in _messages() if message.id == "accounts.E005"} == wanted
    given = {"OTP_AUTHENTICA_SMS_TEMPLATE_ID": 1, "OTP_AUTHENTICA_WHATSAPP_TEMPLATE_ID": 5}
    for name in wanted:
        setattr(settings, name, given.get(name, "given"))
    assert _messages() == []
    assert _ids(deploy=True) == set()
    for name in wanted:
        kept = getattr(settings, name)
        setattr(settings, name, "")
        assert [message.msg.split()[0] for message in _messages()] == [name]
        setattr(settings, name, kept)


def test_modes_and_channels_that_do_not_exist_are_named(settings):
    settings.OTP_MODE, settings.OTP_CHANNELS = "guessed", ["sms", "pigeon"]
    assert [(message.id, message.msg.split("“")[1][:6]) for message in _messages()] == [
        ("accounts.E006", "guesse"),
        ("accounts.E007", "pigeon"),
    ]


def test_no_channel_at_all_is_named(settings):
    settings.OTP_CHANNELS = []
    assert _ids(deploy=False) == {"accounts.E007"}


def test_the_console_makes_no_codes_of_its_own(settings):
    settings.OTP_MODE = "delegated"
    assert _ids(deploy=False) == {"accounts.E006"}


def test_keys_of_verify_in_local_mode_are_a_warning(settings):
    settings.OTP_PROVIDER, settings.OTP_MODE = "twilio", "local"
    settings.OTP_TWILIO_ACCOUNT_SID = settings.OTP_TWILIO_AUTH_TOKEN = settings.OTP_TWILIO_SENDER = "given"
    settings.OTP_TWILIO_VERIFY_SERVICE_SID = "VA1"
    (message,) = _messages()
    assert (message.id, message.msg.split()[0]) == ("accounts.W001", "OTP_TWILIO_VERIFY_SERVICE_SID")


@pytest.mark.parametrize(
    ("sender", "wrong"),
    [("Salon", False), ("SalonSalonS", False), ("SalonSalonSa", True), ("MG0123456789abcdef", False)],
)
def test_a_sender_is_at_most_eleven_characters(settings, sender, wrong):
    settings.OTP_PROVIDER, settings.OTP_MODE = "twilio", "local"
    settings.OTP_TWILIO_ACCOUNT_SID = settings.OTP_TWILIO_AUTH_TOKEN = "given"
    settings.OTP_TWILIO_SENDER = sender
    assert _ids(deploy=False) == ({"accounts.E008"} if wrong else set())


def test_one_template_for_two_channels_is_a_warning(settings):
    settings.OTP_PROVIDER, settings.OTP_MODE = "authentica", "delegated"
    settings.OTP_AUTHENTICA_API_KEY, settings.OTP_CHANNELS = "given", ["sms", "whatsapp"]
    assert _ids(deploy=False) == {"accounts.W002"}


@pytest.mark.parametrize(
    ("countries", "wrong"), [(["SA"], 0), (["SA", "AE"], 0), (["sa"], 1), (["SA", "XX"], 1), ([], 1)]
)
def test_countries_are_countries(settings, countries, wrong):
    settings.OTP_COUNTRIES = countries
    assert [message.id for message in _messages()] == ["accounts.E009"] * wrong


def test_sessions_stay_on_the_server(settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    assert "accounts.E002" in _ids(deploy=False)


@pytest.mark.parametrize("backend", ["locmem.LocMemCache", "dummy.DummyCache"])
def test_the_cache_is_shared(settings, backend):
    settings.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{backend}"}}
    assert "accounts.E004" in _ids(deploy=True)
