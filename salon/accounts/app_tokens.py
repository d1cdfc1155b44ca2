"""The tokens of apps: who holds one is whoever its session is signed in as, and nobody once that session is gone.

Only this site makes and reads them, so they are signed with one secret (HS256) derived from SECRET_KEY: no second
secret to lose. Tokens made with a key of SECRET_KEY_FALLBACKS are still read, so that an app stays signed in while the
key is changed, as a browser does. A token names its session in cipher: it cannot be turned into a session cookie.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

import jwt
from allauth.core.internal.sessionkit import get_session_user
from allauth.headless.tokens.strategies.base import AbstractTokenStrategy
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from salon.accounts.models import User
from salon.accounts.sessions import SessionStore

REFRESH: Final = "app_refresh"
"""Session key: the only refresh token that is still good, by its `jti`."""

LONGEST: Final = 4096
"""Characters. Ours have about 500; nobody may make us take apart more."""

_ALGORITHM: Final = "HS256"
_FOUND: Final = "_app_session_key"

Use = Literal["access", "refresh"]


class _Keys(NamedTuple):
    signing: tuple[bytes, ...]
    sessions: MultiFernet


class _Proved(str):
    """The key of a session that an access token named."""

    __slots__ = ()


class TokenStrategy(AbstractTokenStrategy):
    """How allauth's endpoints for apps make and read tokens."""

    def get_session_token(self, request: HttpRequest) -> str | None:
        """The session a request speaks for: named by X-Session-Token while signing in, by the access token after."""
        if token := request.headers.get("X-Session-Token"):
            return token
        if not hasattr(request, _FOUND):
            session = _living(bearer(request), "access")
            setattr(request, _FOUND, session and _Proved(session.session_key))
        return getattr(request, _FOUND)

    def create_session_token(self, request: HttpRequest) -> str:
        """The key of a session that signs in; "" once it has, for it would open a browser, too, and for months."""
        if SESSION_KEY in request.session:
            return ""
        if not request.session.session_key:
            request.session.save()
        return str(request.session.session_key)

    def lookup_session(self, session_token: str) -> SessionStore | None:
        """A signed-in session opens by an access token only: the key in a browser's cookie is none."""
        session = _session(session_token)
        opens = session and (SESSION_KEY not in session or isinstance(session_token, _Proved))
        return session if opens else None

    def create_access_token_payload(self, request: HttpRequest) -> dict[str, Any]:
        """Both tokens, after signing in, and how many seconds the first one is good for."""
        access, refresh = _pair(request.session)
        seconds = settings.HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN
        return {"access_token": access, "refresh_token": refresh, "expires_in": seconds}

    def refresh_token(self, refresh_token: str) -> tuple[str, str] | None:
        """A new pair; None when the old one is not good, or was used before. Of many rivals exactly one gets it."""
        if _living(refresh_token, "refresh") is None:
            return None  # before anything is locked: anybody may send anything
        with transaction.atomic():
            session = _living(refresh_token, "refresh", lock=True)
            if session is None:
                return None
            pair = _pair(session)
            session.save()  # which also begins the session's time anew
        return pair


def person_of(token: str) -> User | None:
    """Who an access token speaks for. None for anything that is not one, ran out, or whose session is over.

    Two queries: the session, the person.
    """
    session = _living(token, "access")
    return session and _person(session)


def bearer(request: HttpRequest) -> str:
    """The token of the Authorization header; "" without one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _pair(session: SessionStore) -> tuple[str, str]:
    """An access token, and the refresh token that is the only good one from now on. The caller saves the session."""
    session[REFRESH] = secrets.token_urlsafe(16)
    access = _write(session, "access", seconds=settings.HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN)
    return access, _write(session, "refresh", seconds=settings.HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN)


def _write(session: SessionStore, use: Use, *, seconds: int) -> str:
    now, keys = timezone.now(), _keys()
    claims = {
        "sub": session[SESSION_KEY],
        "sid": keys.sessions.encrypt(str(session.session_key).encode()).decode(),
        "jti": session[REFRESH] if use == "refresh" else secrets.token_urlsafe(16),
        "use": use,
        "iat": now,
        "exp": now + timedelta(seconds=seconds),
    }
    return jwt.encode(claims, keys.signing[0], algorithm=_ALGORITHM)


def _living(token: str, use: Use, *, lock: bool = False) -> SessionStore | None:
    """The session behind `token` if it is one of ours, for this use, and its person is still signed in there."""
    claims = _read(token)
    if claims is None or claims["use"] != use:
        return None
    try:
        key = _keys().sessions.decrypt(claims["sid"]).decode()
    except (InvalidToken, TypeError, ValueError):
        return None
    if lock:
        list(Session.objects.select_for_update().filter(pk=key).values_list("pk"))
    session = _session(key)
    if session is None or session.get(SESSION_KEY) != claims["sub"]:
        return None
    if use == "refresh" and not constant_time_compare(session.get(REFRESH, ""), str(claims["jti"])):
        return None
    return session if _person(session) else None


def _read(token: str) -> dict[str, Any] | None:
    if not token or len(token) > LONGEST or not token.isascii():
        return None
    for key in _keys().signing:
        try:
            return jwt.decode(
                token,
                key,
                algorithms=[_ALGORITHM],
                # Our machines' clocks may differ by a second: when it was made decides nothing.
                options={"require": ["sub", "sid", "jti", "use", "exp"], "verify_iat": False},
            )
        except jwt.InvalidSignatureError:
            continue
        except (jwt.PyJWTError, RecursionError, ValueError):  # a header can be nested a thousand deep
            return None
    return None


def _session(key: str) -> SessionStore | None:
    session = SessionStore(key)
    session.get(SESSION_KEY)  # reads the row; one that is missing or ran out leaves no key behind
    return session if session.session_key else None


def _person(session: SessionStore) -> User | None:
    """As on every page: active, and not signed out by a change of the password. Remembered with the session."""
    if not hasattr(session, "_person"):
        user = get_session_user(session)
        session._person = user if user and user.anonymised_at is None else None  # noqa: SLF001 - our own note
    return session._person  # noqa: SLF001 - the same


def _keys() -> _Keys:
    return _derived((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=4)
def _derived(secret_keys: tuple[str, ...]) -> _Keys:
    """The newest writes, all read. Each purpose has a key of its own."""

    def derive(purpose: str, secret: str) -> bytes:
        return salted_hmac(f"salon.accounts.app_tokens.{purpose}", "", secret=secret, algorithm="sha256").digest()

    return _Keys(
        signing=tuple(derive("signing", each) for each in secret_keys),
        sessions=MultiFernet([Fernet(urlsafe_b64encode(derive("sessions", each))) for each in secret_keys]),
    )
