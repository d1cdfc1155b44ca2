"""An app on a phone: signs in over JSON, keeps its tokens, calls the API. Reads codes where they arrive."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from django.http import HttpResponse
from django.test import Client

from salon.messaging.console import read_inbox

AUTH = "/_allauth/app/v1/"
LAMA = "+966551234567"
REEM = "+966557654321"


class App:
    """One installation. `access`, `refresh` and `session` are what it keeps."""

    def __init__(self, inbox: Path, **client: Any) -> None:
        self.inbox = inbox
        self.client = Client(**client)
        self.session = self.access = self.refresh = ""

    def call(self, method: str, path: str, data: Any = None, **headers: str) -> HttpResponse:
        """One request as the app sends it: JSON, with the token it has."""
        if self.access:
            headers = {"Authorization": f"Bearer {self.access}", **headers}
        elif self.session:
            headers = {"X-Session-Token": self.session, **headers}
        body = "" if data is None else json.dumps(data)
        return self.client.generic(method, path, body, content_type="application/json", headers=headers)

    def auth(self, method: str, path: str, data: Any = None, **headers: str) -> HttpResponse:
        """The same, below the addresses of signing in; keeps the tokens of the answer."""
        answer = self.call(method, AUTH + path, data, **headers)
        meta = answer.json().get("meta") or {}
        self.session = meta.get("session_token", self.session)
        self.access = meta.get("access_token", self.access)
        self.refresh = meta.get("refresh_token", self.refresh)
        return answer

    def ask(self, phone: str = LAMA, **extra: Any) -> HttpResponse:
        return self.auth("POST", "auth/code/request", {"phone": phone, **extra})

    def type(self, code: str) -> HttpResponse:
        return self.auth("POST", "auth/code/confirm", {"code": code})

    def resend(self, **extra: Any) -> HttpResponse:
        return self.auth("POST", "auth/code/resend", extra)

    def sign_in(self, phone: str = LAMA) -> HttpResponse:
        """The whole way."""
        assert self.ask(phone).status_code == 401
        return self.type(self.codes(phone)[0])

    def renew(self) -> HttpResponse:
        """Trade the refresh token for a new pair."""
        answer = Client().post(
            AUTH + "tokens/refresh", {"refresh_token": self.refresh}, content_type="application/json"
        )
        data = answer.json().get("data") or {}
        self.access = data.get("access_token", self.access)
        self.refresh = data.get("refresh_token", self.refresh)
        return answer

    def me(self) -> HttpResponse:
        return self.call("GET", "/api/v1/me")

    def codes(self, phone: str = LAMA) -> list[str]:
        """Every code that reached `phone`, newest first."""
        texts = [letter.text for letter in read_inbox(self.inbox) if letter.to == phone]
        return [found[1] for found in (re.search(r"(?:رمز التحقق|code)\D*(\d{6})", text) for text in texts) if found]

    def wrong(self, phone: str = LAMA) -> str:
        """Six digits that are not the newest code."""
        return f"{(int(self.codes(phone)[0]) + 1) % 1_000_000:06}"
