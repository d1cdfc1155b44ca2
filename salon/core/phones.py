"""Mobile numbers: any spelling a person types becomes one E.164 string, or a refusal with a reason."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Final, Literal

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from salon.core.digits import to_ascii_digits

Reason = Literal["empty", "unreadable", "landline", "foreign"]

HOME: Final = "SA"
_MOBILE: Final = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
# The library would also read "call 0501234567" or "0501-FLOWERS"; a sign-in field should not guess.
_WRITTEN: Final = re.compile(r"\+?[0-9 ().\-/]+")
_LONGEST: Final = 40
_E164: Final = re.compile(r"\+[0-9]{7,15}")


class InvalidPhone(ValueError):  # noqa: N818 - it reads as a fact, as the domain errors do
    """The text is not a mobile number we accept. `reason` says why; the text itself is never kept in the error."""

    def __init__(self, reason: Reason) -> None:
        """Remember why, and nothing that the person typed."""
        super().__init__(reason)
        self.reason: Reason = reason


def parse_mobile(text: str, countries: Collection[str] = (HOME,)) -> str:
    """The E.164 form of a mobile number, for example "+966501234567".

    Accepts 05…, 5…, 966…, +966… and 00966… with spaces, dashes, brackets, Arabic digits and invisible direction
    marks. `countries` are ISO codes; a number without a country code is read as one of the first.
    Raises InvalidPhone: "empty", "unreadable", "foreign" (another country), "landline" (not a mobile).
    """
    written = _plain(text)
    if not written:
        raise InvalidPhone("empty")
    if len(written) > _LONGEST or not _WRITTEN.fullmatch(written):
        raise InvalidPhone("unreadable")
    try:
        number = phonenumbers.parse(written, next(iter(countries)))
    except phonenumbers.NumberParseException:
        raise InvalidPhone("unreadable") from None
    if not phonenumbers.is_valid_number(number):
        raise InvalidPhone("unreadable")
    if phonenumbers.region_code_for_number(number) not in countries:
        raise InvalidPhone("foreign")
    if phonenumbers.number_type(number) not in _MOBILE:
        raise InvalidPhone("landline")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def mask(e164: str) -> str:
    """A number safe for logs: "+9665••••••67". Anything that is not E.164 is hidden whole."""
    if not _E164.fullmatch(e164):
        return "•" * len(e164)
    return f"{e164[:5]}{'•' * (len(e164) - 7)}{e164[-2:]}"


def national(e164: str) -> str:
    """As people at home say it: "050 123 4567"; numbers of other countries keep their code, "+971 50 123 4567"."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    at_home = phonenumbers.region_code_for_country_code(number.country_code or 0) == HOME
    form = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, form)


def _plain(text: str) -> str:
    """ASCII digits, plain spaces and dashes, nothing invisible."""
    kept = []
    for character in to_ascii_digits(text):
        kind = unicodedata.category(character)
        if kind == "Cf":
            continue
        kept.append(" " if kind == "Zs" else "-" if kind == "Pd" else character)
    return "".join(kept).strip()
