"""Changing a number: the person's row, their other sessions, and a word to the old number."""

from __future__ import annotations

import logging

from allauth.usersessions.internal.flows.sessions import end_other_sessions
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import override

from salon.accounts.models import User
from salon.accounts.phone_change import change_phone
from salon.core.phones import mask
from salon.core.text import sms_safe
from salon.notifications import providers

logger = logging.getLogger("salon.flows.phone_change")


def move(request: HttpRequest, *, user: User, phone: str) -> None:
    """From the old number to `phone`, which was just proved. Raises accounts.phone_change.PhoneTaken.

    The number changes and every other session ends, or neither. Then the old number is told: whoever still holds it
    learns of it, and if the message cannot leave, the change stands.
    """
    with transaction.atomic(durable=True):
        old = change_phone(user=user, phone=phone)
        end_other_sessions(request, user)
    if old and old != phone:
        _warn(old, user.language)


def _warn(old: str, language: str) -> None:
    with override(language):
        brand = settings.BRAND_NAME_AR if language == "ar" else settings.BRAND_NAME_EN
        text = _("%(brand)s: the number of your account was changed. If this was not you, contact us: %(site)s")
        text = sms_safe(text % {"brand": brand, "site": settings.SITE_URL})
    try:
        providers.provider().send(old, text)
    except Exception as error:  # noqa: BLE001 - the change is made; a wire in trouble must not undo or hide it
        logger.warning("the change of a number could not be told to %s: %s", mask(old), error)
