"""Static names are remembered, and what the manifest lacks is still an error."""

from __future__ import annotations

import pytest
from django.core.files.storage import FileSystemStorage
from django.test import override_settings
from whitenoise.storage import CompressedManifestStaticFilesStorage

from salon.core.static_names import StaticNames


@pytest.fixture
def names(tmp_path):
    (tmp_path / "staticfiles.json").write_text('{"version": "1.1", "paths": {"css/base.css": "css/base.1234.css"}}')
    with override_settings(STATIC_ROOT=str(tmp_path), DEBUG=False):
        yield StaticNames(location=str(tmp_path), base_url="/static/", manifest_storage=FileSystemStorage(tmp_path))


def test_an_address_is_worked_out_once(names, monkeypatch):
    assert names.url("css/base.css") == "/static/css/base.1234.css"
    monkeypatch.setattr(CompressedManifestStaticFilesStorage, "url", None)
    assert names.url("css/base.css") == "/static/css/base.1234.css"


def test_an_unknown_name_is_an_error_each_time(names):
    for _ in range(2):
        with pytest.raises(ValueError, match="nowhere"):
            names.url("css/nowhere.css")
