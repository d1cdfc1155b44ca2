"""The forms of second factors: allauth's, with our digits, our words, and answers that are never a fault of ours."""

from __future__ import annotations

import logging
from typing import Any, Final

from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from cryptography.fernet import InvalidToken
from django import forms
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from salon.core.digits import to_ascii_digits

logger = logging.getLogger("salon.accounts.factor_forms")

TOO_MANY: Final = "too_many_tries"
"""Error code when the tries for one person are used up for some minutes."""

NAME_LENGTH: Final = 40
_ALLAUTH_TOO_MANY: Final = {"too_many_login_attempts", "rate_limited"}
_WRONG: Final = _("This code is not right. The app shows a new one every 30 seconds.")
_REFUSED: Final = _("The passkey could not be read. Please try again.")
_WAIT: Final = _("Too many tries. Please wait five minutes and try again.")
_EMPTY: Final = _("Please enter the code.")


class _Code(forms.Form):
    """A code as people type it: with spaces, in Arabic digits."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label = _("Code")
        field.error_messages["required"] = _EMPTY
        field.widget.attrs = {"inputmode": "numeric", "autocomplete": "one-time-code", "dir": "ltr", "maxlength": "20"}

    def clean_code(self) -> str:
        self.cleaned_data["code"] = to_ascii_digits(self.cleaned_data["code"]).replace(" ", "").replace("-", "")
        try:
            return super().clean_code()  # type: ignore[misc]
        except ValidationError as error:
            raise _in_our_words(error, wrong=_WRONG) from None
        except InvalidToken:  # a key left SECRET_KEY_FALLBACKS too early: no code can be right
            logger.error("a second factor cannot be read: its key is missing in SECRET_KEY_FALLBACKS")  # noqa: TRY400
            raise ValidationError(_WRONG, code="incorrect_code") from None


class _OnceOnly(_Code):
    """No code of an app opens twice, for as long as MFA_TOTP_TOLERANCE would take it. allauth remembers one period."""

    def clean_code(self) -> str:
        code = super().clean_code()
        lives = 30 * (2 * settings.MFA_TOTP_TOLERANCE + 1)
        if self.authenticator.type == Authenticator.Type.TOTP and not cache.add(  # type: ignore[attr-defined]
            f"totp-used:{self.user.pk}:{code}",  # type: ignore[attr-defined]
            1,
            timeout=lives,
        ):
            raise ValidationError(_WRONG, code="incorrect_code")
        return code


class AuthenticateForm(_OnceOnly, base.AuthenticateForm):
    """At sign-in: the code of an app, or a recovery code."""


class ReauthenticateForm(_OnceOnly, base.ReauthenticateForm):
    """Later, as a fresh proof."""


class ActivateAppForm(_Code, totp.ActivateTOTPForm):
    """The first code of an app that is being set up."""


class _Credential(forms.JSONField):
    """Python reads neither a number of thousands of digits nor lists a thousand deep; Django expects neither."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (ValueError, RecursionError):
            raise ValidationError(_REFUSED, code="invalid") from None


def _credential_field() -> _Credential:
    return _Credential(widget=forms.HiddenInput, error_messages={"required": _REFUSED, "invalid": _REFUSED})


class _Passkey(forms.Form):
    """What a browser hands back is JSON that anybody can write: whatever is wrong with it, it is simply refused."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = _credential_field()

    def clean_credential(self) -> Any:
        if not isinstance(self.cleaned_data["credential"], dict):
            raise ValidationError(_REFUSED, code="incorrect_code")
        try:
            return super().clean_credential()  # type: ignore[misc]
        except ValidationError as error:
            raise _in_our_words(error, wrong=_REFUSED) from None
        except (AttributeError, KeyError, TypeError, ValueError):
            raise ValidationError(_REFUSED, code="incorrect_code") from None


class AuthenticatePasskeyForm(_Passkey, webauthn.AuthenticateWebAuthnForm):
    """At sign-in, after the code to the phone."""


class LoginPasskeyForm(_Passkey, webauthn.LoginWebAuthnForm):
    """Instead of the code to the phone."""


class ReauthenticatePasskeyForm(_Passkey, webauthn.ReauthenticateWebAuthnForm):
    """Later, as a fresh proof."""


class AddPasskeyForm(webauthn._BaseAddWebAuthnForm):  # noqa: SLF001 - allauth's own base of the form it offers, without the choice of a kind
    """Every passkey of ours opens without a code: it stays on the device and asks for face, finger or PIN."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = _name_field()
        self.fields["credential"] = _credential_field()

    def clean_credential(self) -> dict[str, Any]:
        if not isinstance(self.cleaned_data["credential"], dict):
            raise ValidationError(_REFUSED, code="incorrect_code")
        return self.cleaned_data["credential"]

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except ValidationError:
            raise ValidationError(_REFUSED, code="incorrect_code") from None
        except (AttributeError, KeyError, TypeError, ValueError):
            raise ValidationError(_REFUSED, code="incorrect_code") from None


class RenamePasskeyForm(webauthn.EditWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = _name_field(required=True)


def is_too_many(form: forms.Form) -> bool:
    """The form was refused unread, because of too many tries: 429."""
    return any(form.has_error(name, TOO_MANY) for name in form.fields)


def _name_field(*, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=_("Name of the passkey"),
        help_text=_("For example the device it is on."),
        max_length=NAME_LENGTH,
        required=required,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
        error_messages={"required": _("Please write a name.")},
    )


def _in_our_words(error: ValidationError, *, wrong: Any) -> ValidationError:
    if getattr(error, "code", "") in _ALLAUTH_TOO_MANY:
        return ValidationError(_WAIT, code=TOO_MANY)
    return ValidationError(wrong, code="incorrect_code")
