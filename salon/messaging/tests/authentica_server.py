"""A strict stand-in for Authentica, written from its OpenAPI file and, for our own codes and letters, its blueprint."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import partial

from salon.messaging.tests.stand_in import E164, Asked, Vendor, Wrong, open_vendor


class Authentica(Vendor):
    """JSON and one key header. `codes` holds the code of each number, whoever made it; `credits` is the balance."""

    content_type = "application/json"
    base = "/api/v2"

    def __init__(self, keys: tuple[str, ...] = ()) -> None:
        super().__init__(keys)
        self.codes: dict[str, str] = {}
        self.credits = 21934

    def malformed(self, why: str) -> Wrong:
        if why == "Accept":  # who does not ask for JSON is sent to a page
            return Wrong(why, 302, {})
        return Wrong(why, 422, {"message": "The given data was invalid.", "errors": {"field": [why]}})

    def judge(self, asked: Asked) -> tuple[int, object]:
        asked.key = asked.headers.get("X-Authorization", "")
        self.check_key(asked.key, Wrong("key", 401, {"errors": [{"message": "Unauthorized"}]}))
        match asked.method, asked.path:
            case "GET", "/balance":
                return 200, {"success": True, "data": {"balance": self.credits}, "message": "Balance retrieved"}
            case "POST", "/send-otp":
                self.fields(asked, required="method phone template_id", optional="otp")
                return self._code(asked)
            case "POST", "/verify-otp":
                self.fields(asked, required="phone otp")
                self._number(asked)
                right = self.codes.get(asked["phone"]) == asked["otp"]
                if right:
                    del self.codes[asked["phone"]]
                return 200, {"status": right, "message": "OTP verified successfully" if right else "Invalid OTP"}
            case "POST", "/send-sms":
                self.fields(asked, required="phone message sender_name")
                self._number(asked)
                if not asked["message"] or not 1 <= len(asked["sender_name"]) <= 11:
                    raise self.malformed("message or sender_name")
                return 200, {"success": True, "data": None, "message": "SMS queued"}
        raise Wrong(f"{asked.method} {asked.path}", 404, {"message": "Not found"})

    def _code(self, asked: Asked) -> tuple[int, object]:
        self._number(asked)
        if asked["method"] not in ("sms", "whatsapp") or type(asked["template_id"]) is not int:
            raise self.malformed("method or template_id")
        own = asked.get("otp", "0")
        if not isinstance(own, str) or not own.isdecimal():
            raise self.malformed("otp")
        self.codes[asked["phone"]] = asked.get("otp") or f"{len(self.asked) * 7919 + 4827:06d}"
        return 200, {"success": True, "data": None, "message": "OTP send successfully"}

    def _number(self, asked: Asked) -> None:
        if not E164.fullmatch(asked["phone"]):
            raise self.malformed("phone")


def authentica_server(*keys: str) -> AbstractContextManager[Authentica]:
    """`keys` are api keys; none given: any will do."""
    return open_vendor(partial(Authentica, keys))
