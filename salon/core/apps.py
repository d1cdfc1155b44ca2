from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "salon.core"
    verbose_name = _("Core")

    def ready(self) -> None:
        from salon.core import checks  # noqa: F401, PLC0415 - registers them, once apps are loaded
