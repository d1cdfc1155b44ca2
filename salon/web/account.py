"""The guest's account: name, language, ways of messages, and the doors to the rest of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, override
from django.views.decorators.http import require_http_methods

from salon.accounts.data_requests import open_deletion
from salon.accounts.models import User
from salon.core.htmx import go
from salon.salons.models import Membership
from salon.web.account_forms import FIELDS, AccountForm
from salon.web.guests import guest, private


@private
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Name, language and channels. A new language leads to this page in that language."""
    person = guest(request)
    form = AccountForm(request.POST if request.method == "POST" else None, person=person)
    if form.is_valid():
        said = {name: form.cleaned_data[name] for name in FIELDS if name in form.cleaned_data}
        # By condition: an account that is deleted this very second must not get its name back.
        User.objects.filter(pk=person.pk, anonymised_at__isnull=True).update(**said)
        with override(said["language"]):
            messages.success(request, gettext("Saved."))
            return go(request, reverse("web:account"))
    context = {
        "section": "account",
        "form": form,
        "has_office": Membership.objects.filter(user=person).exists(),
        "deletion": open_deletion(person),
    }
    return render(request, "web/account.html", context, status=422 if form.errors else 200)
