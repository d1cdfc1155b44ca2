"""Signing in from an app: allauth's steps for the client "app", with the forms and rules of our own pages.

An app shows the answers; it is told everything a page would show: how the code left, how long to wait, what is wrong.
Only what signing in by phone needs is here. Whatever is sent, the answer is JSON and none is a 500 (docs/api.md).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from allauth.account.adapter import get_adapter
from allauth.account.internal.constants import LoginStageKey
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.internal.stagekit import clear_login
from allauth.account.stages import LoginStageController
from allauth.headless.account import views as account
from allauth.headless.base.response import AuthenticationResponse, ConflictResponse
from allauth.headless.base.views import AuthenticationStageAPIView
from allauth.headless.constants import Flow
from allauth.headless.internal.restkit import inputs
from allauth.headless.internal.restkit.response import APIResponse
from allauth.headless.mfa import views as mfa
from allauth.headless.tokens import views as tokens
from allauth.headless.usersessions import views as usersessions
from allauth.headless.usersessions.inputs import SelectSessionsInput
from django.conf import settings
from django.forms import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, re_path
from django.utils import timezone
from django.utils.translation import gettext as _

from salon.accounts import channels
from salon.accounts.code_step import end_code, resend_code
from salon.accounts.factor_forms import AuthenticateForm, AuthenticatePasskeyForm, is_too_many
from salon.accounts.forms import REFUSED, TOO_MANY_TRIES, UNAVAILABLE, ConfirmCodeForm, RequestCodeForm
from salon.accounts.otp import CodeRefused
from salon.accounts.pending import delivery, pending_sign_in
from salon.accounts.waiting import refusal_text
from salon.api.app_door import app_door, missing

MOST_SESSIONS: Final = 100
"""How many sessions one request may end."""

FACTOR_PAUSE: Final = 300
"""Seconds: the window in which tries of a second factor are counted."""

CHECK_AGAIN: Final = 10
"""Seconds: the vendor that checks codes did not answer; the same code may be right a moment later."""


class PendingResponse(AuthenticationResponse):
    """allauth's "who am I", told of our own ways in only, and with what the code page would show."""

    def _get_flows(self, request: HttpRequest, user: Any) -> list[dict[str, Any]]:
        ours = {Flow.LOGIN_BY_CODE, Flow.MFA_AUTHENTICATE}
        flows = [flow for flow in super()._get_flows(request, user) if flow["id"] in ours]
        for flow in flows:
            if flow["id"] == Flow.LOGIN_BY_CODE and flow.get("is_pending"):
                flow["delivery"] = _delivery(request)
        return flows


def _delivery(request: HttpRequest) -> dict[str, Any]:
    """How the last code left, and what can be done now. Times in seconds."""
    now, last, pending = timezone.now(), delivery(request), pending_sign_in(request)
    ends = settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT
    return {
        "sent": not last.failed,
        "channel": last.tried,
        "channels": list(channels.offered()),
        "wait": last.wait(now),
        "expires_in": max(0, int(ends - (now - pending.started_at).total_seconds())) if pending else 0,
    }


def _refuse(
    request: HttpRequest, status: int, errors: list[dict[str, Any]], *, retry_after: int = 0, **meta: Any
) -> HttpResponse:
    response = APIResponse(request, status=status, errors=errors, meta=meta or None)
    if retry_after:
        response["Retry-After"] = str(retry_after)
    return response


def _errors(form: inputs.Input) -> list[dict[str, Any]]:
    return [
        {**each, "param": field} if field != "__all__" else each
        for field, found in form.errors.items()
        for each in found.get_json_data()
    ]


class RequestCodeInput(RequestCodeForm, inputs.Input):
    pass


