"""The first operator: a number in any spelling, and no password."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from salon.accounts.models import User
from salon.accounts.tests.guest import LAMA
from salon.tests.people import person

pytestmark = pytest.mark.django_db


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def typed(monkeypatch):
    """`typed("hello", "0500000009")`: what somebody answers, one after the other; then they hang up."""

    def answer(*lines):
        waiting = iter(lines)

        def ask(_prompt):
            try:
                return next(waiting)
            except StopIteration:
                raise EOFError from None

        monkeypatch.setattr("builtins.input", ask)

    return answer


def run(**options):
    out, err = io.StringIO(), io.StringIO()
    call_command("createsuperuser", stdout=out, stderr=err, **options)
    return out.getvalue() + err.getvalue()


def check(phone="+966500000009", name=""):
    user = User.objects.get(phone=phone)
    assert (user.is_staff, user.is_superuser, user.has_usable_password(), user.name) == (True, True, False, name)


@pytest.mark.parametrize("spelling", ["0500000009", "٠٥٠٠٠٠٠٠٠٩", "+966 50 000 0009", "00966500000009", "500000009"])
def test_from_the_environment(monkeypatch, spelling):
    monkeypatch.setenv("DJANGO_SUPERUSER_PHONE", spelling)
    assert "+966500000009 is an operator now" in run(interactive=False)
    check()


def test_from_the_option_with_a_name():
    run(interactive=False, phone="0500000009", name="Faisal")
    check(name="Faisal")


def test_asked_until_it_is_a_number(typed):
    typed("hello", "", "0112345678", "٠٥٠٠٠٠٠٠٠٩")
    said = run(interactive=True, stdin=Terminal())
    assert said.count("is not a mobile number") == 3
    check()


def test_a_number_that_somebody_has(typed):
    person("Lama", LAMA)
    typed("0551234567", "0500000009")
    assert "belongs to somebody already" in run(interactive=True, stdin=Terminal())
    with pytest.raises(CommandError, match="belongs to somebody already"):
        run(interactive=False, phone="0551234567")
    assert not User.objects.get(phone=LAMA).is_staff


@pytest.mark.parametrize("phone", ["hello", "0112345678", "+971501234567"])
def test_what_is_no_mobile_number(phone):
    with pytest.raises(CommandError, match="not a mobile number"):
        run(interactive=False, phone=phone)
    assert not User.objects.exists()


def test_no_number_at_all(monkeypatch):
    monkeypatch.delenv("DJANGO_SUPERUSER_PHONE", raising=False)
    with pytest.raises(CommandError, match="DJANGO_SUPERUSER_PHONE"):
        run(interactive=False)


def test_nobody_there_to_ask(monkeypatch):
    with pytest.raises(CommandError, match="Nobody is there"):
        run(interactive=True, stdin=io.StringIO())


def test_hanging_up_makes_nobody_an_operator(typed):
    typed()
    with pytest.raises(CommandError, match="Nobody was made"):
        run(interactive=True, stdin=Terminal())
    assert not User.objects.exists()
