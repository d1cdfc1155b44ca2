"""What goes wrong, in one shape: RFC 9457 problem details, in English, for whoever writes the program.

`type` leads to the paragraph of the documentation page that explains it. Programs tell problems apart by `type` and
`status`; `title` and `detail` are for people. An unreadable parameter is named in `errors`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, TypedDict

from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

logger = logging.getLogger("salon.api")

CONTENT_TYPE: Final = "application/problem+json"
BUSY_RETRY_AFTER: Final = 5
"""Seconds: longer than any lock of ours is kept."""


class Wrong(TypedDict):
    """One parameter or field that makes no sense: where it stands ("query.days") and why."""

    where: str
    code: str
    message: str


KINDS: Final[dict[str, tuple[int, str]]] = {
    "bad-request": (400, "The request cannot be read"),
    "unauthorized": (401, "A valid access token is needed"),
    "forbidden": (403, "Not allowed"),
    "not-found": (404, "Nothing is here"),
    "not-offered": (404, "Nobody there does this"),
    "method-not-allowed": (405, "This address does not take that method"),
    "conflict": (409, "It changed meanwhile"),
    "invalid": (422, "Something asked for makes no sense"),
    "too-many-requests": (429, "Too many requests"),
    "server-error": (500, "Our fault"),
    "busy": (503, "Busy for a moment"),
}
"""Every kind of problem: the last part of its `type`, its usual status and its title."""

_BY_STATUS: Final = {status: kind for kind, (status, _) in KINDS.items() if kind != "not-offered"}


class Problem(Exception):  # noqa: N818 - it is the answer, not only an error
    """Raise it anywhere below an endpoint of the API; the answer is a problem of this kind."""

    def __init__(self, kind: str, detail: str = "", *, errors: Sequence[Wrong] = ()) -> None:
        super().__init__(detail or kind)
        self.kind = kind
        self.detail = detail
        self.errors = list(errors)


def invalid(where: str, code: str, message: str) -> Problem:
    """One parameter makes no sense: 422. `where` is "query.first_day", `code` a word for programs."""
    return Problem("invalid", errors=[{"where": where, "code": code, "message": message}])


def answer(
    request: HttpRequest,
    kind: str,
    detail: str = "",
    *,
    status: int = 0,
    errors: Sequence[Wrong] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The problem as a response. `status` only where it is not the usual one of `kind`."""
    usual, title = KINDS[kind]
    body: dict[str, Any] = {
        "type": f"{settings.SITE_URL}/api/v1/docs#{kind}",
        "title": title,
        "status": status or usual,
        "detail": detail or title,
        "instance": request.path,
    }
    if errors:
        body["errors"] = list(errors)
    response = HttpResponse(
        json.dumps(body, ensure_ascii=True), status=status or usual, content_type=CONTENT_TYPE, headers=headers
    )
    response["Content-Language"] = "en"
    response["Cache-Control"] = "no-store"
    return response


def of_status(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A problem in place of an error page."""
    kept = {name: response[name] for name in ("Allow", "Retry-After") if name in response}
    return _other(request, response.status_code, headers=kept)


def too_many(request: HttpRequest, wait: int) -> HttpResponse:
    """429; `wait` in seconds."""
    return answer(request, "too-many-requests", f"Again in {wait} s.", headers={"Retry-After": str(wait)})


def not_allowed(request: HttpRequest, allowed: Sequence[str]) -> HttpResponse:
    """405, with the methods that are taken."""
    methods = ", ".join(allowed)
    return answer(request, "method-not-allowed", f"Use {methods}.", headers={"Allow": methods})


def install(api: NinjaAPI) -> None:
    """Make every error of `api` a problem."""
    api.add_exception_handler(Problem, _problem)
    api.add_exception_handler(ValidationError, _validation)
    api.add_exception_handler(Http404, _missing)
    api.add_exception_handler(PermissionDenied, _forbidden)
    api.add_exception_handler(SuspiciousOperation, _unreadable)
    api.add_exception_handler(HttpError, _http)
    api.add_exception_handler(Exception, _fault)


def _problem(request: HttpRequest, error: Any) -> HttpResponse:
    return answer(request, error.kind, error.detail, errors=error.errors)


def _validation(request: HttpRequest, error: Any) -> HttpResponse:
    errors: list[Wrong] = [
        {
            "where": _where(each.get("loc", ())),
            "code": str(each.get("type", "invalid")),
            "message": str(each.get("msg", "")),
        }
        for each in error.errors
    ]
    return answer(request, "invalid", errors=errors)


def _where(parts: Sequence[object]) -> str:
    """Without the name that our views give to the whole of a query."""
    named = [str(part) for number, part in enumerate(parts) if (number, part) != (1, "asked")]
    return ".".join(named)


def _missing(request: HttpRequest, error: Any) -> HttpResponse:  # noqa: ARG001 - what was looked for is not said
    return answer(request, "not-found")


def _forbidden(request: HttpRequest, error: Any) -> HttpResponse:  # noqa: ARG001 - the same
    return answer(request, "forbidden")


def _unreadable(request: HttpRequest, error: Any) -> HttpResponse:  # noqa: ARG001 - the same
    return answer(request, "bad-request")


def _http(request: HttpRequest, error: Any) -> HttpResponse:
    if isinstance(error, AuthenticationError):
        given = "Authorization" in request.headers
        challenge = 'Bearer error="invalid_token"' if given else "Bearer"
        return answer(request, "unauthorized", headers={"WWW-Authenticate": challenge})
    if isinstance(error, Throttled):
        return answer(request, "too-many-requests")  # ninja adds Retry-After
    return _other(request, error.status_code, str(error) or HTTPStatus(error.status_code).phrase)


def _other(
    request: HttpRequest, status: int, detail: str = "", headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Any status, as the kind it usually is or the one that is nearest."""
    kind = _BY_STATUS.get(status) or ("bad-request" if status < 500 else "server-error")
    return answer(request, kind, detail, status=status, headers=headers)


def _fault(request: HttpRequest, error: Any) -> HttpResponse:
    """Our fault, with its story in the log. A database that stayed busy for a moment is no fault."""
    if isinstance(error, OperationalError):
        logger.warning("the database was busy under %s (%s)", request.path, error)
        return answer(request, "busy", headers={"Retry-After": str(BUSY_RETRY_AFTER)})
    logger.error("unexpected error under %s", request.path, exc_info=error)
    return answer(request, "server-error")
