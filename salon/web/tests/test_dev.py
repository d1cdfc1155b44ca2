"""The inbox on the screen: for development, and nowhere else."""

from __future__ import annotations

import pytest
from django.http import Http404
from django.test import RequestFactory
from django.urls import NoReverseMatch, reverse

from salon.messaging.console import ConsoleSmsClient
from salon.web import dev


def test_production_has_no_such_pages(settings):
    settings.DEV_INBOX = None
    for view in (dev.inbox, dev.kit):
        with pytest.raises(Http404):
            view(RequestFactory().get("/dev/"))
    with pytest.raises(NoReverseMatch):
        reverse("dev_inbox")


def test_the_inbox_shows_codes_and_letters(settings, tmp_path, monkeypatch):
    settings.DEBUG, settings.DEV_INBOX = True, tmp_path / "inbox.jsonl"
    client = ConsoleSmsClient(settings.DEV_INBOX)
    client.send("+966551234567", "Salon: your code is 048151.\n\n@salon.sa #048151")
    client.send("+966551234567", "Booking RS-2KD4 is confirmed: +966112345678")
    seen = {}
    monkeypatch.setattr(dev, "render", lambda request, name, context: seen.update(context))
    dev.inbox.__wrapped__.__wrapped__(RequestFactory().get("/dev/inbox/"))
    assert [letter["code"] for letter in seen["letters"]] == ["", "048151"]


def test_the_inbox_is_only_read(settings):
    settings.DEBUG = True
    assert dev.inbox(RequestFactory().post("/dev/inbox/")).status_code == 405
