"""Django's administration with our site in the place of its own."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class OperatorsAdmin(AdminConfig):
    default_site = "salon.accounts.admin_site.OperatorsSite"
