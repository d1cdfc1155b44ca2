"""What letters say: one short template a letter and language, `templates/notifications/<language>/<letter>.txt`.

Whole texts, not translated fragments: an SMS is paid by the part, and its length is tuned in each language by itself.
"""

from __future__ import annotations

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from salon.accounts.models import Language, User
from salon.bookings.models import Booking
from salon.bookings.states import CALLED_OFF, OPEN, Status
from salon.core.templatetags.salon import clock_time, day_long
from salon.core.text import clean_line, sms_safe
from salon.notifications.models import Letter

OFFICE_LETTERS = frozenset({Letter.OWNER_NEW, Letter.OWNER_CANCELLED, Letter.OWNER_MOVED})

NAME_LENGTH = 28
"""Longest name of a salon or guest in a letter: two parts of an Arabic SMS hold 134 characters in all."""


def render(letter: Letter | str, *, booking: Booking, recipient: User) -> str:
    """The text of a letter to `recipient`, in their language, as the booking is now; times on the salon's wall."""
    letter = Letter(letter)
    language = recipient.language if recipient.language in Language.values else Language.ARABIC
    with translation.override(language):
        page = "owner:booking" if letter in OFFICE_LETTERS else "web:booking"
        text = render_to_string(
            f"notifications/{language}/{letter}.txt",
            {
                "brand": settings.BRAND_NAME_AR if language == "ar" else settings.BRAND_NAME_EN,
                "salon": _short(_in(language, booking.salon.name_ar, booking.salon.name_en)),
                "guest": _short(booking.customer.shown_name if booking.customer else ""),
                "when": f"{day_long(booking.starts_at, booking.salon.zone)} "
                f"{clock_time(booking.starts_at, booking.salon.zone)}",
                "reference": booking.reference,
                "status": booking.status,
                "stands": booking.status in OPEN,
                "called_off": booking.status in {*CALLED_OFF, Status.HELD},
                "unpaid": letter == Letter.EXPIRED and _was_a_hold(booking),
                "link": settings.SITE_URL + reverse(page, args=[booking.reference]),
            },
        )
    return sms_safe(" ".join(text.split()))


def _was_a_hold(booking: Booking) -> bool:
    """Whether it ended because the money did not come, not because the salon did not answer."""
    last = booking.events.filter(new_status=Status.EXPIRED).order_by("-pk").first()
    return last is not None and last.old_status == Status.HELD


def _in(language: str, arabic: str, english: str) -> str:
    return (arabic or english) if language == "ar" else (english or arabic)


def _short(name: str) -> str:
    return clean_line(name, NAME_LENGTH)
