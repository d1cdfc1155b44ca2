"""The guest's account: name, language, and the way out."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, override
from django.views.decorators.http import require_http_methods

from salon.core.htmx import go
from salon.salons.models import Membership
from salon.web.booking_forms import AccountForm
from salon.web.guests import guest, private


@private
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Name and language. A new language leads to this page in that language."""
    person = guest(request)
    if request.method == "POST":
        form = AccountForm(request.POST)
        if form.is_valid():
            person.name, person.language = form.cleaned_data["name"], form.cleaned_data["language"]
            person.save(update_fields=["name", "language"])
            with override(person.language):
                messages.success(request, gettext("Saved."))
                return go(request, reverse("web:account"))
    else:
        form = AccountForm(initial={"name": person.name, "language": person.language})
    context = {
        "section": "account",
        "form": form,
        "has_office": Membership.objects.filter(user=person).exists(),
    }
    return render(request, "web/account.html", context, status=422 if form.errors else 200)
