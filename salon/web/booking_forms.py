"""Shapes of what a guest writes while booking: key, choice, name, note, reason. Rules live in `bookings`."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from salon.accounts.models import User
from salon.bookings import policy
from salon.bookings.models import Booking
from salon.core.text import clean_line

NAME_LENGTH, NOTE_LENGTH, REASON_LENGTH = 80, 280, 200


class Line(forms.CharField):
    """One line of text as people write it, without hidden characters."""

    def to_python(self, value: Any) -> str:
        return clean_line(str(value or ""), 10_000)


def hold_key(text: str) -> uuid.UUID:
    """The key of the form: the same press twice keeps one chair.

    A form without a sound key gets a fresh one: it then merely loses its protection against a double press.
    """
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid4()


class ConfirmForm(forms.Form):
    """The last step. `hold` says which chair the page showed, so that two tabs are never mixed up."""

    hold = forms.UUIDField(widget=forms.HiddenInput)
    name = Line(
        label=_("Your name"),
        max_length=NAME_LENGTH,
        help_text=_("So that the salon knows whom to expect."),
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
        error_messages={"required": _("Please write a name.")},
    )
    note = Line(
        label=_("Note for the salon"),
        max_length=NOTE_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto", "maxlength": NOTE_LENGTH}),
    )
    choice = forms.ChoiceField(
        error_messages={
            "required": _("Please choose how much to pay now."),
            "invalid_choice": _("Please choose how much to pay now."),
        }
    )

    def __init__(self, data: Any = None, *, booking: Booking, customer: User) -> None:
        """Ask only what is not known: a guest with a name is not asked for it, one way to pay is no question."""
        self.ways = policy.choices(booking.policy)
        super().__init__(data, initial={"hold": booking.key, "choice": self.ways[0]})
        self.fields["choice"].choices = [(way, way) for way in self.ways]  # type: ignore[attr-defined]
        if len(self.ways) == 1:
            self.fields["choice"].widget = forms.HiddenInput()
        if customer.name:
            del self.fields["name"]


class CancelForm(forms.Form):
    reason = Line(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
