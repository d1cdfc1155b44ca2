"""What the counter's forms say: amounts in riyals, a method, a reason. Each knows what its page showed (`seen`)."""

from __future__ import annotations

import uuid
from typing import Any, Self

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from salon.core.money import Halalas, format_amount, parse_riyals
from salon.core.text import clean_line
from salon.payments.models import MethodKind

METHODS = [
    (MethodKind.CASH.value, pgettext_lazy("means of payment", "Cash")),
    (MethodKind.CARD_MACHINE.value, pgettext_lazy("means of payment", "Card machine")),
]
CHOOSE_METHOD = {"required": _("Please choose how it was paid."), "invalid_choice": _("Please choose how it was paid.")}


class RiyalsField(forms.CharField):
    """An amount as people type it, in Arabic or Latin digits; cleaned it is halalas, above zero."""

    def __init__(self, **more: Any) -> None:
        """Without a label of its own it is "Amount"."""
        widget = forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr", "autocomplete": "off"})
        more = {"label": _("Amount in riyals"), "max_length": 40, "widget": widget} | more
        super().__init__(**more, error_messages={"required": _("Please enter an amount.")})

    def clean(self, value: Any) -> Halalas:
        """Halalas. Raises ValidationError."""
        text = super().clean(value)
        try:
            amount = parse_riyals(text)
        except ValueError:
            raise forms.ValidationError(
                _("Please enter an amount in riyals, such as 45 or 45.50."), "invalid"
            ) from None
        if amount == 0:
            raise forms.ValidationError(_("Please enter an amount above zero."), "zero")
        return amount


class ReasonField(forms.CharField):
    """Why, in one line. The guest reads it."""

    def __init__(self, **more: Any) -> None:
        """`help_text` says where it is read."""
        widget = forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"})
        more = {"label": _("Reason"), "max_length": 160, "widget": widget} | more
        super().__init__(**more, error_messages={"required": _("Please give a reason.")})

    def clean(self, value: Any) -> str:
        """One clean line. Raises ValidationError for nothing but spaces and invisible characters."""
        line = clean_line(super().clean(value), 160)
        if not line:
            raise forms.ValidationError(self.error_messages["required"], "required")
        return line


class CounterForm(forms.Form):
    """`seen` is what its page said, in halalas; `key` makes a second press do nothing."""

    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    key = forms.UUIDField(widget=forms.HiddenInput)

    @classmethod
    def fresh(cls, *, seen: Halalas, amount: Halalas | None = None) -> Self:
        """One to be filled in, with `amount` in it already."""
        typed = "" if amount is None else format_amount(amount)
        return cls(initial={"seen": seen, "key": uuid.uuid4(), "amount": typed})

    @property
    def is_stale(self) -> bool:
        """What the page itself put there is missing or broken: no word beside a field would help."""
        return bool({"seen", "key"} & self.errors.keys())


class PaymentForm(CounterForm):
    prefix = "pay"
    amount = RiyalsField()
    method = forms.ChoiceField(
        label=_("How was it paid?"), choices=METHODS, widget=forms.RadioSelect, error_messages=CHOOSE_METHOD
    )


class DiscountForm(CounterForm):
    prefix = "discount"
    amount = RiyalsField()
    reason = ReasonField(help_text=_("The guest reads it with the booking."))


class CloseForm(CounterForm):
    """All that is left, and the visit is over. The method matters only where something is left."""

    prefix = "close"
    method = forms.ChoiceField(
        label=_("How was it paid?"),
        choices=METHODS,
        widget=forms.RadioSelect,
        required=False,
        error_messages=CHOOSE_METHOD,
    )

    def clean(self) -> dict[str, Any]:
        """Somebody must have said how the rest was paid."""
        cleaned = super().clean()
        if cleaned.get("seen") and not cleaned.get("method") and "method" not in self.errors:
            self.add_error("method", forms.ValidationError(CHOOSE_METHOD["required"], "required"))
        return cleaned


class RefundForm(CounterForm):
    """`source` is one payment, or empty for any, the newest first. `agreed` says that the sentence was read."""

    prefix = "refund"
    amount = RiyalsField()
    source = forms.UUIDField(required=False)
    reason = ReasonField(help_text=_("It is printed on the credit note."))
    agreed = forms.BooleanField(required=False, widget=forms.HiddenInput)


class CreditForm(CounterForm):
    prefix = "credit"
    amount = RiyalsField()
