"""Passkeys, the authenticator app and recovery codes: allauth's views behind our gate, in our frame, one by one."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.base import views as base
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal import auth as ceremony
from allauth.mfa.webauthn.internal import flows
from cryptography.fernet import InvalidToken
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from salon.accounts.factor_forms import is_too_many
from salon.accounts.models import User
from salon.accounts.second_factor import forget_standing
from salon.web.security import SETUP_NEXT
from salon.web.security_gate import factor_proof_required
from salon.web.security_prove import WAIT


class _Answers:
    """422 for what is wrong, 429 with the time to wait, as everywhere else in the product."""

    request: HttpRequest

    def refuse(self, form: Form, **context: Any) -> HttpResponse:
        too_many = is_too_many(form)
        response = self.render_to_response(  # type: ignore[attr-defined]
            self.get_context_data(form=form, **context),  # type: ignore[attr-defined]
            status=429 if too_many else 422,
        )
        if too_many:
            response["Retry-After"] = str(WAIT)
        return response

    def form_invalid(self, form: Form) -> HttpResponse:
        return self.refuse(form)


def _added(request: HttpRequest, authenticator: Authenticator) -> None:
    """Setting a factor up was giving it: this session has passed it."""
    record_authentication(request, request.user, "mfa", id=authenticator.pk, type=authenticator.type)
    forget_standing(request)


def _next(request: HttpRequest) -> str:
    """Where somebody who was led here wanted to go, else the security page."""
    return request.session.get(SETUP_NEXT) or reverse("web:security")


# --- at sign-in ---


class Authenticate(base.AuthenticateView):
    """The second step of signing in, for whoever has a passkey or an authenticator app."""

    def form_invalid(self, form: Form) -> HttpResponse:
        context = self.get_context_data()
        context["passkey_refused"] = form.errors.get("credential")
        too_many = is_too_many(form)
        response = self.render_to_response(context, status=429 if too_many else 422)
        if too_many:
            response["Retry-After"] = str(WAIT)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """`has_passkey`, `has_app`: which ways this person has."""
        context = super().get_context_data(**kwargs)
        types = set(Authenticator.objects.filter(user=self.stage.login.user).values_list("type", flat=True))
        context["has_passkey"] = Authenticator.Type.WEBAUTHN in types
        context["has_app"] = Authenticator.Type.TOTP in types
        context["login_url"] = reverse("account_login")
        return context


class LoginPasskey(webauthn.LoginWebAuthnView):
    """Signing in with a passkey and no code. GET as JSON: what the browser needs to ask the device."""

    def form_valid(self, form: Form) -> HttpResponse:
        """allauth's, which would lose `next`."""
        authenticator = form.cleaned_data["credential"]
        login = Login(user=authenticator.user, redirect_url=get_next_redirect_url(self.request))
        return flows.perform_passwordless_login(self.request, authenticator, login)

    def form_invalid(self, form: Form) -> HttpResponse:
        for error in form.errors.get("credential", []):
            messages.error(self.request, error)
        url = reverse("account_login")
        back = get_next_redirect_url(self.request)
        return HttpResponseRedirect(f"{url}?{urlencode({'next': back})}" if back else url)


# --- the authenticator app ---


class ActivateApp(_Answers, totp.ActivateTOTPView):
    template_name = "mfa/totp/activate_form.html"

    def form_valid(self, form: Form) -> HttpResponse:
        """A press that another one of the same form overtook changes nothing."""
        try:
            response = super().form_valid(form)
        except IntegrityError:
            return HttpResponseRedirect(_next(self.request))
        row = Authenticator.objects.get(user=self.request.user, type=Authenticator.Type.TOTP)
        _added(self.request, row)
        return response

    def get_success_url(self) -> str:
        return reverse("mfa_view_recovery_codes") if self.did_generate_recovery_codes else _next(self.request)


class DeactivateApp(totp.DeactivateTOTPView):
    def get_success_url(self) -> str:
        return reverse("web:security")


# --- passkeys ---


class AddPasskey(_Answers, webauthn.AddWebAuthnView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Allauth's offers two kinds; ours always stays on the device and asks for face, finger or PIN."""
        context = super(webauthn.AddWebAuthnView, self).get_context_data(**kwargs)
        context["passkey_options"] = ceremony.begin_registration(self.request.user, passwordless=True)
        return context

    def form_valid(self, form: Form) -> HttpResponse:
        """One press at a time: the second of a double one finds its passkey there already."""
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).get(pk=self.request.user.pk)
            before = {row.pk: row.data.get("credential") for row in self._own()}
            if form.cleaned_data["credential"] in before.values():
                return HttpResponseRedirect(_next(self.request))
            response = super().form_valid(form)
            _added(self.request, self._own().exclude(pk__in=before).get())
        return response

    def get_success_url(self) -> str:
        return reverse("mfa_view_recovery_codes") if self.did_generate_recovery_codes else _next(self.request)

    def _own(self) -> Any:
        return Authenticator.objects.filter(user=self.request.user, type=Authenticator.Type.WEBAUTHN)


class RenamePasskey(_Answers, webauthn.EditWebAuthnView):
    def get_success_url(self) -> str:
        return reverse("web:security")


class RemovePasskey(webauthn.RemoveWebAuthnView):
    def get_success_url(self) -> str:
        return reverse("web:security")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "name": self.object.wrap().name}


# --- recovery codes ---


class RecoveryCodes(recovery.ViewRecoveryCodesView):
    """Shown once. Without codes to show there is no page; those that can no longer be read are made anew."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().get(request, *args, **kwargs)
        except InvalidToken:
            return HttpResponseRedirect(reverse("mfa_generate_recovery_codes"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "next_url": _next(self.request)}


class NewRecoveryCodes(_Answers, recovery.GenerateRecoveryCodesView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Codes come with a factor: without one there is nothing to recover."""
        if not Authenticator.objects.filter(user=request.user).exclude(type="recovery_codes").exists():
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Without the count of the old codes, which may no longer be readable."""
        return super(recovery.GenerateRecoveryCodesView, self).get_context_data(**kwargs)


authenticate = Authenticate.as_view()
login_passkey = never_cache(LoginPasskey.as_view())
activate_app = factor_proof_required(ActivateApp.as_view())
deactivate_app = factor_proof_required(DeactivateApp.as_view())
add_passkey = factor_proof_required(AddPasskey.as_view())
rename_passkey = factor_proof_required(RenamePasskey.as_view())
remove_passkey = factor_proof_required(RemovePasskey.as_view())
recovery_codes = factor_proof_required(RecoveryCodes.as_view())
new_recovery_codes = factor_proof_required(NewRecoveryCodes.as_view())
