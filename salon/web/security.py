"""The security of one's account: the number, passkeys and authenticator app, and the devices that are signed in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from allauth.account.internal.flows.logout import logout
from allauth.mfa.models import Authenticator
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from allauth.usersessions.models import UserSession
from cryptography.fernet import InvalidToken
from django.contrib import messages
from django.contrib.sessions.models import Session
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from salon.accounts import second_factor
from salon.accounts.second_factor import Standing
from salon.core.htmx import go
from salon.web.guests import guest, private
from salon.web.security_gate import safe_next, to_proof
from salon.web.security_prove import WHYS

SETUP_NEXT: Final = "second_factor_next"
"""Session key: where somebody who was led to set a second factor up wanted to go."""

MOST_DIGITS: Final = 20
"""Of a key. Python reads no number of thousands of digits."""

_SYSTEMS: Final = (  # the first that fits; iPad before Mac, Android before Linux
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
_BROWSERS: Final = (  # browsers name each other: the most particular first
    ("SamsungBrowser/", "Samsung Internet"),
    ("EdgiOS/", "Edge"),
    ("EdgA/", "Edge"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("CriOS/", "Chrome"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_HANDHELD: Final = {"iPhone", "iPad", "Android"}
_PRODUCT: Final = re.compile(r"[\w .-]{1,40}")


@dataclass(frozen=True, slots=True)
class Device:
    """One place that is signed in, in plain words. `kind`: "phone", "computer", "app" or "unknown"."""

    pk: int
    words: str
    kind: str
    since: datetime
    is_this: bool


@private
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """What opens this account. Three queries beside the session and the person."""
    person = guest(request)
    request.session.pop(SETUP_NEXT, None)
    found = list(Authenticator.objects.filter(user=person).order_by("created_at", "pk"))
    app = next((each for each in found if each.type == Authenticator.Type.TOTP), None)
    codes = next((each for each in found if each.type == Authenticator.Type.RECOVERY_CODES), None)
    context = {
        "section": "account",
        "passkeys": [
            {"row": each, "name": each.wrap().name} for each in found if each.type == Authenticator.Type.WEBAUTHN
        ],
        "app": app,
        "codes_left": _codes_left(codes) if codes else None,
        "devices": len(_devices(request)),
    }
    return render(request, "web/security.html", context)


@private
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """Where this person is signed in. POST `session` signs one of them out, without it all but this one.

    Two queries beside the session and the person, for one device or twenty.
    """
    if request.method != "POST":
        return render(request, "web/security_sessions.html", {"section": "account", "devices": _devices(request)})
    given = request.POST.get("session", "")
    if not given:
        end_other_sessions(request, guest(request))
        messages.success(request, _("All other devices were signed out."))
        return go(request, reverse("web:sessions"))
    is_key = given.isdecimal() and len(given) < MOST_DIGITS
    row = UserSession.objects.filter(user=guest(request), pk=given).first() if is_key else None
    if row is None:
        raise Http404
    if row.is_current():
        row.delete()
        logout(request)
        return go(request, reverse("web:home"))
    row.end()
    messages.success(request, _("The device was signed out."))
    return go(request, reverse("web:sessions"))


@private
@require_safe
def second_factor_setup(request: HttpRequest) -> HttpResponse:
    """Why a second factor is wanted now, and the two kinds; whoever has one is asked for it, then goes on to `next`."""
    back, why = safe_next(request), request.GET.get("why", "")
    if second_factor.is_satisfied(request):
        return go(request, back)
    if second_factor.standing(request) is Standing.UNPROVED:
        return to_proof(request, back, by="factor", why=why)
    request.session[SETUP_NEXT] = back
    return render(request, "web/security_factor.html", {"why": why if why in WHYS else "", "back_url": back})


def _codes_left(codes: Authenticator) -> int:
    """How many recovery codes were not used; none when they can no longer be read."""
    try:
        return len(codes.wrap().get_unused_codes())
    except InvalidToken:
        return 0


def _devices(request: HttpRequest) -> list[Device]:
    """The one in hand first, then the newest. What ended by itself is left out."""
    rows = list(UserSession.objects.filter(user=guest(request)).order_by("-created_at", "-pk"))
    keys = [row.session_key for row in rows]
    living = set(
        Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now()).values_list("pk", flat=True)
    )
    mine = request.session.session_key
    devices = [
        Device(row.pk, *_in_words(row.user_agent), since=row.created_at, is_this=row.session_key == mine)
        for row in rows
        if row.session_key in living
    ]
    return sorted(devices, key=lambda each: not each.is_this)


def _in_words(user_agent: str) -> tuple[str, str]:
    """("Chrome on Android", "phone") for what a browser says of itself; an app by the name it gives."""
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if not user_agent.startswith("Mozilla/"):
        product = _PRODUCT.match(user_agent)
        name = product.group().strip() if product else ""
        return (_("App: %(name)s") % {"name": name}, "app") if name else (_("Unknown device"), "unknown")
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    kind = "phone" if system in _HANDHELD else "computer" if system else "unknown"
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}, kind
    return browser or system or _("Unknown device"), kind


def security_instead(request: HttpRequest, **_named: Any) -> HttpResponse:
    """The addresses of allauth's own lists: ours is the security page."""
    return go(request, reverse("web:security"))
