"""A fresh proof of who is at the keyboard: a code to one's own phone, a passkey, or an authenticator app."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth as webauthn
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from salon.accounts import challenge
from salon.accounts.factor_forms import ReauthenticateForm, ReauthenticatePasskeyForm, is_too_many
from salon.accounts.freshness import mark_fresh
from salon.accounts.otp import CodeRefused
from salon.accounts.second_factor import FACTORS, forget_standing
from salon.accounts.waiting import refusal_text
from salon.core.htmx import go
from salon.web.guests import guest, private
from salon.web.security_code import CodePage
from salon.web.security_gate import safe_next

PURPOSE: Final = "fresh-proof"
WHYS: Final = frozenset({"money", "admin"})
WAIT: Final = 300
"""Seconds after which tries of a second factor are free again; allauth's `login_failed`."""


@private
@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: HttpRequest) -> HttpResponse:
    """Choose a way, give the proof, and go on to `next`. With `by=factor` a code to the phone will not do."""
    proof = _Proof(request, timezone.now())
    action = request.POST.get("action", "") if request.method == "POST" else ""
    if action in {"app", "passkey"} and proof.types:
        return proof.by_factor(action)
    if proof.only_factor:
        return proof.choices()
    return proof.by_code(action)


class _Proof:
    """One request of the page: who, what they have, and where they go afterwards."""

    def __init__(self, request: HttpRequest, now: datetime) -> None:
        self.request, self.now, self.person = request, now, guest(request)
        self.back = safe_next(request)
        factors = Authenticator.objects.filter(user=self.person, type__in=FACTORS)
        self.types = set(factors.values_list("type", flat=True))
        self.only_factor = request.GET.get("by") == "factor" and bool(self.types)
        why = request.GET.get("why", "")
        about = {"by": "factor" if self.only_factor else "", "why": why if why in WHYS else ""}
        about = {name: value for name, value in about.items() if value}
        self.here = f"{reverse('web:prove')}?{urlencode({**about, 'next': self.back})}"
        self.context = {"back_url": self.back, "here_url": self.here, "why": "", **about, "types": self.types}
        self.context["only_factor"] = self.only_factor
        self.page = CodePage(
            request, PURPOSE, template="web/security_code.html", back=self.here, here=self.here, **self.context
        )

    def by_factor(self, action: str) -> HttpResponse:
        """The code of an app, a recovery code, or what a passkey signed."""
        kind = ReauthenticateForm if action == "app" else ReauthenticatePasskeyForm
        form = kind(self.request.POST, user=self.person)
        if form.is_valid():
            form.save()
            return self._proved()
        if action == "app":
            return self.choices(form, wait=WAIT if is_too_many(form) else 0)
        for error in form.errors.get("credential", []):
            messages.error(self.request, error)
        return self.choices(status=422)

    def by_code(self, action: str) -> HttpResponse:
        """A code to the person's own phone."""
        match action:
            case "send":
                return self.page.begin(phone=str(self.person.phone), refused=self._refused, now=self.now)
            case "resend":
                return self.page.resend(self.now)
            case "verify":
                return self.page.verify(self._phone_proved, now=self.now)
            case "drop":
                challenge.drop(self.request, PURPOSE)
                return go(self.request, self.here)
        waiting = challenge.current(self.request, PURPOSE)
        if waiting is not None and not waiting.expired(self.now) and waiting.phone == str(self.person.phone):
            return self.page.show()
        return self.choices()

    def choices(
        self, form: ReauthenticateForm | None = None, *, status: int = 0, wait: int = 0, refusal: str = ""
    ) -> HttpResponse:
        """The ways this person has. A passkey's challenge comes with the page. `wait`: seconds until the next try."""
        context = {**self.context, "refusal": refusal}
        if Authenticator.Type.WEBAUTHN in self.types:
            context["passkey_options"] = webauthn.begin_authentication(self.person)
        context["app_form"] = (form or ReauthenticateForm(user=self.person)) if self.types else None
        status = status or (429 if wait else 422 if form else 200)
        answer = render(self.request, "web/security_prove.html", context, status=status)
        if wait:
            answer["Retry-After"] = str(wait)
        return answer

    def _phone_proved(self, phone: str) -> HttpResponse:
        if phone == str(self.person.phone):  # it may have been changed in another tab meanwhile
            mark_fresh(self.request)
        return self._proved()

    def _proved(self) -> HttpResponse:
        forget_standing(self.request)
        return go(self.request, self.back)

    def _refused(self, refusal: CodeRefused) -> HttpResponse:
        return self.choices(wait=refusal.retry_after, refusal=refusal_text(refusal))


def prove_instead(request: HttpRequest, **_named: Any) -> HttpResponse:
    """The addresses at which allauth asks for a fresh proof: this page is ours."""
    return go(request, f"{reverse('web:prove')}?{urlencode({'next': safe_next(request)})}")
