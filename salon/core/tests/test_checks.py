from __future__ import annotations

import sqlite3
from types import SimpleNamespace

import pytest

from salon.core import checks


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
    ],
)
def test_which_sqlite_is_sound(version, safe):
    assert checks.wal_is_safe(version) is safe


def test_an_unsound_one_is_named(monkeypatch):
    monkeypatch.setattr(checks, "connection", SimpleNamespace(vendor="sqlite"))
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    assert [warning.id for warning in checks.check_sqlite()] == ["core.W001"]
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 3))
    assert checks.check_sqlite() == []


def test_postgresql_is_not_asked(monkeypatch):
    monkeypatch.setattr(checks, "connection", SimpleNamespace(vendor="postgresql"))
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    assert checks.check_sqlite() == []
