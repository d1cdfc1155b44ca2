"""Each vendor carries letters with the keys of its own block, and a missing one is named before the first letter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured

from salon.messaging.base import WireError
from salon.messaging.console import ConsoleSmsClient
from salon.messaging.tests.authentica_server import authentica_server
from salon.messaging.tests.twilio_server import twilio_server
from salon.messaging.tests.unifonic_server import unifonic_server
from salon.notifications.checks import check_channels, check_console, check_provider, check_sender
from salon.notifications.providers import NEEDS, PROVIDERS, provider

LAMA = "+966551234567"
KEYS = {
    "unifonic": {"APP_SID": "letters-sid", "SENDER": "SALON"},
    "authentica": {"API_KEY": "$2y$10$letters", "SENDER": "SALON"},
    "twilio": {"ACCOUNT_SID": "AC02", "AUTH_TOKEN": "letters-token", "SENDER": "SALON"},
}
SERVERS = {
    "unifonic": (unifonic_server, "letters-sid", {"Recipient": "966551234567", "Body": "موعدك", "SenderID": "SALON"}),
    "authentica": (
        authentica_server,
        "$2y$10$letters",
        {"phone": LAMA, "message": "موعدك", "sender_name": "SALON"},
    ),
    "twilio": (twilio_server, "AC02:letters-token", {"To": LAMA, "Body": "موعدك", "From": "SALON"}),
}
every_vendor = pytest.mark.parametrize("name", KEYS)


@pytest.fixture
def choose(settings):
    def chosen(name: str, **more: str) -> None:
        settings.NOTIFICATION_PROVIDER = name
        settings.NOTIFICATION_CHANNELS = ["sms"]
        for key, value in {**KEYS.get(name, {}), **more}.items():
            setattr(settings, f"NOTIFICATION_{name.upper()}_{key}", value)

    return chosen


@every_vendor
def test_a_letter_leaves_with_its_own_keys(choose, name):
    server, key, fields = SERVERS[name]
    with server(key) as vendor:
        choose(name, API_URL=vendor.url)
        provider().send(LAMA, "موعدك")
        (asked,) = vendor.asked
    assert asked.key == key
    assert asked.items() >= fields.items()


@every_vendor
def test_a_vendor_in_trouble_is_a_wire_error(choose, name):
    server, _key, _fields = SERVERS[name]
    with server() as vendor:
        choose(name, API_URL=vendor.url)
        vendor.answer({"success": False}, status=503)
        with pytest.raises(WireError) as caught:
            provider().send(LAMA, "x")
    assert not caught.value.permanent


def test_the_console_reaches_nobody(choose):
    choose("console")
    assert isinstance(provider(), ConsoleSmsClient)
    assert [error.id for error in check_console()] == ["notifications.E002"]


def test_a_name_nobody_knows(choose):
    choose("carrier-pigeon")
    with pytest.raises(ImproperlyConfigured):
        provider()
    assert [error.id for error in check_provider()] == ["notifications.E001"]


@every_vendor
def test_a_whole_block_is_enough(choose, name):
    choose(name)
    assert [*check_provider(), *check_channels(), *check_sender(), *check_console()] == []
    assert set(NEEDS) == set(PROVIDERS) - {"console"}


@pytest.mark.parametrize(("name", "missing"), [(name, key) for name, keys in KEYS.items() for key in keys])
def test_each_missing_key_is_named(choose, name, missing):
    choose(name, **{missing: ""})
    (error,) = check_provider()
    assert error.id == "notifications.E003"
    assert error.msg.startswith(f"NOTIFICATION_{name.upper()}_{missing} is empty")


@pytest.mark.parametrize(
    ("channels", "found"),
    [
        (["sms"], []),
        (["sms", "pigeon"], ["notifications.E004"]),
        ([], ["notifications.E004"]),
        (["SMS"], ["notifications.E004"]),
        (["whatsapp"], ["notifications.E005"]),
        (["sms", "whatsapp", "pigeon"], ["notifications.E004", "notifications.E005"]),
    ],
)
def test_channels_that_nobody_carries_are_refused(choose, settings, channels, found):
    choose("unifonic")
    settings.NOTIFICATION_CHANNELS = channels
    assert [error.id for error in check_channels()] == found


def test_the_console_takes_whatsapp_too(choose, settings):
    choose("console")
    settings.NOTIFICATION_CHANNELS = ["sms", "whatsapp"]
    assert check_channels() == []


@pytest.mark.parametrize(
    ("name", "sender", "fits"),
    [
        ("unifonic", "ElevenChars", True),
        ("unifonic", "TwelveChars!", False),
        ("authentica", "TwelveChars!", False),
        ("twilio", "TwelveChars!", False),
        ("twilio", "+14155238886", True),
        ("twilio", "MG0123456789abcdef0123456789abcdef", True),
        ("unifonic", "MG0123456789", False),
    ],
)
def test_a_name_longer_than_eleven_is_refused(choose, name, sender, fits):
    choose(name, SENDER=sender)
    assert [error.id for error in check_sender()] == ([] if fits else ["notifications.E006"])


def check_deploy(**env: str) -> subprocess.CompletedProcess[str]:
    """The command itself, in an environment of its own."""
    env = {"PATH": os.environ["PATH"], "ENV_FILE": "/dev/null", "SECRET_KEY": "x" * 60, "OTP_CHANNELS": "sms"} | env
    env |= {"DEBUG": "false", "SITE_URL": "https://salon.example"}
    command = [sys.executable, "manage.py", "check", "--deploy", "--tag", "security"]
    return subprocess.run(  # noqa: S603 - our own command
        command,
        cwd=Path(django_settings.BASE_DIR),
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@every_vendor
def test_check_deploy_names_each_missing_key(name):
    done = check_deploy(NOTIFICATION_PROVIDER=name)
    assert done.returncode == 1
    for key in NEEDS[name]:
        assert f"{key} is empty, and {name} cannot send without it." in done.stderr


@pytest.mark.parametrize("place", ["environment", "file"])
def test_a_key_that_begins_with_a_dollar_is_itself(place, tmp_path):
    """Authentica's keys do, and the reader of the environment would take one for another variable's name."""
    file = tmp_path / "env"
    file.write_text("NOTIFICATION_AUTHENTICA_API_KEY='$2y$10$letters'\n", encoding="utf-8")
    given = {"NOTIFICATION_AUTHENTICA_API_KEY": "$2y$10$letters"} if place == "environment" else {"ENV_FILE": str(file)}
    done = check_deploy(NOTIFICATION_PROVIDER="authentica", **given)
    assert "NOTIFICATION_AUTHENTICA_SENDER is empty" in done.stderr
    assert "NOTIFICATION_AUTHENTICA_API_KEY" not in done.stderr
