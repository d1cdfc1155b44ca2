"""The gate of acts that want a proof of the last minutes, not only a session."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from salon.accounts.freshness import is_fresh
from salon.core.htmx import go
from salon.web.guests import View, private


def fresh_proof_required(view: View | None = None, *, back: str = "") -> Any:
    """Signed in, and the phone or a passkey proved within the last ten minutes. Others prove it and come back.

    A POST cannot be repeated after the proof: it comes back to the page at its own address, or to the page that the
    URL name `back` leads to. Use it bare or with `back`.
    """
    if view is None:
        return lambda later: fresh_proof_required(later, back=back)

    @private
    @wraps(view)
    def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_fresh(request, timezone.now()):
            return view(request, *args, **kwargs)
        page = request.get_full_path() if request.method in {"GET", "HEAD"} else request.path
        return to_proof(request, reverse(back) if back else page)

    return gate


def to_proof(request: HttpRequest, back: str, **more: str) -> HttpResponse:
    """Off to prove it, and then to `back`, a path of this site."""
    return go(request, f"{reverse('web:prove')}?{urlencode({**more, 'next': back})}")
