"""Sessions in the database, for keys that could have been ours."""

from __future__ import annotations

import re
from typing import Final

from django.contrib.sessions.backends import db

_KEY: Final = re.compile(r"[0-9a-z]{32}")


class SessionStore(db.SessionStore):
    """Django's own, which would ask the database for any text of a cookie.

    A cookie may carry a quoted NUL, which PostgreSQL refuses with an error. What is no key of ours is no session.
    """

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key) and _KEY.fullmatch(key) is not None
