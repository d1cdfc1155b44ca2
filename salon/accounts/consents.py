"""What people may agree to, in the words they read, and who has agreed.

The sentences are versioned: a consent names the version, and an old version is never edited, so that it can be shown
years later what somebody said yes to. A new wording is a new entry in TEXTS; whoever agreed to an older one still has.
Each purpose stands alone and unticked (Personal Data Protection Law, article 25). Nothing is sent without it: whoever
sends an offer asks `marketing_allowed` first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from django.db import transaction

from salon.accounts.closing import lock_person
from salon.accounts.models import Channel, Consent, Language, Purpose, User

TEXTS: Final[dict[str, dict[Purpose, dict[str, str]]]] = {
    "2026-11": {
        Purpose.MARKETING_SMS: {
            Language.ARABIC: "أوافق على وصول العروض والأخبار برسالة نصية على رقم جوالي. يمكن سحب الموافقة في أي وقت، "
            "ولا تتوقف عليها الحجوزات ولا رسائلها.",
            Language.ENGLISH: "I agree to receive offers and news by SMS on my mobile number. I can take this back at "
            "any time. Bookings and messages about them do not depend on it.",
        },
        Purpose.MARKETING_WHATSAPP: {
            Language.ARABIC: "أوافق على وصول العروض والأخبار عبر واتساب على رقم جوالي. يمكن سحب الموافقة في أي وقت، "
            "ولا تتوقف عليها الحجوزات ولا رسائلها.",
            Language.ENGLISH: "I agree to receive offers and news by WhatsApp on my mobile number. I can take this "
            "back at any time. Bookings and messages about them do not depend on it.",
        },
    },
}
CURRENT: Final = "2026-11"

CHANNELS: Final[dict[Purpose, Channel]] = {
    Purpose.MARKETING_SMS: Channel.SMS,
    Purpose.MARKETING_WHATSAPP: Channel.WHATSAPP,
}

Standing = dict[Purpose, Consent | None]
"""The newest row of each purpose; None where somebody never said anything, which is a no."""


class OldText(ValueError):  # noqa: N818 - it reads as a fact, as the domain errors do
    """Somebody agreed to a wording that is not asked for any more: show them the one that is."""


def sentence(purpose: Purpose, language: str, version: str = CURRENT) -> str:
    """The words of a version, as they were read. Raises KeyError for a version that never was."""
    texts = TEXTS[version][purpose]
    return texts.get(language) or texts[Language.ARABIC]


def words_of(row: Consent) -> str | None:
    """The words that somebody agreed to, in the language they read; None for a version that is not known here."""
    texts = TEXTS.get(row.text_version, {}).get(Purpose(row.purpose))
    return texts and (texts.get(row.language) or texts[Language.ARABIC])


def standing(user: User) -> Standing:
    """What this person has said last about each purpose. One query."""
    newest: Standing = dict.fromkeys(Purpose)
    for row in Consent.objects.filter(user=user).order_by("at", "pk"):
        newest[Purpose(row.purpose)] = row
    return newest


def marketing_allowed(user: User, channel: Channel | str) -> bool:
    """Whether offers may be sent to this person by `channel` now. One query; never to a closed account."""
    if not user.is_active or user.anonymised_at is not None:
        return False
    purpose = next(purpose for purpose, way in CHANNELS.items() if way == channel)
    newest = Consent.objects.filter(user=user, purpose=purpose).order_by("-at", "-pk").first()
    return newest is not None and newest.granted


def set_consents(
    user: User,
    answers: Mapping[Purpose, bool],
    *,
    language: str,
    now: dt.datetime,
    version: str = CURRENT,
) -> list[Consent]:
    """Write down what changed: one row a purpose, none where the answer stands already. Three queries at most.
    A closed account says nothing any more.

    `version` names the sentence that was on the page and `language` that page's. Raises OldText when a yes was given
    to an older one; a no is a no to any. The person's row is locked meanwhile, so two tabs write what they mean once.
    """
    if version != CURRENT and any(answers.values()):
        raise OldText(version)
    with transaction.atomic():
        if lock_person(user).anonymised_at is not None:
            return []
        before = standing(user)
        rows = [
            Consent(user=user, purpose=purpose, granted=yes, text_version=version, language=language, at=now)
            for purpose, yes in answers.items()
            if yes != _stands(before[purpose])
        ]
        return Consent.objects.bulk_create(rows)


def _stands(row: Consent | None) -> bool:
    return row is not None and row.granted