class RequestCode(account.RequestLoginCodeView):
    """Asks for a code: 401 while it is waited for, which is allauth's way of saying "not yet"."""

    input_class = RequestCodeInput

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Somebody signed in needs no code, and pays for none."""
        if request.user.is_authenticated:
            return ConflictResponse(request)
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002 - allauth's signature
        phone = self.input.cleaned_data["phone"]
        LoginCodeVerificationProcess.initiate(request=request, user=self.input._user, phone=phone)  # noqa: SLF001 - allauth's hand-over
        return PendingResponse(request)

    def handle_invalid_input(self, input: RequestCodeInput) -> HttpResponse:  # noqa: A002 - allauth's name
        refused = input.refusal if input.has_error("phone", REFUSED) else None
        if refused is None:
            return _refuse(self.request, HTTPStatus.BAD_REQUEST, _errors(input))
        return _refuse(self.request, HTTPStatus.TOO_MANY_REQUESTS, _errors(input), retry_after=refused.retry_after)


class ResendInput(inputs.Input):
    channel = inputs.CharField(required=False)

    def clean_channel(self) -> str:
        channel = self.cleaned_data["channel"]
        if channel and channel not in channels.offered():
            raise ValidationError(_("Codes are not sent that way."), code="invalid_choice")
        return channel


class ResendCode(account.ResendLoginCodeView):
    """Another code for the same phone, by another way if asked. The old one works on when none could leave."""

    handle_json_input = True
    input_class = ResendInput

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002 - allauth's signature
        stage = LoginStageController.enter(request, LoginStageKey.LOGIN_BY_CODE)
        process = stage and LoginCodeVerificationProcess.resume(stage)
        if not process or not process.can_resend:
            return ConflictResponse(request)
        channels.wish(request, self.input.cleaned_data["channel"])
        try:
            resend_code(request, process)
        except CodeRefused as refusal:
            error = {"message": refusal_text(refusal), "code": REFUSED}
            return _refuse(request, HTTPStatus.TOO_MANY_REQUESTS, [error], retry_after=refusal.retry_after)
        return APIResponse(request, data={"delivery": _delivery(request)})


class ConfirmCodeInput(ConfirmCodeForm, inputs.Input):
    pass


class ConfirmCode(account.ConfirmLoginCodeView):
    """Takes the code. Tries are counted by the form, in the database, not by allauth in the session."""

    input_class = ConfirmCodeInput

    def handle_invalid_input(self, input: ConfirmCodeInput) -> HttpResponse:  # noqa: A002 - allauth's name
        """A wrong code: 400. The last wrong try ends the code and begins a pause: 429. Nobody could say: 503."""
        errors = _errors(input)
        if input.has_error("code", TOO_MANY_TRIES):
            wait = end_code(self.request, self.process)
            return _refuse(self.request, HTTPStatus.TOO_MANY_REQUESTS, errors, retry_after=wait)
        if input.has_error("code", UNAVAILABLE):
            return _refuse(self.request, HTTPStatus.SERVICE_UNAVAILABLE, errors, retry_after=CHECK_AGAIN)
        left = {} if input.tries_left is None else {"tries_left": input.tries_left}
        return _refuse(self.request, HTTPStatus.BAD_REQUEST, errors, **left)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002 - allauth's signature
        """Signed in (200), on to the second factor (401), or an account that may not sign in (403)."""
        user = self.process.user
        response = self.process.finish(None)
        if user and not user.is_active:
            clear_login(request)
            error = {"message": _("This account cannot sign in."), "code": "inactive"}
            return _refuse(request, HTTPStatus.FORBIDDEN, [error])
        return response if isinstance(response, APIResponse) else PendingResponse(request)


class Session(account.SessionView):
    """Who am I; and signing out."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002 - allauth's signature
        return PendingResponse(request)

    def delete(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002 - the same
        """The session ends, and with it every token of this app. A sign-in that waits for its code is dropped."""
        if request.user.is_authenticated:
            get_adapter().logout(request)
        else:
            clear_login(request)
        return PendingResponse(request)


class EndSessionsInput(SelectSessionsInput):
    """Keys of one's own sessions. Numbers only: what the database cannot compare never gets there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keys = self.data.get("sessions")
        fits = isinstance(keys, list) and len(keys) <= MOST_SESSIONS and all(_is_key(each) for each in keys)
        if keys and not fits:
            self.data = {**self.data, "sessions": "no list of keys"}


def _is_key(value: Any) -> bool:
    return type(value) is int and 0 < value < 2**63


class Sessions(usersessions.SessionsView):
    """Where the person is signed in, browsers and apps; ending some of them."""

    input_class = {"DELETE": EndSessionsInput}


class SecondFactorInput(AuthenticateForm, inputs.Input):
    pass


class PasskeyInput(AuthenticatePasskeyForm, inputs.Input):
    pass


class _SecondFactor(AuthenticationStageAPIView):
    def handle_invalid_input(self, input: SecondFactorInput | PasskeyInput) -> HttpResponse:  # noqa: A002 - allauth's name
        if is_too_many(input):
            return _refuse(self.request, HTTPStatus.TOO_MANY_REQUESTS, _errors(input), retry_after=FACTOR_PAUSE)
        return _refuse(self.request, HTTPStatus.BAD_REQUEST, _errors(input))

    def respond_next_stage(self) -> HttpResponse:
        response = self.stage.exit()
        return response if isinstance(response, APIResponse) else PendingResponse(self.request)


class SecondFactor(_SecondFactor, mfa.AuthenticateView):
    """The second factor of those who have one: six digits of the authenticator app, or a recovery code."""

    input_class = SecondFactorInput


class Passkey(_SecondFactor, mfa.AuthenticateWebAuthnView):
    """The second factor as a passkey: GET what to sign, POST it signed."""

    input_class = {"POST": PasskeyInput}


class Refresh(tokens.RefreshTokenView):
    """A new pair of tokens for a refresh token, which is used up."""

    def post(self, request: HttpRequest) -> HttpResponseBase:
        response = super().post(request)
        if response.status_code != HTTPStatus.BAD_REQUEST:
            return response
        error = {"message": _("Please sign in again."), "code": "invalid_token", "param": "refresh_token"}
        return _refuse(request, HTTPStatus.BAD_REQUEST, [error])


def _at(address: str, view: type[account.APIView], methods: str, name: str) -> Any:
    return path(address, app_door(view.as_api_view(client="app"), methods.split()), name=name)


urlpatterns = [
    _at("auth/code/request", RequestCode, "POST", "request_login_code"),
    _at("auth/code/resend", ResendCode, "POST", "resend_login_code"),
    _at("auth/code/confirm", ConfirmCode, "POST", "confirm_login_code"),
    _at("auth/2fa/authenticate", SecondFactor, "POST", "mfa_authenticate"),
    _at("auth/webauthn/authenticate", Passkey, "GET POST", "mfa_authenticate_webauthn"),
    _at("auth/session", Session, "GET DELETE", "current_session"),
    _at("auth/sessions", Sessions, "GET DELETE", "sessions"),
    _at("tokens/refresh", Refresh, "POST", "refresh"),
    re_path("", missing),
]
"""For `path("_allauth/app/v1/", …)`. The names are allauth's own, so that its libraries for apps fit."""
