"""The gates of acts that want a proof of the last minutes, not only a session."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from salon.accounts.freshness import is_fresh, is_fresh_by_factor
from salon.accounts.second_factor import has_factor
from salon.core.htmx import go
from salon.web.guests import View, guest, private


def fresh_proof_required(view: View | None = None, *, back: str = "") -> Any:
    """Signed in, and the phone or a second factor proved within the last ten minutes. Others prove it and come back.

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
        return to_proof(request, reverse(back) if back else _page(request))

    return gate


def factor_proof_required(view: View) -> View:
    """To change second factors: whoever has one proves that very one, a code to the phone is not enough. One query.

    Otherwise a stolen session and a stolen SIM could take away what was set up against them.
    """

    @private
    @wraps(view)
    def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        now = timezone.now()
        if is_fresh_by_factor(request, now):
            return view(request, *args, **kwargs)
        if has_factor(guest(request)):
            return to_proof(request, _page(request), by="factor")
        if is_fresh(request, now):
            return view(request, *args, **kwargs)
        return to_proof(request, _page(request))

    return gate


def to_proof(request: HttpRequest, back: str, **more: str) -> HttpResponse:
    """Off to prove it, and then to `back`, a path of this site."""
    return go(request, f"{reverse('web:prove')}?{urlencode({**more, 'next': back})}")


def safe_next(request: HttpRequest, default: str = "") -> str:
    """`next` of the form or the address where it stays on this site, else `default` (the security page)."""
    url = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return url if safe else default or reverse("web:security")


def _page(request: HttpRequest) -> str:
    return request.get_full_path() if request.method in {"GET", "HEAD"} else request.path
