"""What a wire to a phone must be able to do, whoever the vendor is. No settings, no bookings, no language here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class WireError(Exception):
    """A message was not accepted by the vendor, or a code could not be checked.

    `permanent` says that the same message to the same number never helps (a number that does not exist, a filtered
    text). `config` says that the fault is ours to repair (a wrong key, a sender not allowed, an empty account): the
    same message will go once somebody has. Neither: a passing trouble. `sent` is False only where the request surely
    did not leave, so that nothing can have reached the phone. `code` is the vendor's own, `vendor_message` its words
    with numbers and keys taken out: for the log, never for a guest.
    """

    def __init__(
        self,
        *,
        permanent: bool,
        code: str = "",
        vendor_message: str = "",
        config: bool = False,
        sent: bool = True,
    ) -> None:
        super().__init__(f"{code or 'no code'}: {vendor_message or 'no words'}")
        self.permanent = permanent
        self.config = config
        self.sent = sent
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


class WhatsAppClient(Protocol):
    """Sends one WhatsApp message by an approved template: nothing else may open a conversation."""

    def send_template(
        self, to: str, *, template: str, language: str, parameters: Sequence[str], button: str = ""
    ) -> Receipt:
        """Send `template` (the vendor's name or id of it) to the E.164 number `to`, once.

        `language` is "ar" or "en"; `parameters` fill {{1}}, {{2}}, … of the body. `button` is what a template of the
        authentication kind copies: the code itself, "" for other kinds. Raises WireError.
        """
        ...


class Verdict(Enum):
    """What a vendor that checks codes itself says of one."""

    CORRECT = "correct"
    WRONG = "wrong"
    SPENT = "spent"  # expired, used, or tried too often: this code never will be right
    """Anything else (no answer, a refusal of our key) is a WireError."""


class VerifyClient(Protocol):
    """A vendor that makes, sends and checks codes itself."""

    def start(self, to: str, *, channel: str, language: str) -> Receipt:
        """Send a code to the E.164 number `to` by "sms" or "whatsapp". Raises WireError."""
        ...

    def check(self, to: str, *, channel: str, code: str) -> Verdict:
        """Whether `code` is the one that was sent. Raises WireError when that could not be told."""
        ...
