"""Settings that would hurt are named before they do."""

from __future__ import annotations

import pytest
from django.core import checks


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


def test_sessions_stay_on_the_server(settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    assert "accounts.E002" in _ids(deploy=False)


@pytest.mark.parametrize("backend", ["locmem.LocMemCache", "dummy.DummyCache"])
def test_the_cache_is_shared(settings, backend):
    settings.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{backend}"}}
    assert "accounts.E004" in _ids(deploy=True)
