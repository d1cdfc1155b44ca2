"""What an operator may do with the daily comparison: compare a day again, and close what was found.

It stands above `payments.admin_days`, because comparing is a journey over the network.
"""

from __future__ import annotations

import logging

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db import OperationalError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from salon.core.text import clean_line
from salon.flows import day_check
from salon.payments import findings
from salon.payments.admin_days import DayCheckAdmin, FindingAdmin
from salon.payments.day_models import DayCheck, Finding
from salon.payments.gateways.base import GatewayError

logger = logging.getLogger("salon.owner.admin_findings")

for _model in (DayCheck, Finding):
    admin.site.unregister(_model)


class WithReason(ActionForm):
    """The bar of actions with a line for what was done."""

    reason = forms.CharField(label=_("What was done:"), required=False, max_length=200)


@admin.register(DayCheck)
class DayCheckActions(DayCheckAdmin):
    """The days of `payments.admin_days`, with a button."""

    actions = ("compare_again",)

    @admin.action(description=_("Compare this day again"), permissions=["act"])
    def compare_again(self, request: HttpRequest, rows: QuerySet[DayCheck]) -> None:
        """One after the other, the oldest first; a day without an answer stops no other."""
        done = 0
        for check in rows.order_by("day"):
            if check.gateway != settings.PAYMENT_GATEWAY:
                text = gettext("%(day)s: this gateway is not in use.")
                messages.warning(request, text % {"day": check.day.isoformat()})
                continue
            try:
                day_check.compare(day=check.day, now=timezone.now())
            except (GatewayError, OperationalError) as error:
                logger.warning("%s was not compared for an operator (%s)", check.day, error)
                text = gettext("%(day)s: the gateway gave no usable answer. Please try again later.")
                messages.error(request, text % {"day": check.day.isoformat()})
            except day_check.Unfinished:
                text = gettext("%(day)s: there is more to ask than one go allows. Please press again.")
                messages.warning(request, text % {"day": check.day.isoformat()})
            else:
                done += 1
        if done:
            text = ngettext("%(count)d day was compared.", "%(count)d days were compared.", done)
            messages.success(request, text % {"count": done})


@admin.register(Finding)
class FindingActions(FindingAdmin):
    """The findings of `payments.admin_days`, with a button and a line for the reason."""

    actions = ("dealt_with",)
    action_form = WithReason

    @admin.action(description=_("Mark as dealt with"), permissions=["act"])
    def dealt_with(self, request: HttpRequest, rows: QuerySet[Finding]) -> None:
        """Nothing is closed without a word about what was done; who closed it is written down."""
        words = clean_line(request.POST.get("reason", ""), 200)
        if not words:
            messages.error(request, gettext("Please write what was done, beside the button. Nothing was changed."))
            return
        now = timezone.now()
        closed = sum(findings.close(finding=each, by=request.user, words=words, now=now) for each in rows)
        text = ngettext("%(count)d finding is dealt with.", "%(count)d findings are dealt with.", closed)
        messages.success(request, text % {"count": closed})
