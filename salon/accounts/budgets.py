"""The limits on what a code may cost, in one list: for spending (`otp`) and for operators who look (`admin`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from salon.accounts import limits

Kind = Literal["address", "phone", "prefix", "all", "code"]

PREFIX: Final = len("+96655123")
"""The eight digits by which number ranges are sold."""


@dataclass(frozen=True, slots=True)
class Budget:
    """So many codes of one kind in one window. `setting` names the allowed number."""

    name: str
    kind: Kind
    setting: str
    window: timedelta
    label: str | Promise

    @property
    def allowed(self) -> int:
        return getattr(settings, self.setting)

    @property
    def given_back(self) -> bool:
        """When the code did not leave. An address keeps paying: a vendor that is down must not be hammered."""
        return self.kind != "address"

    def key(self, *, phone: str, address: str) -> str:
        """What is counted: the phone, the hashed address, the number range, or the whole site."""
        return {"address": address, "phone": phone, "prefix": phone[:PREFIX], "all": "all"}[self.kind]


# The cheapest to exhaust first. Names are keys of rows: an old one must not get a new meaning.
BUDGETS: Final = (
    Budget(
        "codes-address", "address", "OTP_CODES_PER_ADDRESS_HOUR", limits.HOUR, _("Codes for one address in an hour")
    ),
    Budget(
        "codes-address-day", "address", "OTP_CODES_PER_ADDRESS_DAY", limits.DAY, _("Codes for one address in a day")
    ),
    Budget("codes-phone-hour", "phone", "OTP_CODES_PER_PHONE_HOUR", limits.HOUR, _("Codes for one phone in an hour")),
    Budget("codes-phone-day", "phone", "OTP_CODES_PER_PHONE_DAY", limits.DAY, _("Codes for one phone in a day")),
    Budget(
        "codes-prefix", "prefix", "OTP_CODES_PER_PREFIX_HOUR", limits.HOUR, _("Codes for one number range in an hour")
    ),
    Budget(
        "codes-prefix-day", "prefix", "OTP_CODES_PER_PREFIX_DAY", limits.DAY, _("Codes for one number range in a day")
    ),
    Budget("codes-all", "all", "OTP_CODES_PER_DAY", limits.DAY, _("Codes for the whole site in a day")),
)

TRIES: Final = Budget("code-tries", "code", "ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS", limits.DAY, _("Tries for one code"))
"""Not paid for by `otp.pay`: counted when a code is typed."""

PHONE_TRIES: Final = Budget(
    "code-tries-phone", "phone", "OTP_TRIES_PER_PHONE_HOUR", limits.HOUR, _("Tries for one phone in an hour")
)
"""The tries of all the codes a phone may have in an hour. It matters when codes cannot leave: those are not paid for,
so that their number has no limit, and each would bring new tries."""
