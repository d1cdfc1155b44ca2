"""Somebody signing in: a browser, a phone, and what arrives on it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from salon.messaging.console import read_inbox

LAMA = "+966551234567"
REEM = "+966557654321"
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


class Guest:
    """Uses the real pages through Django's test client; reads codes out of the console provider's inbox."""

    def __init__(self, inbox: Path, **client: Any) -> None:
        self.inbox = inbox
        self.client = Client(**client)

    def ask(self, phone: str = LAMA, **extra: Any) -> HttpResponse:
        """Type the phone and send the form."""
        headers = extra.pop("headers", None)
        return self.client.post(reverse("account_login"), {"phone": phone, **extra}, headers=headers)

    def type(self, code: str, **extra: Any) -> HttpResponse:
        """Type the code and send the form."""
        headers = extra.pop("headers", None)
        data = {"action": "verify", "code": code, **extra}
        return self.client.post(reverse("account_confirm_login_code"), data, headers=headers)

    def resend(self, **extra: Any) -> HttpResponse:
        """Press "send another code"."""
        headers = extra.pop("headers", None)
        return self.client.post(reverse("account_confirm_login_code"), {"action": "resend", **extra}, headers=headers)

    def page(self) -> HttpResponse:
        """Look at the code page."""
        return self.client.get(reverse("account_confirm_login_code"))

    def codes(self, phone: str = LAMA) -> list[str]:
        """Every code that reached `phone`, newest first."""
        return [
            found[0]
            for letter in read_inbox(self.inbox)
            if letter.to == phone
            for found in [re.findall(r"\d{6}", letter.text)]
        ]

    def wrong(self, phone: str = LAMA) -> str:
        """Six digits that are not the newest code."""
        return f"{(int(self.codes(phone)[0]) + 1) % 1_000_000:06}"

    def sign_in(self, phone: str = LAMA, **extra: Any) -> HttpResponse:
        """The whole way."""
        assert self.ask(phone, **extra).status_code == 303
        return self.type(self.codes(phone)[0], **extra)

    @property
    def user_id(self) -> str | None:
        """Who the session is signed in as."""
        return self.client.session.get("_auth_user_id")
