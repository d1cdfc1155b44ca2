"""Is this process alive, and may it be sent guests? Neither asks a vendor: their bad day is not ours."""

from __future__ import annotations

import datetime as dt

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from salon.notifications.models import Notification, NotificationState

OLDEST_LETTER = dt.timedelta(minutes=10)
"""A letter that should have been tried this long ago: nobody works in the post room. One that waits for a provider
which is down has its next attempt ahead of it and does not count."""


@require_safe
@never_cache
def livez(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django hands it to every view
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the same
    """200, or 503 with one word of why: database, migrations, letters."""
    try:
        reason = _reason(timezone.now())
    except DatabaseError:
        reason = "database"
    return JsonResponse({"ready": not reason, "reason": reason}, status=503 if reason else 200)


def _reason(now: dt.datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if not _migrated():
        return "migrations"
    line = now - OLDEST_LETTER
    forgotten = Notification.objects.filter(
        Q(state=NotificationState.QUEUED, next_at__lt=line) | Q(state=NotificationState.SENDING, lease_until__lt=line)
    )
    return "letters" if forgotten.exists() else ""


def _migrated() -> bool:
    """Whether the database has all migrations of this code. A yes is remembered for the life of the process."""
    if not _known.get("migrated"):
        executor = MigrationExecutor(connection)
        _known["migrated"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _known["migrated"]


_known: dict[str, bool] = {}
