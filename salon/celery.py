"""The queue: `celery -A salon.celery worker --queues otp`. Loaded only where CELERY_BROKER_URL is set.

One queue, for sign-in codes, so that no request waits for a vendor. A message holds a phone and its code: it is worth
nothing after a minute, is never stored as a result, and is never tried twice. Everything else that time does is the
work of `manage.py tick`, which needs no broker.
"""

from __future__ import annotations

import os

from celery import Celery
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from salon.core.secret_key import require_secret_key

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salon.settings")
require_secret_key()
if not settings.CELERY_BROKER_URL:
    raise ImproperlyConfigured("CELERY_BROKER_URL is empty: there is no queue to work on.")

app = Celery("salon", broker=settings.CELERY_BROKER_URL, include=["salon.jobs.tasks"])
app.conf.update(
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_default_queue="salon",  # for a message that names no queue: never among the codes
    task_acks_late=False,  # a worker that dies under a code must not send it again
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    # A guest is waiting: a broker that does not answer at once is gone around.
    broker_connection_timeout=1.0,
    broker_transport_options={
        "socket_connect_timeout": 1.0,
        "socket_timeout": 2.0,  # more than the second for which a worker waits at a time for its next message
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0,
    },
)
