"""Changing the mobile number: a fresh proof first, then the new number, then the code it receives."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from salon.accounts import challenge
from salon.accounts.forms import PhoneField
from salon.accounts.freshness import mark_fresh
from salon.accounts.models import User
from salon.accounts.otp import CodeRefused
from salon.accounts.phone_change import PhoneTaken
from salon.accounts.waiting import refusal_text
from salon.core.htmx import go
from salon.flows import phone_change as flow
from salon.web.guests import guest
from salon.web.security_code import CodePage
from salon.web.security_gate import fresh_proof_required

PURPOSE: Final = "new-phone"


class NewPhoneForm(forms.Form):
    """Any other number. Whether somebody has it is told only to whoever receives its code."""

    phone = PhoneField(label=_("New mobile number"))

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_phone(self) -> str:
        phone = self.cleaned_data["phone"]
        if phone == str(self.person.phone):
            raise ValidationError(_("This is already your number."))
        return phone


@fresh_proof_required
@require_http_methods(["GET", "HEAD", "POST"])
def phone_change(request: HttpRequest) -> HttpResponse:
    """Ask for the new number, and send it a code."""
    person = guest(request)
    if request.method != "POST":
        return _form(request, NewPhoneForm(person=person))
    form = NewPhoneForm(request.POST, person=person)
    if not form.is_valid():
        return _form(request, form, status=422)

    def refused(refusal: CodeRefused) -> HttpResponse:
        form.add_error("phone", refusal_text(refusal))
        answer = _form(request, form, status=429)
        answer["Retry-After"] = str(refusal.retry_after)
        return answer

    return _page(request).begin(phone=form.cleaned_data["phone"], refused=refused, now=timezone.now())


@fresh_proof_required(back="web:phone_change")
@require_http_methods(["GET", "HEAD", "POST"])
def phone_change_code(request: HttpRequest) -> HttpResponse:
    """The code that reached the new number; with the right one the number is changed."""
    page, now = _page(request), timezone.now()
    match request.POST.get("action", "") if request.method == "POST" else "":
        case "verify":
            return page.verify(lambda phone: _changed(request, phone), now=now)
        case "resend":
            return page.resend(now)
        case "drop":
            challenge.drop(request, PURPOSE)
            return go(request, reverse("web:phone_change"))
    return page.show()


def _changed(request: HttpRequest, phone: str) -> HttpResponse:
    try:
        flow.move(request, user=guest(request), phone=phone)
    except PhoneTaken:
        messages.error(
            request,
            gettext(
                "This number belongs to another account, so yours was not changed. Sign in with it to use that account."
            ),
        )
        return go(request, reverse("web:phone_change"))
    mark_fresh(request)
    messages.success(request, gettext("The number was changed. Other devices were signed out."))
    return go(request, reverse("web:security"))


def _page(request: HttpRequest) -> CodePage:
    return CodePage(
        request,
        PURPOSE,
        template="web/security_code.html",
        back=reverse("web:phone_change"),
        here=reverse("web:phone_change_code"),
        back_url=reverse("web:phone_change"),
        new_number=True,
    )


def _form(request: HttpRequest, form: NewPhoneForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "back_url": reverse("web:security")}
    return render(request, "web/security_phone.html", context, status=status)
