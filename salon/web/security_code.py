"""The page of a code that proves a phone outside sign-in: one step, used by the fresh proof and the change of phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from salon.accounts import challenge
from salon.accounts.models import Channel
from salon.accounts.otp import CodeRefused
from salon.accounts.waiting import refusal_text
from salon.core.htmx import go


class CodeForm(forms.Form):
    """What is typed is read by `challenge.confirm`; here it only has a name and a place for its error."""

    code = forms.CharField(label=_("Verification code"), required=False)


class CodePage:
    """The code page of one purpose. `back`: where the way began; `here`: this page, `next` included."""

    def __init__(
        self, request: HttpRequest, purpose: str, *, template: str, back: str, here: str, **context: Any
    ) -> None:
        self.request = request
        self.purpose = purpose
        self.template = template
        self.back = back
        self.here = here
        self.context = context

    def show(self, form: CodeForm | None = None, *, status: int = 200, refusal: str = "") -> HttpResponse:
        """The page; without a challenge, back to where the way began."""
        waiting = challenge.current(self.request, self.purpose)
        if waiting is None:
            return go(self.request, self.back)
        context = {
            "waiting": waiting,
            "channel_label": Channel(waiting.channel).label,
            "other_channel": waiting.other_channel,
            "other_label": Channel(waiting.other_channel).label if waiting.other_channel else "",
            "form": form or CodeForm(),
            "refusal": refusal,
            "here_url": self.here,
            **self.context,
        }
        return render(self.request, self.template, context, status=status)

    def begin(self, *, phone: str, refused: Callable[[CodeRefused], HttpResponse], now: Any) -> HttpResponse:
        """Send the first code, and on to its page; `refused` answers where none may be sent now."""
        wish = self.request.POST.get("channel", "")
        try:
            challenge.begin(self.request, purpose=self.purpose, phone=phone, channel=wish, now=now)
        except CodeRefused as refusal:
            return refused(refusal)
        return go(self.request, self.here)

    def resend(self, now: Any) -> HttpResponse:
        """Another code, by the way that was asked for. 429 with the time to wait where there is none."""
        try:
            challenge.resend(self.request, self.purpose, channel=self.request.POST.get("channel", ""), now=now)
        except LookupError:
            return go(self.request, self.back)
        except CodeRefused as refusal:
            answer = self.show(status=429, refusal=refusal_text(refusal))
            answer["Retry-After"] = str(refusal.retry_after)
            return answer
        return go(self.request, self.here)

    def verify(self, done: Callable[[str], HttpResponse], *, now: Any) -> HttpResponse:
        """`done` gets the phone that was just proved. Anything else is 422, or back with a sentence."""
        waiting = challenge.current(self.request, self.purpose)
        result = challenge.confirm(self.request, self.purpose, given=self.request.POST.get("code", ""), now=now)
        if result.right and waiting is not None:
            return done(waiting.phone)
        if result.expired or result.spent:
            messages.warning(
                self.request,
                gettext("The code has expired. A new one can be sent now.")
                if result.expired
                else gettext("Too many wrong tries. This code no longer works."),
            )
            return go(self.request, self.back)
        form = CodeForm({"code": ""})
        form.is_valid()
        form.add_error("code", _said(result))
        return self.show(form, status=422)


def _said(result: challenge.Result) -> str:
    if result.unavailable:
        return gettext("The code could not be checked just now. Please try again in a moment.")
    if result.unreadable:
        return gettext("Enter the six digits of the code.")
    left = result.tries_left
    text = ngettext("The code is wrong. %(n)d try is left.", "The code is wrong. %(n)d tries are left.", left)
    return text % {"n": left}
