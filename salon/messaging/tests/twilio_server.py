"""Strict stand-ins for Twilio Messages and Twilio Verify, written from their reference."""

from __future__ import annotations

import base64
import json
import re
from contextlib import AbstractContextManager
from functools import partial

from salon.messaging.tests.stand_in import E164, Asked, Vendor, Wrong, open_vendor

MESSAGES = re.compile(r"/2010-04-01/Accounts/(AC\w+)/Messages\.json")
VERIFY = re.compile(r"/v2/Services/(VA\w+)/(Verifications|VerificationCheck)")
NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &_+-]{1,11}")


def said(status: int, code: int, message: str) -> dict[str, object]:
    """Twilio's shape of a refusal."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return {"code": code, "message": message, "more_info": more, "status": status}


class _Twilio(Vendor):
    def malformed(self, why: str) -> Wrong:
        return self.wrong(why, 21604 if "'To'" in why else 20001)

    def wrong(self, why: str, code: int, *, status: int = 400, message: str = "") -> Wrong:
        return Wrong(why, status, said(status, code, message or why))

    def sign_in(self, asked: Asked) -> None:
        refused = self.wrong("key", 20003, status=401, message="Authenticate")
        scheme, _, secret = asked.headers.get("Authorization", "").partition(" ")
        asked.key = base64.b64decode(secret).decode() if scheme == "Basic" else ""
        user, _, token = asked.key.partition(":")
        self.check_key(asked.key if user and token else "", refused)


class Messages(_Twilio):
    """`POST …/Messages.json`: SMS texts, and WhatsApp by content templates only."""

    def judge(self, asked: Asked) -> tuple[int, object]:
        self.sign_in(asked)
        place = MESSAGES.fullmatch(asked.path)
        if asked.method != "POST" or not place or place[1] != asked.key.partition(":")[0]:
            raise self.wrong(f"{asked.method} {asked.path}", 20404, status=404, message="Not found")
        service = asked.get("MessagingServiceSid")
        if ("From" in asked) == bool(service) or (service and not re.fullmatch("MG[0-9a-f]{32}", service)):
            raise self.wrong("From", 21603)
        self.fields(
            asked,
            required="To",
            optional="From MessagingServiceSid Body ContentSid ContentVariables ValidityPeriod",
        )
        to, sender = asked["To"], asked.get("From", "")
        if not E164.fullmatch(to.removeprefix("whatsapp:")):
            raise self.wrong("number", 21211, message=f"The 'To' number {to} is not a valid phone number.")
        if to.startswith("whatsapp:"):
            self._template(asked, sender)
        else:
            self._text(asked, sender)
        return 201, {
            "sid": "SM0123456789abcdef0123456789abcdef",
            "status": "accepted" if service else "queued",
            "error_code": None,
            "error_message": None,
            "to": to,
            "from": sender or None,
            "messaging_service_sid": service,
            "num_segments": "1",
            "price": None,
            "price_unit": "USD",
        }

    def _text(self, asked: Asked, sender: str) -> None:
        if not asked.get("Body") or len(asked["Body"]) > 1600:
            raise self.wrong("Body", 21602)
        if "ContentSid" in asked or "ContentVariables" in asked:
            raise self.wrong("both Body and a template", 21602)
        if sender and not (E164.fullmatch(sender) or NAME.fullmatch(sender)):
            raise self.wrong("sender", 21212)
        validity = asked.get("ValidityPeriod", "1")
        if not validity.isdecimal() or not 1 <= int(validity) <= 36_000:
            raise self.wrong("ValidityPeriod", 21718)

    def _template(self, asked: Asked, sender: str) -> None:
        if sender and not re.fullmatch(r"whatsapp:\+[1-9][0-9]{6,14}", sender):
            raise self.wrong("sender", 63007)
        if "Body" in asked or not asked.get("ContentSid", "").startswith("HX"):
            raise self.wrong("a template", 63016)
        variables = json.loads(asked.get("ContentVariables", "{}"))
        if list(variables) != [str(number) for number in range(1, len(variables) + 1)]:
            raise self.wrong("ContentVariables", 21656)
        if not all(isinstance(value, str) and value for value in variables.values()):
            raise self.wrong("ContentVariables", 21656)


class Verify(_Twilio):
    """Makes a code for each number (`codes`), and checks it: five tries, once, five codes in a row."""

    TRIES = 5
    SENDS = 5

    def __init__(self, keys: tuple[str, ...] = ()) -> None:
        super().__init__(keys)
        self.codes: dict[str, str] = {}
        self.tried: dict[str, int] = {}
        self.sent: dict[str, int] = {}

    def judge(self, asked: Asked) -> tuple[int, object]:
        self.sign_in(asked)
        place = VERIFY.fullmatch(asked.path)
        if asked.method != "POST" or not place:
            raise self.wrong(f"{asked.method} {asked.path}", 20404, status=404, message="Not found")
        starting = place[2] == "Verifications"
        self.fields(asked, required="To Channel" if starting else "To Code", optional="Locale" if starting else "")
        if not E164.fullmatch(asked["To"]):
            raise self.wrong("number", 60200, message="Invalid parameter `To`")
        if starting:
            return self._start(asked, place[1])
        return self._check(asked, place[1])

    def _start(self, asked: Asked, service: str) -> tuple[int, object]:
        to = asked["To"]
        if asked["Channel"] not in ("sms", "whatsapp") or asked.get("Locale") not in (None, "ar", "en"):
            raise self.wrong("Channel or Locale", 60200)
        self.sent[to] = self.sent.get(to, 0) + 1
        if self.sent[to] > self.SENDS:
            return 429, said(429, 60203, "Max send attempts reached")
        self.codes.setdefault(to, f"{len(self.asked) * 7919 + 482715:06d}")
        self.tried.setdefault(to, 0)
        return 201, self._row(asked, service, "pending")

    def _check(self, asked: Asked, service: str) -> tuple[int, object]:
        to = asked["To"]
        if not re.fullmatch(r"[0-9]{4,10}", asked["Code"]):
            raise self.wrong("Code", 60200, message="Invalid parameter `Code`")
        if to not in self.codes:
            return 404, said(404, 20404, f"The requested resource /Services/{service}/VerificationCheck was not found")
        self.tried[to] += 1
        if self.tried[to] > self.TRIES:
            return 429, said(429, 60202, "Max check attempts reached")
        if asked["Code"] != self.codes[to]:
            return 200, self._row(asked, service, "pending")
        for memory in (self.codes, self.tried, self.sent):
            memory.pop(to)
        return 200, self._row(asked, service, "approved")

    def _row(self, asked: Asked, service: str, status: str) -> dict[str, object]:
        row = {"sid": "VE0123456789abcdef0123456789abcdef", "service_sid": service, "to": asked["To"]}
        return row | {"channel": "sms", "status": status, "valid": status == "approved"}


def twilio_server(*keys: str) -> AbstractContextManager[Messages]:
    """The Messages API. `keys` are "account sid:auth token"; none given: any will do."""
    return open_vendor(partial(Messages, keys))


def twilio_verify_server(*keys: str) -> AbstractContextManager[Verify]:
    """Codes of Twilio's own: `vendor.codes[phone]`. `keys` as above."""
    return open_vendor(partial(Verify, keys))
