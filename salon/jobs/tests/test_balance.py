"""`manage.py balance` asks each account with its own key, and says so where nobody can be asked."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from salon.messaging.tests.authentica_server import authentica_server


def balance() -> tuple[str, str, int]:
    out, err = StringIO(), StringIO()
    try:
        call_command("balance", stdout=out, stderr=err)
    except SystemExit as end:
        return out.getvalue(), err.getvalue(), int(end.code)
    return out.getvalue(), err.getvalue(), 0


@pytest.fixture
def authentica(settings):
    with authentica_server("codes-key", "letters-key") as vendor:
        for block, key in (("OTP", "codes-key"), ("NOTIFICATION", "letters-key")):
            setattr(settings, f"{block}_PROVIDER", "authentica")
            setattr(settings, f"{block}_AUTHENTICA_API_KEY", key)
            setattr(settings, f"{block}_AUTHENTICA_API_URL", vendor.url)
        yield vendor


def test_each_account_is_asked_with_its_own_key(authentica):
    assert balance() == ("Sign-in codes (authentica): 21934 credits\nLetters (authentica): 21934 credits\n", "", 0)
    assert [asked.key for asked in authentica.asked] == ["codes-key", "letters-key"]


def test_a_refused_key_is_an_exit_code(authentica, settings):
    settings.OTP_AUTHENTICA_API_KEY = "old-key"
    out, err, code = balance()
    assert (out, code) == ("Letters (authentica): 21934 credits\n", 1), "the other account is asked all the same"
    assert err == "Sign-in codes (authentica): not known: HTTP 401: Unauthorized\n"
    assert authentica.faults.pop() == "key"


def test_no_answer_is_not_a_balance(authentica):
    authentica.answer(how="hang_up")
    out, err, code = balance()
    assert (out, code) == ("", 1)
    assert err.count("not known: reset") == 2


@pytest.mark.parametrize("name", ["console", "unifonic", "twilio"])
def test_who_does_not_tell_is_not_asked(settings, name):
    settings.OTP_PROVIDER = settings.NOTIFICATION_PROVIDER = name
    out, err, code = balance()
    assert out.count(f"({name}): ") == 2
    assert (err, code) == ("", 0)
