"""Offers and news: what somebody agreed to and since when, and one press to take it back."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods

from salon.accounts import consents
from salon.accounts.models import Channel, Consent, Purpose, User
from salon.core.htmx import go
from salon.notifications import channels
from salon.web.account_forms import ConsentForm
from salon.web.guests import guest, private


@dataclass(frozen=True, slots=True)
class Question:
    """One purpose on the page. `row` is the last answer, None when there never was one."""

    purpose: Purpose
    channel: str
    sentence: str
    row: Consent | None

    @property
    def agreed(self) -> bool:
        return self.row is not None and self.row.granted


@private
@require_http_methods(["GET", "HEAD", "POST"])
def account_consents(request: HttpRequest) -> HttpResponse:
    """Each purpose apart, none agreed to beforehand. A press says yes or no, so pressing twice says it once."""
    person, language = guest(request), (get_language() or "ar")[:2]
    if request.method != "POST":
        return _page(request, person, language)
    form = ConsentForm(request.POST)
    if not form.is_valid():
        raise BadRequest("not an answer")
    purpose, yes = form.cleaned_data["purpose"], form.cleaned_data["answer"]
    try:
        consents.set_consents(
            person,
            {purpose: yes},
            language=language,
            version=form.cleaned_data["version"] if yes else consents.CURRENT,
            now=timezone.now(),
        )
    except consents.OldText:
        return _page(request, person, language, is_old=True, status=409)
    messages.success(request, gettext("Thank you, this is noted.") if yes else gettext("The consent is taken back."))
    return go(request, reverse("web:account_consents"))


def _page(
    request: HttpRequest, person: User, language: str, *, is_old: bool = False, status: int = 200
) -> HttpResponse:
    context = {
        "section": "account",
        "questions": _questions(person, language),
        "version": consents.CURRENT,
        "is_old": is_old,
    }
    return render(request, "web/account_consents.html", context, status=status)


def _questions(person: User, language: str) -> list[Question]:
    """By each way that the site has, and by any that was agreed to and is still to be taken back. One query."""
    standing, offered = consents.standing(person), channels.offered()
    questions = [
        Question(purpose, Channel(way), consents.sentence(purpose, language), standing[purpose])
        for purpose, way in consents.CHANNELS.items()
    ]
    return [each for each in questions if each.channel in offered or each.agreed]
