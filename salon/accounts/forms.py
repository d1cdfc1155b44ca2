"""The two forms of signing in: a phone, then its code. One pair for guests we know and guests we do not."""

from __future__ import annotations

from typing import Any, Final

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.core import context
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from salon.accounts import channels
from salon.accounts.challenge import read_code
from salon.accounts.models import Channel, new_person
from salon.accounts.otp import CheckUnavailable, CodeRefused, check, pay
from salon.accounts.pending import delivery, pending_sign_in
from salon.accounts.waiting import refusal_text
from salon.core.phones import InvalidPhone, parse_mobile
from salon.messaging.base import Verdict

REFUSED: Final = "code_refused"
"""Error code of the phone field when no code may be sent now; the form's `refusal` says for how long."""

TOO_MANY_TRIES: Final = "too_many_tries"
"""Error code of the code field when the last allowed try was wrong, or the vendor says that the code is over."""

UNAVAILABLE: Final = "unavailable"
"""Error code of the code field when the vendor that checks codes could not be asked: the same code may be right."""

_PHONE_ERRORS: Final = {
    "empty": _("Enter a mobile number, for example 05XXXXXXXX."),
    "unreadable": _("This is not a mobile number. Write it like 05XXXXXXXX."),
    "landline": _("A code cannot reach a landline. Enter a mobile number like 05XXXXXXXX."),
    "foreign": _("Only Saudi mobile numbers can be used, like 05XXXXXXXX."),
}


class PhoneField(forms.CharField):
    """Any spelling of a mobile number; its value is one E.164 string."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(
            attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel-national", "dir": "ltr"}
        )
        super().__init__(**{"label": _("Mobile number"), "widget": widget, **kwargs})

    def clean(self, value: str | None) -> str:
        """The E.164 form, or a ValidationError that says what is wrong and shows a mobile number."""
        try:
            return parse_mobile(str(value or ""), countries=settings.OTP_COUNTRIES)
        except InvalidPhone as error:
            raise ValidationError(_PHONE_ERRORS[error.reason], code=error.reason) from None


class RequestCodeForm(allauth_forms.RequestLoginCodeForm):
    """Asks for a code. An unknown phone becomes a person who is not saved until the right code comes back."""

    channel = forms.ChoiceField(
        required=False, choices=lambda: [(name, Channel(name).label) for name in channels.offered()]
    )
    """Optional, and not on the page: the code page offers the other way. Checked before the phone, which costs."""

    refusal: CodeRefused | None = None

    def clean_phone(self) -> str:
        """Look the person up and pay for the code, in the same steps for every number."""
        phone = self.cleaned_data["phone"]
        if "channel" in self.errors:
            return phone  # nothing will be sent
        channels.wish(context.request, self.cleaned_data["channel"])
        self._user = get_adapter().get_user_by_phone(phone) or new_person(phone)
        try:
            pay(context.request, phone, now=timezone.now())
        except CodeRefused as refusal:
            self.refusal = refusal
            raise ValidationError(refusal_text(refusal), code=REFUSED) from refusal
        return phone


class ConfirmCodeForm(allauth_forms.ConfirmLoginCodeForm):
    """Takes the code. Anything that cannot be a code costs no try; every code that is compared costs one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label = _("Verification code")
        field.error_messages["required"] = _("Enter the six digits of the code.")
        self.tries_left: int | None = None
        self.over = False  # ended by the vendor that checks it, not by too many tries

    def clean_code(self) -> str:
        """Fold Arabic digits, take a try, then compare."""
        code = read_code(self.cleaned_data["code"])
        if not code:
            raise ValidationError(_("Enter the six digits of the code."), code="incomplete")
        pending = pending_sign_in(context.request)
        if pending is None:
            self.tries_left = 0
            raise self._spent()
        try:
            verdict = check(
                pending, given=code, expected=self.expected_code or "", channel=delivery(context.request).channel
            )
        except CheckUnavailable:
            message = _("The code could not be checked just now. Please try again in a moment.")
            raise ValidationError(message, code=UNAVAILABLE) from None
        if verdict is Verdict.CORRECT:
            return code
        self.tries_left = pending.tries_left()
        self.over = verdict is Verdict.SPENT and self.tries_left > 0
        raise self._wrong(self.tries_left) if self.tries_left and not self.over else self._spent()

    def _wrong(self, left: int) -> ValidationError:
        message = ngettext("The code is wrong. %(n)d try is left.", "The code is wrong. %(n)d tries are left.", left)
        return ValidationError(message, code="incorrect_code", params={"n": left})

    def _spent(self) -> ValidationError:
        if self.over:
            return ValidationError(_("This code no longer works. Ask for a new one."), code=TOO_MANY_TRIES)
        return ValidationError(_("Too many wrong tries. This code no longer works."), code=TOO_MANY_TRIES)
