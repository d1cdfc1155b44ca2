"""The words of the code message, short enough for one SMS."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from salon.core.text import sms_safe, sms_segments


def code_text(*, code: str, language: str) -> str:
    """The message that carries `code`, in `language` ("ar" or "en").

    On an https site the last line binds the code to the site (WebOTP: "@host #code"), so that a browser offers it
    only there; it is left out when it would make the message two parts long.
    """
    brand = settings.BRAND_NAME_AR if language == "ar" else settings.BRAND_NAME_EN
    with override(language):
        text = sms_safe(_("%(brand)s: your code is %(code)s. Keep it to yourself.") % {"brand": brand, "code": code})
    bound = f"{text}\n\n@{urlsplit(settings.SITE_URL).hostname} #{code}"
    return bound if settings.SITE_IS_HTTPS and sms_segments(bound) == 1 else text
