"""What a wire to a phone must be able to do, whoever the vendor is. No settings, no bookings, no language here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class WireError(Exception):
    """A message was not accepted by the vendor.

    `permanent` says that trying the same again cannot help (a number that does not exist, a sender not approved).
    `code` is the vendor's own, `vendor_message` its words: for the log, never for a guest.
    """

    def __init__(self, *, permanent: bool, code: str = "", vendor_message: str = "") -> None:
        super().__init__(f"{code or 'no code'}: {vendor_message or 'no words'}")
        self.permanent = permanent
        self.code = code
        self.vendor_message = vendor_message


@dataclass(frozen=True, slots=True)
class Receipt:
    """The vendor took the message. `reference` is its name for it, "" when it gives none."""

    reference: str = ""


class SmsClient(Protocol):
    """Sends one SMS."""

    def send(self, to: str, text: str) -> Receipt:
        """Send `text` to the E.164 number `to`, once. Raises WireError when it was refused or no answer came."""
        ...
