"""The rights of a person over their data: a copy of it, and the end of the account."""

from __future__ import annotations

import json

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from salon.accounts.data_requests import ANSWER_WITHIN, open_deletion
from salon.accounts.freshness import is_fresh
from salon.core.htmx import go
from salon.flows import data_export, data_rights
from salon.web.guests import guest, private
from salon.web.security_gate import to_proof


@private
@require_http_methods(["GET", "HEAD", "POST"])
def account_export(request: HttpRequest) -> HttpResponse:
    """A page that says what is in the copy; POST gives the file, after a fresh proof."""
    now = timezone.now()
    fresh = is_fresh(request, now)
    if request.method != "POST":
        return render(request, "web/account_export.html", {"section": "account", "fresh": fresh})
    if not fresh:
        return to_proof(request, reverse("web:account_export"))
    copy = data_export.export(user=guest(request), now=now)
    body = json.dumps(copy, ensure_ascii=False, indent=2)
    answer = HttpResponse(body, content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="my-data-{timezone.localtime(now):%Y-%m-%d}.json"'
    return answer


@private
@require_http_methods(["GET", "HEAD", "POST"])
def account_delete(request: HttpRequest) -> HttpResponse:
    """What goes, what stays and why, and what is in the way; POST asks for it, or takes an open request back."""
    now, person = timezone.now(), guest(request)
    if request.method == "POST":
        if request.POST.get("action") == "withdraw":
            if data_rights.withdraw(user=person, now=now):
                messages.success(request, gettext("The request is withdrawn. The account stays."))
            return go(request, reverse("web:account_delete"))
        if not is_fresh(request, now):
            return to_proof(request, reverse("web:account_delete"))
        if data_rights.ask_deletion(user=person, now=now).is_done:
            logout(request)
            messages.success(request, gettext("The account is deleted."))
            return go(request, reverse("web:home"))
        return go(request, reverse("web:account_delete"))
    context = {
        "section": "account",
        "deletion": open_deletion(person),
        "obstacles": {each.kind.value: each for each in data_rights.obstacles(user=person, now=now)},
        "due_at": now + ANSWER_WITHIN,
        "now": now,
        "fresh": is_fresh(request, now),
    }
    return render(request, "web/account_delete.html", context)
