"""The door of the sign-in of apps: whatever arrives, one JSON shape leaves, allauth's own."""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, Final

from allauth.core.exceptions import ImmediateHttpResponse, RateLimited
from allauth.headless.internal.restkit.response import APIResponse
from django.contrib.sessions.backends.base import UpdateError
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.response import HttpResponseBase

logger = logging.getLogger("salon.api.app_door")

View = Callable[..., HttpResponseBase]

_WAIT: Final = 60  # seconds, when a limit does not say for how long
_BUSY: Final = 5  # seconds: longer than any lock of ours is kept


def app_door(view: View, methods: Sequence[str]) -> View:
    """`view` for `methods` only, with an answer for everything that cannot be read.

    The method is looked at first: allauth reads the body before it knows the method, which would pay for a code.
    """

    @functools.wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in methods:
            return _answer(HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": ", ".join(methods)})
        session, user = request.session, request.user
        try:
            return view(request, *args, **kwargs) if _is_countable(request.body) else _unreadable()
        except ImmediateHttpResponse as early:
            return _early(early.response)
        except UpdateError:  # another request ended this session meanwhile
            return _gone()
        except (RecursionError, UnicodeError, SuspiciousOperation, UnreadablePostError) as error:
            return _unreadable(too_big=isinstance(error, RequestDataTooBig))  # or nested a thousand deep
        except (RateLimited, OperationalError) as error:
            return _later(request, error)
        finally:  # allauth leaves the app's in their place when that session cannot be saved
            request.session, request.user = session, user

    return door


def _is_countable(body: bytes) -> bool:
    """Python reads no number of thousands of digits, and says so with an error that nobody expects of JSON."""
    try:
        json.loads(body)
    except (json.JSONDecodeError, UnicodeError, RecursionError):
        return True  # told by whoever needs it
    except ValueError:
        return False
    return True


def missing(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django hands it to every view
    """No such address: sign-up, e-mail and passwords are not here."""
    return _answer(HTTPStatus.NOT_FOUND)


missing.csrf_exempt = True  # type: ignore[attr-defined] - a 403 about cookies would mislead


def _early(response: HttpResponse) -> HttpResponse:
    if response.status_code == HTTPStatus.GONE:
        return _gone()
    if isinstance(response, APIResponse):
        return response
    return _unreadable()  # allauth answers a body that is no JSON object with an empty page


def _gone() -> HttpResponse:
    return _answer(HTTPStatus.GONE, data={}, meta={"is_authenticated": False})


def _unreadable(*, too_big: bool = False) -> HttpResponse:
    if too_big:
        error = {"message": "The body is too long.", "code": "too_long"}
        return _answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, errors=[error])
    error = {"message": "The body must be one JSON object.", "code": "invalid_json"}
    return _answer(HTTPStatus.BAD_REQUEST, errors=[error])


def _later(request: HttpRequest, error: RateLimited | OperationalError) -> HttpResponse:
    if isinstance(error, RateLimited):
        wait = getattr(error, "retry_after", _WAIT)
        return _answer(HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": str(wait)})
    logger.warning("the database was busy under %s (%s)", request.path, error)
    return _answer(HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": str(_BUSY)})


def _answer(status: HTTPStatus, *, headers: dict[str, str] | None = None, **body: Any) -> HttpResponse:
    response = JsonResponse({"status": int(status), **body}, status=status, headers=headers)
    response["Cache-Control"] = "no-store"
    return response
