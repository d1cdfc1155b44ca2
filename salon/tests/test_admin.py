"""Operators find every model of the product in the administration, in Arabic and English."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse
from django.utils import translation

from salon.tests.people import enter, person, rose

MODELS = [model for model in apps.get_models() if model.__module__.startswith("salon.")]


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_is_listed_and_searched(client, model, language):
    rose()
    enter(client, person("Faisal", is_staff=True, is_superuser=True))
    assert admin.site._registry[model].search_fields
    with translation.override(language):
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    for words in ("", "نورة", "Rose"):
        response = client.get(url, {"q": words} if words else {})
        assert response.status_code == 200
        assert f'lang="{language}"' in response.content.decode()


@pytest.mark.django_db
def test_no_name_is_left_to_the_libraries(client):
    enter(client, person("Faisal", is_staff=True, is_superuser=True))
    page = client.get("/admin/").content.decode()
    assert "خطوات التحقق الثانية" in page
    assert "الأجهزة المسجَّلة" in page
    for wrong in ("وزارة", "Authenticators", "User sessions"):
        assert wrong not in page
