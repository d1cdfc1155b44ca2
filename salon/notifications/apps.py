from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "salon.notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from salon.notifications import checks  # noqa: F401, PLC0415 - registers itself, once the settings are there
