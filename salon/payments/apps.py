from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "salon.payments"
    verbose_name = _("Payments")

    def ready(self) -> None:
        from salon.payments import checks  # noqa: F401, PLC0415 - registers itself, once the settings are there
