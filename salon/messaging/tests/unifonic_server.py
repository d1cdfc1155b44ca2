"""Strict stand-ins for Unifonic's three services, written from its documents."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from salon.messaging.tests.stand_in import E164, Asked, Vendor, Wrong, open_vendor

GOOD = {"success": True, "message": "", "errorCode": "ER-00", "data": {"MessageID": 4200000000123, "Status": "Queued"}}


class Sms(Vendor):
    """`POST /rest/SMS/messages`: a form with the key inside, bare digits, a registered sender."""

    def malformed(self, why: str) -> Wrong:
        return Wrong(why, 406, {"success": "false", "message": "Wrong parameter format", "errorCode": "ER-406"})

    def judge(self, asked: Asked) -> tuple[int, object]:
        if (asked.method, asked.path) != ("POST", "/rest/SMS/messages"):
            raise Wrong(f"{asked.method} {asked.path}", 404, {"success": False, "message": "Not found"})
        self.fields(asked, required="AppSid Recipient Body SenderID MessageType responseType")
        asked.key = asked["AppSid"]
        self.check_key(asked.key, Wrong("key", 401, {"success": False, "message": "Authentication failed"}))
        if not re.fullmatch(r"[1-9][0-9]{6,14}", asked["Recipient"]):
            raise Wrong("number", 200, {"success": False, "errorCode": "ER-02", "message": "Bad number", "data": {}})
        if not asked["Body"]:
            raise Wrong("text", 200, {"success": False, "errorCode": "ER-06", "message": "Empty body", "data": {}})
        if not 1 <= len(asked["SenderID"]) <= 11:
            raise Wrong("sender", 200, {"success": False, "errorCode": "ER-08", "message": "Sender", "data": {}})
        if (asked["MessageType"], asked["responseType"]) != ("3", "JSON"):
            raise self.malformed("MessageType or responseType")
        return 200, GOOD


class WhatsApp(Vendor):
    """`POST /v1/messages`: JSON with templates only, keys in two headers, numbers with their plus."""

    content_type = "application/json"

    def judge(self, asked: Asked) -> tuple[int, object]:
        if (asked.method, asked.path) != ("POST", "/v1/messages"):
            raise Wrong(f"{asked.method} {asked.path}", 404, {"message": "Not found"})
        public, secret = asked.headers.get("PublicId", ""), asked.headers.get("Secret", "")
        asked.key = f"{public}:{secret}" if public and secret else ""
        self.check_key(asked.key, Wrong("key", 401, {"message": "Unauthorized"}))
        self.fields(asked, required="recipient content")
        contact = asked["recipient"].get("contact", "")
        if asked["recipient"] != {"contact": contact, "channel": "whatsapp"} or not E164.fullmatch(contact):
            raise Wrong("number", 400, {"message": "Validation failed", "errors": [f"contact {contact} is invalid"]})
        if not _is_template(asked["content"]):
            raise self.malformed("template")
        return 200, {"messageId": "0f7b8a53-2c3a-4a5e-9d7c-8f3b5a1f2c11"}


class Authenticate(Vendor):
    """Makes a code for each number (`codes`), and checks it: five tries, once."""

    base = "/services/api/v2"
    TRIES = 5

    def __init__(self, keys: tuple[str, ...] = ()) -> None:
        super().__init__(keys)
        self.codes: dict[str, str] = {}
        self.tried: dict[str, int] = {}
        self.used: set[str] = set()
        self.expired: set[str] = set()

    def judge(self, asked: Asked) -> tuple[int, object]:
        app, bearer = asked.headers.get("x-authenticate-app-id", ""), asked.headers.get("Authorization", "")
        asked.key = f"{app}:{bearer.removeprefix('Bearer ')}" if app and bearer.startswith("Bearer ") else ""
        self.check_key(asked.key, Wrong("key", 401, {"message": "Unauthorized"}))
        match asked.method, asked.path:
            case "POST", "/verifications/start":
                self.fields(asked, required="to", optional="channel locale length")
                self._sound(asked)
                return 200, self._started(asked)
            case "POST", "/verifications/check":
                self.fields(asked, required="to channel code")
                self._sound(asked)
                return 200, self._checked(asked)
        raise Wrong(f"{asked.method} {asked.path}", 404, {"message": "Not found"})

    def _sound(self, asked: Asked) -> None:
        if not E164.fullmatch(asked["to"]):
            raise self.malformed("number")
        if asked.get("channel") not in (None, "sms", "whatsapp", "voice"):
            raise self.malformed("channel")
        if asked.get("locale") not in (None, "ar", "en") or not asked.get("length", "6").isdecimal():
            raise self.malformed("locale or length")

    def _started(self, asked: Asked) -> dict[str, Any]:
        to = asked["to"]
        self.codes[to] = f"{len(self.asked) * 7919 + 48271:0{int(asked.get('length', 5))}d}"
        self.tried[to] = 0
        self.used.discard(to)
        self.expired.discard(to)
        return self._row(asked)

    def _checked(self, asked: Asked) -> dict[str, Any]:
        to = asked["to"]
        self.tried[to] = self.tried.get(to, 0) + 1
        if to in self.used:
            return self._row(asked, response_status="incorrect", error_code=110)
        if to in self.expired or to not in self.codes:
            return self._row(asked, response_status="incorrect", error_code=109)
        if self.tried[to] > self.TRIES:
            return self._row(asked, response_status="incorrect", error_code=108)
        if asked["code"] != self.codes[to]:
            return self._row(asked, response_status="incorrect", error_code=107)
        self.used.add(to)
        return self._row(asked, response_status="correct", error_code=101)

    def _row(self, asked: Asked, **said: object) -> dict[str, Any]:
        row = {"id": "0f001667-0a29-40c4-8904-b4ff8e00d9bd", "code_type": "numeric", "locale": "ar", "length": 6}
        return row | {"to": asked["to"], "channel": asked.get("channel", "sms"), "response_status": "correct"} | said


def _is_template(content: dict[str, Any]) -> bool:
    if set(content) != {"type", "name", "language", "components"} or content["type"] != "template":
        return False
    if not content["name"] or content["language"] not in ({"code": "ar"}, {"code": "en"}):
        return False
    return all(_is_component(component) for component in content["components"])


def _is_component(component: dict[str, Any]) -> bool:
    texts = component.get("parameters") or [{}]
    if any(set(text) != {"type", "text"} or text["type"] != "text" or not text["text"] for text in texts):
        return False
    rest = {name: value for name, value in component.items() if name != "parameters"}
    return rest in ({"type": "body"}, {"type": "button", "sub_type": "url", "index": "0"})


def unifonic_server(*keys: str) -> AbstractContextManager[Sms]:
    """The SMS service. `keys` are AppSids; none given: any will do."""
    return open_vendor(partial(Sms, keys))


def unifonic_whatsapp_server(*keys: str) -> AbstractContextManager[WhatsApp]:
    """The conversations API. `keys` are "public id:secret"."""
    return open_vendor(partial(WhatsApp, keys))


def unifonic_authenticate_server(*keys: str) -> AbstractContextManager[Authenticate]:
    """Codes of Unifonic's own: `vendor.codes[phone]`. `keys` are "app id:token"."""
    return open_vendor(partial(Authenticate, keys))
