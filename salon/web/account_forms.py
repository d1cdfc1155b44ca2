"""Shapes of what somebody writes on their account pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from salon.accounts import channels as code_channels
from salon.accounts.models import Channel, Language, Purpose, User
from salon.notifications import channels as letter_channels
from salon.web.booking_forms import NAME_LENGTH, Line

FIELDS = ("name", "language", "letter_channel", "code_channel")


class AccountForm(forms.Form):
    """Name and language, and by which way messages and codes come where the site offers more than one."""

    name = Line(
        label=_("Name"),
        max_length=NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
        error_messages={"required": _("Please write a name.")},
    )
    language = forms.ChoiceField(label=_("Language of messages and pages"), choices=Language.choices)
    letter_channel = forms.ChoiceField(
        label=_("Messages about bookings by"),
        error_messages={"required": _("Please choose one."), "invalid_choice": _("Please choose one.")},
    )
    code_channel = forms.ChoiceField(
        label=_("Sign-in codes by"),
        error_messages={"required": _("Please choose one."), "invalid_choice": _("Please choose one.")},
    )

    def __init__(self, data: Any = None, *, person: User) -> None:
        """As `person` has it now; a way that is not offered (any more) shows the site's first."""
        code = person.code_channel if person.code_channel in code_channels.offered() else code_channels.offered()[0]
        super().__init__(
            data,
            initial={
                "name": person.name,
                "language": person.language,
                "letter_channel": letter_channels.channel_for(person),
                "code_channel": code,
            },
        )
        for field, ways in (
            ("letter_channel", letter_channels.offered()),
            ("code_channel", code_channels.offered()),
        ):
            if len(ways) > 1:
                self.fields[field].choices = [(way, Channel(way).label) for way in ways]  # type: ignore[attr-defined]
            else:
                del self.fields[field]


class ConsentForm(forms.Form):
    """One press: yes or no to one purpose, after reading one version of its sentence."""

    purpose = forms.TypedChoiceField(choices=Purpose.choices, coerce=Purpose)
    answer = forms.TypedChoiceField(choices=[("yes", "yes"), ("no", "no")], coerce=lambda word: word == "yes")
    version = forms.CharField(max_length=20)
