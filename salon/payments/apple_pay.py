"""Apple's proof that a shop's domain is ours: a text from Moyasar's dashboard, shown at a fixed address."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

ADDRESS = ".well-known/apple-developer-merchantid-domain-association"


def domain_text() -> str | None:
    """What the address shows: the file that `MOYASAR_APPLE_PAY_DOMAIN_FILE` names, or the setting's own text.

    None when it is unset, or names a file that cannot be read. A value without a slash or dot is the text: Apple's is
    one long line of hexadecimal digits.
    """
    value = settings.MOYASAR_APPLE_PAY_DOMAIN_FILE.strip()
    if not value:
        return None
    if value.isalnum():
        return value
    try:
        return (settings.BASE_DIR / Path(value)).read_text(encoding="ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        return None
