"""The gate of pages that belong to a signed-in guest."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.views.decorators.cache import never_cache

from salon.accounts.models import User
from salon.core.htmx import is_htmx

View = Callable[..., HttpResponse]


def private(view: View) -> View:
    """Signed-in guests only, and nothing of it is kept by a cache.

    Others go to sign-in and come back; a region asked for by htmx gets a bare 401, on which the page reloads itself.
    """

    @wraps(view)
    def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if is_htmx(request):
            return HttpResponse(status=401)
        # A POST cannot be repeated after sign-in: come back to the page that holds the form.
        path = request.get_full_path() if request.method in {"GET", "HEAD"} else request.path
        return redirect_to_login(path, resolve_url("account_login"))

    return never_cache(gate)


def guest(request: HttpRequest) -> User:
    """The person behind a request that passed `private`."""
    return cast("User", request.user)
