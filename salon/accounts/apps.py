from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "salon.accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        from salon.accounts import checks  # noqa: F401, PLC0415 - registers itself, once the settings are there
