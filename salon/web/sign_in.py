"""Signing in: the phone, then its code. allauth walks the steps; these views give each outcome its answer.

422 a field to correct · 429 wait, with Retry-After · 503 the code could not be checked
303 (204 + HX-Redirect for htmx) on to the next page.
A code that is gone leads back to the phone with a message; `next` and the held time survive every path.
"""

from __future__ import annotations

from typing import Any, Final

from allauth.account import views as allauth_views
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.internal.stagekit import clear_login, redirect_to_pending_stage
from allauth.account.stages import LoginStage
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from salon.accounts.channels import offered, other, wish
from salon.accounts.code_step import end_code, resend_code
from salon.accounts.forms import REFUSED, TOO_MANY_TRIES, UNAVAILABLE, ConfirmCodeForm, RequestCodeForm
from salon.accounts.otp import CodeRefused
from salon.accounts.pending import delivery, pending_sign_in
from salon.accounts.waiting import refusal_text
from salon.core.htmx import go, is_htmx, is_partial, vary_htmx
from salon.core.phones import national

_LAST_PHONE: Final = "sign_in_phone"
"""Session key: the phone typed last, so that nobody types it twice. Gone with the session at sign-out."""


class _Step:
    """What both steps share: the region for htmx, statuses, and redirects htmx can follow."""

    request: HttpRequest
    template_name: str
    region: str

    def get_template_names(self) -> list[str]:
        return [f"{self.template_name}#{self.region}" if is_partial(self.request) else self.template_name]

    def refuse(self, form: Form, *, status: int = 422, retry_after: int | None = None, **extra: Any) -> HttpResponse:
        """The step again: `status` with the errors of `form`, or 429 when there is a time to wait (seconds)."""
        context = self.get_context_data(form=form, **extra)  # type: ignore[attr-defined]
        response = self.render_to_response(context, status=429 if retry_after else status)  # type: ignore[attr-defined]
        if retry_after:
            response["Retry-After"] = str(retry_after)
        return vary_htmx(response)


def _leave(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A redirect as the asker can follow it: htmx would swap the next page into the form."""
    location = response.headers.get("Location")
    return go(request, location) if location and is_htmx(request) else response


class PhoneStep(_Step, allauth_views.RequestLoginCodeView):
    """Asks for the phone."""

    region = "phone-step"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _leave(request, super().dispatch(request, *args, **kwargs))

    def get_initial(self) -> dict[str, Any]:
        return {**super().get_initial(), "phone": national(self.request.session.get(_LAST_PHONE, ""))}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """`channels`: the ways a code may take."""
        return super().get_context_data(**{"channels": offered(), **kwargs})

    def form_valid(self, form: RequestCodeForm) -> HttpResponse:
        """A code is on its way, or could not leave: both go to the code page, which says so."""
        phone = form.cleaned_data["phone"]
        self.request.session[_LAST_PHONE] = phone
        LoginCodeVerificationProcess.initiate(request=self.request, user=form._user, phone=phone)  # noqa: SLF001 - allauth's hand-over
        return go(self.request, self.get_success_url())

    def form_invalid(self, form: RequestCodeForm) -> HttpResponse:
        refused = form.refusal if form.has_error("phone", REFUSED) else None
        return self.refuse(form, retry_after=refused.retry_after if refused else None)

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: LoginStage) -> HttpResponse:
        """A code is pending: on to its page, with the `next` of this visit, which allauth would drop."""
        response = redirect_to_pending_stage(request, stage)
        return HttpResponseRedirect(self.passthrough_next_url(response["Location"]))


class CodeStep(_Step, allauth_views.ConfirmLoginCodeView):
    """Asks for the code."""

    region = "code-step"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Without a living code: back to the phone, with the reason and with `next`."""
        pending = pending_sign_in(request)
        if not request.user.is_authenticated and (pending is None or pending.expired(timezone.now())):
            if pending is not None:
                clear_login(request)
                messages.warning(request, _("The code has expired. A new one can be sent now."))
            elif request.method == "POST":
                messages.warning(request, _("This code no longer works. A new one can be sent now."))
            return go(request, self.passthrough_next_url(reverse("account_login")))
        return _leave(request, super().dispatch(request, *args, **kwargs))

    def form_invalid(self, form: ConfirmCodeForm) -> HttpResponse:
        """Counting is ours, in the database. The last wrong try ends this code and begins a pause."""
        if form.has_error("code", UNAVAILABLE):
            # htmx does not show the body of a 5xx.
            return self.refuse(form, status=422 if is_partial(self.request) else 503)
        if not form.has_error("code", TOO_MANY_TRIES):
            return self.refuse(form)
        wait = end_code(self.request, self._process)
        return self.refuse(form, retry_after=wait, ended=True, wait=wait)

    def _resend_form_valid(self, form: Form) -> HttpResponse:  # noqa: ARG002 - allauth's signature
        """A new code replaces the old one, unless it was refused or could not leave: then the old one still works."""
        wish(self.request, self.request.POST.get("channel", ""))
        try:
            resend_code(self.request, self._process)
        except CodeRefused as refusal:
            return self.refuse(
                ConfirmCodeForm(),
                retry_after=refusal.retry_after,
                refusal=refusal_text(refusal),
                wait=refusal.retry_after,
            )
        return go(self.request, self.passthrough_next_url(reverse("account_confirm_login_code")))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """`wait`: seconds until another code may be asked for; `failed`: the last one did not leave."""
        context = super().get_context_data(**kwargs)
        sent = delivery(self.request)
        context.setdefault("wait", sent.wait(timezone.now()))
        context["failed"] = sent.failed
        context["channel"], context["other_channel"] = sent.tried, other(sent.tried)
        context["resent"] = self._process.state["resend_count"] > 0
        return context


phone = PhoneStep.as_view()
code = CodeStep.as_view()
logout = never_cache(allauth_views.logout)
inactive = allauth_views.account_inactive
reauthenticate = never_cache(allauth_views.reauthenticate)
