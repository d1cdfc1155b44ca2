"""What the office types."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from salon.core.text import clean_line


class ReasonForm(forms.Form):
    """Why a booking is cancelled or declined, in one line, for the booking's log and for the guest."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The guest reads it with the booking."),
        max_length=160,
        error_messages={"required": _("Please give a reason.")},
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )

    def clean_reason(self) -> str:
        reason = clean_line(self.cleaned_data["reason"], 160)
        if not reason:  # nothing but invisible characters
            raise forms.ValidationError(self.fields["reason"].error_messages["required"], code="required")
        return reason
