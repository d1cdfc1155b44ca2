"""What machines call. Outside the language prefixes."""

from __future__ import annotations

from django.urls import include, path, re_path

from salon.api import app_door, health, tokens, v1, webhooks

app_name = "api"

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("webhooks/moyasar/", webhooks.moyasar, name="moyasar_webhook"),
    path("webhooks/moyasar/<uuid:payment_id>/", webhooks.moyasar_callback, name="moyasar_callback"),
    path("api/v1/", v1.addresses),
    path("_allauth/app/v1/", include((tokens.urlpatterns, "headless"), namespace="app")),
    re_path("^_allauth/", app_door.missing),
]
