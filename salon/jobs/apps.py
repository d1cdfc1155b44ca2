from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    name = "salon.jobs"
    verbose_name = _("Jobs")

    def ready(self) -> None:
        """With a broker, the queue's app becomes Celery's current one; without, Celery is not even imported."""
        if settings.CELERY_BROKER_URL:
            import_module("salon.celery")
