"""The administration: for operators who proved their phone and a second factor in this session."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from salon.accounts import second_factor


class OperatorsSite(AdminSite):
    """Every page asks `has_permission`; whoever it refuses is sent to `login`, which knows the next step."""

    site_header = site_title = _("Administration")

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and second_factor.is_satisfied(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Strangers sign in by phone, people who are no operators get 403, operators without a second factor set it up.

        There is no password form: whoever may enter goes in.
        """

        def inside(request: HttpRequest, _extra: dict[str, Any] | None = None) -> HttpResponse:
            back = request.GET.get("next") or request.POST.get("next") or ""
            safe = url_has_allowed_host_and_scheme(
                back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
            )
            back = back if safe else reverse("admin:index", current_app=self.name)
            if self.has_permission(request):
                return HttpResponseRedirect(back)
            return HttpResponseRedirect(second_factor.step_url(back, why="admin"))

        return secure_admin_login(inside)(request, extra_context)
