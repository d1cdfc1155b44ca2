"""The daily comparison for operators: each day in words, and what it found. Actions live in `owner.admin_findings`."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from salon.core.money import format_amount
from salon.core.readonly import ReadOnlyAdmin
from salon.payments.admin_filters import AgreesFilter, OpenFilter
from salon.payments.day_models import DayCheck, DayWatch, Finding


@admin.register(DayCheck)
class DayCheckAdmin(ReadOnlyAdmin):
    list_display = ("day", "gateway", "verdict", "charges", "at_gateway", "in_ledger", "checked_at")
    list_filter = (AgreesFilter, "gateway")
    date_hierarchy = "day"
    search_fields = ("day", "gateway")
    search_help_text = _("A day, as 2026-11-24")
    change_list_template = "admin/payments/attention_link.html"

    @admin.display(description=_("the ledger"))
    def verdict(self, check: DayCheck) -> str:
        """In words, with the difference in riyals: what the gateway has beyond the ledger."""
        taken, back = check.taken - check.ledger_taken, check.given_back - check.ledger_given_back
        if not taken and not back:
            return f"✓ {gettext('agrees')}"
        words = gettext("differs: %(taken)s in, %(back)s back") % {"taken": _signed(taken), "back": _signed(back)}
        return format_html("<strong>⚠ {}</strong>", words)

    @admin.display(description=_("at the gateway"))
    def at_gateway(self, check: DayCheck) -> str:
        return _both(check.taken, check.given_back)

    @admin.display(description=_("in the ledger"))
    def in_ledger(self, check: DayCheck) -> str:
        return _both(check.ledger_taken, check.ledger_given_back)


@admin.register(Finding)
class FindingAdmin(ReadOnlyAdmin):
    """Open ones are asked for by the filter; the newest come first."""

    list_display = ("charge_id", "kind", "standing", "amount_of", "status", "note", "payment", "found_at", "seen_at")
    list_filter = (OpenFilter, "kind", "gateway")
    list_select_related = ("payment", "resolved_by")
    date_hierarchy = "found_at"
    search_fields = ("charge_id", "payment__id", "payment__booking__reference", "note", "resolution")
    search_help_text = _("Booking reference, or the gateway's id")
    change_list_template = "admin/payments/attention_link.html"

    @admin.display(description=_("amount"), ordering="amount")
    def amount_of(self, finding: Finding) -> str:
        """In its own currency."""
        return f"{format_amount(finding.amount)} {finding.currency}"

    @admin.display(description=_("dealt with"), ordering="resolved_at")
    def standing(self, finding: Finding) -> str:
        """Open, or what was done and by whom."""
        if finding.resolved_at is None:
            return format_html("<strong>⚠ {}</strong>", gettext("open"))
        return f"✓ {finding.resolution}" + (f" ({finding.resolved_by})" if finding.resolved_by else "")


@admin.register(DayWatch)
class DayWatchAdmin(ReadOnlyAdmin):
    list_display = ("gateway", "until", "failures")
    search_fields = ("gateway",)


def _both(taken: int, given_back: int) -> str:
    return gettext("%(taken)s in, %(back)s back") % {"taken": format_amount(taken), "back": format_amount(given_back)}


def _signed(amount: int) -> str:
    return f"+{format_amount(amount)}" if amount > 0 else format_amount(amount)
